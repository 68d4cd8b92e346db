package compat

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// someStream makes a stream on server s: entries of various shapes in small
// blocks, some of them deleted, and groups that have read a part of it.
func someStream(s *testkit.Server, key string, seed uint64) {
	r := rng.New(seed)
	s.Do("CONFIG", "SET", "stream-node-max-entries", strconv.Itoa([]int{1, 3, 10, 100}[r.Uint64n(4)]))
	entries := int([]uint64{0, 1, 5, 50, 500}[r.Uint64n(5)])
	s.Do("XGROUP", "CREATE", key, "first", "0", "MKSTREAM")
	for i := range entries {
		args := []string{"XADD", key, fmt.Sprintf("%d-%d", 1+i/3, 1+i%3)}
		for f := range 1 + r.Uint64n(3) {
			args = append(args, "field"+strconv.FormatUint(f, 10), []string{"", "1", "-70000", "text", longText}[r.Uint64n(5)])
		}
		s.Do(args...)
	}
	for range entries / 5 {
		s.Do("XDEL", key, fmt.Sprintf("%d-%d", 1+r.Uint64n(uint64(entries/3+1)), 1+r.Uint64n(3)))
	}
	if r.Uint64n(2) == 0 {
		s.Do("XTRIM", key, "MAXLEN", strconv.Itoa(entries/2))
	}
	for g := range r.Uint64n(4) {
		group := "group" + strconv.FormatUint(g, 10)
		s.Do("XGROUP", "CREATE", key, group, strconv.FormatUint(r.Uint64n(uint64(entries+1)), 10))
		for c := range r.Uint64n(4) {
			name := "consumer" + strconv.FormatUint(c, 10)
			s.Do("XREADGROUP", "GROUP", group, name, "COUNT", strconv.FormatUint(1+r.Uint64n(40), 10), "STREAMS", key, ">")
			s.Do("XREADGROUP", "GROUP", group, name, "COUNT", "3", "STREAMS", key, "0")
		}
		s.Do("XACK", key, group, "1-1", "2-2", "7-1")
	}
}

// TestStreamDumps hands streams from one server to the other and wants the same
// payload back: blocks, counters, groups, pending entries and their times.
func TestStreamDumps(t *testing.T) {
	t.Parallel()
	p := startPair(t, testkit.StartSigrun)
	for seed := range uint64(60) {
		from, to := p.peer.server, p.ours.server
		if seed%2 == 1 {
			from, to = to, from
		}
		from.Do("FLUSHALL")
		to.Do("FLUSHALL")
		someStream(from, "k", seed)
		payload := from.Do("DUMP", "k")
		if reply := to.Do("RESTORE", "k", "0", payload.Text); reply.Text != "OK" {
			t.Fatalf("seed %d: %s", seed, reply)
		}
		for _, question := range [][]string{{"DUMP", "k"}, {"DEBUG", "DIGEST-VALUE", "k"}, {"XINFO", "STREAM", "k", "FULL", "COUNT", "0"}, {"XINFO", "STREAM", "k"}} {
			a, b := from.Do(question...), to.Do(question...)
			if !sameTree(a, b) {
				t.Errorf("seed %d: %v\n%.3000s\n%.3000s", seed, question, a, b)
			}
		}
	}
}

// TestStreamsRestart wants streams to be as they were after they went through a
// file.
func TestStreamsRestart(t *testing.T) {
	ours := testkit.StartSigrun(t)
	for seed := range uint64(20) {
		someStream(ours, "k"+strconv.FormatUint(seed, 10), seed)
	}
	look := func() (all string) {
		for seed := range uint64(20) {
			all += ours.Do("XINFO", "STREAM", "k"+strconv.FormatUint(seed, 10), "FULL", "COUNT", "0").String() + "\n"
		}
		return all
	}
	before := look()
	if reply := ours.Do("DEBUG", "RELOAD"); reply.Text != "OK" {
		t.Fatal(reply)
	}
	if after := look(); after != before {
		t.Errorf("after DEBUG RELOAD\n%.2000s\nbefore\n%.2000s", after, before)
	}
}

