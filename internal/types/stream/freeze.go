package stream

import (
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// saving is a stream that is saved a block of entries, or a pending entry, at a
// time.
type saving struct {
	f    *ds.Frozen
	next step // nil when all is saved
	g, c int  // the group and the consumer that it is at

	// What the current call was told, and what was taken: bytes as they go out, and
	// among them blocks of entries that are still to be encoded.
	h      *offheap.Heap
	key    []byte
	out    line
	blocks []block
	add    line // makes commands of entries
}

// block is a block of entries in saving.out.
type block struct {
	key      ds.ID
	from, to int
}

// step saves something and returns what to go on with.
type step func(s *saving) step

// maxSteps bounds the steps while a stream is held: some ten microseconds.
const maxSteps = 256

// freeze is value.Class.Freeze.
func freeze(o value.Object) value.Saving {
	if Of(o).Bytes() < value.FreezeFrom {
		return nil
	}
	return &saving{f: ds.Freeze(o.Heap, offheap.Ref(o.Rec.Word()))}
}

// State implements value.Saving.
func (s *saving) State() any { return s.f }

// Gone implements value.Saving: a stream has one form.
func (s *saving) Gone() bool { return false }

// TakeRDB implements value.Saving.
func (s *saving) TakeRDB(h *offheap.Heap, n int) (done bool) { return s.take(h, n, rdbBegin) }

// TakeCommands implements value.Saving.
func (s *saving) TakeCommands(key []byte, h *offheap.Heap, n int) (done bool) {
	s.key = key
	return s.take(h, n, addEntries)
}

// AppendRDB implements value.Saving.
func (s *saving) AppendRDB(dst []byte, c *lzf.Compressor) []byte {
	return s.encode(dst, func(dst []byte, b block) []byte { return rdb.AppendString(dst, s.out.dst[b.from:b.to], c) })
}

// AppendCommands implements value.Saving.
func (s *saving) AppendCommands(dst, key []byte) []byte {
	return s.encode(dst, func(dst []byte, b block) []byte {
		it := ds.Entries(b.key, s.out.dst[b.from:b.to])
		s.add.dst = dst
		s.add.entries(key, &it)
		return s.add.dst
	})
}

// encode appends what was taken, its blocks by add.
func (s *saving) encode(dst []byte, add func(dst []byte, b block) []byte) []byte {
	from := 0
	for _, b := range s.blocks {
		dst = append(dst, s.out.dst[from:b.from]...)
		dst = add(dst, b)
		from = b.to
	}
	return append(dst, s.out.dst[from:]...)
}

// takeBlock takes a block of entries.
func (s *saving) takeBlock(key ds.ID, lp []byte) {
	from := len(s.out.dst)
	s.out.dst = append(s.out.dst, lp...)
	s.blocks = append(s.blocks, block{key, from, len(s.out.dst)})
}

// Skip implements value.Saving.
func (s *saving) Skip(h *offheap.Heap, n int) (done bool) { return s.f.Close(h, n) }

// take takes about n bytes; begin is the first step of all.
func (s *saving) take(h *offheap.Heap, n int, begin step) (done bool) {
	s.h, s.out.dst, s.blocks = h, s.out.dst[:0], s.blocks[:0]
	if s.next == nil {
		s.next = begin
	}
	for steps := 0; len(s.out.dst) < n && steps < maxSteps; steps++ {
		if s.next = s.next(s); s.next == nil {
			s.next, done = closing, s.f.Close(h, maxSteps)
			break
		}
	}
	return done
}

// closing frees what was kept for the saving, in several calls.
func closing(*saving) step { return nil }

// The steps of an RDB file.

func rdbBegin(s *saving) step {
	s.out.dst = rdb.AppendLen(s.out.dst, s.f.Nodes)
	return rdbNode
}

func rdbNode(s *saving) step {
	if s.f.NextNode(s.h, func(key ds.ID, lp []byte) {
		s.out.dst = appendKey(s.out.dst, key)
		s.takeBlock(key, lp)
	}) {
		return rdbNode
	}
	f := s.f
	s.out.dst = appendHead(s.out.dst, f.Len, f.LastID, f.FirstID, f.MaxDelete, f.Added, len(f.Groups))
	return rdbGroup
}

func rdbGroup(s *saving) step {
	if s.g == len(s.f.Groups) {
		return nil
	}
	g := &s.f.Groups[s.g]
	s.out.dst = appendGroupHead(s.out.dst, g.Name, g.LastID, g.EntriesRead, g.Pending, nil)
	return rdbNack
}

func rdbNack(s *saving) step {
	id, ms, count, ok := s.f.NextPending(s.h, s.g)
	if ok {
		s.out.dst = appendNack(s.out.dst, id, ms, count)
		return rdbNack
	}
	s.out.dst = rdb.AppendLen(s.out.dst, uint64(len(s.f.Groups[s.g].Consumers)))
	s.c = 0
	return rdbConsumer
}

func rdbConsumer(s *saving) step {
	g := &s.f.Groups[s.g]
	if s.c == len(g.Consumers) {
		s.g++
		return rdbGroup
	}
	c := &g.Consumers[s.c]
	s.out.dst = appendConsumerHead(s.out.dst, c.Name, c.Seen, c.Active, c.Pending, nil)
	return rdbOf
}

func rdbOf(s *saving) step {
	id, ok := s.f.NextOf(s.h, s.g, s.c)
	if ok {
		s.out.dst = appendRawID(s.out.dst, id)
		return rdbOf
	}
	s.c++
	return rdbConsumer
}

// The steps of commands.

func addEntries(s *saving) step {
	if s.f.NextNode(s.h, s.takeBlock) {
		return addEntries
	}
	f := s.f
	s.out.numbers(s.key, f.Len, f.LastID, f.Added, f.MaxDelete)
	return createGroup
}

func createGroup(s *saving) step {
	if s.g == len(s.f.Groups) {
		return nil
	}
	g := &s.f.Groups[s.g]
	s.out.create(s.key, g.Name, g.LastID, g.EntriesRead)
	s.c = 0
	return createConsumer
}

func createConsumer(s *saving) step {
	g := &s.f.Groups[s.g]
	if s.c == len(g.Consumers) {
		s.g++
		return createGroup
	}
	s.out.createConsumer(s.key, g.Name, g.Consumers[s.c].Name)
	return claimEntry
}

func claimEntry(s *saving) step {
	id, ok := s.f.NextOf(s.h, s.g, s.c)
	if !ok {
		s.c++
		return createConsumer
	}
	g := &s.f.Groups[s.g]
	ms, count := s.f.FindPending(s.h, s.g, id)
	s.out.claim(s.key, g.Name, g.Consumers[s.c].Name, id, ms, count)
	return claimEntry
}
