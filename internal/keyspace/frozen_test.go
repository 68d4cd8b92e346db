package keyspace

import (
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

func (rawSaver) Ends(value.Object) (head, tail []byte) { return nil, nil }

func (rawSaver) Parts(dst []byte, _ value.Saving, _ []byte, _ *offheap.Heap, _ int) ([]byte, bool) {
	return dst, true
}
