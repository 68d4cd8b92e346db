package stream

import (
	"unsafe"

	"sigrun/internal/invariant"
	"sigrun/internal/offheap"
)

// group is the block of a group of consumers.
type group struct {
	label
	last      ID
	read      int64
	pending   tree // words: as Nack
	consumers names
}

// consumer is the block of a consumer.
type consumer struct {
	label
	seen    int64
	active  int64
	pending tree // no words
}

// Words of an entry that is pending in a group.
const (
	nackConsumer = iota // ref of the consumer's block; 0 while loading
	nackTime            // of the last delivery, Unix milliseconds
	nackCount           // of deliveries
	nackWords
)

// Group is a view of a group.
type Group struct {
	s   Stream
	p   *group
	ref offheap.Ref
}

// Consumer is a view of a consumer.
type Consumer struct {
	s   Stream
	p   *consumer
	ref offheap.Ref
}

// Groups is the number of groups.
func (s Stream) Groups() int { return int(s.r.groups.n) }

// Group is the i-th group by name.
func (s Stream) Group(i int) Group { return s.groupAt(i) }

func (s Stream) groupAt(i int) Group { return s.group(s.r.groups.refs(s)[i]) }

func (s Stream) group(r offheap.Ref) Group { return Group{s, (*group)(s.h.Ptr(r)), r} }

func (s Stream) consumer(r offheap.Ref) Consumer { return Consumer{s, (*consumer)(s.h.Ptr(r)), r} }

// FindGroup looks a group up by name.
func (s Stream) FindGroup(name []byte) (g Group, ok bool) {
	i, ok := s.r.groups.find(s, name)
	if !ok {
		return g, false
	}
	return s.groupAt(i), true
}

// AddGroup makes a group that has read up to last, which were read entries or
// Unknown. ok is false, and nothing changes, if it is there already.
func (s Stream) AddGroup(name []byte, last ID, read int64) (g Group, ok bool) {
	i, there := s.r.groups.find(s, name)
	if there {
		return g, false
	}
	r := s.newNamed(int(unsafe.Sizeof(group{})), name)
	g = s.group(r)
	*g.p = group{label: g.p.label, last: last, read: read}
	s.r.groups.insert(s, i, r)
	return g, true
}

// RemoveGroup removes a group with all its consumers and reports whether it was
// there.
func (s Stream) RemoveGroup(name []byte) bool {
	i, ok := s.r.groups.find(s, name)
	switch {
	case !ok:
	case s.groupAt(i).take():
		s.r.groups.remove(s, i)
	default:
		s.groupAt(i).freeSome(1 << 62)
		s.dropGroup(i)
	}
	return ok
}

// dropGroup removes a group that freeSome has emptied.
func (s Stream) dropGroup(i int) {
	r := s.r.groups.refs(s)[i]
	s.r.groups.remove(s, i)
	s.free(r)
}

// freeSome gives back up to about n blocks of g and returns how many it could
// have given back more; above 0 if all is gone but g's own block.
func (g Group) freeSome(n int) int {
	nothing := func([]uint64) {}
	for ; g.p.pending.count > 0; n-- {
		if n <= 0 {
			return 0
		}
		g.p.pending.dropLeaf(g.s, nothing)
	}
	for i := int(g.p.consumers.n) - 1; i >= 0; i-- {
		c := g.Consumer(i)
		for ; c.p.pending.count > 0; n-- {
			if n <= 0 {
				return 0
			}
			c.p.pending.dropLeaf(g.s, nothing)
		}
		if n--; n <= 0 {
			return 0
		}
		g.p.consumers.remove(g.s, i)
		g.s.free(c.ref)
	}
	return max(n-1, 0)
}

