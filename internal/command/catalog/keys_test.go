package catalog_test

import (
	"math/bits"
	"strings"
	"testing"

	"sigrun/internal/command"
)

// TestKeySpecs: a key's flags make sense together and with those of its
// command.
func TestKeySpecs(t *testing.T) {
	const (
		kinds   = command.KeyRO | command.KeyRW | command.KeyOW | command.KeyRM
		changes = command.KeyUpdate | command.KeyInsert | command.KeyDelete
	)
	eachRow(t, func(t *testing.T, s *command.Spec) {
		for i := range s.Keys {
			k := &s.Keys[i]
			switch kind := k.Flags & kinds; {
			case k.Flags&command.KeyNotKey != 0:
				if kind != 0 {
					t.Errorf("key spec %d: no key, yet read or written", i)
				}
			case bits.OnesCount16(uint16(kind)) != 1:
				t.Errorf("key spec %d: flags %b", i, k.Flags)
			case kind == command.KeyRO && k.Flags&changes != 0:
				t.Errorf("key spec %d: changes what it only reads", i)
			case s.Is(command.ReadOnly) && kind != command.KeyRO && s.Name != "pfcount":
				t.Errorf("key spec %d: written by a command that only reads", i)
			}
		}
		movable := false
		for i := range s.Keys {
			k := &s.Keys[i]
			movable = movable || k.Search != command.SearchIndex || k.Find != command.FindRange
		}
		if movable != s.Is(command.MovableKeys) {
			t.Errorf("movable keys: flag %v, key specs %v", s.Is(command.MovableKeys), movable)
		}
	})
}

// optionalKeys are the commands that do without the keys of their last spec.
var optionalKeys = map[string]bool{"pfmerge": true, "sunsubscribe": true}

// TestKeysInArity: the shortest possible line holds what key specs point at,
// unless the key is optional.
func TestKeysInArity(t *testing.T) {
	eachRow(t, func(t *testing.T, s *command.Spec) {
		for i := range s.Keys {
			k := &s.Keys[i]
			if k.Search != command.SearchIndex {
				continue
			}
			last := k.Pos
			switch {
			case k.Find == command.FindKeyNum:
				last += k.NumIdx
			case k.Last > 0:
				last += k.Last
			}
			optional := optionalKeys[s.Name] && i == len(s.Keys)-1
			if (last >= shortest(s)) != optional {
				t.Errorf("key spec %d reaches argument %d of %d", i, last, shortest(s))
			}
			if k.Find == command.FindRange && s.Arity > 0 && k.Last < 0 {
				t.Errorf("key spec %d runs to the end of a line of fixed length", i)
			}
		}
	})
}

func shortest(s *command.Spec) int { return max(s.Arity, -s.Arity) }

// TestArguments: the tree of arguments is well formed.
func TestArguments(t *testing.T) {
	eachRow(t, func(t *testing.T, s *command.Spec) {
		if len(s.Sub) > 0 && len(s.Args) > 0 {
			t.Error("has subcommands and arguments")
		}
		var walk func(list []command.Arg)
		walk = func(list []command.Arg) {
			for i := range list {
				a := &list[i]
				checkArg(t, s, a)
				walk(a.Sub)
			}
		}
		walk(s.Args)
	})
}

func checkArg(t *testing.T, s *command.Spec, a *command.Arg) {
	t.Helper()
	nested := a.Type == command.ArgOneOf || a.Type == command.ArgBlock
	if nested != (len(a.Sub) > 0) {
		t.Errorf("%s: %s with %d parts", a.Name, a.Type, len(a.Sub))
	}
	if a.Type == command.ArgKey && a.KeySpec == 0 || a.KeySpec > len(s.Keys) {
		t.Errorf("%s: key spec %d of %d", a.Name, a.KeySpec, len(s.Keys))
	}
	if a.Flags&command.MultipleToken != 0 && (a.Flags&command.Multiple == 0 || a.Token == "") {
		t.Errorf("%s: repeats a token that isn't there", a.Name)
	}
	if a.Name == "" || strings.ToLower(a.Name) != a.Name {
		t.Errorf("%s: is no name", a.Name)
	}
}

// oddArity are the commands whose arity and arguments don't tell the same, as
// in the server whose facts these are, and why.
var oddArity = map[string]string{
	"client|kill":               "each filter is optional, but one there must be",
	"cluster|migrateslots":      "the handler counts",
	"cluster|syncslots":         "its arguments aren't told",
	"debug":                     "its arguments aren't told",
	"geosearch":                 "only a polygon does without the point, so the point is optional",
	"geosearchstore":            "as geosearch",
	"psync":                     "more arguments are for failover, and not told",
	"quit":                      "takes whatever it is given",
	"replconf":                  "its arguments aren't told",
	"sentinel|simulate-failure": "the mode is optional, but must be there",
}

// TestArity: the arity is the least number of words that the arguments need,
// and negative if there can be more.
func TestArity(t *testing.T) {
	eachRow(t, func(t *testing.T, s *command.Spec) {
		if len(s.Sub) > 0 {
			if s.Arity != -2 && s.Name != "command" {
				t.Errorf("arity %d of a container", s.Arity)
			}
			return
		}
		least, open := words(s.Args)
		least += 1 + strings.Count(s.Name, "|")
		same := least == shortest(s) && open == (s.Arity < 0)
		if _, odd := oddArity[s.Name]; odd == same {
			t.Errorf("arity %d, arguments: %d words, more possible: %v", s.Arity, least, open)
		}
	})
}

// words is how many words args are at least, and whether they can be more.
func words(args []command.Arg) (least int, open bool) {
	for i := range args {
		a := &args[i]
		n, o := argWords(a)
		if a.Flags&command.Optional != 0 {
			n, o = 0, true
		}
		least += n
		open = open || o || a.Flags&command.Multiple != 0
	}
	return least, open
}

func argWords(a *command.Arg) (least int, open bool) {
	switch a.Type {
	case command.ArgPureToken:
		return 1, false
	case command.ArgOneOf:
		least, open = words(a.Sub[:1])
		for i := 1; i < len(a.Sub); i++ {
			n, o := words(a.Sub[i : i+1])
			open = open || o || n != least
			least = min(least, n)
		}
	case command.ArgBlock:
		least, open = words(a.Sub)
	default:
		least = 1
	}
	if a.Token != "" {
		least++
	}
	return least, open
}
