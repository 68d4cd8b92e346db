package list

import (
	"sigrun/internal/ds/listpack"
	"sigrun/internal/ds/quicklist"
	"sigrun/internal/ds/ziplist"
	"sigrun/internal/lzf"
	"sigrun/internal/num"
	"sigrun/internal/rdb"
	"sigrun/internal/resp"
	"sigrun/internal/value"
)

func init() {
	value.Register(&value.Class{
		Name:           "list",
		Encoding:       encoding,
		Free:           func(o value.Object) { value.Discard(o.Heap, o.Rec.Kind(), o.Rec.Word()) },
		Effort:         effort,
		FreeSome:       freeSome,
		Outside:        outside,
		Copy:           copyList,
		RDBType:        func(value.Object) byte { return rdb.TypeListQuicklist2 },
		AppendRDB:      appendRDB,
		AppendCommands: appendCommands,
		Digest:         digest,
		Freeze:         freeze,
	}, value.KindListPack, value.KindList)
	value.RegisterLoader(rdb.TypeList, loadElements)
	value.RegisterLoader(rdb.TypeListZiplist, loadZiplist)
	value.RegisterLoader(rdb.TypeListQuicklist, loadZiplists)
	value.RegisterLoader(rdb.TypeListQuicklist2, loadNodes)
}

func encoding(o value.Object) string {
	if o.Rec.Kind() == value.KindListPack {
		return "listpack"
	}
	return "quicklist"
}

// What a node of an RDB file is.
const (
	rdbPlain  = 1 // the element
	rdbPacked = 2 // a listpack
)

func appendRDB(dst []byte, o value.Object, c *lzf.Compressor) []byte {
	l := Of(o)
	if l.short() {
		lp := l.pack()
		dst = rdb.AppendLen(rdb.AppendLen(dst, 1), rdbPacked)
		return rdb.AppendString(dst, lp[:listpack.Bytes(lp)], c)
	}
	q := l.quick()
	dst = rdb.AppendLen(dst, uint64(q.Nodes()))
	q.EachNode(func(b []byte, plain bool) { dst = appendNode(dst, b, plain, c) })
	return dst
}

func appendNode(dst, b []byte, plain bool, c *lzf.Compressor) []byte {
	form := uint64(rdbPacked)
	if plain {
		form = rdbPlain
	}
	return rdb.AppendString(rdb.AppendLen(dst, form), b, c)
}

// perCommand is the most elements of a command that stands for a part of a list.
const perCommand = 64

var rpush = []byte("RPUSH")

// pushes makes commands that push elements.
type pushes struct {
	dst  []byte
	room [perCommand][num.MaxIntLen]byte
	args [][]byte
}

func (p *pushes) begin(dst, key []byte) {
	if p.args == nil {
		p.args = make([][]byte, 0, 2+perCommand)
	}
	p.dst, p.args = dst, append(p.args[:0], rpush, key)
}

// all pushes what d reads; its elements die with the return.
func (p *pushes) all(d Reader) {
	for e, ok := d.Next(); ok; e, ok = d.Next() {
		p.add(e)
	}
	p.flush()
}

func (p *pushes) add(e Element) {
	b := e.Bytes
	if e.IsInt {
		b = num.AppendInt(p.room[len(p.args)-2][:0], e.Int)
	}
	if p.args = append(p.args, b); len(p.args) == cap(p.args) {
		p.flush()
	}
}

func (p *pushes) flush() {
	if len(p.args) > 2 {
		p.dst = resp.AppendCommand(p.dst, p.args...)
		p.args = p.args[:2]
	}
}

func appendCommands(dst, key []byte, o value.Object) []byte {
	var p pushes
	l := Of(o)
	p.begin(dst, key)
	p.all(l.Read(0, false))
	return p.dst
}

