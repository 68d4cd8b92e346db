package compat

import (
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

// duo is a pair of servers that are asked the same.
type duo struct {
	t *testing.T
	*pair
}

// same asks both servers and wants the same reply, but for the order of sets.
func (d *duo) same(args ...string) testkit.Reply {
	d.t.Helper()
	peer, ours := d.peer.server.Do(args...), d.ours.server.Do(args...)
	if !agree(args, peer, ours) {
		d.t.Fatalf("%.200s\n%s", showArgs(args), showBoth(testkit.Outcome{Reply: peer}, testkit.Outcome{Reply: ours}))
	}
	return ours
}

// integersFrom are n integers in decimal from first on.
func integersFrom(first, n int) (all []string) {
	for i := range n {
		all = append(all, strconv.Itoa(first+i))
	}
	return all
}

// randomMembers are some members: a run of integers, or a few texts.
func randomMembers(r *rng.Source) []string {
	if r.Uint64n(3) > 0 {
		n := []int{1, 2, 5, 60, 130, 300}[r.Uint64n(6)]
		first := []int{0, 0, 100, -50, 32700, 1 << 31, 1 << 40}[r.Uint64n(7)]
		return integersFrom(first, n)
	}
	var all []string
	for range 1 + r.Uint64n(4) {
		n := []int{1, 2, 5, 20, 64, 65}[r.Uint64n(6)]
		all = append(all, longText[r.Uint64n(16):][:n])
	}
	return all
}

// TestSetForms drives sets through their forms under several limits and wants
// the same ones at each step.
func TestSetForms(t *testing.T) {
	d := &duo{t, startPair(t, testkit.StartSigrun)}
	keys := []string{"a", "b", "c", "d"}
	for seed := range uint64(120) {
		r := rng.New(seed)
		d.same("FLUSHALL")
		for name, values := range map[string][]string{
			"set-max-intset-entries":   {"512", "512", "100", "5", "0"},
			"set-max-listpack-entries": {"128", "128", "200", "4", "0"},
			"set-max-listpack-value":   {"64", "64", "4", "1000"},
		} {
			d.same("CONFIG", "SET", name, values[seed%uint64(len(values))])
		}
		for range 60 {
			key := keys[r.Uint64n(4)]
			switch op := r.Uint64n(12); {
			case op < 5:
				d.same(append([]string{"SADD", key}, randomMembers(r)...)...)
			case op < 7:
				d.same(append([]string{"SREM", key}, randomMembers(r)...)...)
			case op == 7:
				d.same("SMOVE", key, keys[r.Uint64n(4)], randomMembers(r)[0])
			case op == 8:
				d.same("COPY", key, keys[r.Uint64n(4)], "REPLACE")
			default:
				store := []string{"SUNIONSTORE", "SINTERSTORE", "SDIFFSTORE"}[op-9]
				d.same(store, key, keys[r.Uint64n(4)], keys[r.Uint64n(4)], keys[r.Uint64n(4)])
			}
			for _, k := range keys {
				d.same("OBJECT", "ENCODING", k)
			}
		}
		d.same("DEBUG", "DIGEST")
		for _, k := range keys {
			exchange(d, k)
		}
	}
}

// exchange restores each server's dump of key on the other one.
func exchange(d *duo, key string) {
	d.t.Helper()
	peer, ours := d.peer.server.Do("DUMP", key), d.ours.server.Do("DUMP", key)
	if peer.Nil {
		return
	}
	for _, x := range []struct{ to, from, dump string }{{"ours", "peer", peer.Text}, {"peer", "ours", ours.Text}} {
		s := map[string]*side{"ours": d.ours, "peer": d.peer}[x.to]
		if r := s.server.Do("RESTORE", "restored", "0", x.dump, "REPLACE"); r.IsError() {
			d.t.Fatalf("%s does not take the dump of %s: %s", x.to, x.from, r)
		}
	}
	d.same("DEBUG", "DIGEST-VALUE", key, "restored")
	d.same("OBJECT", "ENCODING", "restored")
	d.same("DEL", "restored")
}

// TestPop compares what chance leaves alone: how many are popped, that they were
// there and are gone, and the form of what is left.
func TestPop(t *testing.T) {
	d := &duo{t, startPair(t, testkit.StartSigrun)}
	texts := make([]string, 700)
	for i := range texts {
		texts[i] = "member:" + strconv.Itoa(i)
	}
	for _, members := range [][]string{integersFrom(1, 3), integersFrom(1, 500), integersFrom(1, 600), texts[:3], texts[:100], texts} {
		n := len(members)
		for _, count := range []int{1, 2, n / 3, n - n/5, n - n/6 + 1, n - 1, n, n + 1} {
			d.same("DEL", "k")
			d.same(append([]string{"SADD", "k"}, members...)...)
			for _, s := range []*side{d.peer, d.ours} {
				popped := s.server.Do("SPOP", "k", strconv.Itoa(count)).Texts()
				left := s.server.Do("SMEMBERS", "k").Texts()
				all := slices.Sorted(slices.Values(append(popped, left...)))
				if want := slices.Sorted(slices.Values(members)); len(popped) != min(n, count) || !slices.Equal(all, want) {
					t.Fatalf("SPOP %d of %d: %d popped, %d left", count, n, len(popped), len(left))
				}
			}
			d.same("SCARD", "k")
			d.same("OBJECT", "ENCODING", "k")
		}
	}
}
