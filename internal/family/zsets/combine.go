package zsets

import (
	"math"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/types/set"
	"sigrun/internal/types/zset"
)

const (
	errWeight        = command.ReplyError("ERR weight value is not a float")
	errNegativeLimit = command.ReplyError("ERR LIMIT can't be negative")
)

// operation is how sets are combined.
type operation uint8

const (
	union operation = iota
	inter
	diff
)

// source is a set that is combined with others: a sorted set, or a plain one whose
// members have the score 1.
type source struct {
	there  bool
	plain  bool
	sorted zset.Set
	set    set.Set
	weight float64
}

func (s *source) size() int {
	switch {
	case !s.there:
		return 0
	case s.plain:
		return s.set.Len()
	}
	return s.sorted.Len()
}

// each calls visit for the members until it returns false. kept says that the view
// of a member stays good, as it does but for integers.
func (s *source) each(visit func(member []byte, score float64, kept bool) bool) {
	switch {
	case !s.there:
	case s.plain:
		var room [num.MaxIntLen]byte
		s.set.Each(func(m set.Member) bool {
			if m.IsInt {
				return visit(num.AppendInt(room[:0], m.Int), 1, false)
			}
			return visit(m.Bytes, 1, true)
		})
	case s.sorted.Small():
		it := s.sorted.Iter(0, s.sorted.Len(), false)
		for it.Next() && visit(it.Member(), it.Score(), !it.IsInt()) {
		}
	default:
		s.sorted.Each(func(member []byte, score float64) bool { return visit(member, score, true) })
	}
}

// score is the score of member, if it is there.
func (s *source) score(member []byte) (float64, bool) {
	switch {
	case !s.there:
		return 0, false
	case s.plain:
		return 1, s.set.Has(set.Text(member))
	}
	return s.sorted.Score(member)
}

// aggregate makes one score of the two that a member has in two sets.
type aggregate func(a, b float64) float64

// sum is zero where infinities cancel each other.
func sum(a, b float64) float64 {
	if a += b; a == a {
		return a
	}
	return 0
}

func least(a, b float64) float64 {
	if b < a {
		return b
	}
	return a
}

func greatest(a, b float64) float64 {
	if b > a {
		return b
	}
	return a
}

// combineArgs is ZUNION, ZINTER or ZDIFF parsed.
type combineArgs struct {
	op        operation
	sources   []source
	aggregate aggregate
	scores    bool
	limit     int // of ZINTERCARD; 0: none
}

// flavour is what the three forms of these commands take and answer.
type flavour uint8

const (
	replied flavour = iota
	stored          // STORE: the first key is where to
	counted         // CARD
)

// parse reads numkeys key [key ...] and the options from argument at on. Keys are
// looked up before the options are read, as clients see by the errors.
func (p *combineArgs) parse(c *command.Ctx, op operation, f flavour) error {
	at, keys := 1, c.Keys
	if f == stored {
		at = 2
	}
	n, ok := num.ParseInt(c.Arg(at))
	switch {
	case !ok:
		return command.ErrNotInteger
	case n < 1:
		return command.ReplyError("ERR at least 1 input key is needed for '" + c.Spec.Name + "' command")
	case n > int64(len(c.Argv)-at-1):
		return command.ErrSyntax
	case f == stored:
		keys = keys[1:]
	}
	p.op, p.aggregate = op, sum
	p.sources = make([]source, n)
	for i := range p.sources {
		if err := p.sources[i].read(c, keys[i]); err != nil {
			return err
		}
	}
	a := c.Args(at + 1 + int(n))
	for a.More() {
		if err := p.option(&a, f); err != nil {
			a.Fail(err)
		}
	}
	return a.Err()
}

func (s *source) read(c *command.Ctx, k keyspace.Key) error {
	s.weight = 1
	o, ok := c.Tx.Read(k)
	switch {
	case !ok:
		c.Event(command.EventKeyMiss, "keymiss", k.B)
		return nil
	case zset.Is(o):
		s.sorted = zset.Of(o)
	case set.Is(o):
		s.set, s.plain = set.Of(o), true
	default:
		return command.ErrWrongType
	}
	s.there = true
	return nil
}

