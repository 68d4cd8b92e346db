package stream

import "sigrun/internal/invariant"

// past is a tree as it was at one moment, while the tree goes on changing: it is
// given out from the first ID to the last. Whoever changes an entry, or adds or
// removes one, notes before what was there, unless that was given out already or
// noted before. What is noted goes into a tree of its own, so that both together,
// the noted one first, tell how it was; and they are in order by themselves.
//
// The blocks of the other tree count as the stream's until it is saved.
type past struct {
	live *tree  // nil once it is gone, when all is noted
	kept tree   // as live, with at least one word; the first is 0 for an ID that was not there
	at   ID     // what is below has been given out
	end  ID     // the last that was there
	left uint64 // how many are still to be given out; 0: no notes are taken
	sums []uint64
}

// begin makes p the past of t from now on. In builds with invariants sum is a
// checksum of an entry.
func (p *past) begin(s Stream, t *tree, sum func(id ID, words []uint64) uint64) {
	*p = past{live: t, left: t.count}
	if last := t.seekBack(s, MaxID); last.ok() {
		p.end = last.id()
	}
	if invariant.Enabled {
		for c := t.seek(s, ID{}); c.ok(); c.next() {
			p.sums = append(p.sums, sum(c.id(), c.words()))
		}
	}
}

// needs reports whether what was at id is to be noted before it changes.
func (p *past) needs(s Stream, id ID) bool {
	if p.left == 0 || id.Less(p.at) || p.end.Less(id) {
		return false
	}
	_, noted := p.kept.find(s, id)
	return !noted
}

// note notes that an entry with these words, the first of which is not 0, was at
// id, or nothing if there are none. It is needed.
func (p *past) note(s Stream, width int, id ID, words ...uint64) {
	w := p.kept.insert(s, width, id)
	clear(w)
	copy(w, words)
}

// find is the entry that was at id.
func (p *past) find(s Stream, id ID) (words []uint64, ok bool) {
	if words, ok = p.kept.find(s, id); ok {
		return words, words[0] != 0
	}
	return p.live.find(s, id)
}

// next gives out the next entry. noted is set if it has been noted; its first word
// may then be set to 0. ok is false if there is none left.
func (p *past) next(s Stream) (id ID, words []uint64, noted, ok bool) {
	for p.left > 0 {
		kept, live := p.kept.seek(s, p.at), cursor{}
		if p.live != nil {
			live = p.live.seek(s, p.at)
		}
		switch {
		case kept.ok() && (!live.ok() || !live.id().Less(kept.id())):
			id, words, noted = kept.id(), kept.words(), true
		case live.ok():
			id, words, noted = live.id(), live.words(), false
		default:
			invariant.Failf("%d entries of a stream are lost that are still to be saved", p.left)
		}
		p.at = id.Next()
		if !noted || words[0] != 0 {
			p.left--
			return id, words, noted, true
		}
	}
	return id, nil, false, false
}

// check compares an entry that is given out with what was there.
func (p *past) check(sum uint64) {
	if invariant.Enabled {
		invariant.Assert(sum == p.sums[len(p.sums)-int(p.left)-1], "an entry changed before it was saved")
	}
}

// drop forgets about n of the entries that were noted, having called free with the
// words of each, and returns what is left of n; above 0 if all are forgotten. Nothing
// is given out any more.
func (p *past) drop(s Stream, n int, free func(words []uint64)) (rest int) {
	p.left = 0
	for ; p.kept.count > 0 && n > 0; n-- {
		p.kept.dropLeaf(s, func(words []uint64) {
			free(words)
			n--
		})
	}
	return n
}
