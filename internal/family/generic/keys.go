package generic

import (
	"sigrun/internal/command"
	"sigrun/internal/glob"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

const (
	errNoValues = command.ReplyError("ERR NOVALUES option can only be used in HSCAN")
	errNoScores = command.ReplyError("ERR NOSCORES option can only be used in ZSCAN")
)

// maxScanCount bounds COUNT where more makes no difference.
const maxScanCount = 1 << 40

// typeNames are the types that SCAN may ask for, whether there is such a value
// or not.
var typeNames = []string{"string", "list", "set", "zset", "hash", "stream"}

// runKeys answers KEYS pattern: the keys that match.
func runKeys(c *command.Ctx) error {
	pattern := c.Arg(1)
	mark, n := c.W.Mark(), 0
	c.Tx.Each(func(o value.Object) {
		if key := o.Rec.Key(); !c.Tx.Hides(o) && matches(pattern, key) {
			c.W.Bulk(key)
			n++
		}
	})
	c.W.PatchArray(mark, n)
	return nil
}

// matches reports whether key matches pattern; "*" matches the empty key too.
func matches(pattern, key []byte) bool {
	return string(pattern) == "*" || glob.Match(pattern, key)
}

// runRandomKey answers RANDOMKEY: some key, or nil if there is none.
func runRandomKey(c *command.Ctx) error {
	if key, ok := c.Tx.Random(c.Tx.Rand()); ok {
		c.W.Bulk(key)
	} else {
		c.W.Null()
	}
	return nil
}

// scanArgs is SCAN parsed.
type scanArgs struct {
	cursor  uint64
	count   int
	pattern []byte // nil: all keys
	typ     string // empty: all types
}

// parseScan reads SCAN cursor [MATCH pattern] [COUNT n] [TYPE name].
func parseScan(c *command.Ctx) (s scanArgs, err error) {
	a := c.Args(1)
	s.cursor = a.Cursor()
	s.count = 10
	for a.More() {
		switch {
		case a.Option("count"):
			n := a.Int()
			if n < 1 {
				a.Fail(command.ErrSyntax)
			}
			s.count = int(min(n, maxScanCount))
		case a.Option("match"):
			s.pattern = a.Next()
		case a.Option("type"):
			if s.typ, err = typeName(a.Next()); err != nil {
				a.Fail(err)
			}
		case a.Flag("novalues"):
			a.Fail(errNoValues)
		case a.Flag("noscores"):
			a.Fail(errNoScores)
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return s, a.Err()
}

func typeName(b []byte) (string, error) {
	for _, name := range typeNames {
		if command.Is(b, name) {
			return name, nil
		}
	}
	return "", command.ReplyError("ERR unknown type name '" + command.Text(b) + "'")
}

// runScan answers SCAN: the next cursor and some keys. Keys that have expired
// are deleted on the way.
func runScan(c *command.Ctx) error {
	s, err := parseScan(c)
	if err != nil {
		return err
	}
	var dead [][]byte
	start, n := c.W.Mark(), 0
	next := c.Tx.Scan(s.cursor, s.count, func(o value.Object) {
		key := o.Rec.Key()
		switch {
		case s.pattern != nil && !matches(s.pattern, key):
		case s.typ != "" && o.Class().Name != s.typ:
		case c.Tx.Hides(o):
			dead = append(dead, append([]byte(nil), key...))
		default:
			c.W.Bulk(key)
			n++
		}
	})
	c.W.PatchArray(start, n)
	replyCursor(c, start, next)
	for _, key := range dead {
		c.Tx.Exists(keyspace.KeyOf(key))
	}
	return nil
}

// replyCursor puts the head of a scan's reply in front of its elements, which
// begin at start.
func replyCursor(c *command.Ctx, start int, next uint64) {
	end := len(c.W.Buf)
	c.W.Array(2)
	var buf [num.MaxIntLen]byte
	c.W.Bulk(num.AppendUint(buf[:0], next))
	rotate(c.W.Buf[start:], end-start)
}

// rotate brings the bytes from n on to the front of b.
func rotate(b []byte, n int) {
	var head [64]byte
	size := copy(head[:], b[n:])
	copy(b[size:], b[:n])
	copy(b, head[:size])
}
