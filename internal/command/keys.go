package command

import (
	"errors"

	"sigrun/internal/num"
)

// KeyPos is where a key is among the arguments and what the command does to it.
type KeyPos struct {
	Index int
	Flags KeyFlag
}

// KeysFunc finds keys that no KeySpec can describe. It appends to dst.
type KeysFunc func(argv [][]byte, dst []KeyPos) ([]KeyPos, error)

// Errors of key extraction.
var (
	ErrNoKeys      = errors.New("the command has no keys")
	ErrInvalidKeys = errors.New("the arguments do not tell where the keys are")
)

// simpleKeys is what first, last and step of COMMAND INFO say: enough for most
// commands and quick.
type simpleKeys struct {
	first, last, step int // last counts from the end if negative
	exact             bool
}

func simpleOf(specs []KeySpec) (k simpleKeys) {
	if len(specs) == 0 {
		k.exact = true
		return k
	}
	s := specs[0]
	if len(specs) == 1 && s.Search == SearchIndex && s.Find == FindRange && s.Limit <= 1 && s.Flags&(KeyIncomplete|KeyNotKey) == 0 {
		k = simpleKeys{first: s.Pos, last: s.Last, step: max(s.Step, 1), exact: true}
		if k.last >= 0 {
			k.last += k.first
		}
	}
	return k
}

// Simple is where the keys of s are if that depends on the number of arguments
// alone: from first to last (inclusive), every step. first is 0 if there are
// none; ok is false if AppendKeys must look.
func (s *Spec) Simple(argc int) (first, last, step int, ok bool) {
	k := &s.simple
	last = k.last
	if last < 0 {
		last += argc
	}
	return k.first, last, k.step, k.exact
}

// AppendKeys appends where the keys of the command line argv are. The arity has
// been checked. It fails with ErrNoKeys or ErrInvalidKeys.
func (s *Spec) AppendKeys(argv [][]byte, dst []KeyPos) ([]KeyPos, error) {
	if s.GetKeys != nil {
		return s.GetKeys(argv, dst)
	}
	if len(s.Keys) == 0 {
		return dst, ErrNoKeys
	}
	var err error
	for i := range s.Keys {
		k := &s.Keys[i]
		if k.Flags&KeyNotKey != 0 {
			continue
		}
		if dst, err = k.appendTo(argv, dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendTo appends the keys that k describes.
func (k *KeySpec) appendTo(argv [][]byte, dst []KeyPos) ([]KeyPos, error) {
	begin, ok := k.begin(argv)
	if !ok {
		return dst, nil // an optional keyword is missing
	}
	first, last, step := begin, 0, max(k.Step, 1)
	switch k.Find {
	case FindRange:
		switch {
		case k.Last >= 0:
			last = begin + k.Last
		case k.Limit <= 1:
			last = len(argv) + k.Last
		default:
			last = begin + (len(argv)-begin)/k.Limit + k.Last
		}
	case FindKeyNum:
		at := begin + k.NumIdx
		if at >= len(argv) {
			return dst, ErrInvalidKeys
		}
		n, ok := num.ParseInt(argv[at])
		if !ok || n < 0 || n > int64(len(argv)) {
			return dst, ErrInvalidKeys
		}
		first = begin + k.FirstKey
		last = first + (int(n)-1)*step
	default:
		return dst, nil
	}
	for i := first; i <= last; i += step {
		if i >= len(argv) {
			return dst, ErrInvalidKeys
		}
		dst = append(dst, KeyPos{i, k.Flags})
	}
	return dst, nil
}

// begin is the argument where the keys of k begin.
func (k *KeySpec) begin(argv [][]byte) (int, bool) {
	switch k.Search {
	case SearchIndex:
		return k.Pos, k.Pos < len(argv)
	case SearchKeyword:
		if k.From < 0 {
			for i := len(argv) + k.From; i > 0; i-- {
				if equalFold(argv[i], k.Keyword) {
					return i + 1, i+1 < len(argv)
				}
			}
			return 0, false
		}
		for i := k.From; i < len(argv); i++ {
			if equalFold(argv[i], k.Keyword) {
				return i + 1, i+1 < len(argv)
			}
		}
	}
	return 0, false
}

// equalFold compares a word with a keyword in upper case.
func equalFold(b []byte, keyword string) bool {
	if len(b) != len(keyword) {
		return false
	}
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != keyword[i] {
			return false
		}
	}
	return true
}
