package clients

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/num"
)

// test reports whether a connection fits one condition of a filter.
type test func(s *exec.Session) bool

// filter is the conditions of CLIENT LIST or CLIENT KILL. A connection has to fit
// all of them.
type filter struct {
	tests  map[string]test // by option, so that the last one of a name counts
	skipMe bool
}

func (f *filter) matches(c *command.Ctx, s *exec.Session) bool {
	if f.skipMe && s == exec.Of(c) {
		return false
	}
	for _, fits := range f.tests {
		if !fits(s) {
			return false
		}
	}
	return true
}

// option is one kind of condition. Its words are in lower case.
type option struct {
	word string
	// not tells that NOT- before the word turns the condition round.
	not bool
	// parse makes the condition from the option's value. label names the option
	// in errors.
	parse func(c *command.Ctx, value []byte, label label) (test, error)
}

// label is how errors call an option, by whether it is negated.
type label struct{ not bool }

// of is the option's name in errors about its value.
func (l label) of(word string) string {
	if l.not {
		return "NOT-" + word
	}
	return word
}

// filterName is how errors call a filter that is a set of letters.
func (l label) filterName(word string) string {
	if l.not {
		return "the NOT-" + word + " filter"
	}
	return "the provided filter"
}

// options are all but ID, which takes several values, and SKIPME.
var options = []option{
	{"type", true, byType},
	{"user", true, byUser},
	{"addr", true, byText(func(s *exec.Session) string { return s.Conn.RemoteAddr() })},
	{"laddr", true, byText(func(s *exec.Session) string { return s.LocalAddr() })},
	{"name", true, byWord(func(s *exec.Session) string { return s.Name })},
	{"lib-name", true, byWord(func(s *exec.Session) string { return s.LibName })},
	{"lib-ver", true, byWord(func(s *exec.Session) string { return s.LibVer })},
	{"ip", true, byWord(ipOf)},
	{"flags", true, byFlags},
	{"capa", true, byCapa},
	{"db", true, byDB},
	{"maxage", false, byAge("maxage", func(s *exec.Session) int64 { return s.Created })},
	{"idle", false, byAge("idle", func(s *exec.Session) int64 { return s.Active })},
}

// parseFilter reads the options that follow the subcommand.
func parseFilter(c *command.Ctx, skipMe bool) (*filter, error) {
	f := &filter{tests: map[string]test{}, skipMe: skipMe}
	ids := map[bool][]uint64{} // by whether they are those after NOT-ID
	argv := c.Argv[2:]
	for len(argv) > 0 {
		word, not := cutNot(argv[0])
		used, err := 2, error(nil)
		switch {
		case command.Is(word, "id"):
			ids[not], used, err = parseIDs(ids[not], argv[1:])
		case len(argv) == 1:
			return nil, command.ErrSyntax
		case command.Is(word, "skipme") && !not:
			f.skipMe, err = parseYesNo(argv[1])
		default:
			err = f.parseOption(c, word, not, argv[1])
		}
		if err != nil {
			return nil, err
		}
		argv = argv[used:]
	}
	for not, list := range ids {
		f.tests[optionKey("id", not)] = func(s *exec.Session) bool { return slices.Contains(list, s.ID) != not }
	}
	return f, nil
}

// cutNot takes NOT- off the beginning of word.
func cutNot(word []byte) (rest []byte, not bool) {
	if len(word) > 4 && command.Is(word[:4], "not-") {
		return word[4:], true
	}
	return word, false
}

func (f *filter) parseOption(c *command.Ctx, word []byte, not bool, value []byte) error {
	for _, o := range options {
		if !command.Is(word, o.word) || not && !o.not {
			continue
		}
		fits, err := o.parse(c, value, label{not})
		if err != nil {
			return err
		}
		f.tests[optionKey(o.word, not)] = func(s *exec.Session) bool { return fits(s) != not }
		return nil
	}
	return command.ErrSyntax
}

// optionKey names an option among the tests.
func optionKey(word string, not bool) string {
	if not {
		return "not-" + word
	}
	return word
}

// parseIDs reads the numbers at the beginning of argv; there need not be one. It
// returns how many words were read, the option's name included.
func parseIDs(ids []uint64, argv [][]byte) ([]uint64, int, error) {
	n := 0
	for ; n < len(argv); n++ {
		id, ok := num.ParseInt(argv[n])
		if !ok {
			break
		}
		if id < 1 {
			return nil, 0, command.ReplyError("ERR client-id should be greater than 0")
		}
		ids = append(ids, uint64(id))
	}
	return ids, n + 1, nil
}

