package netio

import "sync"

// chunkSize is the size of an output queue's usual chunk, in bytes.
const chunkSize = 16 << 10

// chunkMax bounds the chunks that hold larger writes. From adoptMin on a range of an
// arena is not copied to the queue: the queue keeps the arena.
const (
	chunkMax = 1 << 20
	adoptMin = 256 << 10
)

var (
	chunkPool = sync.Pool{New: func() any { return new([chunkSize]byte) }}
	queues    = sync.Pool{New: func() any { return new(outq) }}
)

// outq is a queue of output bytes. Positions count bytes from the queue's
// creation; [sent, sent+n) is in the queue. Its zero value is empty.
type outq struct {
	chunks []chunk // the first unsent byte is chunks[0].b[off]
	off    int
	n      int    // unsent bytes
	own    int    // of them, those that were copied to the queue
	sent   uint64 // position of the first unsent byte
	marks  []mark // ascending in pos; the first that holds back holds back all
}

// chunk is a piece of a queue: its own, an arena that it adopted, or shared bytes.
type chunk struct {
	b      []byte
	shared *Shared // nil if b is not shared
}

// mark holds back all bytes at and after pos until barrier is released.
type mark struct {
	pos, barrier uint64
	acks         bool // there is a promise among the bytes, see Conn.Promise
}

// passed is how far barriers have been released: for all output, and for such as
// promises nothing.
type passed struct{ all, reads uint64 }

// lets reports whether output may leave that barrier has held back.
func (p passed) lets(barrier uint64, acks bool) bool {
	return barrier <= p.all || !acks && barrier <= p.reads
}

func (q *outq) end() uint64 { return q.sent + uint64(q.n) }

// append copies b to the end of the queue.
func (q *outq) append(b []byte) {
	q.n += len(b)
	q.own += len(b)
	for len(b) > 0 {
		last := len(q.chunks) - 1
		if last < 0 || len(q.chunks[last].b) == cap(q.chunks[last].b) {
			// A long queue has big chunks, so that the list of chunks stays short.
			q.chunks = append(q.chunks, chunk{b: newChunk(max(len(b), q.own/16))})
			last++
		}
		tail := q.chunks[last].b
		k := min(cap(tail)-len(tail), len(b))
		q.chunks[last].b = append(tail, b[:k]...)
		b = b[k:]
	}
}

// adopt puts b itself at the end of the queue. It must never change again.
func (q *outq) adopt(b []byte) {
	q.chunks = append(q.chunks, chunk{b: b[:len(b):len(b)]})
	q.n += len(b)
	q.own += len(b)
}

// share puts what s holds from off on at the end of the queue, which holds s until
// that is sent.
func (q *outq) share(s *Shared, off int) {
	b := s.b[off:len(s.b):len(s.b)]
	q.chunks = append(q.chunks, chunk{b, s})
	q.n += len(b)
}

func newChunk(want int) []byte {
	if want <= chunkSize {
		return chunkPool.Get().(*[chunkSize]byte)[:0]
	}
	return make([]byte, 0, min(want, chunkMax))
}

func (c chunk) free() {
	switch {
	case c.shared != nil:
		c.shared.Release()
	case cap(c.b) == chunkSize: // adopted ones are larger
		chunkPool.Put((*[chunkSize]byte)(c.b[:chunkSize]))
	}
}

// hold puts all bytes at and after pos behind barrier. acks tells that there is a
// promise among them.
func (q *outq) hold(pos, barrier uint64, acks bool) {
	if k := len(q.marks); k > 0 && q.marks[k-1].barrier >= barrier && (q.marks[k-1].acks || !acks) {
		return // already behind that one
	}
	q.marks = append(q.marks, mark{pos, barrier, acks})
}

// sendable returns how many bytes may leave now that barriers have been released as
// p tells.
func (q *outq) sendable(p passed) int {
	k := 0
	for k < len(q.marks) && p.lets(q.marks[k].barrier, q.marks[k].acks) {
		k++
	}
	if k > 0 {
		q.marks = append(q.marks[:0], q.marks[k:]...)
	}
	if len(q.marks) == 0 {
		return q.n
	}
	return int(q.marks[0].pos - q.sent)
}

// each calls f with views of the first limit bytes until it returns false.
func (q *outq) each(limit int, f func(b []byte) bool) {
	off := q.off
	for _, c := range q.chunks {
		b := c.b[off:]
		off = 0
		b = b[:min(len(b), limit)]
		if len(b) == 0 || !f(b) {
			return
		}
		limit -= len(b)
	}
}

// consume drops the first k bytes.
func (q *outq) consume(k int) {
	q.n -= k
	q.sent += uint64(k)
	done := 0
	for done < len(q.chunks) {
		c := q.chunks[done]
		gone := min(k, len(c.b)-q.off)
		if c.shared == nil {
			q.own -= gone
		}
		k -= gone
		q.off += gone
		if q.off < len(c.b) {
			break
		}
		q.off = 0
		c.free()
		q.chunks[done] = chunk{}
		done++
	}
	if done > 0 {
		left := copy(q.chunks, q.chunks[done:])
		clear(q.chunks[left:])
		q.chunks = q.chunks[:left]
	}
}

// reset drops everything.
func (q *outq) reset() {
	for i, c := range q.chunks {
		c.free()
		q.chunks[i] = chunk{}
	}
	*q = outq{chunks: q.chunks[:0], marks: q.marks[:0]}
}

// size is the memory that q holds, in bytes.
func (q *outq) size() int {
	total := 0
	for _, c := range q.chunks {
		total += cap(c.b)
	}
	return total
}
