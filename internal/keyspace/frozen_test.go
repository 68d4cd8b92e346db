package keyspace

import (
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

func (rawSaver) Contiguous() bool { return true }

func (rawSaver) Ends(value.Object, int) (head, tail []byte, typ byte) { return nil, nil, 0 }

func (rawSaver) Elements(dst, _ []byte, _ *value.Elements, _ *offheap.Heap, _ []offheap.Ref, _ byte) []byte {
	return dst
}

func (rawSaver) Take(value.Saving, []byte, *offheap.Heap, int) bool { return true }

func (rawSaver) Parts(dst []byte, _ value.Saving, _ []byte) []byte { return dst }
