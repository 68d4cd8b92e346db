package keyspace

import (
	"sigrun/internal/offheap"
	"sigrun/internal/value"
)

func (rawSaver) Ends(value.Object) (head, tail []byte) { return nil, nil }

func (rawSaver) Take(value.Saving, []byte, *offheap.Heap, int) bool { return true }

func (rawSaver) Parts(dst []byte, _ value.Saving, _ []byte) []byte { return dst }
