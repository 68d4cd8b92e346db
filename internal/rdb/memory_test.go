package rdb

import (
	"fmt"
	"strings"
)

// entry is what memorySink keeps of a key.
type entry struct {
	Value string
	Meta  Meta
	Type  byte
}

// memorySink keeps strings in maps, and of other types only that they came.
type memorySink struct {
	dbs    map[int]map[string]entry
	db     int
	aux    []string
	sizes  []string
	log    []string
	now    int64 // milliseconds; keys that expired before are dropped
	refuse error
}

func newMemorySink() *memorySink {
	return &memorySink{dbs: map[int]map[string]entry{}}
}

func (s *memorySink) SelectDB(db int) error { s.db = db; return nil }

func (s *memorySink) ResizeDB(keys, expires uint64) error {
	s.sizes = append(s.sizes, fmt.Sprint(s.db, keys, expires))
	return nil
}

func (s *memorySink) Aux(name, value []byte) error {
	s.aux = append(s.aux, string(name)+"="+string(value))
	return nil
}

func (s *memorySink) Key(key []byte, m Meta, typ byte, r *Reader) error {
	if s.refuse != nil {
		return s.refuse
	}
	var value []byte
	var err error
	if typ == TypeString {
		value, err = r.String()
	} else {
		err = Skip(r, typ)
	}
	if err != nil {
		return err
	}
	if m.ExpireMs != None && m.ExpireMs < s.now {
		return ErrExpiredKey
	}
	if s.dbs[s.db] == nil {
		s.dbs[s.db] = map[string]entry{}
	}
	s.dbs[s.db][string(key)] = entry{string(value), m, typ}
	return nil
}

func (s *memorySink) logf(level Level, format string, args ...any) {
	s.log = append(s.log, fmt.Sprintf(format, args...))
}

func (s *memorySink) logged() string { return strings.Join(s.log, "\n") }
