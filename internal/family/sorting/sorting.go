// Package sorting holds SORT and SORT_RO, which answer with the elements of a list,
// a set or a sorted set in an order of their own.
//
// A command goes through four steps: parse (this file), load the elements as views
// (elements.go), order them (order.go, radix.go), and answer or store, looking up
// what GET asks for (output.go). pattern.go finds the keys and fields that BY and
// GET name by a pattern. As these may be any, a command with such a pattern runs in
// a transaction over all shards.
//
// What is worked on lies in a sorter, which is used again: small sorts don't
// allocate.
package sorting

import (
	"sync"

	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
)

// Handlers returns the handlers of this family by the names of their rows.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"sort":    runSort,
		"sort_ro": runSortRO,
	}
}

const errScores = command.ReplyError("ERR One or more scores can't be converted into double")

// sorter is a SORT parsed, and what it works on.
type sorter struct {
	c      *command.Ctx
	desc   bool
	alpha  bool
	asIs   bool // BY something constant: the elements keep their order
	by     *pattern
	byRoom pattern
	gets   []pattern
	store  bool // under the last of the command's keys
	start  int64
	count  int64 // below 0: all

	elems   []listpack.Entry // texts are views, or in digits
	words   [][]byte         // by which to order if alpha; nil for what is missing
	keys    []sortKey
	spare   []sortKey // scratch of sorting
	digits  []byte    // texts; what is full is left to elems and words
	name    []byte    // scratch: the name of a key
	pack    []byte    // scratch: a listpack to be stored
	strict  bool      // no two elements have the same place
	lo, hi  int       // the part of the order that is wanted, hi exclusive
	invalid bool      // something is no number
}

// keepCap is the most elements for which a sorter keeps room.
const keepCap = 1 << 14

var sorters = sync.Pool{New: func() any { return new(sorter) }}

// give gives s back for other commands.
func (s *sorter) give() {
	if cap(s.elems) > keepCap {
		return
	}
	clear(s.elems)
	clear(s.words)
	clear(s.gets)
	*s = sorter{
		gets: s.gets[:0], elems: s.elems[:0], words: s.words[:0], keys: s.keys[:0], spare: s.spare, digits: s.digits[:0], name: s.name[:0],
		pack: s.pack,
	}
	sorters.Put(s)
}

// parse reads SORT key [BY pattern] [LIMIT offset count] [GET pattern …]
// [ASC|DESC] [ALPHA] [STORE destination].
func (s *sorter) parse(c *command.Ctx, readOnly bool) error {
	s.c, s.count = c, -1
	a := c.Args(2)
	for a.More() {
		switch {
		case a.Flag("asc"):
			s.desc = false
		case a.Flag("desc"):
			s.desc = true
		case a.Flag("alpha"):
			s.alpha = true
		case a.Left() > 2 && a.Flag("limit"):
			s.start, s.count = a.Int(), a.Int()
		case !readOnly && a.Option("store"):
			a.Next()
			s.store = true
		case a.Option("by"):
			s.byRoom = parsePattern(a.Next())
			s.by = &s.byRoom
			s.asIs = s.asIs || !s.by.star
		case a.Option("get"):
			s.gets = append(s.gets, parsePattern(a.Next()))
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return a.Err()
}

func runSort(c *command.Ctx) error { return run(c, false) }

func runSortRO(c *command.Ctx) error { return run(c, true) }

// run answers SORT and SORT_RO: the elements, or what GET asks for instead of each,
// or with STORE their number.
func run(c *command.Ctx, readOnly bool) error {
	s := sorters.Get().(*sorter)
	defer s.give()
	if err := s.parse(c, readOnly); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	if !s.asIs {
		s.rate()
		s.order()
	}
	switch {
	case s.invalid:
		return errScores
	case s.store:
		s.storeOutput()
	default:
		s.reply()
	}
	return nil
}

// limit makes lo and hi the part of n elements that LIMIT wants.
func (s *sorter) limit(n int) {
	most := int64(n)
	start := min(max(s.start, 0), most)
	count := s.count
	if count < 0 {
		count = most
	}
	s.lo, s.hi = int(start), int(start+min(count, most-start))
}
