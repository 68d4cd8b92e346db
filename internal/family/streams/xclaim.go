package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

const (
	errClaimIdle      = command.ReplyError("ERR Invalid min-idle-time argument for XCLAIM")
	errClaimIdleOpt   = command.ReplyError("ERR Invalid IDLE option argument for XCLAIM")
	errClaimTime      = command.ReplyError("ERR Invalid TIME option argument for XCLAIM")
	errClaimRetry     = command.ReplyError("ERR Invalid RETRYCOUNT option argument for XCLAIM")
	errAutoClaimIdle  = command.ReplyError("ERR Invalid min-idle-time argument for XAUTOCLAIM")
	errAutoClaimCount = command.ReplyError("ERR COUNT must be > 0")
	errAutoClaimHuge  = command.ReplyError("ERR Insufficient memory, failed allocating transient memory, COUNT too high.")
)

// claim is an XCLAIM or XAUTOCLAIM under way.
type claim struct {
	c       *command.Ctx
	s       ds.Stream
	g       ds.Group
	to      ds.Consumer
	created bool // the consumer is new
	idle    int64
	at      int64 // the time of delivery to be noted
	retry   int64 // negative: count one more
	force   bool
	justID  bool
	logged  bool
}

// open looks up stream and group, for changes.
func (p *claim) open() error {
	s, ok, err := readToChange(p.c, p.c.Keys[0])
	if err != nil {
		return err
	}
	if ok {
		p.s = s
		p.g, ok = s.FindGroup(p.c.Arg(2))
	}
	if !ok {
		return errPending(p.c)
	}
	return nil
}

// begin makes the consumer.
func (p *claim) begin() {
	p.c.NoEffect()
	p.to, p.created = addConsumer(p.c, p.c.Arg(1), p.g, p.c.Arg(3))
	p.to.SetSeen(p.c.Now())
}

// end logs the new consumer if nothing that was logged says that it is there.
func (p *claim) end() {
	if p.created && !p.logged {
		logConsumer(p.c, p.c.Arg(1), p.g, p.c.Arg(3))
	}
}

// drop ends the pending of an entry that is gone from the stream. Here as in take
// text is the ID as the client wrote it, nil if it didn't.
func (p *claim) drop(id ds.ID, text []byte, n ds.Nack) {
	p.c.Tx.Dirty++
	if p.c.Logging() {
		logClaim(p.c, p.c.Arg(1), p.g, id, text, n)
	}
	p.g.Ack(id)
}

// take gives the consumer the pending entry where it stands, and answers with it.
func (p *claim) take(it *ds.Iter, text []byte, n ds.Nack) {
	id := it.ID()
	p.g.Give(id, n, p.to)
	count := n.Count()
	switch {
	case p.retry >= 0:
		count = uint64(p.retry)
	case !p.justID:
		count++
	}
	n.Set(p.at, count)
	if p.justID {
		replyID(p.c.W, id)
	} else {
		replyEntry(p.c.W, it)
	}
	p.to.SetActive(p.c.Now())
	p.c.Tx.Dirty++
	p.logged = true
	if p.c.Logging() {
		logClaim(p.c, p.c.Arg(1), p.g, id, text, n)
	}
}

// idles reports whether n lies idle for long enough.
func (p *claim) idles(n ds.Nack) bool { return p.idle <= 0 || p.c.Now()-n.Time() >= p.idle }

// claimArgs is XCLAIM parsed behind the minimal idle time.
type claimArgs struct {
	claim
	ids  [][]byte
	last ds.ID // LASTID; zero: not given
}

// takeIDs finds the IDs: all arguments that are some.
func (p *claimArgs) takeIDs() {
	all := p.c.Argv[5:]
	for i, b := range all {
		if _, err := parseID(b); err != nil {
			all = all[:i]
			break
		}
	}
	p.ids = all
}

// parseOptions reads [IDLE ms] [TIME ms] [RETRYCOUNT n] [FORCE] [JUSTID]
// [LASTID id] behind the IDs.
func (p *claimArgs) parseOptions() error {
	now := p.c.Now()
	p.at, p.retry = ds.Never, -1
	a := p.c.Args(5 + len(p.ids))
	for a.More() {
		switch {
		case a.Flag("force"):
			p.force = true
		case a.Flag("justid"):
			p.justID = true
		case a.Option("idle"):
			p.at = now - intOr(&a, errClaimIdleOpt)
		case a.Option("time"):
			p.at = intOr(&a, errClaimTime)
		case a.Option("retrycount"):
			p.retry = intOr(&a, errClaimRetry)
		case a.Option("lastid"):
			var err error
			if p.last, err = parseID(a.Next()); err != nil {
				a.Fail(err)
			}
		default:
			a.Fail(command.ReplyError("ERR Unrecognized XCLAIM option '" + command.Text(a.Next()) + "'"))
		}
	}
	if p.at < 0 || p.at > now {
		p.at = now
	}
	return a.Err()
}

