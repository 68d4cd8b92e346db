package hash

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// Hashes of Redis 7.4 and later whose fields expire. A table is written as a time
// and then its fields, each with an expiry counted from one millisecond before
// that time, or 0; a listpack as that time, which is of no use here, and the
// elements field, value and expiry, or 0. The candidates for 7.4 left out the time.

// maxExpiry is later than any time that Redis lets a field expire at.
const maxExpiry = 1 << 48

func loadRedis(r *rdb.Reader, b value.Builder) error {
	least, err := r.Millis()
	switch {
	case err != nil:
		return err
	case least < 0 || least > maxExpiry:
		return r.Corruptf("Invalid expiry of a hash")
	}
	return load(r, b, &loadedField{read: (*loadedField).redis, timed: true, least: least})
}

func loadRedisCandidate(r *rdb.Reader, b value.Builder) error {
	return load(r, b, &loadedField{read: (*loadedField).redis, timed: true, least: 1})
}

// redis reads an expiry, a field and its value.
func (f *loadedField) redis(r *rdb.Reader) error {
	after, err := r.Len()
	switch {
	case err != nil:
		return err
	case after > maxExpiry:
		return r.Corruptf("Invalid expiry of a hash field")
	}
	if err := f.pair(r); err != nil || after == 0 {
		return err
	}
	f.expiry = f.least + int64(after) - 1
	return nil
}

func loadRedisPack(r *rdb.Reader, b value.Builder) error {
	if _, err := r.Millis(); err != nil {
		return err
	}
	return loadRedisPackCandidate(r, b)
}

func loadRedisPackCandidate(r *rdb.Reader, b value.Builder) error {
	lp, err := r.String()
	switch {
	case err != nil:
		return err
	case !listpack.Valid(lp, true) || listpack.Len(lp)%3 != 0:
		return r.Corruptf("Hash listpack integrity check failed.")
	case listpack.Len(lp) == 0:
		return rdb.ErrEmptyKey
	}
	h := New(b.Heap())
	h.convert()
	return handOver(b, &h, setTriples(r, b, &h, lp))
}

// setTriples puts the fields of a listpack of field, value and expiry into h.
func setTriples(r *rdb.Reader, b value.Builder, h *Hash, lp []byte) error {
	var rooms [2]textRoom
	var f loadedField
	for p := listpack.First(lp); p != listpack.End; {
		field, at := listpack.GetNext(lp, p)
		v, last := listpack.GetNext(lp, at)
		expiry, next := listpack.GetNext(lp, last)
		if !expiry.IsInt || expiry.Int < 0 || expiry.Int > maxExpiry {
			return r.Corruptf("Invalid expiry of a hash field")
		}
		f.name, f.value, f.expiry = text(field, &rooms[0]), text(v, &rooms[1]), NoExpiry
		if expiry.Int > 0 {
			f.expiry = expiry.Int
		}
		if err := f.set(r, b, h); err != nil {
			return err
		}
		p = next
	}
	return nil
}
