package netio

// carrySlack is how much unused capacity of a carry buffer Conn.Memory counts.
const carrySlack = 16 << 10

// Sizes of the usual carry buffers, which loops keep for use again.
const (
	carrySmall = 1 << 10
	carryLarge = 16 << 10
	carryBurst = 64 << 10 // of clients that send much at once
	carryKept  = 64       // of each size
	burstsKept = 8
)

// bufPool keeps carry buffers. It belongs to one loop.
type bufPool struct{ small, large, burst [][]byte }

// get returns an empty buffer that takes at least n bytes.
func (p *bufPool) get(n int) []byte {
	switch {
	case n <= carrySmall:
		return pop(&p.small, carrySmall)
	case n <= carryLarge:
		return pop(&p.large, carryLarge)
	case n <= carryBurst:
		return pop(&p.burst, carryBurst)
	}
	return bigAlloc(n)
}

// put takes b back. Nobody may use it any more.
func (p *bufPool) put(b []byte) {
	switch {
	case cap(b) == carrySmall && len(p.small) < carryKept:
		p.small = append(p.small, b[:0])
	case cap(b) == carryLarge && len(p.large) < carryKept:
		p.large = append(p.large, b[:0])
	case cap(b) == carryBurst && len(p.burst) < burstsKept:
		p.burst = append(p.burst, b[:0])
	default:
		bigFree(b)
	}
}

func pop(list *[][]byte, size int) []byte {
	k := len(*list)
	if k == 0 {
		return make([]byte, 0, size)
	}
	b := (*list)[k-1]
	(*list)[k-1] = nil
	*list = (*list)[:k-1]
	return b
}

// reserve makes room for n more bytes at the end of c's carry buffer and returns
// that room, which may be larger. Consumed bytes at the front are dropped.
func (l *Loop) reserve(c *Conn, n int) []byte {
	if c.carryAt > 0 {
		k := copy(c.carry, c.carry[c.carryAt:])
		c.carry, c.carryAt = c.carry[:k], 0
	}
	have := len(c.carry)
	switch {
	case c.carry == nil:
		c.carry = l.bufs.get(max(n, reservation(c.want, n)))
	case cap(c.carry)-have >= n:
	default:
		c.carry = l.regrow(c.carry, max(have+n, 2*have, reservation(c.want, have+n)))
	}
	return c.carry[have:cap(c.carry)]
}

// regrow moves b to a buffer that takes n bytes.
func (l *Loop) regrow(b []byte, n int) []byte {
	if grown, ok := bigGrow(b, n); ok {
		return grown
	}
	grown := append(l.bufs.get(n), b...)
	l.bufs.put(b)
	return grown
}

// received adds k bytes that were written into what reserve returned.
func (c *Conn) received(k int) { c.carry = c.carry[:len(c.carry)+k] }

// offer makes c's carried input its In and reports whether Tick is due.
func (c *Conn) offer() bool {
	if c.carry == nil || c.is(isPaused|isClosing|isFlushing) {
		return false
	}
	in := c.carry[c.carryAt:]
	if len(in) < c.want {
		return false
	}
	c.want = 0
	c.In = in
	c.state |= inCarry
	return len(in) > 0
}

// keep ends a turn for c: what the handler left of In stays in the carry buffer.
func (l *Loop) keep(c *Conn) {
	rest := c.In
	c.In = nil
	carried := c.is(inCarry)
	c.state &^= inCarry | isReady
	if c.is(isFlushing | isClosing) {
		rest = nil // nobody will read it
	}
	switch {
	case len(rest) == 0 && c.carry != nil:
		l.dropCarry(c)
	case len(rest) == 0:
	case carried:
		c.carryAt = len(c.carry) - len(rest)
	default:
		c.carry = append(l.bufs.get(max(len(rest), reservation(c.want, len(rest)))), rest...)
		c.carryAt = 0
	}
}

func (l *Loop) dropCarry(c *Conn) {
	l.bufs.put(c.carry)
	c.carry, c.carryAt = nil, 0
}
