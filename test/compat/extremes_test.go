package compat

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// The grammars of this package are written by people, who may forget an argument.
// TestExtremes takes the real server's own table instead: each argument of a
// number that COMMAND DOCS knows meets each extreme.

// extremes are the edges of 32 and 64 bits, texts that are almost numbers, and
// numbers that no machine has room for.
var extremes = []string{
	"0", "-0", "1", "-1", "2147483647", "-2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
	"-4294967296", "9223372036854775807", "-9223372036854775807", "-9223372036854775808", "9223372036854775808",
	"-9223372036854775809", "18446744073709551615", "18446744073709551616", "",
	"1.5", " 1", "1 ", "+1", "01", "1e3", "0x10", "1\x00", "0.0", "-0.0", "inf", "-inf", "nan", "1e309", "-1e309",
	strings.Repeat("9", 100), "-" + strings.Repeat("9", 100), strings.Repeat("0", 300) + "1",
}

// extremeGroups are the groups of commands whose arguments are tried, with the
// calls that make the key k for them. What the others do is no matter of data.
var extremeGroups = map[string][][]string{
	"string":      {{"SET", "k", "10"}},
	"bitmap":      {{"SET", "k", "\xf0\x0f\x00\xff"}},
	"hyperloglog": {{"PFADD", "k", "a", "b"}},
	"list":        {{"RPUSH", "k", "a", "b", "1", "a", "c"}},
	"set":         {{"SADD", "k", "a", "b", "1"}},
	"hash":        {{"HSET", "k", "f", "1", "g", "text"}},
	"sorted-set":  {{"ZADD", "k", "1", "a", "2", "b", "3.5", "c"}},
	"geo":         {{"GEOADD", "k", "15", "37", "a", "15.1", "37.2", "b"}},
	"stream": {
		{"XADD", "k", "1-1", "f", "v"}, {"XADD", "k", "2-1", "f", "v"}, {"XGROUP", "CREATE", "k", "g", "0"},
		{"XREADGROUP", "GROUP", "g", "c", "COUNT", "1", "STREAMS", "k", ">"},
	},
	"generic": {{"RPUSH", "k", "3", "1", "2"}},
}

// plains are what arguments hold while another one is tried, by name or by command
// and name. Others are the key k, or 1.
var plains = map[string]string{
	"field": "f", "member": "a", "member1": "a", "member2": "b", "element": "a", "pivot": "a", "group": "g", "consumer": "c",
	"encoding": "u8", "pattern": "*", "start": "0", "end": "-1", "id": "0", "unit": "km", "serialized-value": dumpString,
	"timeout": "0.001", "min-idle-time": "0", "numreplicas": "0", "numlocal": "0", "cursor": "0", "ms": "1000000",
	"milliseconds": "100000000", "seconds": "100000", "unix-time-seconds": "7000000000", "unix-time-milliseconds": "7000000000000",
	"longitude": "15", "latitude": "37", "by-pattern": "w*", "get-pattern": "#", "type": "list", "lastid": "1-1", "last-id": "9-9",
	"max-deleted-id": "1-1", "entries-added": "10", "min": "1", "max": "2", "db": "1", "destination-db": "1", "newkey": "d",
	"destination": "d", "destkey": "d", "dst": "d", "storekey": "d", "storedistkey": "d",
	"restore key": "d", "restore ttl": "100000000", "wait timeout": "1", "waitaof timeout": "1",
	"xadd id": "9-9", "xclaim id": "1-1", "xgroup create group": "new", "xpending start": "-", "xpending end": "+",
	"xrange start": "-", "xrange end": "+", "xrevrange start": "-", "xrevrange end": "+", "xreadgroup id": ">",
	"zlexcount min": "-", "zlexcount max": "+", "zrangebylex min": "-", "zrangebylex max": "+", "zremrangebylex min": "-",
	"zremrangebylex max": "+", "zrevrangebylex min": "-", "zrevrangebylex max": "+",
}

// numericTexts are arguments that the table calls texts and that are numbers.
var numericTexts = []string{"min-idle-time", "threshold", "start", "stop", "end", "min", "max"}

