package value

import "sigrun/internal/rdb"

// Builder is what a loaded value is handed to, exactly once.
type Builder interface {
	// String takes the bytes of a string; it copies them.
	String(b []byte)
	// Int takes a string that is the decimal text of n.
	Int(n int64)
}

// loaders decode the values of an RDB file by type byte.
var loaders [256]func(r *rdb.Reader, b Builder) error

// Load reads a value of type typ from r and hands it to b. ok is false, and
// nothing was read, if this server has no such values.
func Load(typ byte, r *rdb.Reader, b Builder) (ok bool, err error) {
	load := loaders[typ]
	if load == nil {
		return false, nil
	}
	return true, load(r, b)
}
