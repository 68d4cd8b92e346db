package hash

import (
	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/ziplist"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

func init() {
	value.RegisterLoader(rdb.TypeHash, loadPairs)
	value.RegisterLoader(rdb.TypeHashFieldExpiry, loadTimed)
	value.RegisterLoader(rdb.TypeRedisHashCandidate, loadRedisCandidate)
	value.RegisterLoader(rdb.TypeRedisHash, loadRedis)
	value.RegisterLoader(rdb.TypeRedisPackCandidate, loadRedisPackCandidate)
	value.RegisterLoader(rdb.TypeRedisPack, loadRedisPack)
	value.RegisterLoader(rdb.TypeRedisTemplatePack, loadTemplatePack)
	value.RegisterLoader(rdb.TypeRedisPackRef, loadPackRef)
	value.RegisterLoader(rdb.TypeRedisTemplateArray, loadTemplateArray)
	value.RegisterLoader(rdb.TypeRedisArrayRef, loadArrayRef)
	value.RegisterLoader(rdb.TypeHashListpack, loadPack)
	value.RegisterLoader(rdb.TypeHashZiplist, loadZiplist)
	value.RegisterLoader(rdb.TypeHashZipmap, loadZipmap)
}

// loadPairs reads a hash that is a count and so many fields with their values.
func loadPairs(r *rdb.Reader, b value.Builder) error {
	return load(r, b, &loadedField{read: (*loadedField).pair})
}

// loadTimed reads a hash in which each value is followed by the expiry of its
// field. Fields that have expired already are left out.
func loadTimed(r *rdb.Reader, b value.Builder) error {
	return load(r, b, &loadedField{read: (*loadedField).triple, timed: true})
}

func load(r *rdb.Reader, b value.Builder, f *loadedField) error {
	n, err := r.Len()
	switch {
	case err != nil:
		return err
	case n == 0:
		return rdb.ErrEmptyKey
	}
	h := New(b.Heap())
	if f.timed || n > uint64(b.Limits().HashEntries) {
		h.convert()
	}
	for ; n > 0 && err == nil; n-- {
		if err = f.read(f, r); err == nil {
			err = f.set(r, b, &h)
		}
	}
	return handOver(b, &h, err)
}

// handOver gives b the hash that was loaded, unless that failed or left nothing.
func handOver(b value.Builder, h *Hash, err error) error {
	if err == nil && h.Len() == 0 {
		err = rdb.ErrExpiredFields
	}
	if err != nil {
		h.Free()
		return err
	}
	b.Value(h.Kind, h.Word)
	return nil
}

// loadedField is a field in the making. Its bytes are used again for the next.
type loadedField struct {
	read   func(f *loadedField, r *rdb.Reader) error // reads the next one
	timed  bool                                      // fields may have an expiry
	least  int64                                     // what the next expiry is counted from, in Redis's forms
	name   []byte
	value  []byte
	expiry int64
}

// pair reads a field and its value.
func (f *loadedField) pair(r *rdb.Reader) (err error) {
	f.expiry = NoExpiry
	if f.name, err = r.AppendString(f.name[:0]); err == nil {
		f.value, err = r.AppendString(f.value[:0])
	}
	return err
}

// triple reads a field, its value and its expiry.
func (f *loadedField) triple(r *rdb.Reader) (err error) {
	if err = f.pair(r); err != nil {
		return err
	}
	if f.expiry, err = r.Millis(); err == nil && f.expiry < NoExpiry {
		err = r.Corruptf("Invalid expiry of a hash field")
	}
	return err
}

// set puts the field into h unless it has expired.
func (f *loadedField) set(r *rdb.Reader, b value.Builder, h *Hash) error {
	if f.expiry >= 0 && f.expiry < b.Deadline() {
		return nil
	}
	if h.Set(b.Limits(), f.name, f.value, f.expiry) != Added {
		return r.Corruptf("Duplicate hash fields detected")
	}
	return nil
}

func loadPack(r *rdb.Reader, b value.Builder) error {
	p, err := r.String()
	if err != nil {
		return err
	}
	if !listpack.Valid(p, true) {
		return r.Corruptf("Hash listpack integrity check failed.")
	}
	return give(r, b, p, "Hash listpack integrity check failed.")
}

func loadZiplist(r *rdb.Reader, b value.Builder) error {
	p, err := r.String()
	if err != nil {
		return err
	}
	lp := listpack.New()
	sound := ziplist.Each(p, func(e ziplist.Entry) {
		if e.IsInt {
			lp = listpack.AppendInt(lp, e.Int)
		} else {
			lp = listpack.Append(lp, e.Bytes)
		}
	})
	if !sound {
		return r.Corruptf("Hash ziplist integrity check failed.")
	}
	return give(r, b, lp, "Hash ziplist integrity check failed.")
}

func loadZipmap(r *rdb.Reader, b value.Builder) error {
	p, err := r.String()
	if err != nil {
		return err
	}
	lp, longest, sound := listpack.New(), 0, true
	sound = eachOfZipmap(p, func(b []byte) {
		lp = listpack.Append(lp, b)
		longest = max(longest, len(b))
	})
	if !sound || listpack.Len(lp) == 0 {
		return r.Corruptf("Zipmap integrity check failed.")
	}
	if longest > b.Limits().HashValue {
		b = largeBuilder{b}
	}
	return give(r, b, lp, "Hash zipmap with dup elements, or big length")
}

// largeBuilder wants no listpacks.
type largeBuilder struct{ value.Builder }

// Limits implements value.Builder.
func (b largeBuilder) Limits() *value.Limits {
	l := *b.Builder.Limits()
	l.HashEntries = 0
	return &l
}

// give hands a hash that was loaded as a sound listpack to b. What is logged of
// one that is none, for a field has no value or comes twice, is damage.
func give(r *rdb.Reader, b value.Builder, lp []byte, damage string) error {
	n := listpack.Len(lp)
	switch {
	case n == 0:
		return rdb.ErrEmptyKey
	case n%2 != 0 || repeats(b, lp):
		return r.Corruptf("%s", damage)
	}
	h := Hash{Heap: b.Heap(), Kind: value.KindHashPack, Word: value.PutPack(b.Heap(), 0, lp)}
	if n/2 > b.Limits().HashEntries {
		h.convert()
	}
	b.Value(h.Kind, h.Word)
	return nil
}

// fewFields is up to how many fields are compared each with each.
const fewFields = 32

// repeats reports whether two fields of a list have the same text.
func repeats(b value.Builder, lp []byte) bool {
	var room textRoom
	if listpack.Len(lp) <= 2*fewFields {
		for p := listpack.First(lp); p != listpack.End; {
			field, v := listpack.GetNext(lp, p)
			if p = listpack.Next(lp, v); listpack.Find(lp, p, text(field, &room), 1) != listpack.End {
				return true
			}
		}
		return false
	}
	seen := newTable(b.Heap())
	defer seen.Free()
	for p := listpack.First(lp); p != listpack.End; {
		field, v := listpack.GetNext(lp, p)
		p = listpack.Next(lp, v)
		name := text(field, &room)
		if seen.Has(name) {
			return true
		}
		seen.table().insert(dict.Hash(name), name, nil, NoExpiry)
	}
	return false
}
