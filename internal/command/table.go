package command

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
)

// Table finds commands by name. It never changes after it was built.
type Table struct {
	slots []slot // open addressing, a power of two of them
	names map[string]*Spec
	all   []*Spec // by id: commands and subcommands
	top   []*Spec // commands, by name
}

type slot struct {
	head uint64 // first eight bytes, lower case
	rest string // the others
	size int
	spec *Spec
}

// NewTable returns a table of the rows whose handlers are given by name
// ("get", "config|set"), leaving out the others; a container stays if one of
// its subcommands does. It fails when a handler has no row. Rows are copied.
func NewTable(rows []*Spec, handlers map[string]Handler) (*Table, error) {
	t := &Table{names: map[string]*Spec{}}
	used := map[string]bool{}
	for _, row := range rows {
		s := t.adopt(row, nil, handlers, used)
		if s != nil {
			t.top = append(t.top, s)
			t.names[s.Name] = s
		}
	}
	for name := range handlers {
		if !used[name] {
			return nil, fmt.Errorf("command: the handler of %q has no row", name)
		}
	}
	sort.Slice(t.top, func(i, j int) bool { return t.top[i].Name < t.top[j].Name })
	for _, s := range t.top {
		t.number(s)
	}
	t.index()
	return t, nil
}

// atOnce are the commands that a transaction doesn't queue.
var atOnce = map[string]bool{"exec": true, "discard": true, "multi": true, "watch": true, "quit": true, "reset": true}

// adopt copies a row and those of its subcommands that are served.
func (t *Table) adopt(row, parent *Spec, handlers map[string]Handler, used map[string]bool) *Spec {
	s := *row
	s.parent = parent
	s.Sub = nil
	if h := handlers[s.Name]; h != nil {
		s.Run = h
		used[s.Name] = true
	}
	for _, r := range row.Sub {
		if sub := t.adopt(r, &s, handlers, used); sub != nil {
			s.Sub = append(s.Sub, sub)
		}
	}
	if s.Run == nil && len(s.Sub) == 0 {
		return nil
	}
	s.simple = simpleOf(s.Keys)
	s.AtOnce = atOnce[s.Name]
	s.Brief = s.Is(Fast) || s.Name == "set" // O(1), though SET isn't flagged so
	return &s
}

func (t *Table) number(s *Spec) {
	s.id = len(t.all)
	t.all = append(t.all, s)
	for _, sub := range s.Sub {
		t.number(sub)
	}
}

func (t *Table) index() {
	n := 16
	for n < 4*len(t.names) {
		n *= 2
	}
	t.slots = make([]slot, n)
	for name, s := range t.names {
		head, rest := split([]byte(name))
		i := t.start(head)
		for t.slots[i].spec != nil {
			i = (i + 1) & (n - 1)
		}
		t.slots[i] = slot{head, string(rest), len(name), s}
	}
}

// Rename makes the command old answer to name, or to nothing if name is empty.
// It is for the time before the server starts. It reports whether old was there
// and name was free.
func (t *Table) Rename(old, name string) (found, free bool) {
	s := t.names[old]
	if s == nil {
		return false, true
	}
	if name != "" && t.names[name] != nil {
		return true, false
	}
	delete(t.names, old)
	if name != "" {
		t.names[name] = s
	} else {
		t.top = slices.DeleteFunc(t.top, func(o *Spec) bool { return o == s })
	}
	t.index()
	return true, true
}

func (t *Table) start(head uint64) int {
	return int(head * 0x9e3779b97f4a7c15 >> 40 & uint64(len(t.slots)-1))
}

// split is the first eight bytes of a name in lower case, zero padded, and the
// others as they are.
func split(name []byte) (head uint64, rest []byte) {
	if len(name) >= 8 {
		return lower(binary.LittleEndian.Uint64(name)), name[8:]
	}
	var b [8]byte
	copy(b[:], name)
	return lower(binary.LittleEndian.Uint64(b[:])), nil
}

// lower turns eight bytes to lower case at once: the high bit of each byte of
// the two sums tells whether it is at least 'A' and beyond 'Z'.
func lower(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	low := w &^ highs
	upper := (low + (0x80-'A')*ones) &^ (low + (0x7f-'Z')*ones) &^ w & highs
	return w | upper>>2
}

// Lookup is the command of that name, in any case; nil if there is none.
func (t *Table) Lookup(name []byte) *Spec {
	head, rest := split(name)
	for i := t.start(head); ; i = (i + 1) & (len(t.slots) - 1) {
		s := &t.slots[i]
		if s.spec == nil {
			return nil
		}
		if s.head == head && s.size == len(name) && foldsTo(rest, s.rest) {
			return s.spec
		}
	}
}

// foldsTo reports whether b in lower case is s.
func foldsTo(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != s[i] {
			return false
		}
	}
	return true
}

// Is reports whether word is w, which is lower case, in any case.
func Is(word []byte, w string) bool { return foldsTo(word, w) }

// LookupSub is the subcommand of s of that name, in any case; nil if there is
// none.
func (s *Spec) LookupSub(name []byte) *Spec {
	for _, sub := range s.Sub {
		if foldsTo(name, sub.SubName()) {
			return sub
		}
	}
	return nil
}

// Find is the command or subcommand of a full name such as "config|get", in
// any case; nil if there is none.
func (t *Table) Find(name []byte) *Spec {
	for i, c := range name {
		if c == '|' {
			if s := t.Lookup(name[:i]); s != nil {
				return s.LookupSub(name[i+1:])
			}
			return nil
		}
	}
	return t.Lookup(name)
}

// Commands are all commands by name, without subcommands. The slice belongs to
// the table.
func (t *Table) Commands() []*Spec { return t.top }

// Len is the number of commands and subcommands; ids are below it.
func (t *Table) Len() int { return len(t.all) }

// ByID is the command or subcommand with that id.
func (t *Table) ByID(id int) *Spec { return t.all[id] }
