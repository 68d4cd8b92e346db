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
	lp := s.block(s.r.tail)
	same := hasFields(lp, pairs)
	need := listpack.Bytes(lp) + entrySize(id, s.r.tailKey, pairs, same) + growth
	if need > len(lp) {
		slot, _ := s.r.nodes.find(s, s.r.tailKey)
		lp = s.resize(&slot[0], need+need/4)
	}
	lp = addCounts(lp, 1, 0)
	appendEntry(lp, id, s.r.tailKey, pairs, same)
}

// growth is how many bytes the counts at the head of a block may grow by when an
// entry is added or deleted.
const growth = 2

// appendNode begins a new block with an entry.
func (s Stream) appendNode(id ID, pairs [][]byte) {
	s.seal()
	n := len(pairs) / 2
	size := listpack.EmptySize + 3*listpack.IntSize(1) + listpack.IntSize(int64(n)) + entrySize(id, id, pairs, true)
	for i := 0; i < len(pairs); i += 2 {
		size += listpack.Size(pairs[i])
	}
	r := s.alloc(size)
	lp := s.block(r)
	lp = listpack.AppendEmpty(lp[:0])
	lp = listpack.AppendInt(lp, 1)
	lp = listpack.AppendInt(lp, 0)
	lp = listpack.AppendInt(lp, int64(n))
	for i := 0; i < len(pairs); i += 2 {
		lp = listpack.Append(lp, pairs[i])
	}
	lp = listpack.AppendInt(lp, 0)
	appendEntry(lp, id, id, pairs, true)
	s.r.nodes.insert(s, 1, id)[0] = uint64(r)
	s.r.tailKey, s.r.tail = id, r
}

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
	p := listpack.Next(lp, listpack.Next(lp, listpack.First(lp)))
	e, p := listpack.GetNext(lp, p)
	if e.Int != int64(len(pairs)/2) {
		return false
	}
	for i := 0; i < len(pairs); i += 2 {
		if e, p = listpack.GetNext(lp, p); !listpack.Equal(e, pairs[i]) {
			return false
		}
	}
	return true
}

// entrySize is the number of bytes that appendEntry adds.
func entrySize(id, key ID, pairs [][]byte, same bool) int {
	ms, seq := id.minus(key)
	n := len(pairs) / 2
	size := listpack.IntSize(0) + listpack.IntSize(ms) + listpack.IntSize(seq) + listpack.IntSize(int64(elements(n, same)))
	step := 2
	if !same {
		size += listpack.IntSize(int64(n))
		step = 1
	}
	for i := step - 1; i < len(pairs); i += step {
		size += listpack.Size(pairs[i])
	}
	return size
}

// appendEntry writes an entry behind the others of lp, whose capacity suffices.
func appendEntry(lp []byte, id, key ID, pairs [][]byte, same bool) {
	ms, seq := id.minus(key)
	n := len(pairs) / 2
	flags, step := int64(0), 1
	if same {
		flags, step = entrySame, 2
	}
	lp = listpack.AppendInt(lp, flags)
	lp = listpack.AppendInt(lp, ms)
	lp = listpack.AppendInt(lp, seq)
	if !same {
		lp = listpack.AppendInt(lp, int64(n))
	}
	for i := step - 1; i < len(pairs); i += step {
		lp = listpack.Append(lp, pairs[i])
	}
	listpack.AppendInt(lp, int64(elements(n, same)))
}

// elements is how many elements an entry of n pairs has in front of its last.
func elements(n int, same bool) int {
	if same {
		return extraSame + n
	}
	return extraOther + 2*n
}
