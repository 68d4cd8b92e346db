package value

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
)

// Builder is what a loaded value is handed to, exactly once.
type Builder interface {
	// String takes the bytes of a string; it copies them.
	String(b []byte)
	// Int takes a string that is the decimal text of n.
	Int(n int64)
	// Value takes a value of another type: the kind and the word of its record. Its
	// blocks come from Heap. A loader that fails has freed them.
	Value(kind dict.Kind, word uint64)
	// Heap is where blocks of the value come from.
	Heap() *offheap.Heap
	// Limits are the sizes at which values change their form.
	Limits() *Limits
	// Deadline is the time up to which parts of the value with an expiry of their
	// own count as expired and are left out, in Unix milliseconds; 0 to keep all.
	Deadline() int64
}

// Loader decodes a value of an RDB file and hands it to b. What it reads may be
// damaged or made by an enemy.
type Loader func(r *rdb.Reader, b Builder) error

// loaders decode the values of an RDB file by type byte.
var loaders [256]Loader

// RegisterLoader makes load the decoder of values of an RDB type; it is for init
// functions of types.
func RegisterLoader(typ byte, load Loader) { loaders[typ] = load }

// Load reads a value of type typ from r and hands it to b. ok is false, and
// nothing was read, if this server has no such values.
func Load(typ byte, r *rdb.Reader, b Builder) (ok bool, err error) {
	load := loaders[typ]
	if load == nil {
		return false, nil
	}
	return true, load(r, b)
}
