package sorting

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/value"
)

// fieldOf is the value of a field of the hash that o holds. There are no hashes.
func fieldOf(value.Object, []byte) (e listpack.Entry, ok bool) { return e, false }
