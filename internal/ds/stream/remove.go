package stream

import (
	"sigrun/internal/offheap"
)

// Delete removes the entry with this ID and reports whether it was there.
func (s Stream) Delete(id ID) bool {
	node := s.r.nodes.seekBack(s, id)
	if !node.ok() {
		return false
	}
	slot := &node.words()[0]
	lp := s.block(offheap.Ref(*slot))
	c := openScan(lp, node.id())
	for c.next() && c.id.Less(id) {
		c.skip()
	}
	if c.id != id || c.isDeleted() {
		return false
	}
	if n, _ := counts(lp); n == 1 {
		s.removeNode(node.id())
	} else {
		s.shieldNode(node.id(), offheap.Ref(*slot))
		c.markDeleted()
		s.put(slot, addCounts(lp, -1, 1))
	}
	s.r.length--
	if s.r.deleted.Less(id) {
		s.r.deleted = id
	}
	if id == s.r.first || s.r.length == 0 {
		s.findFirst()
	}
	return true
}

// markDeleted marks the current entry.
func (c *scan) markDeleted() { setInt(c.lp, c.at, c.flags|entryDeleted) }

// removeNode removes a block with all its entries.
func (s Stream) removeNode(key ID) {
	words, _ := s.r.nodes.find(s, key)
	r := offheap.Ref(words[0])
	if r == s.r.tail {
		s.r.tail = 0
	}
	if !s.takeNode(key, r) {
		s.free(r)
	}
	s.r.nodes.remove(s, key)
}

// findFirst finds out which entry is the first.
func (s Stream) findFirst() {
	s.r.first = ID{}
	if s.r.length == 0 {
		return
	}
	if it := s.Range(ID{}, MaxID, false); it.Next() {
		s.r.first = it.ID()
	}
}

// Trim says which of the oldest entries are to go.
type Trim struct {
	ByID   bool   // those below MinID, else all but the last MaxLen
	MaxLen uint64 //
	MinID  ID     //
	Whole  bool   // only as far as whole blocks can go
	Limit  int64  // of the number of entries that go; 0 or less: none
}

// Trim removes entries as t says, block by block, and returns how many.
func (s Stream) Trim(t Trim) (removed int64) {
	for node := s.r.nodes.seek(s, ID{}); node.ok(); node = s.r.nodes.seek(s, ID{}) {
		if !t.ByID && s.r.length <= t.MaxLen {
			break
		}
		key := node.id()
		lp := s.list(offheap.Ref(node.words()[0]))
		entries, _ := counts(lp)
		if t.Limit > 0 && removed+entries > t.Limit {
			break
		}
		if t.allows(s, lp, key, entries) {
			s.removeNode(key)
			s.r.length -= uint64(entries)
			removed += entries
			continue
		}
		if !t.Whole {
			removed += s.trimNode(t, &node.words()[0], key)
		}
		break
	}
	if removed > 0 {
		s.findFirst()
	}
	return removed
}

// allows reports whether a whole block may go.
func (t *Trim) allows(s Stream, lp []byte, key ID, entries int64) bool {
	if !t.ByID {
		return s.r.length-uint64(entries) >= t.MaxLen
	}
	c := openScan(lp, key)
	return c.lastID().Less(t.MinID)
}

// trimNode marks entries of one block as deleted as far as t says.
func (s Stream) trimNode(t Trim, slot *uint64, key ID) (removed int64) {
	s.shieldNode(key, offheap.Ref(*slot))
	lp := s.block(offheap.Ref(*slot))
	for c := openScan(lp, key); c.next(); c.skip() {
		if !t.ByID && s.r.length <= t.MaxLen || t.ByID && !c.id.Less(t.MinID) {
			break
		}
		if !c.isDeleted() {
			c.markDeleted()
			removed++
			s.r.length--
		}
	}
	s.put(slot, addCounts(lp, -removed, removed))
	return removed
}
