package zset

import (
	"slices"

	"sigrun/internal/ds/dict"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/offheap"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

func init() {
	value.Register(&value.Class{
		Name:           "zset",
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
	}, value.KindZSetPack, value.KindZSet)
}

func encoding(o value.Object) string {
	if o.Rec.Kind() == value.KindZSetPack {
		return "listpack"
	}
	return "skiplist"
}

func effort(o value.Object) int {
	if o.Rec.Kind() == value.KindZSetPack {
		return 1
	}
	s := Of(o)
	return s.Len()
}

func freeSome(h *offheap.Heap, kind dict.Kind, word uint64, n int) (rest uint64, done bool) {
	if kind == value.KindZSetPack {
		value.FreePack(h, word)
		return 0, true
	}
	return word, tableAt(h, word).freeSome(n)
}

func outside(o value.Object) int {
	s := Of(o)
	n := o.Heap.Size(offheap.Ref(s.Word))
	if s.Small() {
		return n
	}
	t := s.table()
	return n + t.Bytes() + t.tree().Bytes() + t.Dict().TableBytes(o.Heap)
}

func copySet(h *offheap.Heap, dst []byte, o value.Object) {
	s := Of(o)
	if s.Small() {
		lp := s.pack()
		dict.PutWord(dst, value.PutPack(h, 0, lp[:listpack.Bytes(lp)]))
		return
	}
	to := NewLarge(h)
	to.Fill(s.Len(), false, s.each())
	dict.PutWord(dst, to.Word)
}

func rdbType(o value.Object) byte {
	if o.Rec.Kind() == value.KindZSetPack {
		return rdb.TypeZsetListpack
	}
	return rdb.TypeZset2
}

// appendRDB writes the members of a large set from the last one to the first, as
// servers with skip lists prefer to read them.
func appendRDB(dst []byte, o value.Object, c *lzf.Compressor) []byte {
	s := Of(o)
	if s.Small() {
		lp := s.pack()
		return rdb.AppendString(dst, lp[:listpack.Bytes(lp)], c)
	}
	dst = rdb.AppendLen(dst, uint64(s.Len()))
	it := s.Iter(0, s.Len(), true)
	for it.Next() {
		dst = rdb.AppendString(dst, it.Member(), c)
		dst = rdb.AppendBinaryDouble(dst, it.Score())
	}
	return dst
}

// elements is the table of a large set.
func elements(h *offheap.Heap, kind dict.Kind, word uint64) *dict.Dict {
	if kind == value.KindZSetPack {
		return nil
	}
	return tableAt(h, word).Dict()
}

func appendElement(dst []byte, h *offheap.Heap, r offheap.Ref, _ byte, c *lzf.Compressor) []byte {
	dst = rdb.AppendString(dst, dict.At(h, r).Key(), c)
	return rdb.AppendBinaryDouble(dst, scoreAt(h, r))
}

// perCommand is the most members of a command that stands for a part of a set.
const perCommand = 64

var zadd = []byte("ZADD")

func appendCommands(dst, key []byte, o value.Object) []byte {
	s := Of(o)
	args := [][]byte{zadd, key}
	it := s.Iter(0, s.Len(), false)
	for it.Next() {
		args = append(args, num.AppendDouble(nil, it.Score()), append([]byte(nil), it.Member()...))
		if len(args) == 2+2*perCommand {
			dst = resp.AppendCommand(dst, args...)
			args = args[:2]
		}
	}
	if len(args) > 2 {
		dst = resp.AppendCommand(dst, args...)
	}
	return dst
}

// appendElements is value.Elements.AppendCommands.
func appendElements(dst, key []byte, h *offheap.Heap, refs []offheap.Ref) []byte {
	var room [2 + 2*perCommand][]byte
	scores := make([]byte, 0, min(len(refs), perCommand)*num.MaxDoubleLen)
	for some := range slices.Chunk(refs, perCommand) {
		args, text := append(room[:0], zadd, key), scores
		for _, r := range some {
			from := len(text)
			text = num.AppendDouble(text, scoreAt(h, r))
			args = append(args, text[from:], dict.At(h, r).Key())
		}
		dst = resp.AppendCommand(dst, args...)
	}
	return dst
}

func digest(d value.Digester, o value.Object) {
	s := Of(o)
	s.Each(func(member []byte, score float64) bool {
		var room [num.MaxDoubleLen]byte
		d.Unordered(member, num.AppendShortest(room[:0], score))
		return true
	})
}