func parseYesNo(word []byte) (bool, error) {
	switch {
	case command.Is(word, "yes"):
		return true, nil
	case command.Is(word, "no"):
		return false, nil
	}
	return false, command.ErrSyntax
}

// clientTypes are the types of connections and whether all of ours are of it:
// there are no others than normal ones.
var clientTypes = map[string]bool{
	"normal": true, "pubsub": false, "replica": false, "slave": false, "primary": false, "master": false,
}

func byType(_ *command.Ctx, value []byte, _ label) (test, error) {
	ours, known := clientTypes[strings.ToLower(string(value))]
	if !known {
		return nil, command.ReplyError("ERR Unknown client type '" + string(value) + "'")
	}
	return func(*exec.Session) bool { return ours }, nil
}

func byUser(_ *command.Ctx, value []byte, _ label) (test, error) {
	if string(value) != defaultUser {
		return nil, command.ReplyError("ERR No such user '" + string(value) + "'")
	}
	return func(s *exec.Session) bool { return s.User() == defaultUser }, nil
}

// byText wants a text to be just value.
func byText(get func(s *exec.Session) string) func(*command.Ctx, []byte, label) (test, error) {
	return func(_ *command.Ctx, value []byte, _ label) (test, error) {
		want := string(value)
		return func(s *exec.Session) bool { return get(s) == want }, nil
	}
}

// byWord is byText for what a client may not have: then it has none that could be
// asked for, not even the empty one.
func byWord(get func(s *exec.Session) string) func(*command.Ctx, []byte, label) (test, error) {
	return func(_ *command.Ctx, value []byte, _ label) (test, error) {
		want := string(value)
		return func(s *exec.Session) bool { return want != "" && get(s) == want }, nil
	}
}

// ipOf is the address of the client without its port, if it has one.
func ipOf(s *exec.Session) string {
	if a := s.Conn.Remote(); a.IsValid() {
		return a.Addr().String()
	}
	return ""
}

// knownFlags are the letters that may stand in the field flags: also those of
// states that no connection has yet.
const knownFlags = "ABEIMNOPRSTUbcdeirtux"

// byFlags wants all of the letters.
func byFlags(_ *command.Ctx, value []byte, l label) (test, error) {
	if !containsAll([]byte(knownFlags), value) {
		return nil, command.ReplyError("ERR Unknown flags found in " + l.filterName("FLAGS") + ": " + string(value))
	}
	want := bytes.Clone(value)
	return func(s *exec.Session) bool { return containsAll(s.AppendFlags(nil), want) }, nil
}

func containsAll(have, want []byte) bool {
	for _, b := range want {
		if bytes.IndexByte(have, b) < 0 {
			return false
		}
	}
	return true
}

// byCapa wants the letters of capabilities; there is but one.
func byCapa(_ *command.Ctx, value []byte, l label) (test, error) {
	if !containsAll([]byte{exec.CapaRedirect}, value) {
		return nil, command.ReplyError("ERR Unknown capa found in " + l.filterName("CAPA") + ": " + string(value))
	}
	want := len(value) > 0
	return func(s *exec.Session) bool { return !want || s.Capa() != "" }, nil
}

func byDB(c *command.Ctx, value []byte, l label) (test, error) {
	db, ok := num.ParseInt(value)
	last := exec.Of(c).Engine().Config.Int(config.Databases) - 1
	switch {
	case !ok || int64(int32(db)) != db:
		return nil, command.ReplyError("ERR " + l.of("DB") + " is not an integer or out of range")
	case db < 0 || db > last:
		return nil, command.ReplyError("ERR " + l.of("DB") + " number should be between 0 and " + strconv.FormatInt(last, 10))
	}
	return func(s *exec.Session) bool { return int64(s.DB) == db }, nil
}

// byAge wants at least value seconds to have passed since a time in Unix
// milliseconds.
func byAge(word string, since func(s *exec.Session) int64) func(*command.Ctx, []byte, label) (test, error) {
	return func(c *command.Ctx, value []byte, _ label) (test, error) {
		least, ok := num.ParseInt(value)
		switch {
		case !ok:
			return nil, command.ReplyError("ERR " + word + " is not an integer or out of range")
		case least < 1:
			return nil, command.ReplyError("ERR " + word + " should be greater than 0")
		}
		now := c.Now()
		return func(s *exec.Session) bool { return max(now-since(s), 0)/1000 >= least }, nil
	}
}