// option reads one of WEIGHTS, AGGREGATE, WITHSCORES and LIMIT.
func (p *combineArgs) option(a *command.Args, f flavour) error {
	sums := p.op != diff && f != counted
	switch {
	case sums && a.Left() > len(p.sources) && a.Flag("weights"):
		for i := range p.sources {
			w, ok := num.ParseFloat(a.Next())
			if !ok {
				return errWeight
			}
			p.sources[i].weight = w
		}
	case sums && a.Option("aggregate"):
		switch {
		case a.Flag("sum"):
			p.aggregate = sum
		case a.Flag("min"):
			p.aggregate = least
		case a.Flag("max"):
			p.aggregate = greatest
		default:
			return command.ErrSyntax
		}
	case f == replied && a.Flag("withscores"):
		p.scores = true
	case f == counted && a.Option("limit"):
		n, err := positive(a.Next(), 0, errNegativeLimit)
		p.limit = n
		return err
	default:
		return command.ErrSyntax
	}
	return nil
}

// weighted is a score times the weight, zero where that is no number.
func (s *source) weighted(score float64) float64 {
	if score *= s.weight; score == score {
		return score
	}
	return 0
}

// into puts the outcome into o, whose blocks come from heap.
func (p *combineArgs) into(o *outcome, heap *offheap.Heap) {
	if p.op != diff { // the smallest set first: the least to look at
		slices.SortStableFunc(p.sources, func(a, b source) int { return a.size() - b.size() })
	}
	least, most := 0, p.sources[0].size()
	if p.op == union {
		for i := range p.sources[1:] {
			most += p.sources[1+i].size()
		}
		least = p.sources[len(p.sources)-1].size()
	}
	o.begin(heap, least, most)
	switch p.op {
	case union:
		for i := range p.sources {
			src := &p.sources[i]
			src.each(func(member []byte, score float64, kept bool) bool {
				o.merge(member, src.weighted(score), kept, p.aggregate)
				return true
			})
		}
	case inter:
		p.common(func(member []byte, score float64, kept bool) bool {
			o.add(member, score, kept)
			return true
		})
	case diff:
		p.sources[0].each(func(member []byte, score float64, kept bool) bool {
			if !p.inOthers(member) {
				o.add(member, score, kept)
			}
			return true
		})
	}
	o.order()
}

// common calls visit for each member that all sources have, until it returns
// false.
func (p *combineArgs) common(visit func(member []byte, score float64, kept bool) bool) {
	first := &p.sources[0]
	first.each(func(member []byte, score float64, kept bool) bool {
		score = first.weighted(score)
		for i := range p.sources[1:] {
			src := &p.sources[1+i]
			other, ok := src.score(member)
			if !ok {
				return true
			}
			score = p.aggregate(score, other*src.weight)
		}
		return visit(member, score, kept)
	})
}

func (p *combineArgs) inOthers(member []byte) bool {
	for i := range p.sources[1:] {
		if _, ok := p.sources[1+i].score(member); ok {
			return true
		}
	}
	return false
}

func runZUnion(c *command.Ctx) error { return combine(c, union) }

func runZInter(c *command.Ctx) error { return combine(c, inter) }

func runZDiff(c *command.Ctx) error { return combine(c, diff) }

// combine answers with the members of the outcome.
func combine(c *command.Ctx, op operation) error {
	var p combineArgs
	if err := p.parse(c, op, replied); err != nil {
		return err
	}
	var o outcome
	p.into(&o, c.Tx.Heap(c.Keys[0]))
	o.reply(c, p.scores)
	return nil
}

func runZUnionStore(c *command.Ctx) error { return combineStore(c, union, "zunionstore") }

func runZInterStore(c *command.Ctx) error { return combineStore(c, inter, "zinterstore") }

func runZDiffStore(c *command.Ctx) error { return combineStore(c, diff, "zdiffstore") }

// combineStore answers with how many members it has stored.
func combineStore(c *command.Ctx, op operation, event string) error {
	var p combineArgs
	if err := p.parse(c, op, stored); err != nil {
		return err
	}
	to := c.Keys[0]
	var o outcome
	p.into(&o, c.Tx.Heap(to))
	s := o.set(c)
	store(c, to, &s, event)
	return nil
}

// runZInterCard answers ZINTERCARD numkeys key [key ...] [LIMIT n]: how many
// members all have, but no more than the limit.
func runZInterCard(c *command.Ctx) error {
	var p combineArgs
	if err := p.parse(c, inter, counted); err != nil {
		return err
	}
	slices.SortStableFunc(p.sources, func(a, b source) int { return a.size() - b.size() })
	limit, n := p.limit, 0
	if limit == 0 {
		limit = math.MaxInt
	}
	p.common(func([]byte, float64, bool) bool {
		n++
		return n < limit
	})
	c.W.Int(int64(n))
	return nil
}
