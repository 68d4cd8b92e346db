package vfs

import (
	"bytes"
	"sort"

	"sigrun/internal/rng"
)

// CrashClone returns what a machine could find on its disk if its power were
// cut now; chance chooses among the possibilities. m goes on unharmed.
//
// Synced bytes and directory entries are always there. Of a directory's later
// edits some first part is there. Of a file that only grew since its Sync, the
// synced bytes and some part of the rest are there, of a file rewritten
// otherwise either the synced bytes or the present ones. A file whose entry is
// lost is lost with all its synced bytes.
func (m *Mem) CrashClone(chance *rng.Source) *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	chosen := m.closure(m.lastKept(chance))
	kept := map[*memNode]map[string]*memNode{}
	for i, e := range m.journal {
		if !chosen[i] {
			continue
		}
		for _, s := range e {
			if s.dir == nil {
				continue
			}
			if kept[s.dir] == nil {
				kept[s.dir] = copyEntries(s.dir.durable)
			}
			s.put(kept[s.dir])
		}
	}
	c := cloner{chance: chance, kept: kept, done: map[*memNode]*memNode{}}
	return &Mem{root: c.clone(m.root)}
}

// lastKept chooses for each directory the last of its edits that survives, and
// returns a function that tells whether edit i is one of them. REQUIRES: m.mu.
func (m *Mem) lastKept(chance *rng.Source) func(i int) bool {
	edits := map[*memNode][]int{}
	var order []*memNode // maps iterate in no fixed order; a seed must give one result
	for i, e := range m.journal {
		for _, s := range e {
			if s.dir == nil {
				continue
			}
			if edits[s.dir] == nil {
				order = append(order, s.dir)
			}
			edits[s.dir] = append(edits[s.dir], i)
		}
	}
	last := map[int]bool{}
	for _, dir := range order {
		list := edits[dir]
		if n := int(chance.Uint64n(uint64(len(list) + 1))); n > 0 {
			last[list[n-1]] = true
		}
	}
	return func(i int) bool { return last[i] }
}

// cloner copies the nodes that survive a crash.
type cloner struct {
	chance *rng.Source
	kept   map[*memNode]map[string]*memNode // surviving entries where they differ from the durable ones
	done   map[*memNode]*memNode
}

func (c *cloner) clone(n *memNode) *memNode {
	if d := c.done[n]; d != nil {
		return d
	}
	d := &memNode{dir: n.dir, mode: n.mode}
	c.done[n] = d
	if !n.dir {
		d.data = c.survivingData(n)
		d.synced = append([]byte(nil), d.data...)
		return d
	}
	entries := n.durable
	if k, ok := c.kept[n]; ok {
		entries = k
	}
	d.entries = map[string]*memNode{}
	for _, name := range sortedNames(entries) {
		d.entries[name] = c.clone(entries[name])
	}
	d.durable = copyEntries(d.entries)
	return d
}

// survivingData returns a fresh copy of the bytes of n that the crash left.
func (c *cloner) survivingData(n *memNode) []byte {
	if bytes.HasPrefix(n.data, n.synced) {
		more := uint64(len(n.data) - len(n.synced))
		keep := uint64(len(n.synced)) + c.chance.Uint64n(more+1)
		return append([]byte(nil), n.data[:keep]...)
	}
	if c.chance.Uint64n(2) == 0 {
		return append([]byte(nil), n.synced...)
	}
	return append([]byte(nil), n.data...)
}

// Clone returns an independent copy of m as it is now, all of it durable: what
// is left after the process, but not the machine, has died.
func (m *Mem) Clone() *Mem {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &Mem{root: m.root.copyAll()}
}

func (n *memNode) copyAll() *memNode {
	d := &memNode{dir: n.dir, mode: n.mode}
	if !n.dir {
		d.data = append([]byte(nil), n.data...)
		d.synced = append([]byte(nil), n.data...)
		return d
	}
	d.entries = map[string]*memNode{}
	for name, e := range n.entries {
		d.entries[name] = e.copyAll()
	}
	d.durable = copyEntries(d.entries)
	return d
}

func copyEntries(m map[string]*memNode) map[string]*memNode {
	out := make(map[string]*memNode, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

func sortedNames(m map[string]*memNode) []string {
	out := make([]string, 0, len(m))
	for name := range m {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
