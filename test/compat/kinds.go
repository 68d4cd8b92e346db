package compat

import (
	"slices"
	"strconv"
	"strings"
)

// A kind is what an argument stands for: what it usually holds, and which values
// try the edges of its parser.
type kind struct {
	plain  string   // the value in the shortest calls
	usual  []string // what streams mostly use
	odd    []string // extremes and what is no such thing at all
	render func(text string, at int) string
	fixed  bool // not to be left out: without it chance would decide what happens
	last   bool // stays the last word: another one would be a longer time to wait
}

// word is one argument of a call in the making.
type word struct {
	text string
	kind *kind // nil for a word of the command's own
	odd  bool  // text is to be sent as it is
}

// render is what is sent for w as part of the step at position at.
func (w word) render(at int) string {
	if w.kind == nil || w.kind.render == nil || w.odd {
		return w.text
	}
	return w.kind.render(w.text, at)
}

// The extremes that every integer argument meets: the edges of 32 and 64 bits
// and of what doubles hold exactly, and texts that are almost numbers.
var (
	integerEdges = []string{
		"0", "-0", "1", "-1", "2", "127", "128", "-128", "255", "256", "32767", "32768", "65535", "65536",
		"2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
		"536870911", "536870912", "9007199254740992", "9007199254740993",
		"9223372036854775806", "9223372036854775807", "-9223372036854775807", "-9223372036854775808",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
	}
	notIntegers = []string{"", " ", "abc", "+1", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "-", "1\x00", "nan", "inf"}
	floatEdges  = []string{
		"0", "-0", "0.0", "-0.0", "1.5", "-1.5", "3.0e3", "1e308", "-1e308", "1e309", "1.7976931348623157e308",
		"4.9e-324", "1e-400", "1e4932", "1e5000", "inf", "+inf", "-inf", "Infinity", "nan", "-nan", "0x1p4", "1e", ".5", "5.",
		"9223372036854775807", "0.1", "0.30000000000000004", "100000000000000000000", "1.0000000000000000000000001",
	}
	integers = append(append([]string{}, integerEdges...), notIntegers...)

	// A relative time of a few seconds or less would pass during the test, on
	// one server before the other; all others are fair.
	times = without(integers, "1", "2", "127", "128", "255", "256", "32767", "32768", "65535", "65536")
)

// without returns list without the given texts.
func without(list []string, texts ...string) []string {
	var left []string
	for _, text := range list {
		if !slices.Contains(texts, text) {
			left = append(left, text)
		}
	}
	return left
}

// The units of renderTime: days, so that times of different steps never meet, in
// seconds and in milliseconds.
const (
	daySeconds = 86_400
	dayMillis  = 86_400_000
)

// farFuture is a time as absolute ones go, in seconds; years after any test.
const farFuture = 7_000_000_000

// renderTime makes n days plus at units of unit/daySeconds each since base out
// of the text n. Two times of one stream are never equal: otherwise the answer
// of EXPIRE GT would hang on the millisecond in which it runs.
func renderTime(base, unit int) func(string, int) string {
	return func(text string, at int) string {
		n, _ := strconv.Atoi(text) // the usual texts are numbers
		return strconv.Itoa(base + n*unit + (at+1)*10*(unit/daySeconds))
	}
}

var (
	longText = strings.Repeat("0123456789abcdef", 40)
	text65   = longText[:65]
	// Two large elements outgrow a listpack, one huge element does.
	largeElement = strings.Repeat("large ", 700)
	hugeElement  = strings.Repeat("huge ", 2_000)

	fewKeys    = []string{"a", "b", "c", "d", "k:1", "k:2", "{t}x"}
	someValues = []string{
		"10", "-5", "0", "3.25", "hello", "", "x", "9223372036854775807", "ohmytext", "mynewtext", longText,
		"12345678901234567890", "\x00\xff\r\n", "abcdefghijklmnopqrstuvwxyz0123456789abcdefgh",
		"abcdefghijklmnopqrstuvwxyz0123456789abcdefghi",
	}
	someDays = []string{"1", "2", "3", "9"}
)

// The payloads of DUMP, made by a real server: an integer, a short string, a
// compressed one, the empty one, and a list.
const (
	dumpInteger = "\x00\xc0\nP\x00\xa1\xb5\x9e\xd4\x90\xfc\x04O"
	dumpString  = "\x00\x05helloP\x00\xacX\x16\xe7\xfbfG\xfe"
	dumpLZF     = "\x00\xc3\n@P\x02aba\xe0B\x01\x01abP\x00[\xb7\x96\x9f/\x8c\xc3\xb1"
	dumpEmpty   = "\x00\x00P\x00\x92\xb1\x95\xd1\x91-\xc5."
)