// copyTo makes a copy of g in stream c, which has none of that name.
func (g Group) copyTo(c Stream) {
	to, _ := c.AddGroup(g.Name(), g.p.last, g.p.read)
	moved := map[offheap.Ref]Consumer{}
	for i := range g.Consumers() {
		from := g.Consumer(i)
		n, _ := to.AddConsumer(from.Name(), from.p.seen)
		n.p.active = from.p.active
		moved[from.ref] = n
	}
	for p := g.p.pending.seek(g.s, ID{}); p.ok(); p.next() {
		w := p.words()
		to.AddPending(p.id(), moved[offheap.Ref(w[nackConsumer])], int64(w[nackTime]), w[nackCount])
	}
}

// Name is a view of g's name.
func (g Group) Name() []byte { return g.s.nameOf(g.ref) }

// LastID is the ID of the last entry that was given out.
func (g Group) LastID() ID { return g.p.last }

// SetLastID sets what LastID answers.
func (g Group) SetLastID(id ID) { g.p.last = id }

// EntriesRead is how many entries were given out, or Unknown.
func (g Group) EntriesRead() int64 { return g.p.read }

// SetEntriesRead sets what EntriesRead answers.
func (g Group) SetEntriesRead(n int64) { g.p.read = n }

// Consumers is the number of consumers.
func (g Group) Consumers() int { return int(g.p.consumers.n) }

// Consumer is the i-th consumer by name.
func (g Group) Consumer(i int) Consumer { return g.s.consumer(g.p.consumers.refs(g.s)[i]) }

// FindConsumer looks a consumer up by name.
func (g Group) FindConsumer(name []byte) (c Consumer, ok bool) {
	i, ok := g.p.consumers.find(g.s, name)
	if !ok {
		return c, false
	}
	return g.Consumer(i), true
}

// AddConsumer makes a consumer that was seen at now, Unix milliseconds, and has
// not been active. ok is false, and c the one there, if it is there already.
func (g Group) AddConsumer(name []byte, now int64) (c Consumer, ok bool) {
	i, there := g.p.consumers.find(g.s, name)
	if there {
		return g.Consumer(i), false
	}
	r := g.s.newNamed(int(unsafe.Sizeof(consumer{})), name)
	c = g.s.consumer(r)
	*c.p = consumer{label: c.p.label, seen: now, active: Never}
	g.p.consumers.insert(g.s, i, r)
	return c, true
}

// RemoveConsumer removes a consumer and with it its pending entries, whose number
// it returns.
func (g Group) RemoveConsumer(name []byte) (pending uint64, ok bool) {
	i, ok := g.p.consumers.find(g.s, name)
	if !ok {
		return 0, false
	}
	c := g.Consumer(i)
	pending = c.p.pending.count
	for c.p.pending.count > 0 {
		var ids [treeBlock / idSize]ID
		n := 0
		for p := c.p.pending.seek(g.s, ID{}); p.ok() && n < len(ids); p.next() {
			ids[n] = p.id()
			n++
		}
		for _, id := range ids[:n] {
			g.Ack(id)
		}
	}
	g.forget(c)
	g.p.consumers.remove(g.s, i)
	g.s.free(c.ref)
	return pending, true
}

// Never is the time of what has not happened.
const Never = -1

// Name is a view of c's name.
func (c Consumer) Name() []byte { return c.s.nameOf(c.ref) }

// Same reports whether c and o are the same consumer.
func (c Consumer) Same(o Consumer) bool { return c.ref == o.ref }

// Seen is when c last tried to read, Unix milliseconds.
func (c Consumer) Seen() int64 { return c.p.seen }

// SetSeen sets what Seen answers.
func (c Consumer) SetSeen(ms int64) { c.p.seen = ms }

// Active is when c last got something, Unix milliseconds, or Never.
func (c Consumer) Active() int64 { return c.p.active }

// SetActive sets what Active answers.
func (c Consumer) SetActive(ms int64) { c.p.active = ms }

// Pending is the number of entries that c has got and not acknowledged.
func (c Consumer) Pending() uint64 { return c.p.pending.count }

// Pending is the number of entries that were given out and not acknowledged.
func (g Group) Pending() uint64 { return g.p.pending.count }

