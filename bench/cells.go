package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// cell is one line of the table.
type cell struct {
	name   string
	group  string // cells that are chosen together
	unit   string
	higher bool  // more is better; otherwise less is
	bar    limit // what has to be held
	goal   limit // what it is built for
	run    func(r *rig) (outcome, error)
	about  string
}

// outcome is what a cell measured. A server that has no such figure has none.
type outcome struct {
	peer, ours float64
	note       string             // for the reader of the table
	more       map[string]float64 // further figures, for the JSON file
}

// none stands for a figure that a server does not have.
const none = -1

// result is an outcome, or why there is none.
type result struct {
	outcome
	err error
}

// limit bounds ours, either as such or as a multiple of the peer's figure.
type limit struct {
	value  float64
	ofPeer bool
}

func times(ratio float64) limit { return limit{ratio, true} }
func flat(value float64) limit  { return limit{value, false} }

// holds reports whether ours keeps within l.
func (l limit) holds(out outcome, higher bool) bool {
	bound := l.value
	if l.ofPeer {
		bound *= out.peer
	}
	if higher {
		return out.ours >= bound
	}
	return out.ours <= bound
}

func (l limit) text(higher bool) string {
	sign, unit := "≤", ""
	if higher {
		sign = "≥"
	}
	if l.ofPeer {
		unit = "×"
	}
	return sign + number(l.value) + unit
}

