package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
)

const (
	errTrimBoth     = command.ReplyError("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
	errTrimMaxLen   = command.ReplyError("ERR The MAXLEN argument must be >= 0.")
	errTrimLimit    = command.ReplyError("ERR The LIMIT argument must be >= 0.")
	errTrimNoLimit  = command.ReplyError("ERR syntax error, LIMIT cannot be used without the special ~ option")
	errTrimNothing  = command.ReplyError("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
	errTrimStrategy = command.ReplyError("ERR syntax error, XTRIM must be called with a trimming strategy")
)

// What a trimming removes at most with "~" and without LIMIT: so many whole
// blocks, or if these are not limited so many entries; in any case at most.
const (
	trimBlocks  = 100
	trimEntries = 10_000
	trimMost    = 1_000_000
)

// trimArgs are the options of XADD and XTRIM about trimming.
type trimArgs struct {
	ds.Trim
	given   bool
	limited bool // LIMIT was given
	at      int  // the argument that is the threshold
}

// approximate reports whether what was trimmed hangs on the blocks.
func (t *trimArgs) approximate() bool { return t.given && t.Whole }

// option reads one of MAXLEN|MINID [=|~] threshold, LIMIT count, the first word
// of which is argument at, if it stands there.
func (t *trimArgs) option(a *command.Args, argv [][]byte, at int) bool {
	switch {
	case a.Option("maxlen"):
		if n := t.threshold(a, argv, at); n != nil {
			v, ok := num.ParseInt(n)
			switch {
			case !ok:
				a.Fail(command.ErrNotInteger)
			case v < 0:
				a.Fail(errTrimMaxLen)
			}
			t.MaxLen = uint64(v)
		}
	case a.Option("minid"):
		if n := t.threshold(a, argv, at); n != nil {
			id, err := parseID(n)
			if err != nil {
				a.Fail(err)
			}
			t.ByID, t.MinID = true, id
		}
	case a.Option("limit"):
		t.Limit = a.Int()
		if t.Limit < 0 {
			a.Fail(errTrimLimit)
		}
		t.limited = true
	default:
		return false
	}
	return true
}

// threshold reads the rest of MAXLEN or MINID, which is argument at.
func (t *trimArgs) threshold(a *command.Args, argv [][]byte, at int) []byte {
	if t.given {
		a.Fail(errTrimBoth)
		return nil
	}
	t.given, t.Whole, t.at = true, false, at+1
	if a.Left() >= 2 {
		if sign := string(argv[at+1]); sign == "~" || sign == "=" {
			a.Next()
			t.Whole, t.at = sign == "~", at+2
		}
	}
	return a.Next()
}

// finish checks the options together. A command from the log has no limit: what
// it says is what was done.
func (t *trimArgs) finish(c *command.Ctx) error {
	switch {
	case t.Limit != 0 && !t.given:
		return errTrimNothing
	case c.Replayed:
		t.Limit = 0
	case t.limited && !t.Whole:
		return errTrimNoLimit
	case t.Whole && !t.limited:
		t.Limit = trimBlocks * int64(c.Limits.StreamNodes)
		if t.Limit <= 0 {
			t.Limit = trimEntries
		}
		t.Limit = min(t.Limit, trimMost)
	}
	return nil
}

// rewrite changes the words of a command line so that it says exactly what was
// trimmed.
func (t *trimArgs) rewrite(l *line, s ds.Stream) {
	if !t.approximate() {
		return
	}
	l.words[t.at-1] = wordEqual
	switch {
	case !t.ByID:
		start := len(l.words)
		l.int(int64(s.Len()))
		l.words[t.at], l.words = l.words[start], l.words[:start]
	case s.Len() == 0:
		l.words[t.at] = l.idText(ds.MaxID)
	default:
		l.words[t.at] = l.idText(s.FirstID())
	}
}

var wordEqual = []byte("=")

// runXTrim answers XTRIM key MAXLEN|MINID [=|~] threshold [LIMIT count]: how many
// entries it removed.
func runXTrim(c *command.Ctx) error {
	var t trimArgs
	a := c.Args(2)
	for a.More() {
		if !t.option(&a, c.Argv, len(c.Argv)-a.Left()) {
			a.Fail(command.ErrSyntax)
		}
	}
	if err := a.Err(); err != nil {
		return err
	}
	if err := t.finish(c); err != nil {
		return err
	}
	if !t.given {
		return errTrimStrategy
	}
	k := c.Keys[0]
	m, s, ok, err := mutate(c, k)
	if !ok || err != nil {
		return orZero(c, err)
	}
	n := s.Trim(t.Trim)
	if n > 0 {
		c.Event(command.EventStream, "xtrim", k.B)
		m.Changed(int(n))
		if c.Logging() && t.Whole {
			l := newLine(c.Argv...)
			t.rewrite(l, s)
			l.log(c)
		}
	}
	c.W.Int(n)
	return nil
}

// orZero answers 0 unless there was an error.
func orZero(c *command.Ctx, err error) error {
	if err == nil {
		c.W.Int(0)
	}
	return err
}
