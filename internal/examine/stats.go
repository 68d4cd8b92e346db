package examine

import (
	"slices"

	"sigrun/internal/rdb"
)

// types are those that files have, in the order of the tables.
var types = [...]string{"string", "list", "set", "zset", "hash", "module", "stream"}

// The largest counts and sizes of elements, in bytes, that percentiles take into
// account.
const (
	mostElements = 200 << 10
	mostBytes    = 1 << 20
)

// Group is what was counted of the keys of one type in one database. Sizes are in
// bytes; those of elements are of fields and values, or members and scores, as
// text.
type Group struct {
	Keys, Expires, Expired int64
	KeyBytes, ValueBytes   int64
	FileBytes              int64 // of the values as the file has them
	Elements               int64
	MostElements           int64 // in a key
	LargestElement         int64
	counts, sizes          histogram
}

// element counts an element, a part of one if it is a stream's, of so many bytes.
func (g *Group) element(bytes int64) {
	g.ValueBytes += bytes
	g.LargestElement = max(g.LargestElement, bytes)
	g.sizes.add(bytes)
}

// Big is one of the biggest values.
type Big struct {
	DB       uint64 `json:"db"`
	Key      string `json:"key"`
	Type     string `json:"type"`
	Bytes    int64  `json:"bytes"` // in the file
	Elements int64  `json:"elements"`
}

// Stats are figures about a file.
type Stats struct {
	now  int64
	keep int
	dbs  map[uint64]*[len(types)]Group
	big  []Big // at most keep, the biggest first
}

// NewStats returns Stats that keep so many of the biggest keys. What expires
// before now, in Unix milliseconds, counts as expired.
func NewStats(now int64, biggest int) *Stats {
	return &Stats{now: now, keep: biggest, dbs: map[uint64]*[len(types)]Group{}}
}

// Databases are the databases that have keys, in order.
func (s *Stats) Databases() []uint64 {
	var numbers []uint64
	for db := range s.dbs {
		numbers = append(numbers, db)
	}
	slices.Sort(numbers)
	return numbers
}

// Group returns the figures of a type in a database.
func (s *Stats) Group(db uint64, typ string) Group {
	if groups := s.dbs[db]; groups != nil {
		return groups[slices.Index(types[:], typ)]
	}
	return Group{}
}

// Biggest are the biggest values by their bytes in the file, the biggest first.
func (s *Stats) Biggest() []Big { return s.big }

// entry is a key and its value.
type entry struct {
	db       uint64
	key      []byte
	expireMs int64 // or rdb.None
	typ      string
	bytes    int64 // in the file
}

func (s *Stats) group(db uint64, typ string) *Group {
	groups := s.dbs[db]
	if groups == nil {
		groups = new([len(types)]Group)
		for i := range groups {
			groups[i].counts.most, groups[i].sizes.most = mostElements, mostBytes
		}
		s.dbs[db] = groups
	}
	return &groups[slices.Index(types[:], typ)]
}

// add counts an entry of g with n elements.
func (s *Stats) add(g *Group, e entry, n int64) {
	g.Keys++
	if e.expireMs != rdb.None {
		g.Expires++
		if e.expireMs < s.now {
			g.Expired++
		}
	}
	g.KeyBytes += int64(len(e.key))
	g.FileBytes += e.bytes
	g.Elements += n
	g.MostElements = max(g.MostElements, n)
	g.counts.add(n)
	s.rank(e, n)
}

// rank notes the entry if it is one of the biggest.
func (s *Stats) rank(e entry, n int64) {
	if s.keep == 0 || len(s.big) == s.keep && s.big[s.keep-1].Bytes >= e.bytes {
		return
	}
	at, _ := slices.BinarySearchFunc(s.big, e.bytes, func(b Big, bytes int64) int {
		if b.Bytes >= bytes { // who came first stays first
			return -1
		}
		return 1
	})
	if len(s.big) == s.keep {
		s.big = s.big[:s.keep-1]
	}
	s.big = slices.Insert(s.big, at, Big{e.db, string(e.key), e.typ, e.bytes, n})
}
