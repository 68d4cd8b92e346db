package hash

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// Hashes of Redis 8.10 may share the names of their fields. In a file the hash
// holds the number of a template, which the file has defined before, and its
// values in the order of the template's fields; in a payload the names come
// first. Here they become hashes like any other.

// loadTemplatePack reads names, and a listpack of a number, which is of no use
// here, and the values.
func loadTemplatePack(r *rdb.Reader, b value.Builder) error {
	fields, err := r.FieldNames()
	if err != nil {
		return err
	}
	lp, _, err := readValues(r)
	if err != nil {
		return err
	}
	return fromValues(r, b, fields, lp)
}

// loadPackRef reads a listpack of a template's number and the values.
func loadPackRef(r *rdb.Reader, b value.Builder) error {
	lp, id, err := readValues(r)
	if err != nil {
		return err
	}
	fields, err := r.Template(id)
	if err != nil {
		return err
	}
	return fromValues(r, b, fields, lp)
}

// readValues reads a listpack, a view, that begins with the number of a template.
func readValues(r *rdb.Reader) (lp []byte, id uint64, err error) {
	if lp, err = r.String(); err != nil {
		return nil, 0, err
	}
	if !listpack.Valid(lp, true) || listpack.Len(lp) == 0 {
		return nil, 0, r.Corruptf("Hash template listpack integrity check failed.")
	}
	first, _ := listpack.GetNext(lp, listpack.First(lp))
	if !first.IsInt || first.Int < 0 {
		return nil, 0, r.Corruptf("Hash template listpack without a template")
	}
	return lp, uint64(first.Int), nil
}

// fromValues gives b the hash of the fields and of the values behind the first
// entry of lp.
func fromValues(r *rdb.Reader, b value.Builder, fields rdb.Fields, lp []byte) error {
	if listpack.Len(lp) != fields.Len()+1 {
		return r.Corruptf("Hash template with %d fields, and %d values", fields.Len(), listpack.Len(lp)-1)
	}
	p := listpack.Next(lp, listpack.First(lp))
	var room textRoom
	return fromFields(r, b, fields, func([]byte) (v []byte, err error) {
		var e listpack.Entry
		e, p = listpack.GetNext(lp, p)
		return text(e, &room), nil
	})
}

// loadTemplateArray reads names, then as many values.
func loadTemplateArray(r *rdb.Reader, b value.Builder) error {
	fields, err := r.FieldNames()
	if err != nil {
		return err
	}
	return fromFields(r, b, fields, r.AppendString)
}

// loadArrayRef reads a template's number and its fields' values.
func loadArrayRef(r *rdb.Reader, b value.Builder) error {
	id, err := r.Len()
	if err != nil {
		return err
	}
	fields, err := r.Template(id)
	if err != nil {
		return err
	}
	return fromFields(r, b, fields, r.AppendString)
}

// fromFields gives b the hash of the fields, whose values next returns in turn,
// maybe in the memory that it is given.
func fromFields(r *rdb.Reader, b value.Builder, fields rdb.Fields, next func(dst []byte) ([]byte, error)) (err error) {
	h := New(b.Heap())
	if fields.Len() > b.Limits().HashEntries {
		h.convert()
	}
	f := loadedField{expiry: NoExpiry}
	for f.name = range fields.All() {
		if f.value, err = next(f.value[:0]); err == nil {
			err = f.set(r, b, &h)
		}
		if err != nil {
			break
		}
	}
	return handOver(b, &h, err)
}
