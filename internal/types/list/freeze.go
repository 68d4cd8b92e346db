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
	count uint64 // of all nodes
	begun bool   // the count is saved

	raw   []byte // the nodes that were taken, and where each ends
	nodes []taken
	push  pushes
}

// taken is a node in saving.raw.
type taken struct {
	end   int
	plain bool
}

// freeze is value.Class.Freeze.
func freeze(o value.Object) value.Saving {
	l := Of(o)
	if q, long := l.Quick(); long && q.Size() >= value.FreezeFrom {
		return &saving{f: q.Freeze(), count: uint64(q.Nodes())}
	}
	return nil
}

// State implements value.Saving.
func (s *saving) State() any { return s.f }

// Gone implements value.Saving.
func (s *saving) Gone() bool { return s.f.Gone() }

// TakeRDB implements value.Saving.
func (s *saving) TakeRDB(h *offheap.Heap, n int) (done bool) {
	s.raw, s.nodes = s.raw[:0], s.nodes[:0]
	for steps := 0; !done && len(s.raw) < n && steps < maxSteps; steps++ {
		done = s.f.Next(h, s.take)
	}
	return done
}

// maxSteps bounds how many nodes are looked at while a list is held: those that
// are new are passed over.
const maxSteps = 256

func (s *saving) take(b []byte, plain bool) {
	s.raw = append(s.raw, b...)
	s.nodes = append(s.nodes, taken{len(s.raw), plain})
}

// TakeCommands implements value.Saving.
func (s *saving) TakeCommands(_ []byte, h *offheap.Heap, n int) (done bool) { return s.TakeRDB(h, n) }

// each calls f with the nodes that were taken.
func (s *saving) each(f func(b []byte, plain bool)) {
	from := 0
	for _, n := range s.nodes {
		f(s.raw[from:n.end], n.plain)
		from = n.end
	}
}

// AppendRDB implements value.Saving.
func (s *saving) AppendRDB(dst []byte, c *lzf.Compressor) []byte {
	if !s.begun {
		s.begun = true
		dst = rdb.AppendLen(dst, s.count)
	}
	s.each(func(b []byte, plain bool) { dst = appendNode(dst, b, plain, c) })
	return dst
}

// AppendCommands implements value.Saving.
func (s *saving) AppendCommands(dst, key []byte) []byte {
	s.push.begin(dst, key)
	s.each(s.pushNode)
	return s.push.dst
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
