package sorting

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

// builder makes a list of many elements. They gather in a listpack, which becomes
// the list, or a node of it when it is full.
type builder struct {
	heap   *offheap.Heap
	limits *value.Limits
	pack   []byte
	quick  quicklist.List // if long
	long   bool
}

// add appends e to the list.
func (b *builder) add(e listpack.Entry) {
	n := listpack.EntryLen(e)
	if b.full(n) {
		b.flush()
		if !e.IsInt && b.full(n) {
			b.quick.PushBack(e.Bytes)
			return
		}
	}
	if e.IsInt {
		b.pack = listpack.AppendInt(b.pack, e.Int)
	} else {
		b.pack = listpack.Append(b.pack, e.Bytes)
	}
}

// full reports whether the listpack has no room for n bytes more.
func (b *builder) full(n int) bool {
	return quicklist.Exceeds(b.limits.ListSize, listpack.Bytes(b.pack)+n, listpack.Len(b.pack)+1)
}

// flush makes the listpack a node of the list, and empties it.
func (b *builder) flush() {
	if !b.long {
		b.long, b.quick = true, quicklist.New(b.heap, b.limits.ListSize, b.limits.ListCompress)
	}
	if !listpack.Empty(b.pack) {
		b.quick.AppendPack(b.pack)
		b.pack = listpack.AppendEmpty(b.pack[:0])
	}
}

// finish returns the list, as a record holds it.
func (b *builder) finish() (dict.Kind, uint64) {
	if !b.long {
		return value.KindListPack, value.PutPack(b.heap, 0, b.pack)
	}
	b.flush()
	return value.KindList, uint64(b.quick.Ref())
}
