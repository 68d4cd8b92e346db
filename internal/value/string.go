package value

import (
	"encoding/binary"

	"sigrun/internal/ds/dict"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
)

// MaxInline is the largest string, in bytes, that lives in its record. Larger
// ones have a block of their own, so that changing one doesn't move its key.
const MaxInline = 4 << 10

func init() {
	Register(&Class{
		Name:           "string",
		Encoding:       stringEncoding,
		Free:           freeString,
		Outside:        stringOutside,
		Copy:           copyString,
		RDBType:        func(Object) byte { return rdb.TypeString },
		AppendRDB:      appendStringRDB,
		AppendCommands: appendSet,
		Digest:         func(d Digester, o Object) { d.Part(o.AppendString(nil)) },
	}, dict.KindRaw, dict.KindLoose, dict.KindInt8, dict.KindInt16, dict.KindInt24, dict.KindInt32, dict.KindInt40,
		dict.KindInt48, dict.KindInt64, dict.KindBlob)
	RegisterLoader(rdb.TypeString, loadString)
}

func appendStringRDB(dst []byte, o Object, c *lzf.Compressor) []byte {
	if o.Rec.IsInt() {
		return rdb.AppendIntString(dst, o.Rec.Int())
	}
	return rdb.AppendString(dst, o.Bytes(), c)
}

func appendSet(dst, key []byte, o Object) []byte {
	if !o.Rec.IsInt() {
		return resp.AppendCommand(dst, set, key, o.Bytes())
	}
	var text [num.MaxIntLen]byte
	return resp.AppendCommand(dst, set, key, num.AppendInt(text[:0], o.Rec.Int()))
}

var set = []byte("SET")

func loadString(r *rdb.Reader, b Builder) error {
	p, n, isInt, err := r.StringOrInt()
	switch {
	case err != nil:
		return err
	case isInt:
		b.Int(n)
	default:
		b.String(p)
	}
	return nil
}

// IsString reports whether o is a string, integers included.
func (o Object) IsString() bool { return o.Rec.Kind() < dict.KindOther }

// Blob is the block and the length of a string outside its record.
func (o Object) Blob() (r offheap.Ref, n int) {
	v := o.Rec.Value()
	return offheap.Ref(binary.LittleEndian.Uint64(v)), int(binary.LittleEndian.Uint64(v[8:]))
}

// PutBlob writes what Blob reads.
func PutBlob(v []byte, r offheap.Ref, n int) {
	binary.LittleEndian.PutUint64(v, uint64(r))
	binary.LittleEndian.PutUint64(v[8:], uint64(n))
}

// Bytes is a view of a string that is not an integer.
func (o Object) Bytes() []byte {
	if o.Rec.Kind() == dict.KindBlob {
		r, n := o.Blob()
		return o.Heap.Space().Bytes(r, n)
	}
	return o.Rec.Value()
}

// AppendString appends the string o, integers in decimal.
func (o Object) AppendString(dst []byte) []byte {
	if o.Rec.IsInt() {
		return num.AppendInt(dst, o.Rec.Int())
	}
	return append(dst, o.Bytes()...)
}

// StringLen is the length of the string o in bytes.
func (o Object) StringLen() int {
	if o.Rec.IsInt() {
		return num.IntWidth(o.Rec.Int())
	}
	return len(o.Bytes())
}

// embedLimit is the size up to which Valkey keeps a string in the block of its
// key, which OBJECT ENCODING shows; the sizes are those of its structures.
const embedLimit = 128

// stringEncoding tells how Valkey would hold o: by the sizes that its object
// header, expiry, key and value would have in one block.
func stringEncoding(o Object) string {
	switch {
	case o.Rec.IsInt():
		return "int"
	case o.Rec.Kind() != dict.KindRaw:
		return "raw"
	}
	klen, vlen := len(o.Rec.Key()), len(o.Rec.Value())
	size := 8 + 1 + 1 + 1 + klen + 3 + vlen + 1
	if klen >= 32 {
		size += 2
	}
	if o.Rec.HasExpiry() {
		size += 8
	}
	if size > embedLimit {
		return "raw"
	}
	return "embstr"
}

func freeString(o Object) {
	if o.Rec.Kind() == dict.KindBlob {
		r, _ := o.Blob()
		o.Heap.Free(r, offheap.Values)
	}
}

func stringOutside(o Object) int {
	if o.Rec.Kind() != dict.KindBlob {
		return 0
	}
	r, _ := o.Blob()
	return o.Heap.Size(r)
}

func copyString(h *offheap.Heap, dst []byte, o Object) {
	if o.Rec.Kind() != dict.KindBlob {
		copy(dst, o.Rec.Value())
		return
	}
	b := o.Bytes()
	r := h.Alloc(len(b), offheap.Values)
	copy(h.Space().Bytes(r, len(b)), b)
	PutBlob(dst, r, len(b))
}
