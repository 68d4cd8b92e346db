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
	clients [2]*testkit.Client // of peer and ours
	calls   [][]string         // see queue
}

func startDuo(t *testing.T) *duo {
	d := &duo{t: t, pair: startPair(t, testkit.StartSigrun)}
	for i, s := range []*side{d.peer, d.ours} {
		d.clients[i] = s.server.Dial(t)
	}
	return d
}

// same asks both servers and wants the same reply, but for what rules and
// differences allow.
func (d *duo) same(args ...string) testkit.Reply {
	d.t.Helper()
	peer, ours := d.both(args...)
	if !agree(args, peer, ours) {
		d.t.Fatalf("%.200s\n%s", showArgs(args), showBoth(testkit.Outcome{Reply: peer}, testkit.Outcome{Reply: ours}))
	}
	return ours
}

// queue adds a call to those that sameQueue makes.
func (d *duo) queue(args ...string) { d.calls = append(d.calls, args) }

// sameQueue is same of all calls that wait in the queue, many in one write.
func (d *duo) sameQueue() {
	d.t.Helper()
	peer, ours := d.clients[0].Pipeline(d.calls...), d.clients[1].Pipeline(d.calls...)
	for i, args := range d.calls {
		if !agree(args, peer[i], ours[i]) {
			d.t.Fatalf("call %d: %.200s\n%s", i, showArgs(args), showBoth(testkit.Outcome{Reply: peer[i]}, testkit.Outcome{Reply: ours[i]}))
		}
	}
	d.calls = d.calls[:0]
}

// both asks both servers at the same time.
func (d *duo) both(args ...string) (peer, ours testkit.Reply) {
	d.t.Helper()
	for _, c := range d.clients {
		c.Send(args...)
	}
	var replies [2]testkit.Reply
	for i, c := range d.clients {
		reply, err := c.Receive()
		if err != nil {
			d.t.Fatalf("%.200s: %v", showArgs(args), err)
		}
		replies[i] = reply
	}
	return replies[0], replies[1]
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

// TestSetLimits fills sets whose integers outgrow an intset before they would
// outgrow a listpack, and wants the form that the real server gives them.
func TestSetLimits(t *testing.T) {
	d := startDuo(t)
	d.queue("CONFIG", "SET", "set-max-intset-entries", "100")
	d.queue("CONFIG", "SET", "set-max-listpack-entries", "200")
	for _, textAt := range []int{0, 1, 50, 99, 100, 101, 199, 200, 250} {
		d.queue("DEL", "k")
		for i := range 250 {
			if i == textAt {
				d.queue("SADD", "k", "text")
			}
			d.queue("SADD", "k", strconv.Itoa(i))
			d.queue("OBJECT", "ENCODING", "k")
		}
	}
	d.sameQueue()
}

// TestSetForms drives sets through their forms under several limits and wants
// the same ones at each step.
func TestSetForms(t *testing.T) {
	t.Parallel()
	d := startDuo(t)
	keys := []string{"a", "b", "c", "d"}
	for seed := range uint64(120) {
		r := rng.New(seed)
		d.queue("FLUSHALL")
		// No fewer integers in an intset than members in a listpack: or the form of
		// what is stored from a hash table hangs on where the first text lies in it.
		for name, values := range map[string][]string{
			"set-max-intset-entries":   {"512", "512", "200", "5", "0"},
			"set-max-listpack-entries": {"128", "128", "200", "4", "0"},
			"set-max-listpack-value":   {"64", "64", "4", "1000"},
		} {
			d.queue("CONFIG", "SET", name, values[seed%uint64(len(values))])
		}
		for range 60 {
			key := keys[r.Uint64n(4)]
			switch op := r.Uint64n(12); {
			case op < 5:
				d.queue(append([]string{"SADD", key}, randomMembers(r)...)...)
			case op < 7:
				d.queue(append([]string{"SREM", key}, randomMembers(r)...)...)
			case op == 7:
				d.queue("SMOVE", key, keys[r.Uint64n(4)], randomMembers(r)[0])
			case op == 8:
				d.queue("COPY", key, keys[r.Uint64n(4)], "REPLACE")
			default:
				store := []string{"SUNIONSTORE", "SINTERSTORE", "SDIFFSTORE"}[op-9]
				d.queue(store, key, keys[r.Uint64n(4)], keys[r.Uint64n(4)], keys[r.Uint64n(4)])
			}
			for _, k := range keys {
				d.queue("OBJECT", "ENCODING", k)
			}
		}
		d.queue("DEBUG", "DIGEST")
		d.sameQueue()
		for _, k := range keys {
			exchange(d, k)
		}
	}
}

// exchange restores each server's dump of key on the other one.
func exchange(d *duo, key string) {
	d.t.Helper()
	peer, ours := d.both("DUMP", key)
	if peer.Nil {
		return
	}
	for i, dump := range []string{ours.Text, peer.Text} {
		if r := d.clients[i].Do("RESTORE", "restored", "0", dump, "REPLACE"); r.IsError() {
			d.t.Fatalf("%s does not take the other's dump: %s", []string{"valkey", "sigrun"}[i], r)
		}
	}
	d.same("DEBUG", "DIGEST-VALUE", key, "restored")
	d.same("OBJECT", "ENCODING", "restored")
	d.same("DEL", "restored")
}

// TestPop compares what chance leaves alone: how many are popped, that they were
// there and are gone, and the form of what is left.
func TestPop(t *testing.T) {
	d := startDuo(t)
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
