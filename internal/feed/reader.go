package feed

// Reader reads a Log from its own offset on. It has one user at a time, but for
// Close no method waits for another reader or, other than for the moment of
// stepping from one chunk to the next, for appenders.
//
// The log keeps all bytes from the slowest reader's chunk on: whoever reads
// slowly must be closed by whoever watches the memory.
type Reader struct {
	log *Log
	off uint64
	at  *chunk // the chunk that holds off; written under log.mu
}

// Offset is the offset of the next byte to read.
func (r *Reader) Offset() uint64 { return r.off }

// Lag is how many bytes of the log are still to be read.
func (r *Reader) Lag() uint64 { return r.log.End() - r.off }

// View returns bytes that come next, as many as lie together but none at or
// after offset limit, and nothing if there are none yet. They stay valid and
// unchanged until Advance passes them. Only the end of the log is surely the
// end of a command: a view may stop anywhere.
func (r *Reader) View(limit uint64) []byte {
	limit = min(limit, r.log.End())
	if limit <= r.off {
		return nil
	}
	if r.off == r.at.end() {
		r.step()
	}
	limit = min(limit, r.at.end())
	return r.at.buf[r.off-r.at.start : limit-r.at.start : limit-r.at.start]
}

// Views appends to dst all bytes that come next up to offset limit, which must
// not be after the end of the log, as few slices as possible. They stay valid
// and unchanged until Advance passes them.
func (r *Reader) Views(dst [][]byte, limit uint64) [][]byte {
	v := r.View(limit)
	if len(v) == 0 {
		return dst
	}
	dst = append(dst, v)
	off := r.off + uint64(len(v))
	if off == limit {
		return dst
	}
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	for c := r.at.next; off < limit; c = c.next {
		v = c.buf[:min(c.end(), limit)-c.start]
		dst = append(dst, v)
		off += uint64(len(v))
	}
	return dst
}

// Advance passes the next n bytes, which View or Views must have returned.
// Views of them are dead.
func (r *Reader) Advance(n int) {
	r.off += uint64(n)
	if r.off > r.log.End() {
		panic("BUG: feed: a reader went past the end of the log")
	}
	if r.off >= r.at.end() {
		r.step()
	}
}

// step goes to the next chunk, if there is one, and lets the log free those
// that nobody is in any more.
func (r *Reader) step() {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.walk()
	r.log.settle()
}

// walk moves r.at on to the chunk that holds r.off, or to the last.
// REQUIRES: r.log.mu.
func (r *Reader) walk() {
	for r.off >= r.at.end() && r.at.next != nil {
		r.at = r.at.next
	}
}

// Close lets go of the log. The reader must not be used again.
func (r *Reader) Close() {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	delete(r.log.readers, r)
	r.log.settle()
}
