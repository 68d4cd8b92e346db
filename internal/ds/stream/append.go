package stream

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/offheap"
)

// MaxEntry is the largest sum of the lengths of an entry's fields and values, in
// bytes.
const MaxEntry = 1 << 30

// Limits are the sizes at which a new block is begun; 0 or less means none but
// MaxEntry.
type Limits struct {
	Bytes   int
	Entries int
}

// Append adds an entry. Its id is above LastID; pairs are its fields and values
// by turns, at most MaxEntry bytes in all. Both are copied.
func (s Stream) Append(id ID, pairs [][]byte, l Limits) {
	payload := 0
	for _, b := range pairs {
		payload += len(b)
	}
	if s.tailTakes(payload, l) {
		s.appendTail(id, pairs)
	} else {
		s.appendNode(id, pairs)
	}
	s.r.added++
	s.r.length++
	s.r.last = id
	if s.r.length == 1 {
		s.r.first = id
	}
}

// tailTakes reports whether the last block can take payload bytes more; if not a
// new one is to be begun.
func (s Stream) tailTakes(payload int, l Limits) bool {
	r := s.r
	if r.nodes.count == 0 {
		return false
	}
	if r.tail == 0 {
		last := r.nodes.seekBack(s, MaxID)
		r.tailKey, r.tail = last.id(), offheap.Ref(last.words()[0])
	}
	if l.Bytes <= 0 || l.Bytes > MaxEntry {
		l.Bytes = MaxEntry
	}
	lp := s.list(r.tail)
	if len(lp)+payload >= l.Bytes {
		return false
	}
	if l.Entries > 0 {
		if n, d := counts(lp); n+d >= int64(l.Entries) {
			return false
		}
	}
	return true
}

// appendTail adds an entry to the last block.
func (s Stream) appendTail(id ID, pairs [][]byte) {
	s.shieldNode(s.r.tailKey, s.r.tail)
	lp := s.block(s.r.tail)
	same := hasFields(lp, pairs)
	if need := listpack.Bytes(lp) + growth + entryBound(pairs); need > len(lp) {
		slot, _ := s.r.nodes.find(s, s.r.tailKey)
		lp = s.resize(&slot[0], need+need/4)
	}
	lp = addCounts(lp, 1, 0)
	writeEntry(lp, id, s.r.tailKey, pairs, same)
}

// growth is how many bytes the counts at the head of a block may grow by when an
// entry is added or deleted.
const growth = 2

// entryBound is how many bytes an entry may take, its fields included.
func entryBound(pairs [][]byte) int {
	n := (extraOther + 1) * listpack.IntBound
	for _, b := range pairs {
		n += listpack.Bound(len(b))
	}
	return n
}

// appendNode begins a new block with an entry.
func (s Stream) appendNode(id ID, pairs [][]byte) {
	s.seal()
	s.bearNode(id)
	n := len(pairs) / 2
	size := listpack.EmptySize + masterInts*listpack.IntSize(0) + 2*listpack.IntSize(int64(n)+extraSame)
	for _, b := range pairs {
		size += listpack.Size(b)
	}
	r := s.alloc(size)
	w := listpack.Write(listpack.AppendEmpty(s.block(r)[:0]))
	w.Int(1)
	w.Int(0)
	w.Int(int64(n))
	for i := 0; i < len(pairs); i += 2 {
		w.Text(pairs[i])
	}
	w.Int(0)
	writeEntry(w.Close(), id, id, pairs, true)
	s.r.nodes.insert(s, 1, id)[0] = uint64(r)
	s.r.tailKey, s.r.tail = id, r
}

// masterInts is how many small integers a block of one entry has, besides the
// numbers of fields and of elements: three at its head, three of the entry.
const masterInts = 6

// seal gives back what the last block doesn't need.
func (s Stream) seal() {
	if s.r.tail == 0 {
		return
	}
	n := len(s.list(s.r.tail)) + growth
	if offheap.RoundUp(n) < s.h.Size(s.r.tail) {
		slot, _ := s.r.nodes.find(s, s.r.tailKey)
		s.resize(&slot[0], n)
	}
}

// hasFields reports whether pairs have the master's fields.
func hasFields(lp []byte, pairs [][]byte) bool {
	n, p := listpack.GetInt(lp, listpack.Skip(lp, listpack.First(lp), 2))
	if n != int64(len(pairs)/2) {
		return false
	}
	for i := 0; i < len(pairs); i += 2 {
		if b, next, ok := listpack.Short(lp, p); ok {
			if string(b) != string(pairs[i]) {
				return false
			}
			p = next
			continue
		}
		e, next := listpack.GetNext(lp, p)
		if !listpack.Equal(e, pairs[i]) {
			return false
		}
		p = next
	}
	return true
}

// writeEntry writes an entry behind the others of lp, whose capacity suffices.
func writeEntry(lp []byte, id, key ID, pairs [][]byte, same bool) {
	w := listpack.Write(lp)
	ms, seq := id.minus(key)
	n := len(pairs) / 2
	flags, step, elements := int64(entrySame), 2, extraSame+n
	if !same {
		flags, step, elements = 0, 1, extraOther+2*n
	}
	w.Int(flags)
	w.Int(ms)
	w.Int(seq)
	if !same {
		w.Int(int64(n))
	}
	for i := step - 1; i < len(pairs); i += step {
		w.Text(pairs[i])
	}
	w.Int(int64(elements))
	w.Close()
}
