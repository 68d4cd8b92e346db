package set

import (
	"slices"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/intset"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/lzf"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

func init() {
	value.Register(&value.Class{
		Name:           "set",
		Encoding:       encoding,
		Free:           func(o value.Object) { value.Discard(o.Heap, o.Rec.Kind(), o.Rec.Word()) },
		Effort:         effort,
		FreeSome:       freeSome,
		Outside:        outside,
		Copy:           copySet,
		RDBType:        rdbType,
		AppendRDB:      appendRDB,
		AppendCommands: appendCommands,
		Digest:         digest,
		Elements:       &value.Elements{Table: elements, AppendRDB: appendElement, AppendCommands: appendElements},
	}, value.KindSetInts, value.KindSetPack, value.KindSet)
}

func encoding(o value.Object) string {
	switch o.Rec.Kind() {
	case value.KindSetInts:
		return "intset"
	case value.KindSetPack:
		return "listpack"
	}
	return "hashtable"
}

func effort(o value.Object) int {
	if o.Rec.Kind() != value.KindSet {
		return 1
	}
	s := Of(o)
	return s.Len()
}

func freeSome(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool) {
	if kind != value.KindSet {
		value.FreePack(h, word)
		return 0, true
	}
	return word, tableAt(h, word).FreeSome(n, nil)
}

func outside(o value.Object) int {
	s := Of(o)
	if s.Kind != value.KindSet {
		return o.Heap.Size(offheap.Ref(s.Word))
	}
	t := s.table()
	return o.Heap.Size(t.Ref) + t.Bytes() + t.Dict().TableBytes(o.Heap)
}

func copySet(h *offheap.Heap, dst []byte, o value.Object) {
	s := Of(o)
	switch s.Kind {
	case value.KindSetInts, value.KindSetPack:
		dict.PutWord(dst, value.PutPack(h, 0, s.bytes()))
	default:
		to := newTable(h)
		to.addAll(s.table())
		dict.PutWord(dst, uint64(to.Ref))
	}
}

// bytes is the bytes of a small form.
func (s *Set) bytes() []byte {
	b := s.pack()
	if s.Kind == value.KindSetInts {
		return b[:intset.Bytes(b)]
	}
	return b[:listpack.Bytes(b)]
}

func rdbType(o value.Object) byte {
	switch o.Rec.Kind() {
	case value.KindSetInts:
		return rdb.TypeSetIntset
	case value.KindSetPack:
		return rdb.TypeSetListpack
	}
	return rdb.TypeSet
}

func appendRDB(dst []byte, o value.Object, c *lzf.Compressor) []byte {
	s := Of(o)
	if s.Kind != value.KindSet {
		return rdb.AppendString(dst, s.bytes(), c)
	}
	dst = rdb.AppendLen(dst, uint64(s.Len()))
	s.Each(func(m Member) bool {
		dst = rdb.AppendString(dst, m.Bytes, c)
		return true
	})
	return dst
}

// elements is the table of a large set.
func elements(h *offheap.Heap, kind dict.Kind, word uint64) *dict.Dict {
	if kind != value.KindSet {
		return nil
	}
	return tableAt(h, word).Dict()
}

func appendElement(dst []byte, h *offheap.Heap, r offheap.Ref, _ byte, c *lzf.Compressor) []byte {
	return rdb.AppendString(dst, dict.At(h, r).Key(), c)
}

// perCommand is the most members of a command that stands for a part of a set.
const perCommand = 64

var sadd = []byte("SADD")

func appendCommands(dst, key []byte, o value.Object) []byte {
	s := Of(o)
	args, texts := [][]byte{sadd, key}, make([]textRoom, perCommand)
	s.Each(func(m Member) bool {
		if args = append(args, text(m, &texts[len(args)-2])); len(args) == 2+perCommand {
			dst = resp.AppendCommand(dst, args...)
			args = args[:2]
		}
		return true
	})
	if len(args) > 2 {
		dst = resp.AppendCommand(dst, args...)
	}
	return dst
}

// appendElements is value.Elements.AppendCommands.
func appendElements(dst, key []byte, h *offheap.Heap, refs []offheap.Ref) []byte {
	var room [2 + perCommand][]byte
	for some := range slices.Chunk(refs, perCommand) {
		args := append(room[:0], sadd, key)
		for _, r := range some {
			args = append(args, dict.At(h, r).Key())
		}
		dst = resp.AppendCommand(dst, args...)
	}
	return dst
}

func digest(d value.Digester, o value.Object) {
	s := Of(o)
	var room textRoom
	s.Each(func(m Member) bool {
		d.Unordered(text(m, &room))
		return true
	})
}