// cells is everything that is measured. CPU, bytes and milliseconds are better
// when less.
var cells = []cell{
	{"set-p1", "speed", "µs CPU/op", false, times(1.00), times(0.90), speed("set-p1"), "SET of 64 bytes, 1 M keys"},
	{"get-p1", "speed", "µs CPU/op", false, times(1.00), times(0.90), speed("get-p1"), "GET of 64 bytes, 1 M keys"},
	{"set-p16", "speed", "µs CPU/op", false, times(0.75), times(0.60), speed("set-p16"), "the same in pipelines of 16"},
	{"get-p16", "speed", "µs CPU/op", false, times(0.80), times(0.65), speed("get-p16"), ""},
	{"set-p50", "speed", "µs CPU/op", false, times(0.60), times(0.40), speed("set-p50"), "the same in pipelines of 50"},
	{"get-p50", "speed", "µs CPU/op", false, times(0.60), times(0.40), speed("get-p50"), ""},
	{"incr-p16", "speed", "µs CPU/op", false, times(0.80), times(0.60), speed("incr-p16"), "INCR of 1 M counters"},
	{"mset10-p16", "speed", "µs CPU/op", false, times(0.80), times(0.60), speed("mset10-p16"), "MSET of 10 keys"},
	{"mget10-p16", "speed", "µs CPU/op", false, times(0.80), times(0.60), speed("mget10-p16"), "MGET of 10 keys"},
	{"mget100-p16", "speed", "µs CPU/op", false, times(0.90), times(0.50), speed("mget100-p16"), "MGET of 100 keys"},
	{"set-ex-p16", "speed", "µs CPU/op", false, times(0.80), times(0.60), speed("set-ex-p16"), "SET with EX"},
	{"get4k-p16", "speed", "µs CPU/op", false, times(1.00), times(0.85), speed("get4k-p16"), "GET of 4 KB, 10,000 keys"},
	{"lcs-p1", "speed", "µs CPU/op", false, times(1.00), times(0.25), speed("lcs-p1"), "LCS of two strings of 180 bytes"},

	{"lpush-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("lpush-p16"), "LPUSH to one list"},
	{"rpop-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("rpop-p16"), "RPOP from it"},
	{"lrange100-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("lrange100-p16"), "LRANGE of 100 elements"},
	{"sadd-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("sadd-p16"), "SADD to one set of up to 1 M members"},
	{"sismember-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("sismember-p16"), "SISMEMBER of it"},
	{"hset-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("hset-p16"), "HSET to one hash of up to 1 M fields"},
	{"hget-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("hget-p16"), "HGET from it"},
	{"hset-small-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("hset-small-p16"), "HSET of two fields of 100,000 hashes"},
	{"hgetall-small-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("hgetall-small-p16"), "HGETALL of these"},
	{"zadd-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("zadd-p16"), "ZADD to one sorted set of up to 1 M members"},
	{"zscore-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("zscore-p16"), "ZSCORE of it"},
	{"zrank-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("zrank-p16"), "ZRANK of it"},
	{"zrangebyscore-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("zrangebyscore-p16"), "ZRANGEBYSCORE of 10 members of it"},
	{"zrange100-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("zrange100-p16"), "ZRANGE of 100 members at random ranks of 1 M"},
	{"zset-mix-p16", "types", "µs CPU/op", false, times(0.70), times(0.50), speed("zset-mix-p16"), "there: ZADD, ZREM, ZRANK and ZRANGE of 100 in turns"},
	{"xadd-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("xadd-p16"), "XADD to one stream"},
	{"xrange10-p16", "types", "µs CPU/op", false, times(0.90), times(0.65), speed("xrange10-p16"), "XRANGE of 10 entries"},

	{"threads-get-p1", "threads", "× op/s", true, flat(0.95), flat(1), threads("get-p1"), "both on all cores: default settings ÷ --io-threads 1 (peer: --io-threads 2 ÷ 1)"},
	{"threads-get-p16", "threads", "× op/s", true, flat(0.95), flat(1), threads("get-p16"), "the same in pipelines of 16"},
	{"threads-lcs-p1", "threads", "× op/s", true, flat(1.3), flat(1.6), threads("lcs-p1"), "the same for a command that costs the server more than the client"},

	{"mem-16+16", "memory", "B/key", false, flat(54), flat(48), bytesPerKey("16+16"), "resident growth per key: 16-byte keys and values"},
	{"mem-16+16-ttl", "memory", "B/key", false, flat(62), flat(56), bytesPerKey("16+16-ttl"), "the same with a TTL"},
	{"mem-16+int", "memory", "B/key", false, flat(44), flat(36), bytesPerKey("16+int"), "16-byte keys, integers"},
	{"mem-16+100", "memory", "B/key", false, times(1.00), flat(136), bytesPerKey("16+100"), "16-byte keys, values of 100 bytes"},
	{"idle", "memory", "MB", false, flat(14), flat(10), idleResident, "resident size of an empty server"},
	{"start", "start", "ms", false, flat(30), flat(15), startToPong, "from the start of the process to PONG"},

	{"heap-10m", "heap", "MB", false, flat(64), flat(32), goHeap, "Go heap with 10 M keys; the note gives the collector's share of the CPU"},

	{"grow-max", "latency", "ms", false, flat(5), flat(2), grow, "longest reply while 10 M keys come in at 20,000 SET/s"},
	{"save-p99", "latency", "× idle", false, flat(1.5), flat(1.25), saveLatency, "p99 of GET during BGSAVE of 2 M keys under writes ÷ before"},
	{"save-peak", "latency", "× before", false, flat(1.10), flat(1.05), savePeak, "most memory during that BGSAVE ÷ before"},

	{"hand-over", "latency", "µs", false, times(1.00), times(0.80), handOver, "from LPUSH to the reply of who waits in BLPOP, with two loops, median"},
	{"free-del", "free", "ms", false, flat(5), flat(2), freeing("del"), "longest GET at 1000/s while a hash of 10 M fields goes by DEL"},
	{"free-unlink", "free", "ms", false, flat(5), flat(2), freeing("unlink"), "the same by UNLINK"},
	{"free-expire", "free", "ms", false, flat(5), flat(2), freeing("expire"), "the same as it expires"},
	{"free-overwrite", "free", "ms", false, flat(5), flat(2), freeing("overwrite"), "the same as SET replaces it"},

	{"load-rdb", "disk", "s", false, times(0.60), times(0.40), loading(false), "from the start to PONG with an RDB file of 5 M mixed keys, on all cores"},
	{"load-aof", "disk", "s", false, times(0.60), times(0.40), loading(true), "the same with an append-only file of 5 M commands"},

	{"evict-lru", "evict", "hits", true, times(0.99), times(1.00), eviction("allkeys-lru"), "hit ratio on a Zipf trace at the same maxmemory"},
	{"evict-lfu", "evict", "hits", true, times(0.99), times(1.00), eviction("allkeys-lfu"), "the same with LFU"},
}

// The cells of growth follow from their tables, set by set: they share servers.
func init() {
	for _, name := range slices.Sorted(maps.Keys(growthLoads)) {
		cells = append(cells, cell{name, "growth", "µs CPU/op", false, times(1.00), times(0.65), growth(name), growthLoads[name]})
	}
}

func printCells(w io.Writer) {
	tab := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tab, "cell\tgroup\tunit\tbar\tgoal\twhat")
	for _, c := range cells {
		fmt.Fprintf(tab, "%s\t%s\t%s\t%s\t%s\t%s\n", c.name, c.group, c.unit, c.bar.text(c.higher), c.goal.text(c.higher), c.about)
	}
	tab.Flush()
}
