package geo

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/types/zset"
)

var wordZAdd = []byte("ZADD")

// addArgs is GEOADD parsed.
type addArgs struct {
	how     zset.How
	changed bool     // CH: count updates, too
	options int      // arguments that they take
	places  [][]byte // longitude, latitude, member, …
	scores  []float64
	longest int // bytes of the longest member
}

// parse reads GEOADD key [NX|XX] [CH] longitude latitude member [...].
func (p *addArgs) parse(c *command.Ctx) error {
	a := c.Args(2)
	for a.More() {
		switch {
		case a.Flag("nx"):
			p.how.NX = true
			continue
		case a.Flag("xx"):
			p.how.XX = true
			continue
		case a.Flag("ch"):
			p.changed = true
			continue
		}
		break
	}
	p.places = c.Argv[len(c.Argv)-a.Left():]
	p.options = len(c.Argv) - 2 - len(p.places)
	if len(p.places)%3 != 0 || p.how.NX && p.how.XX {
		return command.ErrSyntax
	}
	for i := 0; i < len(p.places); i += 3 {
		at, err := parsePoint(p.places[i], p.places[i+1])
		if err != nil {
			return err
		}
		p.scores = append(p.scores, at.Score())
		p.longest = max(p.longest, len(p.places[i+2]))
	}
	if len(p.scores) == 0 {
		return command.ErrSyntax
	}
	return nil
}

// runGeoAdd answers GEOADD: how many members were added, or with CH added or
// moved. The log has it as ZADD.
func runGeoAdd(c *command.Ctx) error {
	var room [8]float64
	p := addArgs{scores: room[:0]}
	if err := p.parse(c); err != nil {
		return err
	}
	k := c.Keys[0]
	m, found := c.Tx.Mutate(k)
	var s zset.Set
	switch {
	case found && !zset.Is(m.Object):
		return command.ErrWrongType
	case found:
		s = zset.Of(m.Object)
		s.Prepare(c.Limits, len(p.scores), p.longest)
	case p.how.XX:
		c.W.Int(0)
		return nil
	default:
		s = zset.New(c.Tx.Heap(k), c.Limits, len(p.scores), p.longest)
	}
	var count [zset.NaN + 1]int
	for i, score := range p.scores {
		_, o := s.Put(c.Limits, p.places[3*i+2], score, p.how)
		count[o]++
	}
	added, updated := count[zset.Added], count[zset.Updated]
	switch {
	case !found:
		c.Tx.Store(k, s.Kind, s.Word, keyspace.NoExpiry)
		c.Tx.Dirty += added + updated - 1
		c.Event(command.EventNew, "new", k.B)
	case s.Kind != m.Kind() || s.Word != m.Word():
		m.Set(s.Kind, s.Word)
	}
	if added+updated > 0 {
		if found {
			m.Changed(added + updated)
		}
		c.Event(command.EventZSet, "zadd", k.B)
		p.log(c)
	}
	if p.changed {
		added += updated
	}
	c.W.Int(int64(added))
	return nil
}

// log puts ZADD with the scores in the place of coordinates into the log.
func (p *addArgs) log(c *command.Ctx) {
	if !c.Logging() {
		return
	}
	argv := append([][]byte{wordZAdd}, c.Argv[1:2+p.options]...)
	for i, score := range p.scores {
		argv = append(argv, num.AppendInt(nil, int64(score)), p.places[3*i+2])
	}
	c.Effect(argv...)
}