func digest(d value.Digester, o value.Object) {
	var room [num.MaxIntLen]byte
	l := Of(o)
	r := l.Read(0, false)
	for e, ok := r.Next(); ok; e, ok = r.Next() {
		if e.IsInt {
			e.Bytes = num.AppendInt(room[:0], e.Int)
		}
		d.Part(e.Bytes)
	}
}

// start returns an empty quicklist for a loader.
func start(b value.Builder) quicklist.List {
	lim := b.Limits()
	return quicklist.New(b.Heap(), lim.ListSize, lim.ListCompress)
}

// give hands a list that was loaded to b, in the form that it has by its size; err
// says why it couldn't be loaded.
func give(b value.Builder, q quicklist.List, err error) error {
	if err = keep(q, err); err != nil {
		return err
	}
	l := List{b.Heap(), value.KindList, uint64(q.Ref())}
	l.shorten(b.Limits(), 1)
	b.Value(l.Kind, l.Word)
	return nil
}

// keep frees a list that couldn't be loaded or is empty.
func keep(q quicklist.List, err error) error {
	if err == nil && q.Len() == 0 {
		err = rdb.ErrEmptyKey
	}
	if err != nil {
		q.Free()
	}
	return err
}

// each calls f for as many items as the stream says that there are.
func each(r *rdb.Reader, f func() error) error {
	n, err := r.Len()
	for ; err == nil && n > 0; n-- {
		err = f()
	}
	return err
}

// loadElements reads a list that is a count and so many elements.
func loadElements(r *rdb.Reader, b value.Builder) error {
	q := start(b)
	return give(b, q, each(r, func() error {
		p, err := r.String()
		if err == nil {
			q.PushBack(p)
		}
		return err
	}))
}

// loadNodes reads a list that is a count and so many nodes.
func loadNodes(r *rdb.Reader, b value.Builder) error {
	q := start(b)
	return give(b, q, each(r, func() error { return loadNode(r, q) }))
}

func loadNode(r *rdb.Reader, q quicklist.List) error {
	form, err := r.Len()
	if err != nil {
		return err
	}
	p, err := r.String()
	switch {
	case err != nil:
		return err
	case len(p) == 0:
		return r.Corruptf("Quicklist integrity check failed.")
	case form == rdbPlain:
		q.AppendPlain(p)
	case form != rdbPacked:
		return r.Corruptf("Quicklist integrity check failed.")
	case !listpack.Valid(p, true):
		return r.Corruptf("Listpack integrity check failed.")
	default:
		q.AppendPack(p)
	}
	return nil
}

// loadZiplists reads a list that is a count and so many ziplists.
func loadZiplists(r *rdb.Reader, b value.Builder) error {
	q := start(b)
	return give(b, q, each(r, func() error { return loadZiplistNode(r, q) }))
}

func loadZiplistNode(r *rdb.Reader, q quicklist.List) error {
	lp := listpack.New()
	err := readZiplist(r, func(e ziplist.Entry) {
		if e.IsInt {
			lp = listpack.AppendInt(lp, e.Int)
		} else {
			lp = listpack.Append(lp, e.Bytes)
		}
	})
	if err == nil {
		q.AppendPack(lp)
	}
	return err
}

// loadZiplist reads a list that is one ziplist. Valkey pushes its elements to a
// quicklist, and leaves it so, however short it is.
func loadZiplist(r *rdb.Reader, b value.Builder) error {
	q := start(b)
	var room [num.MaxIntLen]byte
	err := keep(q, readZiplist(r, func(e ziplist.Entry) {
		if e.IsInt {
			e.Bytes = num.AppendInt(room[:0], e.Int)
		}
		q.PushBack(e.Bytes)
	}))
	if err == nil {
		b.Value(value.KindList, uint64(q.Ref()))
	}
	return err
}

func readZiplist(r *rdb.Reader, visit func(e ziplist.Entry)) error {
	p, err := r.String()
	if err == nil && !ziplist.Each(p, visit) {
		err = r.Corruptf("Ziplist integrity check failed.")
	}
	return err
}