// TestStreamLog has each server load its own log again, and then wants both to
// have the same entries pending. Ours also has the same groups as before; the real
// server forgets consumers that got nothing.
func TestStreamLog(t *testing.T) {
	p := startPair(t, testkit.StartSigrun)
	const streams = 10
	groups := func(s *testkit.Server) (all string) {
		for seed := range uint64(streams) {
			all += s.Do("XINFO", "GROUPS", "k"+strconv.FormatUint(seed, 10)).String() + "\n"
		}
		return all
	}
	for _, s := range []*testkit.Server{p.peer.server, p.ours.server} {
		s.Do("CONFIG", "SET", "aof-use-rdb-preamble", "no")
		if reply := s.Do("CONFIG", "SET", "appendonly", "yes"); reply.Text != "OK" {
			t.Fatal(reply)
		}
		for seed := range uint64(streams) {
			someStream(s, "k"+strconv.FormatUint(seed, 10), seed)
		}
		digest, before := s.Do("DEBUG", "DIGEST").Text, groups(s)
		testkit.Eventually(t, 20*time.Second, func() bool { // not while the log is being rewritten
			return s.Do("DEBUG", "LOADAOF").Text == "OK"
		}, "the log is not loaded")
		if after := s.Do("DEBUG", "DIGEST").Text; after != digest {
			t.Errorf("digest %s after loading the log, %s before", after, digest)
		}
		if after := groups(s); s == p.ours.server && after != before {
			t.Errorf("groups after loading the log\n%s\nbefore\n%s", after, before)
		}
	}
	for seed := range uint64(streams) {
		for _, group := range []string{"first", "group0", "group1", "group2"} {
			args := []string{"XPENDING", "k" + strconv.FormatUint(seed, 10), group}
			if a, b := p.peer.server.Do(args...), p.ours.server.Do(args...); !sameTree(a, b) {
				t.Errorf("%v\n%s\n%s", args, a, b)
			}
		}
	}
}

// TestStreamBlocks drives streams of small blocks and wants the same bytes of
// both servers: what is trimmed, and what deleted entries leave behind, hangs on
// the blocks.
func TestStreamBlocks(t *testing.T) {
	t.Parallel()
	d := startDuo(t)
	for seed := range uint64(60) {
		r := rng.New(seed)
		n := func(limit int) string { return strconv.FormatUint(r.Uint64n(uint64(limit)), 10) }
		d.queue("FLUSHALL")
		d.queue("CONFIG", "SET", "stream-node-max-entries", []string{"1", "3", "10", "0"}[seed%4])
		d.queue("CONFIG", "SET", "stream-node-max-bytes", []string{"4096", "100", "0"}[seed%3])
		last := 0
		for range 120 {
			switch r.Uint64n(8) {
			case 0:
				d.queue("XDEL", "s", n(last+1)+"-1", n(last+1)+"-1", n(last+1)+"-1")
			case 1:
				d.queue("XTRIM", "s", "MAXLEN", []string{"=", "~"}[r.Uint64n(2)], n(40))
			case 2:
				d.queue("XTRIM", "s", "MINID", []string{"=", "~"}[r.Uint64n(2)], n(last+1))
			case 3:
				d.queue("XTRIM", "s", []string{"MAXLEN", "MINID"}[r.Uint64n(2)], "~", n(last+1), "LIMIT", n(12))
			case 4:
				last++
				d.queue("XADD", "s", "MAXLEN", []string{"=", "~"}[r.Uint64n(2)], n(40), strconv.Itoa(last)+"-1", "f", n(1000))
			default:
				for range r.Uint64n(12) {
					last += 1 + int(r.Uint64n(3))
					args := []string{"XADD", "s", strconv.Itoa(last) + "-1"}
					for i := range 1 + r.Uint64n(2) {
						args = append(args, "f"+strconv.FormatUint(i+r.Uint64n(2), 10), longText[:r.Uint64n(40)])
					}
					d.queue(args...)
				}
			}
			d.queue("DUMP", "s")
			d.queue("XINFO", "STREAM", "s")
		}
		d.sameQueue()
	}
}
