package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// set is CONFIG SET with words in turn name and value, by a local client.
func set(s *Store, words ...string) error {
	var pairs []Pair
	for i := 0; i < len(words); i += 2 {
		pairs = append(pairs, Pair{words[i], words[i+1]})
	}
	return s.Set(pairs, Caller{Local: true})
}

// failure is the whole text of a refusal.
func failure(name, reason string) string {
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", name, reason)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// load is a Store with some lines of a config file, which must be right.
func load(t testing.TB, lines string) *Store {
	t.Helper()
	s, err := Load([]string{"-"}, Options{Stdin: strings.NewReader(lines), WorkDir: "/data"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestSetAnswers compares with the answers of the real server.
func TestSetAnswers(t *testing.T) {
	var s *Store
	last := ""
	for _, l := range readLines(t, "set.txt") {
		name, rest, _ := strings.Cut(l, " ")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		text, _ := strconv.Unquote(quoted)
		answer := rest[len(quoted)+3:]
		if name != last {
			s = load(t, "enable-protected-configs yes\n")
			last = name
		}
		err = set(s, name, text)
		if rest[len(quoted)+1] == '!' {
			if errText(err) != failure(name, answer) {
				t.Errorf("%s %s: got %v, want %s", name, quoted, err, answer)
			}
		} else if got := flat(s.Get(name)); err != nil || got != name+" "+answer {
			t.Errorf("%s %s: got %s, %v, want %s", name, quoted, got, err, answer)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	const integer = "argument couldn't be parsed into an integer"
	for _, c := range []struct{ words, want string }{
		{"foo 1", "Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"hz x foo 1", "Unknown option or number of arguments for CONFIG SET - 'foo'"},
		{"FOO 1 databases 2", "Unknown option or number of arguments for CONFIG SET - 'FOO'"},
		{"databases 2 foo 1", failure("databases", "can't set immutable config")},
		{"DATABASES 2", failure("DATABASES", "can't set immutable config")},
		{"hz x databases 2", failure("databases", "can't set immutable config")},
		{"dbfilename x", failure("dbfilename", "can't set protected config")},
		{"dbfilename a/b hz x", failure("dbfilename", "can't set protected config")},
		{"hz 1 hz 2", failure("hz", "duplicate parameter")},
		{"hz 1 HZ 2", failure("HZ", "duplicate parameter")},
		{"hz x hz 2", failure("hz", "duplicate parameter")},
		{"HZ x", failure("hz", integer)},
		{"SLAVE-PRIORITY x", failure("slave-priority", integer)},
		{"timeout 5 hz x", failure("hz", integer)},
		{"user x", "Unknown option or number of arguments for CONFIG SET - 'user'"},
		{"lua-replicate-commands yes", "Unknown option or number of arguments for CONFIG SET - 'lua-replicate-commands'"},
	} {
		s := New(Options{})
		before := flat(s.Get("*"))
		if err := set(s, strings.Fields(c.words)...); errText(err) != c.want {
			t.Errorf("CONFIG SET %s: got %v, want %s", c.words, err, c.want)
		}
		if flat(s.Get("*")) != before {
			t.Errorf("CONFIG SET %s changed something", c.words)
		}
	}
}

func TestProtectedSettings(t *testing.T) {
	for _, c := range []struct {
		mode          string
		local, remote bool // whether such a client may
	}{{"no", false, false}, {"yes", true, true}, {"local", true, false}} {
		s := load(t, "enable-protected-configs "+c.mode)
		for _, local := range []bool{true, false} {
			err := s.Set([]Pair{{"dbfilename", "x"}}, Caller{Local: local})
			if want := local && c.local || !local && c.remote; (err == nil) != want {
				t.Errorf("%s, local %v: %v", c.mode, local, err)
			}
		}
	}
}

func TestSetWhileLoading(t *testing.T) {
	s := New(Options{})
	loading := Caller{Local: true, Loading: true}
	if err := s.Set([]Pair{{"appendonly", "yes"}}, loading); !errors.Is(err, ErrLoading) {
		t.Errorf("got %v", err)
	}
	if err := s.Set([]Pair{{"hz", "5"}}, loading); err != nil {
		t.Errorf("got %v", err)
	}
}

// A setting may be given by both of its names; the later counts.
func TestSetByBothNames(t *testing.T) {
	s := New(Options{})
	if err := set(s, "replica-priority", "3", "slave-priority", "4"); err != nil || s.Int(ReplicaPriority) != 4 {
		t.Errorf("got %d, %v", s.Int(ReplicaPriority), err)
	}
	if err := set(s, "slave-priority", "5", "replica-priority", "6"); err != nil || s.Int(ReplicaPriority) != 6 {
		t.Errorf("got %d, %v", s.Int(ReplicaPriority), err)
	}
}

func TestHooks(t *testing.T) {
	s := New(Options{})
	var calls []string
	record := func(name string) func() error {
		return func() error {
			calls = append(calls, name)
			return nil
		}
	}
	s.OnApply(record("memory"), MaxMemory, MaxMemoryPolicy)
	s.OnApply(record("hz"), Hz)
	s.OnApply(record("tls"), TLSCertFile, TLSPort)
	for _, c := range []struct{ words, want string }{
		{"hz 11 maxmemory 1", "hz memory"},
		{"maxmemory 2 hz 12", "memory hz"},
		{"maxmemory 3 maxmemory-policy allkeys-lru", "memory"},
		{"maxmemory 3", ""},
		{"maxmemory 0kb", "memory"},
		{"timeout 3", ""},
		{"tls-port 0", ""},
		{"tls-cert-file x", "tls"},
		{"tls-cert-file x", "tls"}, // the file may have changed
		{"hz 13 timeout x", ""},
	} {
		calls = nil
		err := set(s, strings.Fields(c.words)...)
		if got := strings.Join(calls, " "); got != c.want {
			t.Errorf("CONFIG SET %s: called %q, want %q (%v)", c.words, got, c.want, err)
		}
	}
}

func TestFailedHookTakesAllBack(t *testing.T) {
	var logged []string
	s := New(Options{Log: func(_ int64, line string) { logged = append(logged, line) }})
	var seen []int64
	s.OnApply(func() error {
		seen = append(seen, s.Int(Hz))
		return nil
	}, Hz)
	s.OnApply(func() error {
		if s.Int(Port) == 1 {
			return errors.New("Unable to listen on this port. Check server logs.")
		}
		return nil
	}, Port)
	err := set(s, "hz", "50", "save", "", "port", "1", "timeout", "3")
	if want := failure("port", "Unable to listen on this port. Check server logs."); errText(err) != want {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(seen, []int64{50, 10}) {
		t.Errorf("the hook of hz saw %v", seen)
	}
	for _, id := range All() {
		if !s.IsDefault(id) {
			t.Errorf("%s is %s", id.Name(), s.Text(id))
		}
	}
	if len(s.SavePoints()) != 3 {
		t.Errorf("save points: %v", s.SavePoints())
	}
	const want = "Failed applying new configuration. Possibly related to new port setting. Restoring previous settings."
	if !slices.Equal(logged, []string{want}) {
		t.Errorf("logged %q", logged)
	}
}

func TestIneffectiveIsToldOnce(t *testing.T) {
	var name string
	for _, id := range All() {
		if _, isBool := table[id].kind.(boolKind); isBool && !id.Effective() && id.Flags()&Immutable == 0 {
			name = id.Name()
			break
		}
	}
	if name == "" {
		t.Skip("every setting counts")
	}
	var logged []string
	s := New(Options{Log: func(_ int64, line string) { logged = append(logged, line) }})
	for _, text := range []string{s.Get(name)[0].Value, "yes", "no", "yes"} {
		if err := set(s, name, text); err != nil {
			t.Fatal(err)
		}
	}
	if len(logged) != 1 || !strings.Contains(logged[0], "'"+name+"'") {
		t.Errorf("logged %q", logged)
	}
}

func TestAssign(t *testing.T) {
	s := New(Options{})
	if err := s.Assign(ReplicaOf, "example.org", "6380"); err != nil {
		t.Fatal(err)
	}
	if s.Primary() != (Primary{"example.org", 6380}) || s.Text(ReplicaOf) != "example.org 6380" {
		t.Errorf("got %v, %q", s.Primary(), s.Text(ReplicaOf))
	}
	if err := s.Assign(ReplicaOf, "no", "one"); err != nil || s.Primary() != (Primary{}) || !s.IsDefault(ReplicaOf) {
		t.Errorf("got %v, %v", s.Primary(), err)
	}
	if err := s.Assign(ReplicaOf, "a", "b"); errText(err) != "Invalid primary port" {
		t.Errorf("got %v", err)
	}
}
