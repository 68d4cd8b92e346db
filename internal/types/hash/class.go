package hash

import (
	"slices"

	"sigrun/internal/ds/dict"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

func init() {
	value.Register(&value.Class{
		Name:           "hash",
		Encoding:       encoding,
		Free:           func(o value.Object) { value.Discard(o.Heap, o.Rec.Kind(), o.Rec.Word()) },
		Effort:         effort,
		FreeSome:       freeSome,
		Outside:        outside,
		Copy:           copyHash,
		RDBType:        rdbType,
		AppendRDB:      appendRDB,
		AppendCommands: appendCommands,
		Digest:         digest,
		Elements:       &value.Elements{Table: elements, AppendRDB: appendElement, AppendCommands: appendElements},
		Due:            due,
		Expire:         expire,
	}, value.KindHashPack, value.KindHash, value.KindHashTimed)
}

func encoding(o value.Object) string {
	if o.Rec.Kind() == value.KindHashPack {
		return "listpack"
	}
	return "hashtable"
}

func effort(o value.Object) int {
	h := whole(o)
	if h.packed() {
		return 1
	}
	return h.Len()
}

func freeSome(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool) {
	if kind == value.KindHashPack {
		value.FreePack(h, word)
		return 0, true
	}
	return word, tableAt(h, word).freeSome(n)
}

func outside(o value.Object) int {
	h := whole(o)
	size := o.Heap.Size(offheap.Ref(h.Word))
	if h.packed() {
		return size
	}
	t := h.table()
	return size + t.Bytes() + t.Dict().TableBytes(o.Heap)
}

func copyHash(h *offheap.Heap, dst []byte, o value.Object) {
	from := whole(o)
	if from.packed() {
		lp := from.pack()
		dict.PutWord(dst, value.PutPack(h, 0, lp))
		return
	}
	to := newTable(h)
	from.table().copyTo(to.table())
	dict.PutWord(dst, to.Word)
}

func rdbType(o value.Object) byte {
	switch o.Rec.Kind() {
	case value.KindHashPack:
		return rdb.TypeHashListpack
	case value.KindHashTimed:
		return rdb.TypeHashFieldExpiry
	}
	return rdb.TypeHash
}

func appendRDB(dst []byte, o value.Object, c *lzf.Compressor) []byte {
	h := whole(o)
	if h.packed() {
		lp := h.pack()
		return rdb.AppendString(dst, lp, c)
	}
	dst = rdb.AppendLen(dst, uint64(h.Len()))
	typ := rdbType(o)
	h.table().each(func(rec dict.Rec) bool {
		dst = appendField(dst, h.Heap, rec, typ, c)
		return true
	})
	return dst
}

// appendField appends a field of a hash of RDB type typ.
func appendField(dst []byte, h *offheap.Heap, rec dict.Rec, typ byte, c *lzf.Compressor) []byte {
	dst = rdb.AppendString(dst, rec.Key(), c)
	dst = rdb.AppendString(dst, valueOf(h, rec).Bytes, c)
	if typ != rdb.TypeHash {
		dst = rdb.AppendMillis(dst, expiryOf(rec))
	}
	return dst
}

// elements is the table of a large hash.
func elements(h *offheap.Heap, kind dict.Kind, word uint64) *dict.Dict {
	if kind == value.KindHashPack {
		return nil
	}
	return tableAt(h, word).Dict()
}

func appendElement(dst []byte, h *offheap.Heap, r offheap.Ref, typ byte, c *lzf.Compressor) []byte {
	return appendField(dst, h, dict.At(h, r), typ, c)
}

// perCommand is the most fields of a command that stands for a part of a hash.
const perCommand = 64

var (
	hmset  = []byte("HMSET")
	hsetex = []byte("HSETEX")
	pxat   = []byte("PXAT")
	fields = []byte("FIELDS")
	one    = []byte("1")
)

// appendCommands appends a command for each field with an expiry, and others for
// the rest.
func appendCommands(dst, key []byte, o value.Object) []byte {
	h := whole(o)
	if h.Timed() {
		h.table().each(func(rec dict.Rec) bool {
			if rec.HasExpiry() {
				dst = appendTimed(dst, key, h.Heap, rec)
			}
			return true
		})
	}
	return h.appendLasting(dst, key)
}

// appendTimed appends a command for a field with an expiry.
func appendTimed(dst, key []byte, h *offheap.Heap, rec dict.Rec) []byte {
	var at textRoom
	return resp.AppendCommand(dst, hsetex, key, pxat, num.AppendInt(at[:0], rec.Expiry()),
		fields, one, rec.Key(), valueOf(h, rec).Bytes)
}

// appendElements is value.Elements.AppendCommands.
func appendElements(dst, key []byte, h *offheap.Heap, refs []offheap.Ref) []byte {
	var room [2 + 2*perCommand][]byte
	for some := range slices.Chunk(refs, perCommand) {
		args := append(room[:0], hmset, key)
		for _, r := range some {
			rec := dict.At(h, r)
			if rec.HasExpiry() {
				dst = appendTimed(dst, key, h, rec)
				continue
			}
			args = append(args, rec.Key(), valueOf(h, rec).Bytes)
		}
		if len(args) > 2 {
			dst = resp.AppendCommand(dst, args...)
		}
	}
	return dst
}

// appendLasting appends commands for the fields without an expiry.
func (h *Hash) appendLasting(dst, key []byte) []byte {
	args, texts := [][]byte{hmset, key}, make([]textRoom, 2*perCommand)
	put := func(field, v Value) bool {
		n := len(args) - 2
		args = append(args, text(field, &texts[n]), text(v, &texts[n+1]))
		if len(args) == 2+2*perCommand {
			dst = resp.AppendCommand(dst, args...)
			args = args[:2]
		}
		return true
	}
	if h.packed() {
		h.Each(put)
	} else {
		h.table().each(func(rec dict.Rec) bool {
			return rec.HasExpiry() || put(Value{Bytes: rec.Key()}, valueOf(h.Heap, rec))
		})
	}
	if len(args) > 2 {
		dst = resp.AppendCommand(dst, args...)
	}
	return dst
}

func digest(d value.Digester, o value.Object) {
	h := whole(o)
	var rooms [2]textRoom
	h.Each(func(field, v Value) bool {
		d.Unordered(text(field, &rooms[0]), text(v, &rooms[1]))
		return true
	})
}
