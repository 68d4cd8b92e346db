package sets

import (
	"cmp"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/types/set"
	"sigrun/internal/value"
)

// scratch is an empty set to put sets together in, in the form in which members
// are found fastest.
func scratch(c *command.Ctx, sets []source) set.Set {
	kind, n := value.KindSetInts, 0
	for i := range sets {
		n += sets[i].size()
		if sets[i].there && sets[i].Kind != kind {
			kind = value.KindSet
		}
	}
	s := set.New(c.Tx.Heap(c.Keys[0]), kind)
	s.Reserve(n)
	return s
}

// replyScratch answers with the members of s and frees it.
func replyScratch(c *command.Ctx, s *set.Set) error {
	replyAll(c, s)
	s.Free()
	return nil
}

// runSUnion answers SUNION key [key …]: the members that some set has.
func runSUnion(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys, room[:0])
	if err != nil {
		return err
	}
	all := scratch(c, sets)
	unite(c.Limits, sets, &all)
	return replyScratch(c, &all)
}

// runSUnionStore answers SUNIONSTORE destination key [key …]: how many members the
// destination has then.
func runSUnionStore(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys[1:], room[:0])
	if err != nil {
		return err
	}
	all := set.New(c.Tx.Heap(c.Keys[0]), value.KindSetInts)
	unite(c.Limits, sets, &all)
	store(c, c.Keys[0], &all, "sunionstore")
	return nil
}

func unite(l *value.Limits, sets []source, into *set.Set) {
	for i := range sets {
		if sets[i].there {
			into.AddAll(l, &sets[i].Set)
		}
	}
}

// runSDiff answers SDIFF key [key …]: the members of the first set that no other
// has.
func runSDiff(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys, room[:0])
	if err != nil {
		return err
	}
	switch planDiff(sets) {
	case diffNothing:
		c.W.Set(0)
	case diffEach:
		w, n := c.W, 0
		mark := w.Mark()
		subtractEach(sets, func(m set.Member) {
			replyMember(w, m)
			n++
		})
		w.PatchSet(mark, n)
	case diffAll:
		rest := scratch(c, sets[:1])
		subtractAll(c.Limits, sets, &rest)
		return replyScratch(c, &rest)
	}
	return nil
}

// runSDiffStore answers SDIFFSTORE destination key [key …]: how many members the
// destination has then.
func runSDiffStore(c *command.Ctx) error {
	var room [usual]source
	sets, err := gather(c, c.Keys[1:], room[:0])
	if err != nil {
		return err
	}
	rest, l := set.New(c.Tx.Heap(c.Keys[0]), value.KindSetInts), c.Limits
	if sets[0].there && sets[0].Kind == value.KindSetInts {
		rest.Reserve(sets[0].Len())
	}
	switch planDiff(sets) {
	case diffEach:
		subtractEach(sets, func(m set.Member) { rest.AddNew(l, m) })
	case diffAll:
		subtractAll(l, sets, &rest)
	}
	store(c, c.Keys[0], &rest, "sdiffstore")
	return nil
}

// diffPlan is a way to take sets from a first one.
type diffPlan uint8

const (
	diffNothing diffPlan = iota // nothing can be left
	diffEach                    // by looking for each of its members in the others
	diffAll                     // by removing all others' members from a copy
)

// planDiff chooses the way that looks at fewer members. The real server chooses
// alike, and the copy's form stays with what is left of it.
func planDiff(sets []source) diffPlan {
	first := &sets[0]
	if !first.there || slices.ContainsFunc(sets[1:], func(s source) bool { return first.same(&s) }) {
		return diffNothing
	}
	each, all := 0, 0
	for i := range sets {
		if sets[i].there {
			each += first.Len()
			all += sets[i].Len()
		}
	}
	if each/2 <= all { // it mostly finds a member before it has looked everywhere
		return diffEach
	}
	return diffAll
}

// subtractEach visits the members of the first set that none of the others has.
// It sorts these, the largest first.
func subtractEach(sets []source, visit func(m set.Member)) {
	first, others := &sets[0], sets[1:]
	slices.SortStableFunc(others, func(a, b source) int { return cmp.Compare(b.size(), a.size()) })
	for len(others) > 0 && !others[len(others)-1].there {
		others = others[:len(others)-1]
	}
	if len(others) == 0 {
		first.Each(func(m set.Member) bool {
			visit(m)
			return true
		})
		return
	}
	first.Compare(&others[0].Set, func(m set.Member, both bool) bool {
		for i := 1; i < len(others) && !both; i++ {
			both = others[i].Has(m)
		}
		if !both {
			visit(m)
		}
		return true
	})
}

// subtractAll makes an empty set of the members of the first one that none of the
// others has.
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
