package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Caller is who wants to set something.
type Caller struct {
	Local   bool // on this machine: by loopback, by a Unix socket, or the server itself
	Loading bool // the data set is being loaded
}

// ErrLoading refuses a setting that must wait until the data set is loaded. It
// is answered as any command that must wait for that.
var ErrLoading = errors.New("the data set is being loaded")

// A SetError says why nothing was set.
type SetError struct {
	Name   string // as the client or the table spells it
	Reason string // "" if the name is unknown
}

// Error is the reply, without the code that a reply starts with.
func (e *SetError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("Unknown option or number of arguments for CONFIG SET - '%s'", e.Name)
	}
	return fmt.Sprintf("CONFIG SET failed (possibly related to argument '%s') - %s", e.Name, e.Reason)
}

// change is one setting on its way through Set.
type change struct {
	entry
	old, new value
}

// Set answers CONFIG SET: it sets all of pairs or none. The error is a
// *SetError or ErrLoading.
func (s *Store) Set(pairs []Pair, who Caller) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	changes, err := s.admit(pairs, who)
	if err != nil {
		return err
	}
	if err := s.parseAll(pairs, changes); err != nil {
		return err
	}
	return s.apply(changes)
}

// admit finds the settings that pairs name and refuses those that the caller
// may not set. The first that is wrong is the one that is told.
func (s *Store) admit(pairs []Pair, who Caller) ([]change, error) {
	changes := make([]change, 0, len(pairs))
	for _, p := range pairs {
		i, found := findEntry(strings.ToLower(p.Name))
		if !found {
			return nil, &SetError{Name: p.Name}
		}
		e := entries[i]
		switch r := &table[e.id]; {
		case r.has(Immutable):
			return nil, &SetError{p.Name, "can't set immutable config"}
		case r.has(Protected) && !s.Allows(EnableProtectedConfigs, who.Local):
			return nil, &SetError{p.Name, "can't set protected config"}
		case r.has(DenyLoading) && who.Loading:
			return nil, ErrLoading
		}
		if slices.ContainsFunc(changes, func(c change) bool { return c.name == e.name }) {
			return nil, &SetError{p.Name, "duplicate parameter"}
		}
		changes = append(changes, change{entry: e})
	}
	return changes, nil
}

// parseAll fills in the old and new values. A setting may be named twice, by
// its name and by its older one: then the second builds upon the first.
func (s *Store) parseAll(pairs []Pair, changes []change) error {
	for i := range changes {
		c := &changes[i]
		c.old = s.value(c.id)
		for _, earlier := range changes[:i] {
			if earlier.id == c.id {
				c.old = earlier.new
			}
		}
		var err error
		c.new, err = table[c.id].parse(s.input([]string{pairs[i].Value}, c.old))
		if err != nil {
			return &SetError{c.name, err.Error()}
		}
	}
	return nil
}

func (s *Store) input(words []string, old value) input {
	return input{words: words, old: old, fs: s.opt.FS, curDir: s.value(Dir).str}
}

// apply publishes the changes and runs the hooks, or takes all back.
func (s *Store) apply(changes []change) error {
	for _, c := range changes {
		s.publish(c.id, c.new)
	}
	name, err := s.runHooks(changes)
	if err != nil {
		s.log(LevelWarning, "Failed applying new configuration. Possibly related to new "+name+
			" setting. Restoring previous settings.")
		s.takeBack(changes)
		return &SetError{name, err.Error()}
	}
	for _, c := range changes {
		if !c.new.same(c.old) {
			s.tellIneffective(c.id)
		}
	}
	return nil
}

// runHooks calls each hook that one of the changes concerns once, in the order
// of the changes, and stops at the first error with the name of that change.
func (s *Store) runHooks(changes []change) (name string, err error) {
	ran := make([]bool, len(s.hooks))
	for _, c := range changes {
		if c.new.same(c.old) && !table[c.id].has(Volatile) {
			continue
		}
		for i, h := range s.hooks {
			if ran[i] || !slices.Contains(h.ids, c.id) {
				continue
			}
			ran[i] = true
			if err := h.apply(); err != nil {
				return c.name, err
			}
		}
	}
	return "", nil
}

// takeBack publishes the old values and has the hooks return to them.
func (s *Store) takeBack(changes []change) {
	for _, c := range slices.Backward(changes) {
		s.publish(c.id, c.old)
	}
	if name, err := s.runHooks(changes); err != nil {
		s.log(LevelWarning, "Failed applying restored failed CONFIG SET command: "+name+": "+err.Error())
	}
}

// Assign sets one setting to words for the server itself, as when REPLICAOF
// makes it a replica: no flag of the setting refuses it and no hook runs. The
// error is the reason that words are no value of the setting.
func (s *Store) Assign(id ID, words ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, err := table[id].parse(s.input(words, s.value(id)))
	if err != nil {
		return err
	}
	s.publish(id, v)
	return nil
}
