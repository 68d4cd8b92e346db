package config

import "strings"

// A value is what a setting is set to. It is never changed once it is in a
// Store.
type value struct {
	num  int64  // a number, a bool as 0 or 1, an enum's number, a set of flags
	str  string // a string, or the CONFIG GET text of a setting made of several parts
	list any    // the parts of such a setting, of the type that its accessor returns
}

// same reports whether two values of one setting mean the same.
func (v value) same(w value) bool { return v.num == w.num && v.str == w.str }

// input is what a kind parses a value from.
type input struct {
	words  []string
	old    value
	more   bool   // an earlier line of the file has set it: a list that may be spread over lines goes on
	fs     FS     // nil if there is none
	curDir string // what a relative directory is relative to
}

// A kind knows the spellings of one sort of value.
type kind interface {
	// parse turns words into a value. The error's text is the reason that a
	// client is given.
	parse(in input) (value, error)
	// text is what CONFIG GET answers.
	text(v value) string
	// lines are what a rewritten file says; none means that the setting must
	// not be in the file at all.
	lines(v, def value) []fileLine
}

// fileLine is the part of a config file's line that follows the name.
type fileLine struct {
	text  string
	force bool // put it into a file that does not mention the setting yet
}

// reason is why a value is refused, in the words that the client is told.
type reason string

func (r reason) Error() string { return string(r) }

// errWordCount is the answer to too many or too few words.
const errWordCount = reason("wrong number of arguments")

// boolKind is yes or no.
type boolKind struct{}

const errNotBool = reason("argument must be 'yes' or 'no'")

func (boolKind) parse(in input) (value, error) {
	switch {
	case strings.EqualFold(in.words[0], "yes"):
		return value{num: 1}, nil
	case strings.EqualFold(in.words[0], "no"):
		return value{}, nil
	}
	return value{}, errNotBool
}

func (boolKind) text(v value) string {
	if v.num != 0 {
		return "yes"
	}
	return "no"
}

func (k boolKind) lines(v, def value) []fileLine {
	return []fileLine{{k.text(v), v.num != def.num}}
}

// stringKind is a string that check, if there is one, accepts. An optional one
// is unset when it is empty: then a rewritten file does not mention it.
type stringKind struct {
	optional bool
	check    func(s string) error
}

// The usual strings.
var (
	text     = stringKind{}
	optional = stringKind{optional: true}
)

func checked(check func(string) error) stringKind { return stringKind{check: check} }

// optionalChecked is a string that passes check or is empty.
func optionalChecked(check func(string) error) stringKind {
	return stringKind{optional: true, check: check}
}

func (k stringKind) parse(in input) (value, error) {
	s := in.words[0]
	if k.check != nil && (s != "" || !k.optional) {
		if err := k.check(s); err != nil {
			return value{}, err
		}
	}
	return value{str: s}, nil
}

func (stringKind) text(v value) string { return v.str }

func (k stringKind) lines(v, def value) []fileLine {
	if k.optional && v.str == "" {
		return nil
	}
	return []fileLine{{quote(v.str), v.str != def.str}}
}

// enumKind is one of some names, or with flags set any number of them or'ed.
type enumKind struct {
	names    []string
	numbers  []int64 // the value of each name
	flags    bool
	conflict func(num int64) error // refuses a combination of flags; may be nil
}

// enum is a choice of names, numbered from 0.
func enum(names ...string) enumKind {
	k := enumKind{names: names, numbers: make([]int64, len(names))}
	for i := range names {
		k.numbers[i] = int64(i)
	}
	return k
}

// flagEnum is a list of names. The first stands for none; the others are the
// bits from 0 up.
func flagEnum(conflict func(int64) error, none string, names ...string) enumKind {
	k := enumKind{names: []string{none}, numbers: []int64{0}, flags: true, conflict: conflict}
	for i, name := range names {
		k.names = append(k.names, name)
		k.numbers = append(k.numbers, 1<<i)
	}
	return k
}

func (k enumKind) parse(in input) (value, error) {
	if len(in.words) == 0 {
		return value{}, k.errUnknown()
	}
	var num int64
	for _, word := range in.words {
		i := k.find(word)
		if i < 0 {
			return value{}, k.errUnknown()
		}
		num |= k.numbers[i]
	}
	if k.conflict != nil {
		if err := k.conflict(num); err != nil {
			return value{}, err
		}
	}
	return value{num: num}, nil
}

// find is the index of name in any case, or -1.
func (k enumKind) find(name string) int {
	for i, n := range k.names {
		if strings.EqualFold(n, name) {
			return i
		}
	}
	return -1
}

func (k enumKind) errUnknown() error {
	return reason("argument(s) must be one of the following: " + strings.Join(k.names, ", "))
}

func (k enumKind) text(v value) string {
	if !k.flags || v.num == 0 {
		for i, n := range k.numbers {
			if n == v.num {
				return k.names[i]
			}
		}
		panic("BUG: a setting has a number without a name")
	}
	var names []string
	for i, n := range k.numbers {
		if v.num&n != 0 {
			names = append(names, k.names[i])
		}
	}
	return strings.Join(names, " ")
}

func (k enumKind) lines(v, def value) []fileLine {
	return []fileLine{{k.text(v), v.num != def.num}}
}
