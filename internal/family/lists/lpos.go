package lists

import (
	"math"

	"sigrun/internal/command"
	"sigrun/internal/ds/listpack"
	"sigrun/internal/num"
	"sigrun/internal/types/list"
)

// lpos is LPOS parsed.
type lpos struct {
	rank   int64
	count  int64 // of matches; 0 for all
	maxlen int64 // elements to look at
	many   bool  // COUNT was given
}

const (
	errRankZero = command.ReplyError("ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... " +
		"or use negative to start from the end of the list")
	errRange       = command.ReplyError("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
	errCountSign   = command.ReplyError("ERR COUNT can't be negative")
	errMaxLenSign  = command.ReplyError("ERR MAXLEN can't be negative")
	smallestSigned = -math.MaxInt64
)

// signed is an argument that is an integer whose sign can be turned.
func signed(b []byte) (n int64, err error) {
	n, ok := num.ParseInt(b)
	switch {
	case !ok:
		return 0, command.ErrNotInteger
	case n < smallestSigned:
		return 0, errRange
	}
	return n, nil
}

// natural is an argument that is no negative integer; otherwise err is the error.
func natural(b []byte, wrong error) (n int64, err error) {
	n, ok := num.ParseInt(b)
	if !ok || n < 0 {
		return 0, wrong
	}
	return n, nil
}

func parseLPos(c *command.Ctx) (p lpos, err error) {
	p.rank = 1
	a := c.Args(3)
	for a.More() && err == nil {
		switch {
		case a.Option("rank"):
			p.rank, err = signed(a.Next())
			if err == nil && p.rank == 0 {
				err = errRankZero
			}
		case a.Option("count"):
			p.many = true
			p.count, err = natural(a.Next(), errCountSign)
		case a.Option("maxlen"):
			p.maxlen, err = natural(a.Next(), errMaxLenSign)
		default:
			err = command.ErrSyntax
		}
	}
	return p, err
}

// runLPos answers LPOS key element [RANK rank] [COUNT num-matches] [MAXLEN len]: the
// index of a match or nil, with COUNT an array of indexes.
func runLPos(c *command.Ctx) error {
	p, err := parseLPos(c)
	if err != nil {
		return err
	}
	l, ok, err := read(c, c.Keys[0])
	switch {
	case err != nil:
		return err
	case !ok && p.many:
		c.W.Array(0)
	case !ok:
		c.W.Null()
	default:
		p.search(c, &l)
	}
	return nil
}

// search looks for the matches and replies with them.
func (p *lpos) search(c *command.Ctx, l *list.List) {
	n := l.Len()
	look := n
	if p.maxlen > 0 {
		look = int(min(p.maxlen, int64(n)))
	}
	s := seeker{m: list.NewMatcher(c.Arg(2)), left: look, back: p.rank < 0}
	skip := p.rank - 1
	s.r = l.Read(0, false)
	if s.back {
		skip = -p.rank - 1
		s.r = l.Read(-1, true)
	}
	mark, found := c.W.Mark(), 0
	for p.count == 0 || int64(found) < p.count {
		i, ok := s.next()
		if !ok {
			break
		}
		if skip > 0 {
			skip--
			continue
		}
		if s.back {
			i = n - 1 - i
		}
		c.W.Int(int64(i))
		if found++; !p.many {
			return
		}
	}
	if !p.many {
		c.W.Null()
		return
	}
	c.W.PatchArray(mark, found)
}

// seeker finds matches one after the other.
type seeker struct {
	r    list.Reader
	m    list.Matcher
	i    int // elements looked at
	left int // elements still to be looked at
	back bool
}

// next is how many elements lie before the next match; ok is false if there is none.
func (s *seeker) next() (i int, ok bool) {
	for s.left > 0 && !ok {
		lp, p := s.r.Pack()
		if lp == nil || s.back {
			e, _ := s.r.Next()
			ok = s.m.Match(e)
			s.seen(1)
			continue
		}
		at, passed, found := listpack.Search(lp, p, &s.m, s.left)
		if ok = found; ok {
			passed++
			at = listpack.Next(lp, at)
		}
		s.r.Skip(at)
		s.seen(passed)
	}
	return s.i - 1, ok
}

func (s *seeker) seen(n int) {
	s.i += n
	s.left -= n
}
