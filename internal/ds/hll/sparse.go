package hll

import (
	"encoding/binary"

	"sigrun/internal/num"
)

// Runs of the sparse form.
const (
	maxZero     = 64 // registers of the one-byte run
	maxValue    = 32 // the largest rank
	maxValueLen = 4
	zerosBit    = 0x40
	valueBit    = 0x80
	// mergeScan is how many runs are looked at, beginning before one that changed,
	// for neighbours to be joined. It is part of what makes the bytes the same as
	// Valkey's.
	mergeScan = 5
)

// lengths are the registers that a run covers by its first byte; 0 for the run of
// two bytes.
var lengths [256]uint8

func init() {
	for i := range lengths {
		switch {
		case i&valueBit != 0:
			lengths[i] = uint8(i&(maxValueLen-1)) + 1
		case i&zerosBit == 0:
			lengths[i] = uint8(i&(maxZero-1)) + 1
		}
	}
}

// runAt is the length of the run at p and its size in bytes, 0 if it is cut off.
func runAt(runs []byte, p int) (length, size int) {
	if n := lengths[runs[p]]; n != 0 {
		return int(n), 1
	}
	if p+1 == len(runs) {
		return 0, 0
	}
	return int(runs[p]&^zerosBit)<<8 + int(runs[p+1]) + 1, 2
}

// rankOf is what the registers of a run hold.
func rankOf(run byte) uint8 {
	if run&valueBit == 0 {
		return 0
	}
	return run>>2&(maxValue-1) + 1
}

// eachRun calls f for the runs of a value, from register first to first+n-1 each.
func eachRun(runs []byte, f func(first, n int, rank uint8)) error {
	first := 0
	for p := 0; p < len(runs); {
		n, size := runAt(runs, p)
		if size == 0 || first+n > Registers {
			return ErrCorrupt
		}
		f(first, n, rankOf(runs[p]))
		first += n
		p += size
	}
	if first != Registers {
		return ErrCorrupt
	}
	return nil
}

func (s *Set) mergeSparse(runs []byte) error {
	first := 0
	for p := 0; p < len(runs); {
		n, size := runAt(runs, p)
		if size == 0 || first+n > Registers {
			return ErrCorrupt
		}
		if rank := rankOf(runs[p]); rank > 0 {
			for i, old := range s[first : first+n] {
				s[first+i] = max(old, rank)
			}
		}
		first += n
		p += size
	}
	if first != Registers {
		return ErrCorrupt
	}
	return nil
}

// Editor changes a value in a buffer of its own. The zero Editor is ready for Load
// or Reset; it may be used again and again.
type Editor struct {
	// Limit is the size in bytes up to which a value stays sparse.
	Limit int

	b     []byte
	lent  bool   // b is what Load was told, and not to be changed
	room  []byte // for a copy of that
	whole Set    // scratch of becoming dense

	// Where the search for a register may begin that is not before the one that
	// was looked for last: a run and its first register.
	from, first int
}

// Load makes e hold b, which is valid. b is not changed, but must stay as it is
// until e has changed or holds something else.
func (e *Editor) Load(b []byte) {
	e.keepRoom()
	e.b, e.lent = b, true
	e.from, e.first = HeaderSize, 0
}

// Reset makes e hold an empty value.
func (e *Editor) Reset() {
	e.keepRoom()
	e.b, e.lent = AppendEmpty(e.room), false
	e.from, e.first = HeaderSize, 0
}

// keepRoom keeps the memory of what e holds for what comes next.
func (e *Editor) keepRoom() {
	if !e.lent {
		e.room = e.b[:0]
	}
}

// own makes what e holds its own, to be changed.
func (e *Editor) own() {
	if e.lent {
		e.b, e.lent = append(e.room, e.b...), false
	}
}

// Bytes is the value, a view until e's next change.
func (e *Editor) Bytes() []byte { return e.b }

// Add adds elem and reports whether a register changed; if so the estimate is
// stale. If it fails nothing has changed. Until an element changes something no
// copy is made.
func (e *Editor) Add(elem []byte) (changed bool, err error) {
	index, rank := place(elem)
	e.from, e.first = HeaderSize, 0
	changed, err = e.raise(index, rank)
	if changed {
		Invalidate(e.b)
	}
	return changed, err
}

