package compat

import (
	"strconv"
	"testing"

	"sigrun/internal/rng"
)

// randomPairs are some fields with values: a run of numbers, or a few texts.
func randomPairs(r *rng.Source) []string {
	n := []int{1, 2, 5, 20, 100, 300}[r.Uint64n(6)]
	size := []int{0, 1, 5, 20, 64, 65}[r.Uint64n(6)]
	first := int(r.Uint64n(400))
	var all []string
	for i := range n {
		all = append(all, strconv.Itoa(first+i), longText[r.Uint64n(16):][:size])
	}
	return all
}

// randomFields are the fields of randomPairs, as a command names them at its end.
func randomFields(r *rng.Source) []string {
	all := []string{"FIELDS", ""}
	for i, s := range randomPairs(r) {
		if i%2 == 0 {
			all = append(all, s)
		}
	}
	all[1] = strconv.Itoa(len(all) - 2)
	return all
}

// TestHashForms drives hashes through their forms under several limits and wants
// the same ones at each step, with the same fields and expiries.
func TestHashForms(t *testing.T) {
	t.Parallel()
	d := startDuo(t)
	keys := []string{"a", "b", "c", "d"}
	for seed := range uint64(40) {
		r := rng.New(seed)
		d.queue("FLUSHALL")
		for name, values := range map[string][]string{
			"hash-max-listpack-entries": {"512", "512", "100", "5", "0"},
			"hash-max-listpack-value":   {"64", "64", "4", "1000"},
		} {
			d.queue("CONFIG", "SET", name, values[seed%uint64(len(values))])
		}
		for range 60 {
			key := keys[r.Uint64n(4)]
			at := []string{"99999999999999", "99999999999998", "1"}[r.Uint64n(3)]
			switch r.Uint64n(14) {
			case 0, 1, 2, 3:
				d.queue(append([]string{"HSET", key}, randomPairs(r)...)...)
			case 4, 5:
				d.queue(append([]string{"HDEL", key}, randomPairs(r)...)...)
			case 6:
				d.queue("COPY", key, keys[r.Uint64n(4)], "REPLACE")
			case 7:
				d.queue("RENAME", key, keys[r.Uint64n(4)])
			case 8:
				d.queue(append([]string{"HPEXPIREAT", key, at}, randomFields(r)...)...)
			case 9:
				d.queue(append([]string{"HPERSIST", key}, randomFields(r)...)...)
			case 10:
				d.queue(append([]string{"HGETEX", key, "PXAT", at}, randomFields(r)...)...)
			case 11:
				d.queue(append([]string{"HGETDEL", key}, randomFields(r)...)...)
			case 12:
				d.queue("HINCRBY", key, strconv.Itoa(int(r.Uint64n(400))), "1")
			default:
				pairs := randomPairs(r)
				line := []string{"HSETEX", key, "PXAT", at, "FIELDS", strconv.Itoa(len(pairs) / 2)}
				d.queue(append(line, pairs...)...)
			}
			for _, key := range keys {
				d.queue("OBJECT", "ENCODING", key)
				d.queue("HLEN", key)
				d.queue("DEBUG", "DIGEST-VALUE", key)
			}
			d.queue(append([]string{"HPEXPIRETIME", key}, randomFields(r)...)...)
		}
		if seed%10 == 0 {
			d.queue("DEBUG", "RELOAD")
			d.queue("DEBUG", "DIGEST")
			for _, key := range keys {
				d.queue("OBJECT", "ENCODING", key)
			}
		}
		d.sameQueue()
		for _, key := range keys {
			exchange(d, key)
		}
	}
}

// TestHashScan compares whole scans, which must find every field once at least.
func TestHashScan(t *testing.T) {
	d := startDuo(t)
	for _, n := range []int{1, 100, 512, 513, 3000} {
		line := []string{"HSET", "h"}
		for i := range n {
			line = append(line, "field:"+strconv.Itoa(i), strconv.Itoa(i))
		}
		d.same("DEL", "h")
		d.same(line...)
		for _, options := range [][]string{{}, {"COUNT", "1"}, {"COUNT", "1000"}, {"MATCH", "field:*1"}, {"NOVALUES", "COUNT", "50"}} {
			peer, ours := scanned(d.peer, options), scanned(d.ours, options)
			if len(peer) != len(ours) {
				t.Errorf("%d fields, %v: %d were found, not %d", n, options, len(ours), len(peer))
			}
			for field := range peer {
				if !ours[field] {
					t.Errorf("%d fields, %v: %s was not found", n, options, field)
				}
			}
		}
	}
}

// scanned is what a whole scan of the hash h finds.
func scanned(s *side, options []string) map[string]bool {
	found := map[string]bool{}
	for cursor := "0"; ; {
		reply := s.server.Do(append([]string{"HSCAN", "h", cursor}, options...)...)
		for _, e := range reply.Elems[1].Texts() {
			found[e] = true
		}
		if cursor = reply.Elems[0].Text; cursor == "0" {
			return found
		}
	}
}
