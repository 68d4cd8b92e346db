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
		}
		result.Add(c.Limits, m)
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

// runSUnion answers SUNION key [key …]: the members that some set has.
func runSUnion(c *command.Ctx) error { return answer(c, true) }

// runSUnionStore answers SUNIONSTORE destination key [key …]: how many members the
// destination has then.
func runSUnionStore(c *command.Ctx) error { return keepResult(c, true, "sunionstore") }

// runSDiff answers SDIFF key [key …]: the members of the first set that no other
// has.
func runSDiff(c *command.Ctx) error { return answer(c, false) }

// runSDiffStore answers SDIFFSTORE destination key [key …]: how many members the
// destination has then.
func runSDiffStore(c *command.Ctx) error { return keepResult(c, false, "sdiffstore") }

// combine puts the union or the difference of sets into an empty set.
func combine(l *value.Limits, sets []source, union bool, into *set.Set) {
	if union {
		unite(l, sets, into)
	} else {
		subtract(l, sets, into)
	}
}

func answer(c *command.Ctx, union bool) error {
	var room [usual]source
	sets, err := gather(c, c.Keys, room[:0])
	if err != nil {
		return err
	}
	kind := value.KindSetInts
	for i := range sets {
		if sets[i].there && sets[i].Kind != kind {
			kind = value.KindSet // the form in which members are found fastest
			break
		}
	}
	result := set.New(c.Tx.Heap(c.Keys[0]), kind)
	combine(c.Limits, sets, union, &result)
	replyAll(c, &result)
	result.Free()
	return nil
}

func keepResult(c *command.Ctx, union bool, event string) error {
	var room [usual]source
	sets, err := gather(c, c.Keys[1:], room[:0])
	if err != nil {
		return err
	}
	result := set.New(c.Tx.Heap(c.Keys[0]), value.KindSetInts)
	combine(c.Limits, sets, union, &result)
	store(c, c.Keys[0], &result, event)
	return nil
}

func unite(l *value.Limits, sets []source, into *set.Set) {
	for i := range sets {
		if sets[i].there {
			into.AddAll(l, &sets[i].Set)
		}
	}
}

func subtract(l *value.Limits, sets []source, into *set.Set) {
	first, others := &sets[0], sets[1:]
	if !first.there || slices.ContainsFunc(others, func(s source) bool { return first.same(&s) }) {
		return
	}
	each, all := 0, 0 // looks at members, that each of the two ways takes
	for i := range sets {
		if sets[i].there {
			each += first.Len()
			all += sets[i].Len()
		}
	}
	if each/2 <= all { // it ends early, and needs no room for what goes
		subtractEach(l, first, others, into)
	} else {
		subtractAll(l, sets, into)
	}
}

// subtractEach looks for each member of the first set in all others, the largest
// ones first.
func subtractEach(l *value.Limits, first *source, others []source, into *set.Set) {
	slices.SortStableFunc(others, func(a, b source) int { return cmp.Compare(b.size(), a.size()) })
	for len(others) > 0 && !others[len(others)-1].there { // sorted: absent ones are the last
		others = others[:len(others)-1]
	}
	if len(others) == 0 {
		into.AddAll(l, &first.Set)
		return
	}
	first.Compare(&others[0].Set, func(m set.Member, both bool) bool {
		for i := 1; i < len(others) && !both; i++ {
			both = others[i].Has(m)
		}
		if !both {
			into.Add(l, m)
		}
		return true
	})
}

// subtractAll takes the members of all other sets out of a copy of the first.
func subtractAll(l *value.Limits, sets []source, into *set.Set) {
	unite(l, sets[:1], into)
	for i := range sets[1:] {
		other := &sets[1+i]
		if !other.there {
			continue
		}
		other.Each(func(m set.Member) bool {
			into.Remove(m)
			return into.Len() > 0
		})
	}
}