// AddSet adds the elements of s.
func (e *Editor) AddSet(s *Set) error {
	e.own()
	for i, rank := range s {
		if rank == 0 {
			continue
		}
		if _, err := e.raise(i, rank); err != nil {
			return err
		}
	}
	Invalidate(e.b)
	return nil
}

// ToDense makes the value dense.
func (e *Editor) ToDense() error {
	if IsDense(e.b) {
		return nil
	}
	clear(e.whole[:])
	if err := e.whole.Merge(e.b); err != nil {
		return err
	}
	e.replaceAll(&e.whole)
	return nil
}

// SetDense makes the value dense and its elements those of s.
func (e *Editor) SetDense(s *Set) {
	e.replaceAll(s)
	Invalidate(e.b)
}

func (e *Editor) replaceAll(s *Set) {
	var head [HeaderSize]byte
	copy(head[:], e.b)
	e.own()
	e.b = s.AppendDense(e.b[:0], head[:])
}

// raise makes a register at least rank, and reports whether it was less. The
// search begins at e.from.
func (e *Editor) raise(index int, rank uint8) (changed bool, err error) {
	if IsDense(e.b) {
		e.own()
		return raise(e.b[HeaderSize:DenseSize], index, rank), nil
	}
	if rank > maxValue {
		return e.promote(index, rank)
	}
	s, ok := e.find(index)
	if !ok {
		return false, ErrCorrupt
	}
	e.from, e.first = s.before, s.beforeFirst
	run := e.b[s.at]
	if rank <= rankOf(run) {
		return false, nil
	}
	var seq [5]byte
	n := s.split(&seq, run, index, rank)
	if grow := n - s.size; grow > 0 && len(e.b)+grow > e.Limit {
		return e.promote(index, rank)
	}
	e.own()
	e.replace(s.at, s.size, seq[:n])
	e.join(s.prev)
	return true, nil
}

// spot is a run and what is around it.
type spot struct {
	at, size      int // where the run is, in bytes
	first, length int // the registers that it covers
	prev          int // the run before it, or itself if there is none

	before, beforeFirst int // the run before prev and its first register
}

// find looks for the run that covers register index, from e.from on.
func (e *Editor) find(index int) (s spot, ok bool) {
	b := e.b
	p, first := e.skip(index)
	prev, prevFirst := p, first
	s.before, s.beforeFirst = p, first
	for p < len(b) {
		n, size := runAt(b, p)
		if size == 0 {
			return s, false
		}
		if index < first+n {
			if p == e.from && p > HeaderSize {
				e.from, e.first = HeaderSize, 0
				return e.find(index) // what is before p matters
			}
			s.at, s.size, s.first, s.length, s.prev = p, size, first, n, prev
			return s, true
		}
		s.before, s.beforeFirst = prev, prevFirst
		prev, prevFirst = p, first
		p += size
		first += n
	}
	return s, false
}

// skip is a run and its first register from which it is not far to the one that
// covers register index. Unless it is the one at e.from, there are at least two runs
// between them.
//
// It goes on by words of eight bytes. A word may begin with the second byte of a
// run; of a run that is cut, what its first byte tells counts with the one word, and
// the rest with the other.
func (e *Editor) skip(index int) (p, first int) {
	const ones = 0x0101010101010101
	b := e.b
	p, first = e.from, e.first
	at, sum := p, first                  // the word, and the registers before it
	inRun, wasIn := uint64(0), uint64(0) // 1 if the word, or the one before, begins within a run
	for at+8 <= len(b) {
		w := binary.LittleEndian.Uint64(b[at:])
		// Bytes that begin with the bits 01, one bit for each.
		may := (w << 1 &^ w & (valueBit * ones) >> 7) * 0x0102040810204080 >> 56
		long := longRuns[may&^inRun]
		ends := long<<8 | inRun*0xff
		// Of a value only the lowest two bits are its length.
		values := w & (valueBit * ones)
		ranks := values>>5 | values>>4 | values>>3 | values>>2
		low := w & ((maxZero - 1) * ones)
		each := low&^(ranks|long|ends) + ones&^ends + w&ends
		pairs := each&0x00ff00ff00ff00ff + each>>8&0x00ff00ff00ff00ff
		high := low & long * ones >> 56
		n := int(pairs*0x0001000100010001>>48 + high<<8)
		if sum+n > index {
			break
		}
		p, first, wasIn = at, sum, inRun
		at, sum, inRun = at+8, sum+n, long>>63
	}
	if wasIn > 0 {
		first += int(b[p])
		p++
	}
	return p, first
}

