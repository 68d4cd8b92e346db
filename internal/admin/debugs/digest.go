package debugs

import (
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"

	"sigrun/internal/keyspace"
	"sigrun/internal/value"
)

// digest is the signature of data that DEBUG DIGEST answers, the same bytes as
// Valkey's for the same data. It is put together in two ways: add is
// commutative, for parts in any order, mix is not.
type digest [sha1.Size]byte

// add mixes in b so that the order of calls doesn't matter.
func (d *digest) add(b []byte) {
	sum := sha1.Sum(b)
	for i := range d {
		d[i] ^= sum[i]
	}
}

// mix mixes in b so that the order of calls matters.
func (d *digest) mix(b []byte) {
	d.add(b)
	*d = sha1.Sum(d[:])
}

// mixInt mixes in n as four bytes, the highest first.
func (d *digest) mixInt(n uint32) { d.mix(binary.BigEndian.AppendUint32(nil, n)) }

func (d *digest) String() string { return hex.EncodeToString(d[:]) }

// Part implements value.Digester.
func (d *digest) Part(b []byte) { d.mix(b) }

// Unordered implements value.Digester.
func (d *digest) Unordered(parts ...[]byte) {
	if len(parts) == 1 {
		d.add(parts[0])
		return
	}
	var element digest
	for _, p := range parts {
		element.mix(p)
	}
	d.add(element[:])
}

// typeNumbers are Valkey's numbers of the types, by the names that TYPE answers.
var typeNumbers = map[string]uint32{"string": 0, "list": 1, "set": 2, "zset": 3, "hash": 4, "stream": 6}

// expiryMark is mixed into the digest of a key that has an expiry, whichever.
var expiryMark = []byte("!!expire!!")

// mixObject mixes in the value of a key.
func (d *digest) mixObject(o value.Object) {
	class := o.Class()
	d.mixInt(typeNumbers[class.Name])
	class.Digest(d, o)
	if o.Rec.HasExpiry() {
		d.add(expiryMark)
	}
}

// digestAll is the digest of all databases. t has entered all shards.
func digestAll(t *keyspace.Txn) *digest {
	var all digest
	here := t.DB()
	for _, db := range t.Keyspace().InUse() {
		t.Select(db)
		if t.Len() == 0 {
			continue
		}
		all.mixInt(uint32(db))
		t.Each(func(o value.Object) {
			var key digest
			key.mix(o.Rec.Key())
			key.mixObject(o)
			all.add(key[:])
		})
	}
	t.Select(here)
	return &all
}

// digestValue is the digest of the value of k alone; zeros if there is none.
func digestValue(t *keyspace.Txn, k keyspace.Key) *digest {
	var d digest
	if o, ok := t.Stored(k); ok {
		d.mixObject(o)
	}
	return &d
}
