// Package examine looks into the values of an RDB file as a server does that
// loads it, and counts what they are: for check-rdb.
//
// Each value is loaded, by the code that a server loads it with, into a keyspace
// of its own, counted and deleted again. So what a server refuses is found, and the
// memory needed is that of the largest value. Its elements are read from the
// commands that make it, the one form that all types share.
package examine

import (
	"fmt"
	"math"

	"sigrun/internal/clock"
	"sigrun/internal/keyspace"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/snapshot"
	_ "sigrun/internal/types/hash" // each type brings its loaders
	_ "sigrun/internal/types/list"
	_ "sigrun/internal/types/set"
	_ "sigrun/internal/types/stream"
	_ "sigrun/internal/types/zset"
	"sigrun/internal/value"
)

// limits are those of a server without settings.
var limits = value.Limits{
	ListSize: -2, HashEntries: 512, HashValue: 64, SetInts: 512, SetEntries: 128, SetValue: 64,
	ZSetEntries: 128, ZSetValue: 64, StreamBytes: 4096, StreamNodes: 100, HLLSparse: 3000,
}

// Values loads the values of a file and forgets them again. It implements
// check.Values.
type Values struct {
	// Stats is what was counted, or nil if nothing is to be.
	Stats *Stats

	ks     *keyspace.Keyspace
	loader *snapshot.Loader
	gate   *keyspace.Gate
	tx     *keyspace.Txn
	key    []byte // of the value at hand
	text   []byte // its commands
	args   [][]byte
}

// New returns a Values; stats may be nil.
func New(clk clock.Clock, stats *Stats) (*Values, error) {
	ks, err := keyspace.New(keyspace.Options{Databases: 1, Shards: 1, Clock: clk})
	if err != nil {
		return nil, fmt.Errorf("no memory for values: %w", err)
	}
	v := &Values{Stats: stats, ks: ks, loader: snapshot.NewLoader(ks, &limits, true), gate: ks.NewGate()}
	v.tx = ks.NewTxn(v.gate, nil)
	return v, nil
}

// Close gives back the memory.
func (v *Values) Close() error {
	v.loader.Close()
	v.ks.DropGate(v.gate)
	return v.ks.Close()
}

// Value implements check.Values.
func (v *Values) Value(db uint64, key []byte, m rdb.Meta, typ byte, r *rdb.Reader) error {
	began := r.Offset()
	v.key = append(v.key[:0], key...)
	if typ == rdb.TypeModule2 || typ == rdb.TypeModulePreGA { // of which only a module could tell more
		if err := rdb.Skip(r, typ); err != nil {
			return err
		}
		v.count(entry{db, v.key, m.ExpireMs, "module", r.Offset() - began}, nil)
		return nil
	}
	if err := v.loader.Key(v.key, rdb.NoMeta, typ, r); err != nil {
		return err
	}
	v.gate.Enter()
	defer v.gate.Leave()
	v.tx.EnterAll()
	defer v.tx.Leave()
	k := keyspace.KeyOf(v.key)
	o, ok := v.tx.Peek(k)
	if !ok {
		panic("BUG: examine: a value was loaded and is not there")
	}
	v.count(entry{db, v.key, m.ExpireMs, o.Class().Name, r.Offset() - began}, &o)
	v.tx.Delete(k)
	return nil
}

// count adds a value to the figures; o is nil if its elements are unknown.
func (v *Values) count(e entry, o *value.Object) {
	if v.Stats == nil {
		return
	}
	g := v.Stats.group(e.db, e.typ)
	n := int64(1)
	if o != nil {
		v.text = o.Class().AppendCommands(v.text[:0], e.key, *o)
		n = v.elements(g)
	}
	v.Stats.add(g, e, n)
}

// shape says where in a command elements stand.
type shape struct {
	first int  // word of the first element, after command and key
	words int  // that make an element
	whole bool // all of them are parts of one
}

// shapes are those of the commands that make values. Others add no elements.
var shapes = map[string]shape{
	"SET":    {first: 2, words: 1},
	"RPUSH":  {first: 2, words: 1},
	"SADD":   {first: 2, words: 1},
	"ZADD":   {first: 2, words: 2},
	"HMSET":  {first: 2, words: 2},
	"HSETEX": {first: 6, words: 2},
	"XADD":   {first: 3, words: 2, whole: true},
}

// elements adds the sizes of the elements in v.text to g and returns how many
// there are.
func (v *Values) elements(g *Group) (n int64) {
	var parser resp.Parser
	for rest := v.text; len(rest) > 0; {
		args, used, err := parser.Next(rest, v.args[:0], resp.Limits{MaxBulk: math.MaxInt})
		if err != nil || len(args) == 0 {
			panic(fmt.Sprintf("BUG: examine: the commands of a value can't be parsed: %v", err))
		}
		rest, v.args = rest[used:], args
		s, ok := shapes[string(args[0])]
		if !ok || string(args[2]) == "MAXLEN" && s.whole { // an empty stream
			continue
		}
		before := n
		for i := s.first; i+s.words <= len(args); i += s.words {
			size := 0
			for _, word := range args[i : i+s.words] {
				size += len(word)
			}
			g.element(int64(size))
			n++
		}
		if s.whole {
			n = before + 1
		}
	}
	return n
}
