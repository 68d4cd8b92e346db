package config

import (
	"math"

	values "sigrun/internal/value"
)

// Limits are the settings about the forms of values.
func (s *Store) Limits() *values.Limits {
	n := func(id ID) int { return int(min(s.Int(id), math.MaxInt)) }
	return &values.Limits{
		ListSize:     n(ListMaxListpackSize),
		ListCompress: n(ListCompressDepth),
		HashEntries:  n(HashMaxListpackEntries),
		HashValue:    n(HashMaxListpackValue),
		SetInts:      n(SetMaxIntsetEntries),
		SetEntries:   n(SetMaxListpackEntries),
		SetValue:     n(SetMaxListpackValue),
		ZSetEntries:  n(ZSetMaxListpackEntries),
		ZSetValue:    n(ZSetMaxListpackValue),
		StreamBytes:  n(StreamNodeMaxBytes),
		StreamNodes:  n(StreamNodeMaxEntries),
		HLLSparse:    n(HLLSparseMaxBytes),
	}
}
