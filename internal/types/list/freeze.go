package list

import (
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// saving is a list that is saved a node at a time.
type saving struct {
	f     *quicklist.Frozen
	begun bool
	push  pushes
}

// freeze is value.Class.Freeze.
func freeze(o value.Object) value.Saving {
	l := Of(o)
	if q, long := l.Quick(); long && q.Size() >= value.FreezeFrom {
		return &saving{f: q.Freeze()}
	}
	return nil
}

// State implements value.Saving.
func (s *saving) State() any { return s.f }

// Gone implements value.Saving.
func (s *saving) Gone() bool { return s.f.Gone() }

// AppendRDB implements value.Saving.
func (s *saving) AppendRDB(dst []byte, h *offheap.Heap, n int, c *lzf.Compressor) (_ []byte, done bool) {
	if !s.begun {
		s.begun = true
		dst = rdb.AppendLen(dst, uint64(s.f.Nodes()))
	}
	n += len(dst)
	for steps := 0; !done && len(dst) < n && steps < maxSteps; steps++ {
		done = s.f.Next(h, func(b []byte, plain bool) { dst = appendNode(dst, b, plain, c) })
	}
	return dst, done
}

// maxSteps bounds how many nodes are looked at while a list is held: those that
// are new are passed over.
const maxSteps = 256

// AppendCommands implements value.Saving.
func (s *saving) AppendCommands(dst, key []byte, h *offheap.Heap, n int) (_ []byte, done bool) {
	s.push.begin(dst, key)
	n += len(dst)
	for steps := 0; !done && len(s.push.dst) < n && steps < maxSteps; steps++ {
		done = s.f.Next(h, s.pushNode)
	}
	return s.push.dst, done
}

func (s *saving) pushNode(b []byte, plain bool) {
	if plain {
		s.push.add(Element{Bytes: b})
		s.push.flush()
		return
	}
	s.push.all(quicklist.ReadPack(b, 0, false))
}

// Skip implements value.Saving.
func (s *saving) Skip(h *offheap.Heap, n int) (done bool) {
	for ; !done && n > 0; n-- {
		done = s.f.Next(h, nil)
	}
	return done
}