// unfair are extremes that nothing can be learned from.
var unfair = []struct {
	command, argument string // patterns
	values            []string
	why               string
}{
	{"setbit|bitfield|getbit", "offset", []string{"2147483647", "2147483648", "4294967295"}, "makes a value of up to 512 MB"},
	{".*randmember|hrandfield", "count", []string{"-2147483647", "-2147483648", "-2147483649", "-4294967296", "-9223372036854775807"},
		"asks for a reply of so many elements"},
	{"xautoclaim", "count", []string{"2147483647", "2147483648", "4294967295", "4294967296"},
		"the real server takes memory for as many, if there is so much"},
	{"scan", "cursor", []string{"1", "-1", "01", "2147483647", "-2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295",
		"4294967296", "-4294967296", "9223372036854775807", "-9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"18446744073709551615", strings.Repeat("0", 300) + "1"},
		"a cursor means something only to the server that gave it"},
	{".*", "seconds|milliseconds|ttl", []string{"1"}, "passes while the test looks"},
	{"x.*", "min-idle-time|ms", []string{"1"}, "passes while the test looks"},
	{"spop", "count", []string{"1"}, "chance decides what is left"},
	{"b.*", "timeout", []string{"0", "-0", "0.0", "-0.0"}, "waits for ever where there is nothing to pop"},
	{"lset", "index", []string{"4294967295", "4294967296", "-4294967296", "9223372036854775807", "-9223372036854775807", "-9223372036854775808"},
		"see differences"},
	{"msetex|hsetex", "numkeys|numfields", []string{"-9223372036854775807"},
		"the real server doubles it, beyond 64 bits, and takes it for 1"},
}

// besides are words without which some options of a command are wrong.
var besides = map[string][]string{
	"geosearch": {"FROMMEMBER", "a"}, "geosearchstore": {"FROMMEMBER", "a"}, "zrange": {"BYSCORE"}, "zrangestore": {"BYSCORE"},
}

// heldBack are arguments that stand in no call that is right when each option is
// tried alone. The grammars have such calls.
var heldBack = []string{
	"xadd count", "xtrim count", "geosearch num-vertices", "geosearchstore num-vertices", "geosearch longitude", "geosearch latitude",
	"geosearchstore longitude", "geosearchstore latitude",
}

// absent are commands of the groups that are still to come.
var absent = []string{"migrate"}

// tried is one argument of a command, and calls that have it.
type tried struct {
	kind  *kind
	name  string // of the argument
	calls [][]word
}

// maxCalls is in how many different calls an argument is tried.
const maxCalls = 2

func TestExtremes(t *testing.T) {
	t.Parallel()
	p := startPair(t, testkit.StartSigrun)
	// What the test itself reads is in the peak, too.
	docs := p.ours.server.Do("COMMAND", "DOCS")
	before := peak(t, p.ours.server)
	docs = p.peer.server.Do("COMMAND", "DOCS")
	arguments, calls := 0, 0
	for i := 0; i+1 < len(docs.Elems); i += 2 {
		e := extremist{t: t, p: p, group: text(docs.Elems[i+1], "group")}
		if extremeGroups[e.group] == nil || slices.Contains(absent, docs.Elems[i].Text) {
			continue
		}
		e.command(docs.Elems[i].Text, docs.Elems[i+1])
		arguments, calls = arguments+e.arguments, calls+e.calls
	}
	t.Logf("%d arguments, %d calls", arguments, calls)
	if arguments < 150 {
		t.Errorf("only %d arguments of numbers were found", arguments)
	}
	const room = 64 << 20
	if grown := peak(t, p.ours.server) - before; grown > room {
		t.Errorf("some call took memory: the peak has grown by %d bytes", grown)
	}
}

// peak is the largest resident size of the server so far, 0 where the system does
// not tell.
func peak(t *testing.T, s *testkit.Server) int {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.Pid), "status"))
	testkit.NoError(t, err)
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("no VmHWM")
	}
	kb, err := strconv.Atoi(string(found[1]))
	testkit.NoError(t, err)
	return kb << 10
}

// text is the value of a key of a map, "" if there is none.
func text(r testkit.Reply, key string) string {
	value, _ := r.Get(key)
	return value.Text
}

// extremist tries the arguments of one command.
type extremist struct {
	t                *testing.T
	p                *pair
	group            string
	name             string // of the command, in lower case
	tried            []*tried
	arguments, calls int
}

// command tries the command of that name, or its subcommands.
func (e *extremist) command(name string, doc testkit.Reply) {
	if subs, is := doc.Get("subcommands"); is {
		for i := 0; i+1 < len(subs.Elems); i += 2 {
			e.command(strings.ReplaceAll(subs.Elems[i].Text, "|", " "), subs.Elems[i+1])
		}
		return
	}
	e.name, e.tried = name, nil
	root := &node{op: sequence}
	for _, word := range strings.Fields(name) {
		root.kids = append(root.kids, &node{op: literal, text: word})
	}
	arguments, _ := doc.Get("arguments")
	for _, a := range arguments.Elems {
		root.kids = append(root.kids, e.node(a))
	}
	if len(e.tried) == 0 {
		return
	}
	forms := root.forms()
	for _, a := range e.tried {
		e.choose(a, forms)
		for _, form := range a.calls {
			report(e.t, e.p.compare(e.stream(a, form), 1))
		}
		e.arguments++
	}
}

