package zsets

import (
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/types/zset"
)

// fewMembers is how many members an outcome has that is put together in a list.
const fewMembers = 48

// outcome is what becomes of sets that are combined: a list if it is sure to have
// few members, else a set. The members of the list are views of those combined.
type outcome struct {
	heap  *offheap.Heap
	small bool
	n     int
	list  [fewMembers]zset.Element
	text  []byte // of members that are integers; never moved
	large zset.Set
}

// begin readies o for least to most members, in blocks from heap.
func (o *outcome) begin(heap *offheap.Heap, least, most int) {
	o.heap, o.small = heap, most <= fewMembers
	if !o.small {
		o.large = zset.NewLarge(heap)
		o.large.Reserve(least)
	}
}

// add puts in a member that is not there. kept says that the view of it stays
// good.
func (o *outcome) add(member []byte, score float64, kept bool) {
	if !o.small {
		o.large.Gather(member, score)
		return
	}
	if !kept {
		if o.text == nil {
			o.text = make([]byte, 0, fewMembers*num.MaxIntLen)
		}
		o.text = append(o.text, member...)
		member = o.text[len(o.text)-len(member):]
	}
	o.list[o.n] = zset.Element{Member: member, Score: score}
	o.n++
}

// merge puts in a member, or aggregates its score with that which it has.
func (o *outcome) merge(member []byte, score float64, kept bool, by aggregate) {
	if !o.small {
		o.large.Collect(member, score, by)
		return
	}
	for i := range o.n {
		if string(o.list[i].Member) == string(member) {
			o.list[i].Score = by(o.list[i].Score, score)
			return
		}
	}
	o.add(member, score, kept)
}

// order puts the members in order.
func (o *outcome) order() {
	if !o.small {
		o.large.Order()
		return
	}
	slices.SortFunc(o.list[:o.n], func(a, b zset.Element) int { return a.Compare(&b) })
}

// reply answers with the members and frees them.
func (o *outcome) reply(c *command.Ctx, scores bool) {
	if !o.small {
		replyMembers(c, &o.large, 0, o.large.Len(), false, scores)
		o.large.Free()
		return
	}
	beginPairs(c.W, o.n, scores)
	for i := range o.n {
		if e := &o.list[i]; scores {
			replyPair(c.W, e.Member, e.Score)
		} else {
			c.W.Bulk(e.Member)
		}
	}
}

// set is a set of the members, in the form that is right for them.
func (o *outcome) set(c *command.Ctx) zset.Set {
	if o.small {
		return zset.Build(o.heap, c.Limits, o.list[:o.n])
	}
	o.large.Shrink(c.Limits)
	return o.large
}