// intOr is the next argument as an integer; otherwise it fails with err.
func intOr(a *command.Args, err error) int64 {
	n, ok := num.ParseInt(a.Next())
	if !ok {
		a.Fail(err)
	}
	return n
}

// runXClaim answers XCLAIM key group consumer min-idle-time id … [options]: the
// entries that the consumer got.
func runXClaim(c *command.Ctx) error {
	p := claimArgs{claim: claim{c: c}}
	if err := p.open(); err != nil {
		return err
	}
	var ok bool
	if p.idle, ok = num.ParseInt(c.Arg(4)); !ok {
		return errClaimIdle
	}
	p.takeIDs()
	if err := p.parseOptions(); err != nil {
		return err
	}
	moved := p.g.LastID().Less(p.last)
	if moved {
		p.g.SetLastID(p.last)
	}
	p.begin()
	mark, n, effects := c.W.Mark(), 0, c.Tx.Dirty
	for _, text := range p.ids {
		if p.one(text) {
			n++
		}
	}
	c.W.PatchArray(mark, n)
	p.end()
	if moved && c.Tx.Dirty == effects {
		c.Tx.Dirty++
		logGroupID(c, c.Arg(1), p.g)
	}
	return nil
}

// one claims one entry and reports whether it answered.
func (p *claimArgs) one(text []byte) bool {
	id, _ := parseID(text)
	n, pending := p.g.FindPending(id)
	it := p.s.Range(id, id, false)
	if !it.Next() {
		if pending {
			p.drop(id, text, n)
		}
		return false
	}
	switch {
	case !pending && !p.force:
		return false
	case !pending:
		n = p.g.AddPending(id, p.to, p.c.Now(), 1)
	case !p.idles(n):
		return false
	}
	p.take(&it, text, n)
	return true
}

const (
	autoClaimCount    = 100       // entries that XAUTOCLAIM returns at most by default
	autoClaimAttempts = 10        // how many it looks at for each of them
	autoClaimMost     = 1<<59 - 1 // the largest COUNT
	autoClaimHuge     = 1 << 43   // more entries than there can be memory for
)

// autoClaim is XAUTOCLAIM parsed.
type autoClaim struct {
	claim
	from  ds.ID
	count int64
}

// parse reads XAUTOCLAIM key group consumer min-idle-time start [COUNT n]
// [JUSTID].
func (p *autoClaim) parse() (err error) {
	p.count, p.at, p.retry = autoClaimCount, p.c.Now(), -1
	a := p.c.Args(4)
	p.idle = intOr(&a, errAutoClaimIdle)
	start := a.Next()
	if a.Err() != nil {
		return a.Err()
	}
	if p.from, err = parseLow(start); err != nil {
		return err
	}
	for a.More() {
		switch {
		case a.Option("count"):
			if p.count = intOr(&a, errAutoClaimCount); p.count < 1 || p.count > autoClaimMost {
				a.Fail(errAutoClaimCount)
			}
		case a.Flag("justid"):
			p.justID = true
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return a.Err()
}

// runXAutoClaim answers XAUTOCLAIM: where to go on, the entries that the consumer
// got, and those that were pending but are gone.
func runXAutoClaim(c *command.Ctx) error {
	p := autoClaim{claim: claim{c: c}}
	if err := p.parse(); err != nil {
		return err
	}
	if err := p.open(); err != nil {
		return err
	}
	if p.count >= autoClaimHuge {
		return errAutoClaimHuge
	}
	p.begin()
	w := c.W
	w.Array(3)
	head := w.Mark()
	gone, next, n := p.run()
	w.PatchArray(head, n)
	insertID(w, head, next)
	w.Array(len(gone))
	for _, id := range gone {
		replyID(w, id)
	}
	p.end()
	return nil
}

// run goes through the pending entries. It returns those that are gone, where
// to go on, and how many it answered with.
func (p *autoClaim) run() (gone []ds.ID, next ds.ID, n int) {
	attempts := p.count * autoClaimAttempts
	it, entries := p.g.PendingFrom(p.from), p.s.Finder()
	for ; attempts > 0 && p.count > 0 && it.Ok(); attempts-- {
		id, nack := it.ID(), it.Nack()
		entry, there := entries.Find(id)
		switch {
		case !there:
			p.drop(id, nil, nack)
			gone = append(gone, id)
			p.count--
			it = p.g.PendingFrom(id)
			continue
		case p.idles(nack):
			p.take(entry, nil, nack)
			p.count--
			n++
		}
		it.Next()
	}
	if it.Ok() {
		next = it.ID()
	}
	return gone, next, n
}

// insertID puts the reply that is an ID in front of what was appended since mark.
func insertID(w *resp.Writer, mark int, id ds.ID) {
	end := len(w.Buf)
	replyID(w, id)
	var reply [ds.MaxIDLen + 16]byte
	n := copy(reply[:], w.Buf[end:])
	copy(w.Buf[mark+n:], w.Buf[mark:end])
	copy(w.Buf[mark:], reply[:n])
}
