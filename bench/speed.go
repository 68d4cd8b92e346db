package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	speedConns = 50
	manyKeys   = 0 // as many as -keys says
	bigKeys    = 10_000
	lcsKeys    = 1000
	smallKeys  = 100_000
)

// loadSpec is the load of one cell of speed.
type loadSpec struct {
	command  string // words; runs of '#' are numbers
	keys     int64  // numbers are drawn below it, or below -keys if it is 0
	pipeline int
	ops      int64
	needs    string // the data set that must be there
	noNils   bool   // every key exists
}

var loads = map[string]loadSpec{
	"set-p1":            {"SET key:############ " + value64, manyKeys, 1, 400_000, "strings", false},
	"get-p1":            {"GET key:############", manyKeys, 1, 400_000, "strings", true},
	"set-p16":           {"SET key:############ " + value64, manyKeys, 16, 3_000_000, "strings", false},
	"get-p16":           {"GET key:############", manyKeys, 16, 3_000_000, "strings", true},
	"set-p50":           {"SET key:############ " + value64, manyKeys, 50, 4_000_000, "strings", false},
	"get-p50":           {"GET key:############", manyKeys, 50, 5_000_000, "strings", true},
	"incr-p16":          {"INCR ctr:############", manyKeys, 16, 2_000_000, "", false},
	"mset10-p16":        {"MSET" + strings.Repeat(" key:############ "+value64, 10), manyKeys, 16, 300_000, "strings", false},
	"mget10-p16":        {"MGET" + strings.Repeat(" key:############", 10), manyKeys, 16, 300_000, "strings", true},
	"mget100-p16":       {"MGET" + strings.Repeat(" key:############", 100), manyKeys, 16, 60_000, "strings", true},
	"set-ex-p16":        {"SET ttl:############ v EX 1000", manyKeys, 16, 2_000_000, "", false},
	"get4k-p16":         {"GET big:############", bigKeys, 16, 1_000_000, "big", true},
	"lpush-p16":         {"LPUSH mylist abc", manyKeys, 16, 2_000_000, "", false},
	"rpop-p16":          {"RPOP mylist", manyKeys, 16, 2_000_000, "", false},
	"lrange100-p16":     {"LRANGE list 0 99", manyKeys, 16, 200_000, "list", false},
	"sadd-p16":          {"SADD set element:############", manyKeys, 16, 2_000_000, "", false},
	"sismember-p16":     {"SISMEMBER set element:############", manyKeys, 16, 2_000_000, "", false},
	"hset-p16":          {"HSET hash field:############ 0123456789abcdef", manyKeys, 16, 2_000_000, "", false},
	"hget-p16":          {"HGET hash field:############", manyKeys, 16, 2_000_000, "", false},
	"hset-small-p16":    {"HSET small:############ name alice mail a@b.c", smallKeys, 16, 1_000_000, "", false},
	"hgetall-small-p16": {"HGETALL small:############", smallKeys, 16, 1_000_000, "", false},
	"zadd-p16":          {"ZADD zset ############ element:############", manyKeys, 16, 1_000_000, "", false},
	"zscore-p16":        {"ZSCORE zset element:############", manyKeys, 16, 1_000_000, "", false},
	"zrank-p16":         {"ZRANK zset element:############", manyKeys, 16, 1_000_000, "", false},
	"zrangebyscore-p16": {"ZRANGEBYSCORE zset ############ +inf LIMIT 0 10", manyKeys, 16, 500_000, "", false},
	"zrange100-p16":     {"ZRANGE zmix 1###00 1%%%99", manyKeys, 16, 200_000, "zmix", false},
	"zset-mix-p16": {"ZADD zmix ############ element:%%%%%%%%%%%% ; ZREM zmix element:############ ; ZRANK zmix element:############ ; ZRANGE zmix 1###00 1%%%99",
		manyKeys, 16, 400_000, "zmix", false},
	"xadd-p16":     {"XADD stream * field 0123456789abcdef", manyKeys, 16, 1_000_000, "", false},
	"xrange10-p16": {"XRANGE stream - + COUNT 10", manyKeys, 16, 300_000, "", false},
	"lcs-p1":       {"LCS lcs:############ lcs:000000000000", lcsKeys, 1, 60_000, "lcs", true},
}

var value64 = strings.Repeat("x", 64)

// dataSets load what cells read.
var dataSets = map[string]func(r *rig, s *server) error{
	"strings": func(r *rig, s *server) error { return fillKeys(s, "key:############", value64, r.opts.keys) },
	"big": func(r *rig, s *server) error {
		return fillKeys(s, "big:############", strings.Repeat("x", 4096), bigKeys)
	},
	"lcs":  fillLCS,
	"list": fillList,
	"zmix": func(r *rig, s *server) error {
		return fillWith(s, "ZADD zmix ############ element:%%%%%%%%%%%%", r.opts.keys)
	},
}

