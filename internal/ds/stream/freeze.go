package stream

import (
	"bytes"
	"sort"
	"unsafe"

	"sigrun/internal/hash"
	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// Frozen is a stream as it was at one moment, while the stream goes on changing.
// The numbers of the stream, its groups and consumers are copied when it is frozen;
// blocks of entries and pending entries, of which there may be many, stay where
// they are: they are the past of their trees.
//
// They are given out in the order of an RDB file, or of commands; what comes first
// must be done with before what follows is asked for.
//
// The heap that a method is told is that of who holds the stream at that time. A
// change of the stream finds its Frozen by the heap's Saving.
type Frozen struct {
	// What the methods of Stream with these names answered.
	Len, Added, Nodes          uint64
	LastID, FirstID, MaxDelete ID
	// Groups are those that there were, by name.
	Groups []FrozenGroup

	ref   offheap.Ref
	nodes past
}

// FrozenGroup is a group as it was.
type FrozenGroup struct {
	Name        []byte
	LastID      ID
	EntriesRead int64
	Pending     uint64
	Consumers   []FrozenConsumer // by name

	ref     offheap.Ref // the group's block; 0 once it is another's
	ours    offheap.Ref // the block of a group that was removed meanwhile
	pending past
}

// FrozenConsumer is a consumer as it was.
type FrozenConsumer struct {
	Name         []byte
	Seen, Active int64
	Pending      uint64

	ref     offheap.Ref // the consumer's block; 0 once it is another's
	pending past
}

// Identity is what a heap's Saving is asked for.
func (s Stream) Identity() unsafe.Pointer { return unsafe.Pointer(s.r) }

// Freeze begins the saving of the stream with root ref, which must not be frozen.
// The heap must give the result to those who ask its Saving from then on. It costs
// O(groups and consumers).
func Freeze(h *offheap.Heap, ref offheap.Ref) *Frozen {
	s := Open(h, ref)
	r := s.r
	invariant.Assert(!r.frozen, "a stream is frozen twice")
	f := &Frozen{
		Len: r.length, Added: r.added, Nodes: r.nodes.count, LastID: r.last, FirstID: r.first, MaxDelete: r.deleted,
		ref: ref, Groups: make([]FrozenGroup, s.Groups()),
	}
	f.nodes.begin(s, &r.nodes, s.sumOfBlock)
	for i := range f.Groups {
		f.Groups[i].begin(s.Group(i))
	}
	r.frozen = true
	return f
}

func (s Stream) sumOfBlock(id ID, words []uint64) uint64 {
	return hash.CRC64(s.list(offheap.Ref(words[0]))) ^ id.Ms ^ id.Seq
}

func sumOfNack(id ID, words []uint64) uint64 {
	return id.Ms ^ id.Seq<<20 ^ words[nackTime]<<8 ^ words[nackCount]<<40
}

func sumOfID(id ID, _ []uint64) uint64 { return id.Ms ^ id.Seq<<20 }

func (f *FrozenGroup) begin(g Group) {
	*f = FrozenGroup{
		Name: bytes.Clone(g.Name()), LastID: g.p.last, EntriesRead: g.p.read, Pending: g.Pending(), ref: g.ref,
		Consumers: make([]FrozenConsumer, g.Consumers()),
	}
	f.pending.begin(g.s, &g.p.pending, sumOfNack)
	var names []byte // one block, or a few, for all: there may be thousands
	for i := range f.Consumers {
		c := g.Consumer(i)
		from := len(names)
		names = append(names, c.Name()...)
		f.Consumers[i] = FrozenConsumer{
			Name: names[from:], Seen: c.p.seen, Active: c.p.active, Pending: c.Pending(), ref: c.ref,
		}
		f.Consumers[i].pending.begin(g.s, &c.p.pending, sumOfID)
	}
}

// The hooks: each is called before the change that it is named for.

// past is the Frozen of a stream that is frozen, else nil.
func (s Stream) past() *Frozen {
	if !s.r.frozen {
		return nil
	}
	return s.h.Saving(s.Identity()).(*Frozen)
}

// shieldNode is for the block r of key, whose entries change.
func (s Stream) shieldNode(key ID, r offheap.Ref) {
	f := s.past()
	if f == nil || !f.nodes.needs(s, key) {
		return
	}
	lp := s.list(r)
	past := s.alloc(len(lp))
	copy(s.h.Space().Bytes(past, len(lp)), lp)
	f.nodes.note(s, 1, key, uint64(past))
}

// bearNode is for a block of key that is added.
func (s Stream) bearNode(key ID) {
	if f := s.past(); f != nil && f.nodes.needs(s, key) {
		f.nodes.note(s, 1, key)
	}
}

// takeNode is for the block r of key that is removed. It reports whether the block
// is the Frozen's now.
func (s Stream) takeNode(key ID, r offheap.Ref) bool {
	f := s.past()
	if f == nil || !f.nodes.needs(s, key) {
		return false
	}
	f.nodes.note(s, 1, key, uint64(r))
	return true
}

// frozen is g as it was, if it was there.
func (g Group) frozen() *FrozenGroup {
	f := g.s.past()
	if f == nil {
		return nil
	}
	name := g.Name()
	i := sort.Search(len(f.Groups), func(i int) bool { return bytes.Compare(f.Groups[i].Name, name) >= 0 })
	if i == len(f.Groups) || f.Groups[i].ref != g.ref {
		return nil
	}
	return &f.Groups[i]
}

func (f *FrozenGroup) consumer(c Consumer) *FrozenConsumer {
	name := c.Name()
	i := sort.Search(len(f.Consumers), func(i int) bool { return bytes.Compare(f.Consumers[i].Name, name) >= 0 })
	if i == len(f.Consumers) || f.Consumers[i].ref != c.ref {
		return nil
	}
	return &f.Consumers[i]
}

// shieldNack is for the pending entry with this ID, which changes or is removed;
// words are nil for one that is added.
func (g Group) shieldNack(id ID, words []uint64) {
	if f := g.frozen(); f != nil && f.pending.needs(g.s, id) {
		f.pending.note(g.s, nackWords, id, words...)
	}
}

// shieldOf is for an entry that c gets, or loses if it has it.
func (g Group) shieldOf(c Consumer, id ID, has bool) {
	f := g.frozen()
	if f == nil {
		return
	}
	o := f.consumer(c)
	switch {
	case o == nil || !o.pending.needs(g.s, id):
	case has:
		o.pending.note(g.s, 1, id, 1)
	default:
		o.pending.note(g.s, 1, id)
	}
}

// forget is for c, which has no pending entries and is removed.
func (g Group) forget(c Consumer) {
	if f := g.frozen(); f != nil {
		if o := f.consumer(c); o != nil {
			o.ref, o.pending.live = 0, nil
		}
	}
}

// take is for g, which is removed. It reports whether it is the Frozen's now.
func (g Group) take() bool {
	f := g.frozen()
	if f == nil {
		return false
	}
	f.ours, f.ref = f.ref, 0
	return true
}

// NextNode calls visit as EachNode would have for the next block; ok is false if
// there is none left.
func (f *Frozen) NextNode(h *offheap.Heap, visit func(key ID, lp []byte)) (ok bool) {
	s := Open(h, f.ref)
	key, words, noted, ok := f.nodes.next(s)
	if !ok {
		return false
	}
	r := offheap.Ref(words[0])
	if invariant.Enabled {
		f.nodes.check(s.sumOfBlock(key, words))
	}
	visit(key, s.list(r))
	if noted {
		words[0] = 0
		s.free(r)
	}
	return true
}

// NextPending is the next pending entry of group g, an index; ok is false if there
// is none left.
func (f *Frozen) NextPending(h *offheap.Heap, g int) (id ID, ms int64, count uint64, ok bool) {
	p := &f.Groups[g].pending
	id, w, _, ok := p.next(Open(h, f.ref))
	if !ok {
		return id, 0, 0, false
	}
	if invariant.Enabled {
		p.check(sumOfNack(id, w))
	}
	return id, int64(w[nackTime]), w[nackCount], true
}

// NextOf is the next pending entry of consumer c of group g; ok is false if there is
// none left.
func (f *Frozen) NextOf(h *offheap.Heap, g, c int) (id ID, ok bool) {
	p := &f.Groups[g].Consumers[c].pending
	if id, _, _, ok = p.next(Open(h, f.ref)); ok && invariant.Enabled {
		p.check(sumOfID(id, nil))
	}
	return id, ok
}

// FindPending is a pending entry of group g, none of which NextPending has been
// asked for.
func (f *Frozen) FindPending(h *offheap.Heap, g int, id ID) (ms int64, count uint64) {
	w, ok := f.Groups[g].pending.find(Open(h, f.ref), id)
	invariant.Assert(ok, "an entry of a consumer that was not pending")
	return int64(w[nackTime]), w[nackCount]
}

// Close frees about n blocks of what was kept, given out or not, and reports whether
// nothing is left; the stream isn't frozen any more then.
func (f *Frozen) Close(h *offheap.Heap, n int) (done bool) {
	s := Open(h, f.ref)
	nothing := func([]uint64) {}
	n = f.nodes.drop(s, n, func(words []uint64) {
		if words[0] != 0 {
			s.free(offheap.Ref(words[0]))
		}
	})
	for len(f.Groups) > 0 && n > 0 {
		g := &f.Groups[len(f.Groups)-1]
		n = g.pending.drop(s, n, nothing)
		for i := range g.Consumers {
			n = g.Consumers[i].pending.drop(s, n, nothing)
		}
		if g.ours != 0 && n > 0 {
			if n = s.group(g.ours).freeSome(n); n > 0 {
				s.free(g.ours)
			}
		}
		if n > 0 {
			f.Groups = f.Groups[:len(f.Groups)-1]
			n--
		}
	}
	if n <= 0 || len(f.Groups) > 0 {
		return false
	}
	s.r.frozen = false
	return true
}