// node is one argument of the docs as a part of a pattern.
func (e *extremist) node(doc testkit.Reply) *node {
	var n *node
	kids := func() (all []*node) {
		list, _ := doc.Get("arguments")
		for _, kid := range list.Elems {
			all = append(all, e.node(kid))
		}
		return all
	}
	token := &node{op: literal, text: text(doc, "token")}
	switch text(doc, "type") {
	case "pure-token":
		n = token
	case "oneof":
		n = &node{op: choice, kids: kids()}
	case "block":
		n = &node{op: sequence, kids: kids()}
	default:
		n = &node{op: argument, kind: e.kind(text(doc, "name"), text(doc, "type"))}
	}
	list, _ := doc.Get("flags")
	flags := list.Texts()
	if slices.Contains(flags, "multiple") && !slices.Contains(flags, "multiple_token") {
		n = &node{op: repeated, kids: []*node{n}}
	}
	if n != token && token.text != "" {
		n = &node{op: sequence, kids: []*node{token, n}}
	}
	if slices.Contains(flags, "multiple_token") {
		n = &node{op: repeated, kids: []*node{n}}
	}
	if slices.Contains(flags, "optional") {
		n = &node{op: optional, kids: []*node{n}}
	}
	return n
}

// kind is one of its own for each argument, and noted if it is a number.
func (e *extremist) kind(name, kindOf string) *kind {
	k := &kind{plain: "1"}
	if kindOf == "key" {
		k.plain = "k"
	}
	for _, key := range []string{name, e.name + " " + name} {
		if plain, is := plains[key]; is {
			k.plain = plain
		}
	}
	if slices.Contains([]string{"integer", "double", "unix-time"}, kindOf) || slices.Contains(numericTexts, name) {
		k.odd = extremes
		for _, u := range unfair {
			if matches(u.command, e.name) && matches(u.argument, name) {
				k.odd = without(k.odd, u.values...)
			}
		}
		e.tried = append(e.tried, &tried{kind: k, name: name})
	}
	return k
}

func matches(pattern, name string) bool {
	return regexp.MustCompile("^(" + pattern + ")$").MatchString(name)
}

// choose picks calls for a: such that the real server accepts, if there are any.
func (e *extremist) choose(a *tried, forms [][]word) {
	forms = slices.DeleteFunc(slices.Clone(forms), func(form []word) bool {
		return !slices.ContainsFunc(form, func(w word) bool { return w.kind == a.kind })
	})
	for _, more := range [][]string{nil, besides[e.name]} {
		for _, form := range forms {
			form = append(slices.Clone(form), call(more...).words...)
			if len(a.calls) < maxCalls && e.right(form) {
				a.calls = append(a.calls, form)
			}
		}
	}
	if len(a.calls) > 0 {
		return
	}
	if !slices.Contains(heldBack, e.name+" "+a.name) {
		e.t.Errorf("no call with %s %s is right, as in %s", e.name, a.name, showArgs(step{words: forms[0]}.args(0)))
	}
	a.calls = forms[:1]
}

// right reports whether the real server accepts the call.
func (e *extremist) right(form []word) bool {
	peer := e.p.peer.play(stream{proto: 2, burst: true, steps: append(e.before(), step{words: form})}, 1)
	testkit.NoError(e.t, peer.err)
	return !peer.outcomes[len(peer.outcomes)-1].Reply.IsError()
}

// before are the steps that make the data.
func (e *extremist) before() []step {
	steps := []step{call("DEL", "k", "d")}
	for _, args := range extremeGroups[e.group] {
		steps = append(steps, call(args...))
	}
	return steps
}

// stream is the conversation in which a has one extreme after the other, and both
// servers are asked for the data after each.
func (e *extremist) stream(a *tried, form []word) stream {
	st := stream{proto: 2 + e.arguments%2, burst: true}
	for _, odd := range a.kind.odd {
		words := slices.Clone(form)
		for i, w := range words {
			if w.kind == a.kind {
				words[i] = word{text: odd, kind: a.kind, odd: true}
			}
		}
		st.steps = append(st.steps, e.before()...)
		st.steps = append(st.steps, step{words: words}, call("DEBUG", "DIGEST-VALUE", "k", "d"))
		e.calls++
	}
	return st
}
