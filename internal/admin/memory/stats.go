package memory

import (
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// stat is a pair in the reply of MEMORY STATS: a count or a ratio.
type stat struct {
	name  string
	count func(f *figures) int64
	ratio func(f *figures) float64
}

func none(*figures) int64 { return 0 }

// before and after are the pairs around those about databases.
var before = []stat{
	{name: "peak.allocated", count: func(f *figures) int64 { return f.Peak }},
	{name: "total.allocated", count: func(f *figures) int64 { return f.Used() }},
	{name: "startup.allocated", count: func(f *figures) int64 { return f.Startup }},
	{name: "replication.backlog", count: none},
	{name: "replicas.repl.buffer", count: none},
	{name: "clients.slaves", count: none},
	{name: "clients.normal", count: func(f *figures) int64 { return f.clients }},
	{name: "cluster.links", count: none},
	{name: "cluster.slot_import", count: none},
	{name: "cluster.slot_export", count: none},
	{name: "aof.buffer", count: none},
	{name: "lua.caches", count: none},
	{name: "functions.caches", count: none},
}

var after = []stat{
	{name: "overhead.db.hashtable.lut", count: func(f *figures) int64 { return f.Tables }},
	{name: "overhead.db.hashtable.rehashing", count: none},
	{name: "overhead.total", count: func(f *figures) int64 { return f.overhead }},
	{name: "db.dict.rehashing.count", count: none},
	{name: "keys.count", count: func(f *figures) int64 { return f.keys }},
	{name: "keys.bytes-per-key", count: func(f *figures) int64 { return int64(ratio(f.Used()-f.Startup, f.keys)) }},
	{name: "dataset.bytes", count: dataset},
	{name: "dataset.percentage", ratio: func(f *figures) float64 { return 100 * ratio(dataset(f), max(f.Used()-f.Startup, dataset(f))) }},
	{name: "peak.percentage", ratio: func(f *figures) float64 { return 100 * ratio(f.Used(), f.Peak) }},
	{name: "allocator.allocated", count: func(f *figures) int64 { return f.Used() }},
	{name: "allocator.active", count: func(f *figures) int64 { return f.Provided() }},
	{name: "allocator.resident", count: func(f *figures) int64 { return f.Resident }},
	{name: "allocator.muzzy", count: none},
	{name: "allocator-fragmentation.ratio", ratio: func(f *figures) float64 { return ratio(f.Provided(), f.Used()) }},
	{name: "allocator-fragmentation.bytes", count: func(f *figures) int64 { return f.Provided() - f.Used() }},
	{name: "allocator-rss.ratio", ratio: func(f *figures) float64 { return ratio(f.Resident, f.Provided()) }},
	{name: "allocator-rss.bytes", count: func(f *figures) int64 { return f.Resident - f.Provided() }},
	{name: "rss-overhead.ratio", ratio: func(*figures) float64 { return 1 }},
	{name: "rss-overhead.bytes", count: none},
	{name: "fragmentation", ratio: func(f *figures) float64 { return ratio(f.Resident, f.Used()) }},
	{name: "fragmentation.bytes", count: func(f *figures) int64 { return f.Resident - f.Used() }},
}

func dataset(f *figures) int64 { return f.Used() - f.overhead }

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// MEMORY STATS

func showStats(c *command.Ctx) error {
	f := gather(c)
	dbs := 0
	for _, x := range f.keysIn {
		if x.keys > 0 {
			dbs++
		}
	}
	c.W.Map(len(before) + dbs + len(after))
	writeStats(c.W, before, &f)
	for _, x := range f.keysIn {
		if x.keys == 0 {
			continue
		}
		c.W.BulkString("db." + strconv.Itoa(x.db))
		c.W.Map(2)
		c.W.BulkString("overhead.hashtable.main")
		c.W.Int(int64(float64(f.Tables) * ratio(x.keys, f.keys)))
		c.W.BulkString("overhead.hashtable.expires")
		c.W.Int(0) // an expiry stands in the record of its key
	}
	writeStats(c.W, after, &f)
	return nil
}

func writeStats(w *resp.Writer, list []stat, f *figures) {
	for _, s := range list {
		w.BulkString(s.name)
		if s.ratio != nil {
			w.Double(s.ratio(f))
		} else {
			w.Int(s.count(f))
		}
	}
}
