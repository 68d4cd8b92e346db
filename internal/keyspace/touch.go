package keyspace

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
)

// TouchPart starts loading what a command about a part of k's value will look at
// there: the bucket of the part in the table of a large value (a field of a hash, a
// member of a set), to be followed by TouchRecord; of another value its first
// block. It does nothing while somebody else is in the shard. The caller holds its gate and has no shard entered; the record of k
// should be on its way already.
func (ks *Keyspace) TouchPart(db int, k Key, part []byte) (p Place) {
	_, sh := ks.shardOf(k.Hash)
	if !sh.mu.TryLock() {
		return p
	}
	defer sh.mu.Unlock()
	var pos dict.Pos
	if db >= nearDatabases || !sh.tables[db].d.Find(sh.heap, k.Hash, k.B, &pos) {
		return p
	}
	o := sh.object(pos.Ref())
	if o.Rec.Kind() <= dict.KindBlob {
		return p
	}
	if d := o.Table(); d != nil {
		p.at, p.tag = d.Touch(sh.heap, dict.Hash(part))
		return p
	}
	offheap.PrefetchPair(sh.heap.Ptr(offheap.Ref(o.Rec.Word())))
	return p
}
