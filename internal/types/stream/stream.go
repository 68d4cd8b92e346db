// Package stream makes streams values: how they are freed, copied, counted,
// digested, saved and loaded. What they are made of is the business of ds/stream;
// the record of a key holds the ref of a stream's root.
package stream

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// Name is what TYPE answers.
const Name = "stream"

func init() {
	value.Register(&value.Class{
		Name:           Name,
		Encoding:       func(value.Object) string { return Name },
		Free:           func(o value.Object) { ds.Free(o.Heap, offheap.Ref(o.Rec.Word())) },
		Effort:         func(o value.Object) int { return Of(o).Bytes() / blockBytes },
		FreeSome:       freeSome,
		Outside:        func(o value.Object) int { return Of(o).Bytes() },
		Copy:           copyStream,
		RDBType:        func(value.Object) byte { return rdb.TypeStream3 },
		AppendRDB:      appendRDB,
		AppendCommands: appendCommands,
		Digest:         digest,
		Freeze:         freeze,
	}, value.KindStream)
	value.RegisterLoader(rdb.TypeStream, loader(1))
	value.RegisterLoader(rdb.TypeStream2, loader(2))
	value.RegisterLoader(rdb.TypeStream3, loader(3))
	value.RegisterLoader(rdb.TypeRedisStream4, loader(4))
	value.RegisterLoader(rdb.TypeRedisStream5, loader(5))
}

// blockBytes is about what a block of a large stream has.
const blockBytes = 2 << 10

// Of is a view of the stream that o is.
func Of(o value.Object) ds.Stream { return ds.Open(o.Heap, offheap.Ref(o.Rec.Word())) }

func freeSome(h *offheap.Heap, _ dict.Kind, word uint64, n int) (rest uint64, done bool) {
	return word, ds.FreeSome(h, offheap.Ref(word), n)
}

func copyStream(h *offheap.Heap, dst []byte, o value.Object) {
	dict.PutWord(dst, uint64(Of(o).Copy(h)))
}

// digest tells the entries; groups are no part of it.
func digest(d value.Digester, o value.Object) {
	var buf []byte
	part := func(e listpack.Entry) {
		buf = listpack.AppendText(buf[:0], e)
		d.Part(buf)
	}
	for it := Of(o).Range(ds.ID{}, ds.MaxID, false); it.Next(); {
		id := it.ID()
		buf = num.AppendUint(append(num.AppendUint(buf[:0], id.Ms), '.'), id.Seq)
		d.Part(buf)
		for range it.Pairs() {
			field, value := it.Pair()
			part(field)
			part(value)
		}
	}
}