// longRuns is, by which of the eight bytes of a word may begin a run of two bytes,
// the word that has all bits set in those that do: one behind another such byte is
// the end of a run.
var longRuns [256]uint64

func init() {
	for m := range longRuns {
		for i := 0; i < 8; i++ {
			if m>>i&1 != 0 {
				longRuns[m] |= 0xff << (8 * i)
				i++ // the run's other byte
			}
		}
	}
}

// split writes the runs that take the place of s, where register index becomes
// rank, and returns their size.
func (s *spot) split(seq *[5]byte, run byte, index int, rank uint8) (n int) {
	old := rankOf(run)
	n = putRun(seq, n, index-s.first, old)
	n = putRun(seq, n, 1, rank)
	return putRun(seq, n, s.first+s.length-1-index, old)
}

// putRun writes a run of length registers, if there are any, at n and returns where
// it ends.
func putRun(seq *[5]byte, n, length int, rank uint8) int {
	switch {
	case length == 0:
		return n
	case rank > 0:
		seq[n] = valueRun(rank, length)
	case length > maxZero:
		seq[n], seq[n+1] = zerosBit|byte((length-1)>>8), byte(length-1)
		return n + 2
	default:
		seq[n] = byte(length - 1)
	}
	return n + 1
}

func valueRun(rank uint8, length int) byte {
	return valueBit | (rank-1)<<2 | byte(length-1)
}

// replace puts seq in the place of size bytes at p.
func (e *Editor) replace(p, size int, seq []byte) {
	if grow := len(seq) - size; grow != 0 {
		old := len(e.b)
		e.b = append(e.b, seq[:max(grow, 0)]...) // of any content
		copy(e.b[p+len(seq):], e.b[p+size:old])
		e.b = e.b[:old+grow]
	}
	copy(e.b[p:], seq)
}

// join joins neighbouring runs of equal ranks, from the run at p on.
func (e *Editor) join(p int) {
	for range mergeScan {
		if p >= len(e.b) {
			return
		}
		run := e.b[p]
		switch {
		case lengths[run] == 0:
			p += 2
		case run&valueBit != 0 && p+1 < len(e.b) && joinable(run, e.b[p+1]):
			e.b[p] = valueRun(rankOf(run), int(lengths[run]+lengths[e.b[p+1]]))
			e.b = append(e.b[:p+1], e.b[p+2:]...)
		default:
			p++
		}
	}
}

// joinable reports whether a run of a value and the next one can become one.
func joinable(a, b byte) bool {
	return (a^b)&^(maxValueLen-1) == 0 && lengths[a]+lengths[b] <= maxValueLen
}

// promote makes the value dense and then does what raise does.
func (e *Editor) promote(index int, rank uint8) (changed bool, err error) {
	if err := e.ToDense(); err != nil {
		return false, err
	}
	return raise(e.b[HeaderSize:DenseSize], index, rank), nil
}

// AppendRuns appends the runs of b, which is valid and sparse, for people: "z:3"
// and "Z:3" for three registers of 0 in the short and the long form, "v:5,2" for
// two of 5. What is cut off is left out.
func AppendRuns(dst, b []byte) []byte {
	start := len(dst)
	for p := HeaderSize; p < len(b); {
		n, size := runAt(b, p)
		if size == 0 {
			break
		}
		if len(dst) > start {
			dst = append(dst, ' ')
		}
		switch rank := rankOf(b[p]); {
		case rank > 0:
			dst = num.AppendInt(append(dst, "v:"...), int64(rank))
			dst = num.AppendInt(append(dst, ','), int64(n))
		case size == 2:
			dst = num.AppendInt(append(dst, "Z:"...), int64(n))
		default:
			dst = num.AppendInt(append(dst, "z:"...), int64(n))
		}
		p += size
	}
	return dst
}
