package listpack

import "encoding/binary"

// Operations on the ends of a list that move its head instead of its entries,
// and on many entries at once.

// PrependBack puts an entry before the first one of the list that begins at
// buf[off], growing it towards the beginning of buf, where there must be room,
// and returns where the list begins then.
func PrependBack(buf []byte, off int, it Item) int {
	size := it.Size()
	to := off - size
	copy(buf[to:to+HeaderSize], buf[off:off+HeaderSize])
	it.put(buf[to+HeaderSize:])
	lp := buf[to:]
	binary.LittleEndian.PutUint32(lp, uint32(Bytes(lp)+size))
	addCount(lp, 1)
	return to
}

// DropFirst removes the first n entries, or all there are, and returns the rest:
// a list that begins so many bytes later.
func DropFirst(lp []byte, n int) []byte {
	off, gone := HeaderSize, 0
	for ; gone < n && lp[off] != terminator; gone++ {
		off = behind(lp, off)
	}
	shift := off - HeaderSize
	rest := lp[shift:Bytes(lp)]
	copy(rest[:HeaderSize], lp[:HeaderSize])
	binary.LittleEndian.PutUint32(rest, uint32(len(rest)))
	addCount(rest, -gone)
	return rest
}

// DeleteEqual removes the entries from p on that m matches, at most limit of
// them, in one pass, and returns how many it removed.
func DeleteEqual(lp []byte, p Pos, m *Matcher, limit int) (out []byte, n int) {
	total := Bytes(lp)
	if p == End {
		return lp[:total], 0
	}
	from, to := int(p), int(p) // lp[from:off] is to be kept and moves to lp[to:]
	off := from
	for lp[off] != terminator && n < limit {
		e, size := get(lp, off)
		next := off + size + backSize(size)
		if m.Match(e) {
			to += copy(lp[to:], lp[from:off])
			from = next
			n++
		}
		off = next
	}
	to += copy(lp[to:], lp[from:total])
	binary.LittleEndian.PutUint32(lp, uint32(to))
	addCount(lp, -n)
	return lp[:to], n
}

// DeleteEqualFrom removes what m matches, at most limit entries, from the first
// entry on or, if back is set, from the last one on.
func DeleteEqualFrom(lp []byte, m *Matcher, limit int, back bool) (n int) {
	p := First(lp)
	if back {
		p = lastMatches(lp, m, limit)
	}
	_, n = DeleteEqual(lp, p, m, limit)
	return n
}

// lastMatches is the position from which on m matches limit entries, or the first
// one that it matches if they are fewer.
func lastMatches(lp []byte, m *Matcher, limit int) (first Pos) {
	first = End
	for p := Last(lp); p != End && limit > 0; p = Prev(lp, p) {
		if m.Match(Get(lp, p)) {
			first = p
			limit--
		}
	}
	return first
}

// Split copies the entries from p on, which are n, behind dst as a list of their
// own; n may be negative if it is not known.
func Split(dst, lp []byte, p Pos, n int) []byte {
	start := len(dst)
	dst = AppendEmpty(dst)
	total := Bytes(lp)
	if p == End {
		return dst
	}
	dst = append(dst[:start+HeaderSize], lp[p:total]...)
	out := dst[start:]
	binary.LittleEndian.PutUint32(out, uint32(len(out)))
	binary.LittleEndian.PutUint16(out[4:], manyMark)
	if n < 0 {
		n = Len(out)
	}
	binary.LittleEndian.PutUint16(out[4:], uint16(min(n, manyMark)))
	return dst
}
