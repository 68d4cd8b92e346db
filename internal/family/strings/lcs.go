package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

const (
	errLCSType   = command.ReplyError("ERR The specified keys must contain string values")
	errLCSBoth   = command.ReplyError("ERR If you want both the length and indexes, please just use IDX.")
	errLCSMemory = command.ReplyError("ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len")
)

// lcsArgs are the options of LCS.
type lcsArgs struct {
	onlyLen  bool
	ranges   bool
	withLen  bool
	minRange int64 // shorter ranges are left out
}

// parseLCS reads LCS key1 key2 [LEN] [IDX] [MINMATCHLEN n] [WITHMATCHLEN].
func parseLCS(c *command.Ctx) (l lcsArgs, err error) {
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Flag("idx"):
			l.ranges = true
		case a.Flag("len"):
			l.onlyLen = true
		case a.Flag("withmatchlen"):
			l.withLen = true
		case a.Option("minmatchlen"):
			l.minRange = a.Int()
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	if l.ranges && l.onlyLen {
		a.Fail(errLCSBoth)
	}
	return l, a.Err()
}

// runLCS answers LCS: the longest common subsequence of two strings, its
// length, or the ranges in which they agree.
func runLCS(c *command.Ctx) error {
	var bufA, bufB [num.MaxIntLen]byte
	a, okA := lcsOperand(c, 0, bufA[:])
	b, okB := lcsOperand(c, 1, bufB[:])
	if !okA || !okB {
		return errLCSType
	}
	l, err := parseLCS(c)
	if err != nil {
		return err
	}
	// The length alone needs no table, but its time: a call must not take minutes.
	if lcsMemory(len(a), len(b)) > c.MaxBulk {
		return errLCSMemory
	}
	s := takeScratch()
	defer s.give()
	if l.onlyLen {
		c.W.Int(int64(s.length(a, b)))
		return nil
	}
	n := s.table(a, b)
	if l.ranges {
		s.replyRanges(c.W, &l, a, b, n)
		return nil
	}
	s.replyText(c.W, a, b, n)
	return nil
}

// lcsOperand is the string that the i-th key holds, the empty one if it is
// absent; ok is false if it holds something else.
func lcsOperand(c *command.Ctx, i int, buf []byte) (b []byte, ok bool) {
	o, found, err := read(c, c.Keys[i])
	if err != nil {
		return nil, false
	}
	if !found {
		return nil, true
	}
	return text(o, buf), true
}

// replyText answers with the subsequence, which has n bytes. The way through the
// table leads from its end to its beginning.
func (s *lcsScratch) replyText(w *resp.Writer, a, b []byte, n int) {
	w.BulkHeader(n)
	start := len(w.Buf)
	w.Buf = append(w.Buf, make([]byte, n)...)
	out := w.Buf[start:]
	for t := s.walk(a, b); t.next(); {
		n--
		out[n] = a[t.i]
	}
	w.BulkEnd()
}

// replyRanges answers with the ranges of both strings that make up the
// subsequence, the last ones first, and with its length n.
func (s *lcsScratch) replyRanges(w *resp.Writer, l *lcsArgs, a, b []byte, n int) {
	w.Map(2)
	w.BulkString("matches")
	mark, count := w.Mark(), 0
	for t := s.walk(a, b); ; {
		i, j, size := t.nextRange()
		if size == 0 {
			break
		}
		if int64(size) >= l.minRange {
			replyRange(w, i, j, size, l.withLen)
			count++
		}
	}
	w.PatchArray(mark, count)
	w.BulkString("len")
	w.Int(int64(n))
}

func replyRange(w *resp.Writer, i, j, size int, withLen bool) {
	if withLen {
		w.Array(3)
	} else {
		w.Array(2)
	}
	for _, first := range [...]int{i, j} {
		w.Array(2)
		w.Int(int64(first))
		w.Int(int64(first + size - 1))
	}
	if withLen {
		w.Int(int64(size))
	}
}
