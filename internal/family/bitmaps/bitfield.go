package bitmaps

import (
	"sigrun/internal/command"
	"sigrun/internal/ds/bitmap"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

const (
	errFieldType     = command.ReplyError("ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.")
	errFieldOverflow = command.ReplyError("ERR Invalid OVERFLOW type specified")
	errFieldReadOnly = command.ReplyError("ERR BITFIELD_RO only supports the GET subcommand")
)

// fieldOp is one operation of BITFIELD.
type fieldOp struct {
	offset   uint64
	value    int64 // of SET and INCRBY
	field    bitmap.Field
	overflow bitmap.Overflow
	kind     fieldKind
}

type fieldKind uint8

const (
	fieldGet fieldKind = iota
	fieldSet
	fieldIncrBy
)

// fieldKinds are the words of BITFIELD's operations and how many arguments follow.
var fieldKinds = [...]struct {
	word string
	args int
	kind fieldKind
}{
	{"get", 2, fieldGet},
	{"set", 3, fieldSet},
	{"incrby", 3, fieldIncrBy},
}

var fieldOverflows = [...]struct {
	word string
	how  bitmap.Overflow
}{
	{"wrap", bitmap.Wrap},
	{"sat", bitmap.Saturate},
	{"fail", bitmap.Fail},
}

// fewOps is how many operations a command line may have for which there is room
// on the stack.
const fewOps = 16

// fieldParser reads the operations of BITFIELD key
// [GET type offset | [OVERFLOW WRAP|SAT|FAIL] SET type offset value |
// INCRBY type offset increment] …
type fieldParser struct {
	c        *command.Ctx
	a        command.Args
	overflow bitmap.Overflow // of the operations that follow
}

// next reads the next operation; ok is false if there is none, or an error.
func (p *fieldParser) next() (op fieldOp, ok bool) {
	for p.a.Option("overflow") {
		p.setOverflow(p.a.Next())
	}
	if !p.a.More() {
		return op, false
	}
	for i := range fieldKinds {
		k := &fieldKinds[i]
		if p.a.Left() > k.args && p.a.Flag(k.word) {
			op.kind, op.overflow = k.kind, p.overflow
			p.arguments(&op)
			return op, p.a.Err() == nil
		}
	}
	p.a.Fail(command.ErrSyntax)
	return op, false
}

func (p *fieldParser) setOverflow(word []byte) {
	for i := range fieldOverflows {
		if o := &fieldOverflows[i]; command.Is(word, o.word) {
			p.overflow = o.how
			return
		}
	}
	p.a.Fail(errFieldOverflow)
}

// arguments reads what follows the word of op.
func (p *fieldParser) arguments(op *fieldOp) {
	var ok bool
	if op.field, ok = parseField(p.a.Next()); !ok {
		p.a.Fail(errFieldType)
	}
	var err error
	if op.offset, err = fieldOffset(p.c, p.a.Next(), op.field); err != nil {
		p.a.Fail(err)
	}
	if op.kind != fieldGet {
		op.value = p.a.Int()
	}
}

// parseField reads the type of an integer: i1 to i64 or u1 to u63.
func parseField(b []byte) (f bitmap.Field, ok bool) {
	if len(b) < 2 || b[0] != 'i' && b[0] != 'u' {
		return f, false
	}
	f.Signed = b[0] == 'i'
	n, ok := num.ParseInt(b[1:])
	if !ok || n < 1 || n > 64 || n == 64 && !f.Signed {
		return f, false
	}
	f.Bits = uint8(n)
	return f, true
}

// fieldOffset is the position of a bit: a number, or "#" and one that counts
// fields.
func fieldOffset(c *command.Ctx, b []byte, f bitmap.Field) (uint64, error) {
	if len(b) == 0 || b[0] != '#' {
		return bitOffset(c, b)
	}
	n, ok := num.ParseInt(b[1:])
	if n *= int64(f.Bits); !ok || n < 0 || n/8 >= c.MaxBulk {
		return 0, errBitOffset
	}
	return uint64(n), nil
}

func runBitField(c *command.Ctx) error { return bitField(c, false) }

func runBitFieldRO(c *command.Ctx) error { return bitField(c, true) }

// bitField answers BITFIELD and BITFIELD_RO: for GET the number, for SET what it
// was, for INCRBY what it is, nil for what was not done because of an overflow.
func bitField(c *command.Ctx, readOnly bool) error {
	var few [fewOps]fieldOp
	ops := few[:0]
	need := 0 // the size that the writing operations need
	p := fieldParser{c: c, a: c.Args(2)}
	for op, ok := p.next(); ok; op, ok = p.next() {
		if op.kind != fieldGet {
			need = max(need, int((op.offset+uint64(op.field.Bits)-1)/8)+1)
		}
		ops = append(ops, op)
	}
	switch {
	case p.a.Err() != nil:
		return p.a.Err()
	case need == 0:
		return readFields(c, ops)
	case readOnly:
		return errFieldReadOnly
	}
	k := c.Keys[0]
	e, err := edit(c, k, need)
	if err != nil {
		return err
	}
	if e.added {
		c.Event(command.EventNew, "new", k.B)
	}
	c.W.Array(len(ops))
	changes := 0
	for i := range ops {
		if stored, changed := ops[i].run(c.W, e.b); changed || stored && e.grown {
			changes++
		}
	}
	e.changed(c, k, changes)
	return nil
}

// readFields does operations that are all GET.
func readFields(c *command.Ctx, ops []fieldOp) error {
	var buf [num.MaxIntLen]byte
	b, _, err := read(c, c.Keys[0], buf[:])
	if err != nil {
		return err
	}
	c.W.Array(len(ops))
	for i := range ops {
		ops[i].run(c.W, b)
	}
	return nil
}

// run does op in b and answers. It reports whether it stored a number, and whether
// that is another one than was there.
func (op *fieldOp) run(w *resp.Writer, b []byte) (stored, changed bool) {
	old := op.field.Load(b, op.offset)
	if op.kind == fieldGet {
		w.Int(old)
		return false, false
	}
	var v int64
	var ok bool
	if op.kind == fieldIncrBy {
		v, ok = op.field.Add(old, op.value, op.overflow)
	} else {
		v, ok = op.field.Fit(op.value, op.overflow)
	}
	switch {
	case !ok:
		w.Null()
		return false, false
	case op.kind == fieldIncrBy:
		w.Int(v)
	default:
		w.Int(old)
	}
	if v != old {
		op.field.Store(b, op.offset, v)
	}
	return true, v != old
}