// fillKeys sets the keys 0 to n-1, all to one value.
func fillKeys(s *server, key, value string, n int64) error {
	src := &counting{}
	load := closedLoop{args: []string{"SET", key, value}, conns: 1, pipeline: 100, total: n,
		numbers: func(int) numbers { return src }}
	_, _, err := load.run(s.addr, func() {})
	return err
}

// fillWith sends a command n times, with 0, 1, 2, … for its numbers.
func fillWith(s *server, command string, n int64) error {
	src := &counting{}
	load := closedLoop{args: strings.Fields(command), conns: 1, pipeline: int(min(n, 100)), total: n,
		numbers: func(int) numbers { return src }}
	_, _, err := load.run(s.addr, func() {})
	return err
}

// fillLCS sets strings whose longest common subsequences are short of the whole:
// thirty times one number, a different one for each key.
func fillLCS(_ *rig, s *server) error {
	for i := range lcsKeys {
		value := strings.Repeat(fmt.Sprint(i*7919+104729), 30)
		if _, err := s.control.do("SET", fmt.Sprintf("lcs:%012d", i), value); err != nil {
			return err
		}
	}
	return nil
}

// fillList makes the list that is read.
func fillList(_ *rig, s *server) error {
	for range 1000 {
		if _, err := s.control.do("LPUSH", "list", "abc"); err != nil {
			return err
		}
	}
	return nil
}

// loop is the closed loop that l stands for.
func (r *rig) loop(l loadSpec) closedLoop {
	return closedLoop{args: strings.Fields(l.command), conns: speedConns, pipeline: l.pipeline,
		total: r.scaled(l.ops), numbers: random(cmp.Or(l.keys, r.opts.keys)), noNils: l.noNils}
}

// speed measures the CPU time of the servers per operation.
func speed(name string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		l := loads[name]
		servers, err := r.servers()
		if err != nil {
			return outcome{}, err
		}
		if l.needs != "" && !r.loaded[l.needs] {
			for _, s := range servers {
				if err := dataSets[l.needs](r, s); err != nil {
					return outcome{}, fmt.Errorf("%s: %w", s.name, err)
				}
			}
			r.loaded[l.needs] = true
		}
		var micros, rates [2][]float64
		err = inTurns(r.opts.rounds, func(who int) error {
			us, rate, err := cpuPerOp(servers[who], r.loop(l))
			micros[who], rates[who] = append(micros[who], us), append(rates[who], rate)
			return err
		})
		if err != nil {
			return outcome{}, err
		}
		out := outcome{peer: slices.Min(micros[peer]), ours: slices.Min(micros[ours])}
		peerRate, oursRate := slices.Max(rates[peer]), slices.Max(rates[ours])
		out.note = fmt.Sprintf("op/s %s, %s: ×%.2f", count(peerRate), count(oursRate), oursRate/peerRate)
		out.more = map[string]float64{"peer_ops_per_second": peerRate, "ours_ops_per_second": oursRate}
		return out, nil
	}
}

// cpuPerOp puts load on s and returns the CPU microseconds of s per operation
// and the operations per second.
func cpuPerOp(s *server, load closedLoop) (micros, rate float64, err error) {
	var before int64
	var beforeErr error
	ops, took, err := load.run(s.addr, func() { before, beforeErr = cpuNanos(s.pid) })
	if err == nil {
		err = beforeErr
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	after, err := cpuNanos(s.pid)
	return float64(after-before) / float64(ops) / 1000, float64(ops) / took.Seconds(), err
}

// threads compares operations per second with the server and the generator free
// on all cores: default settings against one thread.
func threads(name string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		if len(r.all) < 2 {
			return outcome{}, fmt.Errorf("needs two cores")
		}
		if err := pinSelf(r.all); err != nil {
			return outcome{}, err
		}
		defer pinSelf(r.client)
		out := outcome{}
		for who, many := range [2][]string{peer: {"--io-threads", "2"}, ours: nil} {
			ratio, err := r.speedup(who, many, loads[name])
			if err != nil {
				return outcome{}, err
			}
			*[2]*float64{&out.peer, &out.ours}[who] = ratio
		}
		return out, nil
	}
}

// speedup is the best rate of a server with args over that with --io-threads 1.
func (r *rig) speedup(who int, args []string, l loadSpec) (float64, error) {
	m := *r.makers[who]
	m.cores = r.all
	var best [2]float64 // with one thread, with args
	err := inTurns(r.opts.rounds, func(variant int) error {
		s, err := m.start([][]string{{"--io-threads", "1"}, args}[variant]...)
		if err != nil {
			return err
		}
		defer s.stop()
		if l.needs != "" {
			if err := dataSets[l.needs](r, s); err != nil {
				return err
			}
		}
		load := r.loop(l)
		ops, took, err := load.run(s.addr, func() {})
		if err != nil {
			return err
		}
		best[variant] = max(best[variant], float64(ops)/took.Seconds())
		return nil
	})
	return best[1] / best[0], err
}

// count writes a large number shortly.
func count(n float64) string {
	switch {
	case n >= 1e6:
		return fmt.Sprintf("%.2f M", n/1e6)
	case n >= 1e3:
		return fmt.Sprintf("%.0f k", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}
