package sets

import (
	"cmp"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/set"
	"sigrun/internal/value"
)

// source is one of the sets that a command puts together.
type source struct {
	set.Set
	there bool
}

func (s *source) size() int {
	if !s.there {
		return 0
	}
	return s.Len()
}

// same reports whether both are the set of one key.
func (s *source) same(o *source) bool { return s.there && o.there && s.Set == o.Set }

// gather reads the sets of keys into dst.
func gather(c *command.Ctx, keys []keyspace.Key, dst []source) ([]source, error) {
	for _, k := range keys {
		s, ok, err := read(c, k)
		if err != nil {
			return nil, err
		}
		dst = append(dst, source{s, ok})
	}
	return dst, nil
}

// usual is the number of sets up to which no memory is needed to list them.
const usual = 8

// store makes k hold s, or deletes it if s is empty, and answers with the number
// of members.
func store(c *command.Ctx, k keyspace.Key, s *set.Set, event string) {
	n := s.Len()
	if n == 0 {
		s.Free()
		storeNothing(c, k)
		return
	}
	s.Fit()
	if c.Tx.Store(k, s.Kind, s.Word, keyspace.NoExpiry) {
		c.Event(command.EventNew, "new", k.B)
	}
	c.Event(command.EventSet, event, k.B)
	c.W.Int(int64(n))
}

// storeNothing deletes k for a result without members.
func storeNothing(c *command.Ctx, k keyspace.Key) {
	if c.Tx.Delete(k) {
		c.Event(command.EventGeneric, "del", k.B)
	}
	c.W.Int(0)
}

// intersect visits what all sets have until visit returns false. It sorts them by
// size. Nothing is visited if one is absent.
func intersect(sets []source, visit func(m set.Member) bool) {
	slices.SortStableFunc(sets, func(a, b source) int { return cmp.Compare(a.size(), b.size()) })
	if !sets[0].there {
		return
	}
	if len(sets) == 1 {
		sets[0].Each(visit)
		return
	}
	sets[0].Compare(&sets[1].Set, func(m set.Member, both bool) bool {
		if !both {
			return true
		}
		for i := 2; i < len(sets); i++ {
			if !sets[i].Has(m) {
				return true
			}
		}
		return visit(m)
	})
}

// runSInter answers SINTER key [key …]: the members that all sets have.
func runSInter(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys, room[:0])
	if err != nil {
		return err
	}
	w, n := c.W, 0
	mark := w.Mark()
	intersect(sets, func(m set.Member) bool {
		replyMember(w, m)
		n++
		return true
	})
	w.PatchSet(mark, n)
	return nil
}

// runSInterStore answers SINTERSTORE destination key [key …]: how many members
// the destination has then.
func runSInterStore(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys[1:], room[:0])
	if err != nil {
		return err
	}
	if slices.ContainsFunc(sets, func(s source) bool { return !s.there }) {
		storeNothing(c, c.Keys[0])
		return nil
	}
	var result set.Set
	intersect(sets, func(m set.Member) bool {
		if result.Heap == nil {
			result = set.New(c.Tx.Heap(c.Keys[0]), min(sets[0].Kind, value.KindSetPack))
			result.Reserve(sets[0].Len())
		}
		result.AddNew(c.Limits, m)
		return true
	})
	if result.Heap == nil {
		storeNothing(c, c.Keys[0])
		return nil
	}
	result.Shrink(c.Limits)
	store(c, c.Keys[0], &result, "sinterstore")
	return nil
}

const (
	errNumKeys     = command.ReplyError("ERR numkeys should be greater than 0")
	errTooManyKeys = command.ReplyError("ERR Number of keys can't be greater than number of args")
	errLimit       = command.ReplyError("ERR LIMIT can't be negative")
)

// parseInterCard reads SINTERCARD numkeys key [key …] [LIMIT limit] and returns
// the limit, 0 for none.
func parseInterCard(c *command.Ctx) (limit int64, err error) {
	a := c.Args(1)
	n := a.Int()
	switch {
	case a.Err() != nil || n <= 0:
		return 0, errNumKeys
	case n > int64(a.Left()):
		return 0, errTooManyKeys
	}
	a = c.Args(2 + int(n))
	for a.More() {
		if !a.Option("limit") {
			return 0, command.ErrSyntax
		}
		if limit = a.Int(); a.Err() != nil || limit < 0 {
			return 0, errLimit
		}
	}
	return limit, nil
}

// runSInterCard answers SINTERCARD: how many members all sets have, at most the
// limit.
func runSInterCard(c *command.Ctx) error {
	limit, err := parseInterCard(c)
	if err != nil {
		return err
	}
	var room [usual]source
	sets, err := gather(c, c.Keys, room[:0])
	if err != nil {
		return err
	}
	n := int64(0)
	intersect(sets, func(set.Member) bool {
		n++
		return n != limit
	})
	c.W.Int(n)
	return nil
}
