package geo

import (
	"cmp"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/ds/geo"
	"sigrun/internal/ds/partsort"
	"sigrun/internal/keyspace"
	"sigrun/internal/types/zset"
)

// order is the order of what a search finds.
type order uint8

const (
	asFound order = iota
	nearestFirst
	farthestFirst
)

// searchArgs is a search parsed.
type searchArgs struct {
	shape      geo.Shape
	fromName   bool // the center is a member
	fromLonLat bool // the center is a place
	by         bool // the shape is known
	order      order
	count      int  // 0: all
	any        bool // the first ones found will do

	distances, hashes, points bool // what is answered with beside the members

	store     bool // into the key to
	to        keyspace.Key
	asScores  bool   // the distances become the scores there
	storeName string // event of the store

	set   zset.Set // what is searched
	there bool     // it is there
	found []place
}

// place is a member that was found.
type place struct {
	distance float64
	score    float64
	member   []byte
}

// flavour is a command that searches.
type flavour struct {
	key      int  // of Keys: the set
	args     int  // where the options begin
	modern   bool // GEOSEARCH and its options
	store    bool // GEOSEARCHSTORE
	readOnly bool // takes no STORE
	byMember bool // GEORADIUSBYMEMBER
}

func runGeoRadius(c *command.Ctx) error { return search(c, flavour{args: 6}) }

func runGeoRadiusRO(c *command.Ctx) error { return search(c, flavour{args: 6, readOnly: true}) }

func runGeoRadiusByMember(c *command.Ctx) error { return search(c, flavour{args: 5, byMember: true}) }

func runGeoRadiusByMemberRO(c *command.Ctx) error {
	return search(c, flavour{args: 5, byMember: true, readOnly: true})
}

func runGeoSearch(c *command.Ctx) error { return search(c, flavour{args: 2, modern: true}) }

func runGeoSearchStore(c *command.Ctx) error {
	return search(c, flavour{key: 1, args: 3, modern: true, store: true})
}

// search answers with the places in a shape, or how many of them it has stored.
// The set is looked up before the arguments are read, as clients see by the
// errors.
func search(c *command.Ctx, f flavour) error {
	var p searchArgs
	var err error
	if p.set, p.there, err = read(c, c.Keys[f.key]); err != nil {
		return err
	}
	if err := p.parse(c, f); err != nil {
		return err
	}
	if p.there {
		p.find()
	}
	if p.store {
		p.keep(c)
		return nil
	}
	p.reply(c)
	return nil
}

// find looks for the places and puts them in order.
func (p *searchArgs) find() {
	if p.count > 0 && p.order == asFound && !p.any {
		p.order = nearestFirst
	}
	limit := 0
	if p.any {
		limit = p.count
	}
	var room [9]geo.Range
	for _, r := range p.shape.Cover(room[:0]) {
		p.findIn(r, limit)
		if limit > 0 && len(p.found) >= limit {
			break
		}
	}
	n := len(p.found)
	if p.count > 0 {
		n = min(n, p.count)
	}
	p.sort(n)
	p.found = p.found[:n]
}

// findIn looks through a range of scores, up to limit places in all if it is not 0.
func (p *searchArgs) findIn(r geo.Range, limit int) {
	from, to := p.set.ByScore(&zset.Range{Min: r.Low, Max: r.High, MaxOpen: true})
	it := p.set.Iter(from, to-from, false)
	for it.Next() {
		score := it.Score()
		if d, in := p.shape.Contains(geo.PointOf(score)); in {
			member := it.Member()
			if p.set.Small() { // an integer's text dies with the next step
				member = slices.Clone(member)
			}
			p.found = append(p.found, place{d, score, member})
		}
		if limit > 0 && len(p.found) >= limit {
			return
		}
	}
}

// sort brings the first n places into order.
func (p *searchArgs) sort(n int) {
	compare := func(a, b place) int { return cmp.Compare(a.distance, b.distance) }
	switch p.order {
	case asFound:
		return
	case farthestFirst:
		compare = func(a, b place) int { return cmp.Compare(b.distance, a.distance) }
	}
	if n == len(p.found) {
		slices.SortStableFunc(p.found, compare)
	} else {
		partsort.Sort(p.found, 0, n, compare)
	}
}

// reply answers with the places.
func (p *searchArgs) reply(c *command.Ctx) {
	c.W.Array(len(p.found))
	parts := 1
	for _, also := range []bool{p.distances, p.hashes, p.points} {
		if also {
			parts++
		}
	}
	for i := range p.found {
		at := &p.found[i]
		if parts > 1 {
			c.W.Array(parts)
		}
		c.W.Bulk(at.member)
		if p.distances {
			replyDistance(c.W, at.distance/p.shape.Unit)
		}
		if p.hashes {
			c.W.Int(int64(at.score))
		}
		if p.points {
			replyPoint(c.W, geo.PointOf(at.score))
		}
	}
}

// keep stores the places and answers with how many they are.
func (p *searchArgs) keep(c *command.Ctx) {
	n := len(p.found)
	c.W.Int(int64(n))
	if n == 0 {
		if c.Tx.Delete(p.to) {
			c.Event(command.EventGeneric, "del", p.to.B)
		}
		return
	}
	s := zset.NewLarge(c.Tx.Heap(p.to))
	s.Reserve(n)
	for i := range p.found {
		score := p.found[i].score
		if p.asScores {
			score = p.found[i].distance / p.shape.Unit
		}
		s.Gather(p.found[i].member, score)
	}
	s.Order()
	s.Shrink(c.Limits)
	if c.Tx.Store(p.to, s.Kind, s.Word, keyspace.NoExpiry) {
		c.Event(command.EventNew, "new", p.to.B)
	}
	c.Tx.Dirty += n - 1
	c.Event(command.EventZSet, p.storeName, p.to.B)
}
