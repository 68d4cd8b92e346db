package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
)

const (
	errAddZero  = command.ReplyError("ERR The ID specified in XADD must be greater than 0-0")
	errAddSmall = command.ReplyError("ERR The ID specified in XADD is equal or smaller than the target stream top item")
	errAddFull  = command.ReplyError("ERR The stream has exhausted the last possible ID, unable to add more items")
	errAddLarge = command.ReplyError("ERR Elements are too large to be stored")
)

// addArgs is XADD parsed.
type addArgs struct {
	trim     trimArgs
	noCreate bool
	auto     bool   // the ID is "*"
	id       partID // if not
	at       int    // the argument that is the ID
}

// parseAdd reads XADD key [NOMKSTREAM] [trimming] *|id field value …
func parseAdd(c *command.Ctx) (p addArgs, err error) {
	a := c.Args(2)
	for a.More() {
		at := len(c.Argv) - a.Left()
		if isStar(c.Argv[at]) {
			p.auto, p.at = true, at
			break
		}
		if p.trim.option(&a, c.Argv, at) {
			continue
		}
		if a.Flag("nomkstream") {
			p.noCreate = true
			continue
		}
		var ok bool
		if p.id, ok = parsePart(c.Argv[at], 0); !ok {
			a.Fail(errID)
		}
		p.at = at
		break
	}
	if err = a.Err(); err == nil {
		err = p.trim.finish(c)
	}
	if err != nil {
		return p, err
	}
	pairs := len(c.Argv) - p.at - 1
	switch {
	case p.at == 0 || pairs < 2 || pairs%2 != 0:
		return p, command.ReplyError("ERR wrong number of arguments for 'xadd' command")
	case !p.auto && !p.id.auto && p.id.IsZero():
		return p, errAddZero
	}
	return p, nil
}

func isStar(b []byte) bool { return len(b) > 0 && b[0] == '*' && (len(b) == 1 || b[1] == 0) }

// next is the ID of an entry behind last.
func (p *addArgs) next(last ds.ID, now int64) (id ds.ID, err error) {
	switch {
	case last == ds.MaxID:
		return id, errAddFull
	case p.auto:
		if id = (ds.ID{Ms: uint64(now)}); !last.Less(id) {
			id = last.Next()
		}
		return id, nil
	case p.id.auto && p.id.Ms == last.Ms:
		if id = last.Next(); id.Ms != last.Ms {
			return id, errAddSmall
		}
		return id, nil
	case !last.Less(p.id.ID):
		return id, errAddSmall
	}
	return p.id.ID, nil
}

// runXAdd answers XADD: the ID of the new entry, or nil if there is no stream and
// none is to be made.
func runXAdd(c *command.Ctx) error {
	p, err := parseAdd(c)
	if err != nil {
		return err
	}
	k, pairs := c.Keys[0], c.Argv[p.at+1:]
	m, s, there, err := mutate(c, k)
	switch {
	case err != nil:
		return err
	case !there && p.noCreate:
		c.W.Null()
		return nil
	}
	var last ds.ID
	if there {
		last = s.LastID()
	}
	id, err := p.next(last, c.Now())
	if err == nil && tooLarge(pairs) {
		err = errAddLarge
	}
	if err != nil {
		return err
	}
	if there {
		m.Changed(1)
	} else {
		s = store(c, k)
	}
	s.Append(id, pairs, ds.Limits{Bytes: c.Limits.StreamBytes, Entries: c.Limits.StreamNodes})
	replyID(c.W, id)
	c.Event(command.EventStream, "xadd", k.B)
	if p.trim.given && s.Trim(p.trim.Trim) > 0 {
		c.Event(command.EventStream, "xtrim", k.B)
	}
	p.log(c, s, id)
	return nil
}

func tooLarge(pairs [][]byte) bool {
	n := 0
	for _, b := range pairs {
		n += len(b)
	}
	return n > ds.MaxEntry
}

// log logs the command with the ID and the limit that it came to.
func (p *addArgs) log(c *command.Ctx, s ds.Stream, id ds.ID) {
	chosen := p.auto || p.id.auto
	if !c.Logging() || !chosen && !p.trim.approximate() {
		return
	}
	l := newLine(c.Argv...)
	p.trim.rewrite(l, s)
	if chosen {
		l.words[p.at] = l.idText(id)
	}
	l.log(c)
}
