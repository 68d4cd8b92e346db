package main

import (
	"fmt"
	"strconv"
	"strings"
)

// growthSizes are the numbers of elements at which the cost of a command is
// measured.
var growthSizes = [...]int64{1_000, 100_000, 10_000_000}

const growthOps = 100_000

// growthSets are the commands that fill a value, or the keyspace, for a group of
// cells. Numbers count from 0.
var growthSets = map[string]string{
	"keys":   "SET key:############ value",
	"list":   "RPUSH list element:############",
	"set":    "SADD set member:############",
	"hash":   "HSET hash field:############ value:%%%%%%",
	"zset":   "ZADD zset ############ member:%%%%%%%%%%%%",
	"stream": "XADD stream 1############-0 field value:%%%%%%",
	"geo":    "GEOADD geo 1.######## 4.%%%%%%%% place:%%%%%%%%%%%%",
}

// growthLoads are what is measured in each, one class of cost each. Numbers are
// drawn below the size; {rank} is one without leading zeros, and {same} that once
// more. None is of a kind that has to go through all elements.
var growthLoads = map[string]string{
	"keys-get":         "GET key:############",
	"keys-del-set":     "DEL key:############ ; SET key:%%%%%%%%%%%% value",
	"keys-expire":      "EXPIRE key:############ 100000 ; PERSIST key:%%%%%%%%%%%%",
	"keys-random":      "RANDOMKEY",
	"keys-scan":        "SCAN ############ COUNT 10",
	"list-push-pop":    "LPUSH list x ; RPOP list",
	"list-index":       "LINDEX list {rank}",
	"list-set":         "LSET list {rank} element",
	"list-range":       "LRANGE list -20 -10",
	"list-move":        "LMOVE list list LEFT RIGHT",
	"list-rename":      "RENAME list other ; RENAME other list",
	"set-add-rem":      "SREM set member:############ ; SADD set member:%%%%%%%%%%%%",
	"set-ismember":     "SISMEMBER set member:############",
	"set-random":       "SRANDMEMBER set 5",
	"set-pop-add":      "SPOP set ; SADD set member:############",
	"set-scan":         "SSCAN set ############ COUNT 10",
	"set-inter":        "SADD few member:############ ; SINTERCARD 2 set few LIMIT 5 ; DEL few",
	"hash-set":         "HSET hash field:############ other",
	"hash-get":         "HGET hash field:############",
	"hash-del-set":     "HDEL hash field:############ ; HSET hash field:%%%%%%%%%%%% value",
	"hash-random":      "HRANDFIELD hash 5",
	"hash-scan":        "HSCAN hash ############ COUNT 10",
	"hash-expire":      "HEXPIRE hash 100000 FIELDS 1 field:############ ; HPERSIST hash FIELDS 1 field:%%%%%%%%%%%%",
	"zset-add-rem":     "ZREM zset member:############ ; ZADD zset %%%%%%%%%%%% member:%%%%%%%%%%%%",
	"zset-rank":        "ZRANK zset member:############",
	"zset-score":       "ZSCORE zset member:############",
	"zset-range":       "ZRANGE zset {rank} {same}",
	"zset-by-score":    "ZRANGEBYSCORE zset ############ +inf LIMIT 0 10",
	"zset-count":       "ZCOUNT zset ############ +inf",
	"zset-offset":      "ZRANGEBYSCORE zset -inf +inf LIMIT {rank} 10",
	"zset-pop-add":     "ZPOPMIN zset ; ZADD zset ############ member:%%%%%%%%%%%%",
	"zset-incr":        "ZINCRBY zset 1000 member:############",
	"zset-random":      "ZRANDMEMBER zset 5",
	"zset-rem-by-rank": "ZREMRANGEBYRANK zset {rank} {same} ; ZADD zset ############ member:%%%%%%%%%%%%",
	"stream-add-trim":  "XADD stream * field value ; XTRIM stream MAXLEN ~ 10000000",
	"stream-range":     "XRANGE stream 1############ + COUNT 10",
	"stream-reverse":   "XREVRANGE stream + - COUNT 10",
	"stream-read":      "XREAD COUNT 10 STREAMS stream 1############-0",
	"stream-del":       "XDEL stream 1############-0",
	"geo-search":       "GEOSEARCH geo FROMMEMBER place:############ BYRADIUS 1 m COUNT 3 ANY",
	"geo-pos":          "GEOPOS geo place:############",
}

// growthLoad is a command of growthLoads for n elements.
func growthLoad(name string, n int64) []string {
	rank, same := "0", "0"
	if digits := len(strconv.FormatInt(n, 10)); digits > 1 {
		rank, same = "1"+strings.Repeat("#", digits-2), "1"+strings.Repeat("%", digits-2)
	}
	return strings.Fields(strings.NewReplacer("{rank}", rank, "{same}", same).Replace(growthLoads[name]))
}

// grownPair is both servers with a value of one size.
type grownPair [2]*server

// grown returns pairs of servers that hold the set, one of each size. They stay up
// for the cells that follow and need the same.
func (r *rig) grown(set string) ([]grownPair, error) {
	if r.grownSet == set {
		return r.grownPairs, nil
	}
	r.dropGrown()
	r.grownSet = set
	for _, size := range growthSizes {
		r.grownPairs = append(r.grownPairs, grownPair{})
		pair := &r.grownPairs[len(r.grownPairs)-1]
		for who, m := range r.makers {
			s, err := m.start()
			if err != nil {
				return nil, err
			}
			pair[who] = s
			if err := fillWith(s, growthSets[set], r.scaled(size)); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	return r.grownPairs, nil
}

func (r *rig) dropGrown() {
	for _, pair := range r.grownPairs {
		for _, s := range pair {
			if s != nil {
				s.stop()
			}
		}
	}
	r.grownPairs, r.grownSet = nil, ""
}

// growth is the CPU time that a command takes where there are most elements; the
// note says what it takes where there are fewer, and how much more that is.
func growth(name string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		set, _, _ := strings.Cut(name, "-")
		pairs, err := r.grown(set)
		if err != nil {
			r.dropGrown()
			return outcome{}, err
		}
		var costs [2][len(growthSizes)]float64
		more := map[string]float64{}
		for i, size := range growthSizes {
			n := r.scaled(size)
			load := closedLoop{args: growthLoad(name, n), conns: 1, pipeline: 48, total: r.scaled(growthOps), numbers: random(n)}
			for who, s := range pairs[i] {
				micros, _, err := cpuPerOp(s, load)
				if err != nil {
					r.dropGrown() // a server may be gone
					return outcome{}, err
				}
				costs[who][i] = micros
				more[fmt.Sprintf("%s_us_at_%d", [2]string{peer: "peer", ours: "ours"}[who], n)] = micros
			}
		}
		return outcome{peer: costs[peer][len(growthSizes)-1], ours: costs[ours][len(growthSizes)-1],
			note: growthNote(costs[peer][:]) + "; " + growthNote(costs[ours][:]), more: more}, nil
	}
}

// growthNote is the row of costs, and the last one as a multiple of the first.
func growthNote(costs []float64) string {
	var row []string
	for _, c := range costs {
		row = append(row, number(c))
	}
	return fmt.Sprintf("%s (×%.1f)", strings.Join(row, " → "), costs[len(costs)-1]/costs[0])
}
