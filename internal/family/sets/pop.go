package sets

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/types/set"
	"sigrun/internal/value"
)

// runSPop answers SPOP key [count]: a member that it removed, or nil; with a
// count so many, or as many as there were.
func runSPop(c *command.Ctx) error {
	switch len(c.Argv) {
	case 2:
		return popOne(c)
	case 3:
		return popSome(c)
	}
	return command.ErrSyntax
}

func popOne(c *command.Ctx) error {
	k := c.Keys[0]
	m, s, ok, err := mutate(c, k)
	if err != nil {
		return err
	}
	if !ok {
		c.W.Null()
		return nil
	}
	var room [num.MaxIntLen]byte
	member := s.Random(c.Tx.Rand())
	replyMember(c.W, member)
	if member.IsInt {
		c.Effect(wordSRem, k.B, num.AppendInt(room[:0], member.Int))
	} else {
		c.Effect(wordSRem, k.B, member.Bytes)
	}
	s.Remove(member)
	shrunk(c, k, &m, &s, 1, "spop")
	return nil
}

func popSome(c *command.Ctx) error {
	count, ok := num.ParseInt(c.Arg(2))
	if !ok || count < 0 {
		return command.ErrNotPositive
	}
	k := c.Keys[0]
	o, ok := c.Tx.Lookup(k)
	switch {
	case !ok:
		c.W.Set(0)
		return nil
	case !set.Is(o):
		return command.ErrWrongType
	case count == 0:
		c.W.Set(0)
		return nil
	}
	m, s, _, _ := mutate(c, k) // a set that is there, as we have seen
	size := s.Len()
	switch {
	case count >= int64(size):
		replyAll(c, &s)
		m.Changed(size)
		c.Event(command.EventSet, "spop", k.B)
		m.Remove()
		c.Event(command.EventGeneric, "del", k.B)
		c.Effect(wordUnlink, k.B)
	case (int64(size)-count)*fewLeft <= count:
		c.Event(command.EventSet, "spop", k.B)
		popMost(c, k, &m, &s, int(count))
	default:
		popFew(c, k, &s, int(count))
		shrunk(c, k, &m, &s, int(count), "spop")
	}
	return nil
}

// fewLeft is how many times as many members must be popped as are left for these
// to be moved to a set of their own.
const fewLeft = 5

// popFew pops n members of s one by one.
func popFew(c *command.Ctx, k keyspace.Key, s *set.Set, n int) {
	log := removals{c: c, key: k.B}
	c.W.Set(n)
	for range n {
		member := s.Random(c.Tx.Rand())
		replyMember(c.W, member)
		log.add(member)
		s.Remove(member)
	}
	log.flush()
}

// popMost pops n of the members of s, which is nearly all: those that stay get a
// new set, which may have a smaller form.
func popMost(c *command.Ctx, k keyspace.Key, m *keyspace.Mutable, s *set.Set, n int) {
	kind := value.KindSetPack
	if s.Kind == value.KindSetInts {
		kind = value.KindSetInts
	}
	rest := set.New(s.Heap, kind)
	for s.Len() > n {
		member := s.Random(c.Tx.Rand())
		rest.AddNew(c.Limits, member)
		s.Remove(member)
	}
	replyAll(c, s)
	log := removals{c: c, key: k.B}
	s.Each(func(member set.Member) bool {
		log.add(member)
		return true
	})
	log.flush()
	keep(m, s)
	c.Tx.Store(k, rest.Kind, rest.Word, keyspace.KeepTTL) // frees s, perhaps later
	c.Tx.Dirty += n - 1
}

// batch is how many members a command in the log removes at most.
const batch = 1024

// removals puts the removal of members of key into the log.
type removals struct {
	c    *command.Ctx
	key  []byte
	text []byte // of the members since the last flush
	ends []int  // where each ends in text
}

func (r *removals) add(m set.Member) {
	if !r.c.Logging() {
		return
	}
	r.text = set.AppendText(r.text, m)
	if r.ends = append(r.ends, len(r.text)); len(r.ends) == batch {
		r.flush()
	}
}

func (r *removals) flush() {
	if len(r.ends) == 0 {
		r.c.NoEffect() // nothing is left to log, or nobody logs
		return
	}
	args, from := [][]byte{wordSRem, r.key}, 0
	for _, end := range r.ends {
		args = append(args, r.text[from:end])
		from = end
	}
	r.c.Effect(args...)
	r.text, r.ends = r.text[:0], r.ends[:0]
}
