package stream

import (
	"sigrun/internal/ds/listpack"
)

// Flags of an entry.
const (
	entryDeleted = 1
	entrySame    = 2 // has the fields of the master
)

// Elements of an entry besides fields and values.
const (
	extraSame  = 3 // flags, ms, seq
	extraOther = 4 // and the number of fields
)

// scan goes through the entries of a block, forwards or backwards.
type scan struct {
	lp     []byte
	key    ID           // of the master
	fields listpack.Pos // the master's first
	width  int          // how many fields it has
	start  listpack.Pos // of the first entry
	pos    listpack.Pos // where the next entry begins; End behind the last

	// The entry that was read last.
	at    listpack.Pos // its flags
	flags int64
	id    ID
	count int          // pairs of fields and values
	body  listpack.Pos // behind its head
}

// openScan begins in front of the first entry.
func openScan(lp []byte, key ID) (c scan) {
	c.lp, c.key = lp, key
	n, p := listpack.GetInt(lp, listpack.Skip(lp, listpack.First(lp), 2))
	c.fields, c.width = p, int(n)
	c.start = listpack.Skip(lp, p, c.width+1) // and the 0 behind them
	c.pos = c.start
	return c
}

// next reads the head of the next entry; skip must follow before the next call.
func (c *scan) next() bool {
	p := c.pos
	if p == listpack.End {
		return false
	}
	c.at = p
	var ms, seq int64
	c.flags, p = listpack.GetInt(c.lp, p)
	ms, p = listpack.GetInt(c.lp, p)
	seq, p = listpack.GetInt(c.lp, p)
	c.id, c.count = c.key.plus(ms, seq), c.width
	if c.flags&entrySame == 0 {
		var n int64
		n, p = listpack.GetInt(c.lp, p)
		c.count = int(n)
	}
	c.body = p
	return true
}

// skip moves behind the entry that was read last.
func (c *scan) skip() { c.pos = listpack.Skip(c.lp, c.body, c.elements()+1) }

// elements is how many elements lie between the head and the count at the end.
func (c *scan) elements() int {
	if c.flags&entrySame != 0 {
		return c.count
	}
	return 2 * c.count
}

// prev reads the head of the entry before pos and moves in front of it.
func (c *scan) prev() bool {
	if c.pos == c.start {
		return false
	}
	p := listpack.Last(c.lp)
	if c.pos != listpack.End {
		p = listpack.Prev(c.lp, c.pos)
	}
	if p < c.start {
		return false
	}
	for range listpack.Get(c.lp, p).Int {
		p = listpack.Prev(c.lp, p)
	}
	c.pos = p
	c.next()
	return true
}

func (c *scan) isDeleted() bool { return c.flags&entryDeleted != 0 }

// counts are the numbers of entries of a block that are there, and of those that
// are deleted.
func counts(lp []byte) (entries, deleted int64) {
	entries, p := listpack.GetInt(lp, listpack.First(lp))
	deleted, _ = listpack.GetInt(lp, p)
	return entries, deleted
}

// addCounts adds to the numbers that counts returns. The result may lie
// elsewhere.
func addCounts(lp []byte, entries, deleted int64) []byte {
	n, d := counts(lp)
	p := listpack.First(lp)
	if entries != 0 {
		lp = setInt(lp, p, n+entries)
	}
	if deleted != 0 {
		lp = setInt(lp, listpack.Next(lp, p), d+deleted)
	}
	return lp
}

// setInt writes n in the place of an integer. The result may lie elsewhere.
func setInt(lp []byte, p listpack.Pos, n int64) []byte {
	if uint64(n) < 128 && lp[p] < 128 { // one byte, as before
		lp[p] = byte(n)
		return lp
	}
	return listpack.ReplaceInt(lp, p, n)
}

// lastID is the ID of the last entry of a block, be it deleted or not.
func (c *scan) lastID() ID {
	c.pos = listpack.End
	if !c.prev() {
		return c.key
	}
	return c.id
}
