package stream

import (
	"errors"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// ErrBlock is the error of a block of entries that no server makes.
var ErrBlock = errors.New("damaged block of stream entries")

// AddNode adds a copy of a block of entries that an RDB file held, with the ID of
// its first entry, behind those already there. lp may be anything: it is checked.
// The length grows, and LastID becomes that of the last entry.
func (s Stream) AddNode(key ID, lp []byte) error {
	if !s.r.last.Less(key) {
		return ErrBlock
	}
	last, entries, err := checkNode(key, lp)
	if err != nil {
		return err
	}
	s.addBlock(key, lp)
	s.r.length += uint64(entries)
	s.r.last = last
	return nil
}

// Loaded ends a row of AddNode: it finds the first entry.
func (s Stream) Loaded() { s.findFirst() }

// checkNode checks the bytes of a block and returns the ID of its last entry,
// deleted or not, and the number of those that are there.
func checkNode(key ID, lp []byte) (last ID, entries int64, err error) {
	if !listpack.Valid(lp, true) {
		return last, 0, ErrBlock
	}
	c := checker{lp: lp, pos: listpack.First(lp)}
	live, deleted, width := c.int(), c.int(), c.int()
	c.elements(width)
	if c.int() != 0 || live < 0 || deleted < 0 {
		return last, 0, ErrBlock
	}
	for first := true; !c.bad && c.pos != listpack.End; first = false {
		id, gone := c.entry(key, width)
		if first && id.Less(key) || !first && !last.Less(id) {
			return last, 0, ErrBlock
		}
		last = id
		if gone {
			deleted--
		} else {
			live--
			entries++
		}
	}
	if c.bad || live != 0 || deleted != 0 || last.IsZero() {
		return last, 0, ErrBlock
	}
	return last, entries, nil
}

// checker reads a valid listpack that need not be a block of entries.
type checker struct {
	lp  []byte
	pos listpack.Pos
	bad bool
}

// int takes an element that must be an integer.
func (c *checker) int() int64 {
	if c.bad || c.pos == listpack.End {
		c.bad = true
		return 0
	}
	e, next := listpack.GetNext(c.lp, c.pos)
	c.pos = next
	c.bad = !e.IsInt
	return e.Int
}

// elements takes n elements, at most as many as there are.
func (c *checker) elements(n int64) {
	c.bad = c.bad || n < 0
	for ; n > 0 && !c.bad; n-- {
		if c.pos == listpack.End {
			c.bad = true
			return
		}
		c.pos = listpack.Next(c.lp, c.pos)
	}
}

// entry takes an entry.
func (c *checker) entry(key ID, width int64) (id ID, deleted bool) {
	flags := c.int()
	id = key.plus(c.int(), c.int())
	extra, n := int64(extraSame), width
	if flags&entrySame == 0 {
		n = c.int()
		extra = extraOther
		if n < 0 || n > int64(len(c.lp)) {
			c.bad = true
			return id, false
		}
		n *= 2
	}
	c.elements(n)
	if c.int() != extra+n {
		c.bad = true
	}
	return id, flags&entryDeleted != 0
}

// AddLoose adds an entry, not pending yet, to those pending in g, for Take to
// give it to a consumer. ok is false if it is there already.
func (g Group) AddLoose(id ID, ms int64, count uint64) (ok bool) {
	if _, there := g.FindPending(id); there {
		return false
	}
	n := Nack{g, id, g.p.pending.insert(g.s, nackWords, id)}
	n.w[nackConsumer] = 0
	n.set(ms, count)
	return true
}

// Take gives c an entry that AddLoose added. ok is false if it is not there or
// has a consumer.
func (g Group) Take(id ID, c Consumer) (ok bool) {
	n, there := g.FindPending(id)
	if !there || n.w[nackConsumer] != 0 {
		return false
	}
	n.w[nackConsumer] = uint64(c.ref)
	c.p.pending.insert(g.s, 0, id)
	return true
}

// AllTaken reports whether each pending entry has a consumer. The stream must be
// freed if not.
func (g Group) AllTaken() bool {
	n := uint64(0)
	for i := range g.Consumers() {
		n += g.Consumer(i).Pending()
	}
	return n == g.p.pending.count
}

// Free gives back all blocks of the stream with root ref.
func Free(h *offheap.Heap, ref offheap.Ref) { FreeSome(h, ref, 1<<62) }
