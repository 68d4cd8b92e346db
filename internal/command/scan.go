package command

import "sigrun/internal/num"

const (
	errNoValues = ReplyError("ERR NOVALUES option can only be used in HSCAN")
	errNoScores = ReplyError("ERR NOSCORES option can only be used in ZSCAN")
)

// maxScanCount bounds COUNT where more makes no difference.
const maxScanCount = 1 << 40

// Scan is what a scan of a value asks for.
type Scan struct {
	Cursor  uint64
	Count   int
	Pattern []byte // nil: everything
	Bare    bool   // NOVALUES or NOSCORES
}

// ScanCursor reads the cursor of SSCAN, HSCAN and ZSCAN, which is looked at before
// the key.
func (c *Ctx) ScanCursor() (s Scan, err error) {
	a := c.Args(2)
	s.Cursor, s.Count = a.Cursor(), 10
	return s, a.Err()
}

// ScanOptions reads the rest: [MATCH pattern] [COUNT n], and bare, the option
// "novalues" or "noscores" of this command, or "".
func (c *Ctx) ScanOptions(s *Scan, bare string) error {
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Option("count"):
			n := a.Int()
			if n < 1 {
				a.Fail(ErrSyntax)
			}
			s.Count = int(min(n, maxScanCount))
		case a.Option("match"):
			s.Pattern = a.Next()
		case bare != "" && a.Flag(bare):
			s.Bare = true
		case a.Flag("novalues"):
			a.Fail(errNoValues)
		case a.Flag("noscores"):
			a.Fail(errNoScores)
		default:
			a.Fail(ErrSyntax)
		}
	}
	return a.Err()
}

// ReplyCursor begins the reply of a scan: the cursor to go on with. The array of
// what was found follows.
func (c *Ctx) ReplyCursor(next uint64) {
	c.W.Array(2)
	var buf [num.MaxIntLen]byte
	c.W.Bulk(num.AppendUint(buf[:0], next))
}