var kinds = map[string]*kind{
	"key":   {plain: "a", usual: fewKeys, odd: []string{"", "missing", "\x00\xff", longText}},
	"value": {plain: "v", usual: someValues, odd: append(append([]string{}, integers...), floatEdges...)},
	"int":   {plain: "1", usual: []string{"0", "1", "-1", "2", "5", "-3", "100"}, odd: integers},
	"float": {plain: "1", usual: []string{"1", "0.5", "-2.25", "1e2", "3.0"}, odd: append(append([]string{}, floatEdges...), notIntegers...)},
	"index": {plain: "0", usual: []string{"0", "1", "2", "-1", "-2", "5", "100", "-100"}, odd: integers},
	// An index of which no 32 bits are one within reach: see differences.
	"near": {plain: "0", usual: []string{"0", "1", "2", "-1", "-2", "5", "100", "-100"}, odd: without(integers,
		"4294967295", "4294967296", "9007199254740992", "9007199254740993", "9223372036854775806", "9223372036854775807",
		"-9223372036854775807", "-9223372036854775808")},
	// An offset within reach makes a value of that size: none far from the rest.
	"offset": {plain: "0", usual: []string{"0", "1", "5", "100"},
		odd: without(integers, "536870911", "536870912")},
	"count": {plain: "1", usual: []string{"1", "2", "10", "1000"}, odd: integers},

	// So it is with the offset of a bit.
	"bit-offset": {plain: "0", usual: []string{"0", "1", "7", "8", "13", "63", "64", "100", "1000", "#0", "#1", "#3", "40000"},
		odd: append(without(integers, "2147483647", "2147483648", "4294967295", "536870911", "536870912"),
			"#", "#-1", "#a", "##1", "#9223372036854775807", "#2305843009213693952", "#576460752303423488", "# 1")},
	"bit": {plain: "1", usual: []string{"0", "1"}, odd: integers},
	"field": {plain: "u8", usual: []string{"u8", "i8", "u1", "i1", "u4", "i5", "u63", "i64", "i16", "u7", "u32", "i33"},
		odd: []string{"", "u", "i", "u0", "i0", "u64", "i65", "x8", "U8", "u-1", "u08", "u 8", "8", "u8\x00", "i64x"}},
	"fieldvalue": {plain: "1", usual: []string{"0", "1", "-1", "5", "-3", "100", "255", "256", "-128", "-129", "65535",
		"9223372036854775807", "-9223372036854775808"}, odd: integers},
	"bitmap": {plain: "\xf0", usual: []string{"\xff", "\x00", "\xff\xf0\x00", "\x00\xff\xf0", "\x80\x01", "12345", longText,
		strings.Repeat("\x00", 70) + "\x10", strings.Repeat("\xff", 150) + "\xfe"}, odd: []string{""}},

	"sort-list": {plain: "la", usual: []string{"la", "lb"}, odd: []string{"missing", "W1"}},
	"sort-set":  {plain: "sa", usual: []string{"sa", "sb"}, odd: []string{"missing", "W1"}},
	"sort-zset": {plain: "za", usual: []string{"za"}, odd: []string{"missing", "W1"}},
	// SORT makes the real server's small sorted sets large, and only these keep -0.
	"sort-score":   {plain: "1", usual: []string{"0", "1", "-1", "2", "5"}, odd: without(integers, "-0")},
	"sort-hash":    {plain: "h1", usual: []string{"H1", "H2", "HA", "Hb"}, odd: []string{"h3"}},
	"sort-weight":  {plain: "W1", usual: []string{"W1", "W2", "W3", "WA", "Wb", "1"}, odd: []string{"w", "w10"}},
	"sort-value":   {plain: "1", usual: []string{"1", "2", "3", "5", "-1", "10", "1.5", "0"}, odd: sortValues},
	"sort-pattern": {plain: "W*", usual: []string{"W*", "H*->F", "#", "x", "*"}, odd: []string{"", "**", "W*->", "->*", "W*->F->g", "H*->->F", "W*\x00", "\x00*", "#x"}},

	"hash-field": {plain: "f", usual: []string{"f", "g", "h", "1", "-70000", "", "field:1"}, odd: []string{"missing", "\x00\xff", text65, longText}},
	// The real server doubles this number, beyond 64 bits, and takes it for 1.
	"pair-count": {plain: "1", usual: []string{"1", "2", "3"}, odd: without(integers, "-9223372036854775807")},
	// Huge counts of draws would take memory for as long a reply.
	"hash-draws": {plain: "2", usual: []string{"1", "0", "2", "-1", "-3", "10"},
		odd: without(integers, "-2147483648", "-2147483649", "-9223372036854775807")},
	"past": {plain: "0", usual: []string{"0", "1", "1000"}, odd: []string{"-1", "-0", ""}},

	"hll": {plain: hllEmpty, usual: hlls, odd: notHLLs},

	"stream-key": {plain: "a", usual: []string{"a", "a", "a", "b", "b", "c"}, odd: []string{"", "missing", "\x00\xff"}},
	"same":       {plain: "x", usual: []string{"x"}},
	// IDs increase along a stream of commands, some within a millisecond.
	"new-entry": {plain: "1", usual: []string{"1", "2", "*"}, odd: without(oddEntries, "*"), render: func(text string, at int) string {
		return strconv.Itoa(at/4+1) + "-" + strings.Replace(text, "1", strconv.Itoa(at%4), 1)
	}},
	"entry": {plain: "1-1", usual: []string{"0", "1", "1-1", "1-2", "2", "2-2", "3-1", "3-3", "4-1", "5", "6-2", "8-1", "10", "15-3", "40"},
		odd: oddEntries},
	"low":  {plain: "-", usual: []string{"-", "-", "0", "1-2", "(1-1", "3", "(3", "5-2", "9-1", "+"}, odd: oddEntries},
	"high": {plain: "+", usual: []string{"+", "+", "9", "(9-1", "5", "(3", "2-2", "1", "-"}, odd: oddEntries},
	"few":  {plain: "1", usual: []string{"0", "1", "2", "3", "5", "10"}, odd: integers},
	// Of the long ones a few fill a block.
	"entry-value": {plain: "v", usual: []string{"v", "1", "-70000", "", longText, strings.Repeat("x", 1500), strings.Repeat("y", 4000)},
		odd: integers},
	"cg":       {plain: "g", usual: []string{"g", "g", "h"}, odd: []string{"", "none", longText}},
	"consumer": {plain: "c", usual: []string{"c", "d", "e"}, odd: []string{"", longText, "a b"}},
	// What lies idle does so for the time of a test, or was said to for days.
	"min-idle": {plain: "0", usual: []string{"0", "0", "-5", "1000000"}, odd: times},
	"long-ago": {plain: "5000000", usual: []string{"5000000", "7000000"}, odd: times},
	// The real server takes memory for as many; whether there is so much, who knows.
	"claim-count": {plain: "1", usual: []string{"1", "2", "10"},
		odd: without(integers, "2147483647", "2147483648", "4294967295", "4294967296", "536870912", "536870911")},

	// Ends during the test, which only one that compares a server with itself can use.
	"soon":   {plain: "1", usual: []string{"1", "2", "5"}},
	"ttl":    {plain: "1", usual: someDays, odd: times, render: renderTime(0, daySeconds)},
	"ttl-ms": {plain: "1", usual: someDays, odd: times, render: renderTime(0, dayMillis)},
	"at":     {plain: "1", usual: someDays, odd: integers, render: renderTime(farFuture, daySeconds)},
	"at-ms":  {plain: "1", usual: someDays, odd: integers, render: renderTime(farFuture*1000, dayMillis)},

	"db":      {plain: "1", usual: []string{"0", "1", "2"}, odd: append([]string{"15", "16"}, integers...)},
	"pattern": {plain: "*", usual: []string{"*", "k:*", "?", "[a-c]", "[^a]", "nothing"}, odd: []string{"", "[", "\\", "[a", "***", "\\*", "[z-a]"}},
	"type":    {plain: "string", usual: []string{"string", "list", "hash", "STRING"}, odd: []string{"", "nothing"}},
	// Few, so that sets have members in common; the long ones make large forms.
	"member": {plain: "m", usual: []string{"1", "2", "3", "-5", "a", "b", "hello", "", "70000", "9223372036854775807", text65[1:], text65},
		odd: integers},
	// How many are popped must not be left to chance.
	"all": {plain: "1000000", usual: []string{"0", "1000000"}, odd: without(integers, "1", "2"), fixed: true},
	// So many that may be the same would be a reply without end.
	"draws": {plain: "2", usual: []string{"0", "1", "2", "10", "1000", "-1", "-3", "-20"},
		odd: without(integers, "-128", "-2147483648", "-2147483649", "-9223372036854775807")},
	// Few, so that lists have elements in common; the long ones make large forms.
	"element": {plain: "a", usual: []string{"a", "b", "c", "1", "-5", "123456789", longText, largeElement, hugeElement},
		odd: append([]string{"\x00\xff", hugeElement[:8184], hugeElement[:8192]}, integers...)},
	"end": {plain: "LEFT", usual: []string{"LEFT", "RIGHT", "left", "Right"}, odd: []string{"", "MIDDLE", "LEFTY"}},
	// Nobody pushes while a command of a stream waits.
	"seconds": {plain: "0.001", usual: []string{"0.001", "0.002"}, odd: []string{"", "abc", "-1", "-0.5", "1e400", "1e5000", "nan", "inf",
		"-inf", "9223372036854775808", "92233720368547758", "9223372036854774.9", "1e-9", " 1", "1 ", "0x0.01"}, last: true},
	// A cursor in the middle means something only to the server that gave it.
	"cursor": {plain: "0", usual: []string{"0"}, odd: append([]string{"17"}, notIntegers...)},
	"dump": {plain: dumpString, usual: []string{dumpInteger, dumpString, dumpLZF, dumpEmpty},
		odd: []string{"", "\x00", "hello", dumpString[1:], dumpString[:len(dumpString)-1],
			strings.Replace(dumpString, "hello", "hellp", 1), strings.Replace(dumpString, "P\x00", "Q\x00", 1),
			strings.Replace(dumpString, "P\x00", "\x0c\x00", 1)}},
	"freq": {plain: "1", usual: []string{"0", "1", "255"}, odd: integers},
	"idle": {plain: "1", usual: []string{"0", "1", "1000"}, odd: integers},

	"text":     {plain: "x", usual: []string{"x", "hello", ""}, odd: append([]string{"a b", "\r\n", "\xff", longText}, integers...)},
	"name":     {plain: "me", usual: []string{"me", "you", ""}, odd: []string{"a b", "a\nb", "\xff", longText}},
	"user":     {plain: "default", usual: []string{"default", "nobody"}, odd: []string{"", "a b"}},
	"password": {plain: "x", usual: []string{"x", ""}, odd: []string{longText}},
	"protover": {plain: "3", usual: []string{"2", "3"}, odd: append([]string{"1", "4"}, notIntegers...)},
	// A connection of such a number may be open on one server and not on the other.
	"clientid": {plain: ownID, usual: []string{ownID, otherID, "999999"},
		odd: without(integers, "127", "128", "255", "256", "32767", "32768", "65535", "65536")},
	"addr":  {plain: "127.0.0.1:1", usual: []string{"127.0.0.1:1", "[::1]:1"}, odd: []string{"", "x"}},
	"ip":    {plain: "10.0.0.1", usual: []string{"10.0.0.1", "::1"}, odd: []string{"", "x"}},
	"flags": {plain: "N", usual: []string{"N", "x", "b", "P"}, odd: []string{"", "zz", "NN"}},
	"capa":  {plain: "redirect", usual: []string{"redirect", "REDIRECT"}, odd: []string{"", "more"}},
	// A filter by age must not depend on how long the test has run.
	"age":     {plain: "100000", usual: []string{"100000"}, odd: without(integers, "0", "-0", "1", "2", "127", "128", "255", "256")},
	"wait-ms": {plain: "1", usual: []string{"1", "2"}, odd: notIntegers},

	"command":  {plain: "get", usual: []string{"get", "SET", "mset", "client", "client|list", "lcs", "object|freq"}, odd: []string{"", "nope", "get|x", "client|nope"}},
	"category": {plain: "string", usual: []string{"string", "keyspace", "dangerous"}, odd: []string{"", "nope", "@string"}},
	"section":  {plain: "server", usual: []string{"server", "clients", "memory", "keyspace", "everything", "default", "all"}, odd: []string{"", "nope"}},
	"event":    {plain: "command", usual: []string{"command", "fork"}, odd: []string{"", "nope"}},
	"setting": {plain: "maxmemory-policy", usual: []string{"maxmemory-policy", "hz", "hash-max-*", "save", "appendonly", "TIMEOUT", "slave-read-only"},
		odd: []string{"", "nope", "*clients", "[", "?"}},
	"junk": {plain: "x", usual: []string{"x", "1", "", "NX", "EX"}, odd: integers},
}