// Nack is an entry that was given out and not acknowledged.
type Nack struct {
	g  Group
	id ID
	w  []uint64
}

// Consumer is who has got it.
func (n Nack) Consumer() Consumer { return n.g.s.consumer(offheap.Ref(n.w[nackConsumer])) }

// Time is when it was given out last, Unix milliseconds.
func (n Nack) Time() int64 { return int64(n.w[nackTime]) }

// Count is how often it was given out.
func (n Nack) Count() uint64 { return n.w[nackCount] }

// Set sets when and how often it was given out.
func (n Nack) Set(ms int64, count uint64) {
	n.g.shieldNack(n.id, n.w)
	n.set(ms, count)
}

func (n Nack) set(ms int64, count uint64) { n.w[nackTime], n.w[nackCount] = uint64(ms), count }

// FindPending looks up the entry with this ID.
func (g Group) FindPending(id ID) (n Nack, ok bool) {
	w, ok := g.p.pending.find(g.s, id)
	return Nack{g, id, w}, ok
}

// AddPending gives the entry with this ID, which is not pending, to c.
func (g Group) AddPending(id ID, c Consumer, ms int64, count uint64) Nack {
	g.shieldNack(id, nil)
	g.shieldOf(c, id, false)
	n := Nack{g, id, g.p.pending.insert(g.s, nackWords, id)}
	n.w[nackConsumer] = uint64(c.ref)
	n.set(ms, count)
	c.p.pending.insert(g.s, 0, id)
	return n
}

// Give hands n, the pending entry with this ID, over to c.
func (g Group) Give(id ID, n Nack, c Consumer) {
	from := n.Consumer()
	if from.ref == c.ref {
		return
	}
	// The group's entry needs no shield: whose it was the consumers' trees tell.
	g.shieldOf(from, id, true)
	g.shieldOf(c, id, false)
	from.p.pending.remove(g.s, id)
	c.p.pending.insert(g.s, 0, id)
	n.w[nackConsumer] = uint64(c.ref)
}

// Ack ends the pending of the entry with this ID and reports whether it was
// pending.
func (g Group) Ack(id ID) bool {
	n, ok := g.FindPending(id)
	if !ok {
		return false
	}
	c := n.Consumer()
	g.shieldNack(id, n.w)
	g.shieldOf(c, id, true)
	there := c.p.pending.remove(g.s, id)
	invariant.Assert(there, "a pending entry that its consumer doesn't have")
	g.p.pending.remove(g.s, id)
	return true
}

// PendingIter goes through pending entries by ID. It dies with any change of
// them but Nack.Set.
type PendingIter struct {
	c cursor
	g Group
	// all is set if it goes through those of the group, else of a consumer.
	all bool
}

// PendingFrom goes through those of all consumers, from id on.
func (g Group) PendingFrom(id ID) PendingIter {
	return PendingIter{c: g.p.pending.seek(g.s, id), g: g, all: true}
}

// PendingOf goes through those of c, from id on.
func (g Group) PendingOf(c Consumer, id ID) PendingIter {
	return PendingIter{c: c.p.pending.seek(g.s, id), g: g}
}

// PendingUpTo goes, by Prev, through those of all consumers, from id down.
func (g Group) PendingUpTo(id ID) PendingIter {
	return PendingIter{c: g.p.pending.seekBack(g.s, id), g: g, all: true}
}

// Ok reports whether it stands at an entry.
func (p *PendingIter) Ok() bool { return p.c.ok() }

// Next moves on.
func (p *PendingIter) Next() { p.c.next() }

// ID is the entry where it stands.
func (p *PendingIter) ID() ID { return p.c.id() }

// Nack is what is known of the entry where it stands.
func (p *PendingIter) Nack() Nack {
	if p.all {
		return Nack{p.g, p.c.id(), p.c.words()}
	}
	n, ok := p.g.FindPending(p.c.id())
	invariant.Assert(ok, "an entry of a consumer that is not pending")
	return n
}
