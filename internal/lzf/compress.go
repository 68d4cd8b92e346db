package lzf

import (
	"encoding/binary"
	"math"
	"math/bits"
)

const (
	tableBits = 16
	tableSize = 1 << tableBits
)

// Compressor holds the table of recent positions that finds repeats. The zero
// value is ready. It is 256 KB, free of pointers, and for one goroutine at a
// time: keep one per writer, not one per string.
//
// A slot holds base + position of the last place with its hash. Instead of
// clearing the table for each string, base moves past everything stored so far
// and older slots read as empty. Position 0 reads as empty too: the reference
// compressor never refers back to it.
type Compressor struct {
	base  uint32
	table [tableSize]uint32
}

// Append appends the compressed form of src to dst and reports whether it fits
// in maxLen bytes; if not, dst comes back unchanged in length. src and dst must
// not overlap.
func (c *Compressor) Append(dst, src []byte, maxLen int) ([]byte, bool) {
	if len(src) == 0 || maxLen <= 0 || len(src) > math.MaxInt32 {
		return dst, false
	}
	c.reserve(len(src))
	w := run{out: dst, limit: len(dst) + maxLen}
	w.open()
	pos, ok := c.encode(&w, src)
	if !ok || len(w.out)+3 > w.limit {
		return dst, false
	}
	for ; pos < len(src); pos++ {
		w.literal(src[pos])
	}
	w.close()
	return w.out, true
}

// reserve makes every slot of the table read as empty for n positions to come.
func (c *Compressor) reserve(n int) {
	if uint64(c.base)+uint64(n) > math.MaxUint32 {
		clear(c.table[:])
		c.base = 0
	}
}

// encode writes all of src but its last bytes, which can start no repeat. It
// returns the position reached, or false when the output has no room.
func (c *Compressor) encode(w *run, src []byte) (int, bool) {
	base := c.base
	c.base += uint32(len(src))
	pos, last := 0, len(src)-2
	for pos < last {
		slot := &c.table[hash3(src[pos:])]
		ref := int(int64(*slot) - int64(base))
		*slot = base + uint32(pos)
		if ref <= 0 || pos-ref > maxDistance || !equal3(src[ref:], src[pos:]) {
			if len(w.out) >= w.limit {
				return 0, false
			}
			w.literal(src[pos])
			pos++
			continue
		}
		if !w.fitsRepeat() {
			return 0, false
		}
		n := matchLen(src, ref, pos)
		w.repeat(pos-ref, n)
		pos += n
		if pos >= last {
			break
		}
		// Of the positions inside the repeat only the last two are remembered.
		c.table[hash3(src[pos-2:])] = base + uint32(pos-2)
		c.table[hash3(src[pos-1:])] = base + uint32(pos-1)
	}
	return pos, true
}

// hash3 is the reference compressor's hash of three bytes.
func hash3(p []byte) uint32 {
	_ = p[2]
	h := uint32(p[0])<<16 | uint32(p[1])<<8 | uint32(p[2])
	return (h>>8 - h*5) & (tableSize - 1)
}

func equal3(a, b []byte) bool {
	return a[2] == b[2] && a[1] == b[1] && a[0] == b[0]
}

// matchLen returns how many bytes at pos repeat those at ref; three are known
// to. The reference leaves the last two bytes of the input to a literal, but
// for inputs with 17 or 18 bytes before those, where it stops at 19.
func matchLen(src []byte, ref, pos int) int {
	limit := min(len(src)-pos-2, maxRepeat)
	if limit == 17 || limit == 18 {
		limit = 19
	}
	n := minRepeat
	for n+8 <= limit {
		a := binary.LittleEndian.Uint64(src[ref+n:])
		b := binary.LittleEndian.Uint64(src[pos+n:])
		if a != b {
			return n + bits.TrailingZeros64(a^b)/8
		}
		n += 8
	}
	for n < limit && src[ref+n] == src[pos+n] {
		n++
	}
	return n
}

// run writes instructions. Its last bytes are an open literal run: a control
// byte, filled in when the run closes, and lit literals.
type run struct {
	out   []byte
	limit int // out must not become longer
	lit   int
}

// open starts a literal run by reserving its control byte.
func (w *run) open() {
	w.out = append(w.out, 0)
	w.lit = 0
}

// close ends the literal run; an empty one vanishes.
func (w *run) close() {
	if w.lit == 0 {
		w.out = w.out[:len(w.out)-1]
		return
	}
	w.out[len(w.out)-w.lit-1] = byte(w.lit - 1)
}

func (w *run) literal(b byte) {
	w.out = append(w.out, b)
	w.lit++
	if w.lit == maxLiteral {
		w.close()
		w.open()
	}
}

// fitsRepeat reports whether a repeat and the control byte after it have room.
func (w *run) fitsRepeat() bool {
	used := len(w.out)
	if w.lit == 0 {
		used-- // the empty literal run vanishes
	}
	return used+4 < w.limit
}

// repeat ends the literal run, copies n bytes from distance back, and opens
// the next run.
func (w *run) repeat(distance, n int) {
	w.close()
	d, l := distance-1, n-2
	if l < 7 {
		w.out = append(w.out, byte(d>>8)|byte(l<<5), byte(d))
	} else {
		w.out = append(w.out, byte(d>>8)|7<<5, byte(l-7), byte(d))
	}
	w.open()
}
