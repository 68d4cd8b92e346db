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
	chunks [][]byte // the first unsent byte is chunks[0][off]
	off    int
	n      int    // unsent bytes
	sent   uint64 // position of the first unsent byte
	marks  []mark // ascending in pos and in barrier
}

// mark holds back all bytes at and after pos until barrier is released.
type mark struct {
	pos, barrier uint64
}

func (q *outq) end() uint64 { return q.sent + uint64(q.n) }

// append copies b to the end of the queue.
func (q *outq) append(b []byte) {
	q.n += len(b)
	for len(b) > 0 {
		last := len(q.chunks) - 1
		if last < 0 || len(q.chunks[last]) == cap(q.chunks[last]) {
			// A long queue has big chunks, so that the list of chunks stays short.
			q.chunks = append(q.chunks, newChunk(max(len(b), q.n/16)))
			last++
		}
		tail := q.chunks[last]
		k := min(cap(tail)-len(tail), len(b))
		q.chunks[last] = append(tail, b[:k]...)
		b = b[k:]
	}
}

// adopt puts b itself at the end of the queue. It must never change again.
func (q *outq) adopt(b []byte) {
	q.chunks = append(q.chunks, b[:len(b):len(b)])
	q.n += len(b)
}

func newChunk(want int) []byte {
	if want <= chunkSize {
		return chunkPool.Get().(*[chunkSize]byte)[:0]
	}
	return make([]byte, 0, min(want, chunkMax))
}

func freeChunk(b []byte) {
	if cap(b) == chunkSize { // adopted ones are larger
		chunkPool.Put((*[chunkSize]byte)(b[:chunkSize]))
	}
}

// hold puts all bytes at and after pos behind barrier.
func (q *outq) hold(pos, barrier uint64) {
	if k := len(q.marks); k > 0 && q.marks[k-1].barrier >= barrier {
		return // already behind that one
	}
	q.marks = append(q.marks, mark{pos, barrier})
}

// sendable returns how many bytes may leave now that all barriers up to released
// are gone.
func (q *outq) sendable(released uint64) int {
	k := 0
	for k < len(q.marks) && q.marks[k].barrier <= released {
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
	for _, chunk := range q.chunks {
		b := chunk[off:]
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
		chunk := q.chunks[done]
		rest := len(chunk) - q.off
		if k < rest {
			q.off += k
			break
		}
		k -= rest
		q.off = 0
		freeChunk(chunk)
		q.chunks[done] = nil
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
	for i, chunk := range q.chunks {
		freeChunk(chunk)
		q.chunks[i] = nil
	}
	*q = outq{chunks: q.chunks[:0], marks: q.marks[:0]}
}

// size is the memory that q holds, in bytes.
func (q *outq) size() int {
	total := 0
	for _, chunk := range q.chunks {
		total += cap(chunk)
	}
	return total
}
