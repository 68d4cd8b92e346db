package streams

import (
	"sigrun/internal/command"
	ds "sigrun/internal/ds/stream"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
	"sigrun/internal/types/stream"
)

const (
	errReadGroup   = command.ReplyError("ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.")
	errReadNoAck   = command.ReplyError("ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.")
	errReadNew     = command.ReplyError("ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
	errReadNoGroup = command.ReplyError("ERR Missing GROUP option for XREADGROUP")
	errReadDollar  = command.ReplyError("ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.")
	errReadPlus    = command.ReplyError("ERR The + ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The + ID would just return an empty result set.")
)

// readArgs is XREAD or XREADGROUP parsed, but for the IDs.
type readArgs struct {
	grouped         bool // XREADGROUP
	group, consumer []byte
	count           int64 // 0: all
	noAck           bool
	block           bool
	until           int64 // as command.Block
	keys            int   // the argument that is the first key
	n               int   // how many streams
}

// id is the argument that is the ID of stream i.
func (p *readArgs) id(i int) int { return p.keys + p.n + i }

// parseRead reads [GROUP group consumer] [COUNT n] [BLOCK ms] [NOACK] STREAMS
// key … id …
func parseRead(c *command.Ctx, grouped bool) (p readArgs, err error) {
	p.grouped = grouped
	a := c.Args(1)
	for a.More() && p.keys == 0 {
		switch {
		case a.Option("block"):
			p.block = true
			if p.until, err = c.TimeoutMillis(a.Next()); err != nil {
				a.Fail(err)
			}
		case a.Option("count"):
			p.count = max(a.Int(), 0)
		case a.Option("streams"):
			p.keys = len(c.Argv) - a.Left()
			p.n = a.Left() / 2
			if a.Left()%2 != 0 {
				a.Fail(p.unbalanced())
			}
		case a.Left() > 2 && a.Flag("group"):
			if !grouped {
				a.Fail(errReadGroup)
			}
			p.group, p.consumer = a.Next(), a.Next()
		case a.Flag("noack"):
			if !grouped {
				a.Fail(errReadNoAck)
			}
			p.noAck = true
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	switch {
	case a.Err() != nil:
		return p, a.Err()
	case p.keys == 0:
		return p, command.ErrSyntax
	case grouped && p.group == nil:
		return p, errReadNoGroup
	case len(c.Keys) != p.n || string(c.Keys[0].B) != string(c.Argv[p.keys]): // STREAMS is also a name
		return p, command.ErrSyntax
	}
	return p, nil
}

func (p *readArgs) unbalanced() error {
	name, sign := "xread", "$"
	if p.grouped {
		name, sign = "xreadgroup", ">"
	}
	return command.ReplyError("ERR Unbalanced '" + name + "' list of streams: for each stream key an ID or '" + sign + "' must be specified.")
}

// source is one of the streams to read.
type source struct {
	s     ds.Stream
	ok    bool // it is there
	after ds.ID
}

// fewStreams is how many streams of a command need no memory.
const fewStreams = 4

// onlyNew is the ID by which XREADGROUP asks for entries that nobody has got.
var onlyNew = ds.MaxID

// look looks up the i-th stream and reads the ID behind which to read.
func (p *readArgs) look(c *command.Ctx, i int) (from source, err error) {
	k, text := c.Keys[i], c.Argv[p.id(i)]
	if from.s, from.ok, err = read(c, k); err != nil {
		return from, err
	}
	if p.grouped {
		there := from.ok
		if there {
			_, there = from.s.FindGroup(p.group)
		}
		if !there {
			return from, command.ReplyError("NOGROUP No such key '" + command.Text(k.B) + "' or consumer group '" +
				command.Text(p.group) + "' in XREADGROUP with GROUP option")
		}
	}
	switch {
	case isMark(text, '$') && p.grouped:
		return from, errReadDollar
	case isMark(text, '+') && p.grouped:
		return from, errReadPlus
	case isMark(text, '>') && !p.grouped:
		return from, errReadNew
	case isMark(text, '>'):
		from.after = onlyNew
	case isMark(text, '$') && from.ok:
		from.after = from.s.LastID()
	case isMark(text, '+') && from.ok:
		if from.after = from.s.LastID(); !from.after.IsZero() {
			from.after = from.after.Prev()
		}
	case isMark(text, '$'), isMark(text, '+'):
	default:
		from.after, err = parseID(text)
	}
	return from, err
}

// hasBehind reports whether s has entries behind id.
func hasBehind(s ds.Stream, id ds.ID) bool {
	return s.Len() > 0 && id.Less(s.LastID()) && id.Less(s.LastValidID())
}

// lookedUp counts the look-up of a key, and tells if it is absent, as the real
// server does that looks it up a second time.
func lookedUp(c *command.Ctx, k keyspace.Key, ok bool) {
	if ok {
		c.Tx.Stats.Hits++
		return
	}
	c.Tx.Stats.Misses++
	c.Event(command.EventKeyMiss, "keymiss", k.B)
}

// reading is a reply under way: a list of streams with entries of each.
type reading struct {
	w    *resp.Writer
	mark int
	n    int
}

// begin begins the entries of one more stream.
func (r *reading) begin(key []byte) {
	if r.n == 0 {
		r.mark = r.w.Mark()
	}
	r.n++
	if !r.w.Proto3 {
		r.w.Array(2)
	}
	r.w.Bulk(key)
}

// end ends the reply and reports whether there is any.
func (r *reading) end() bool {
	switch {
	case r.n == 0:
		return false
	case r.w.Proto3:
		r.w.PatchMap(r.mark, r.n)
	default:
		r.w.PatchArray(r.mark, r.n)
	}
	return true
}

// runXRead answers XREAD: the entries of streams behind IDs.
func runXRead(c *command.Ctx) error {
	p, err := parseRead(c, false)
	if err != nil {
		return err
	}
	var few [fewStreams]source
	streams := few[:0]
	for i := range p.n {
		from, err := p.look(c, i)
		if err != nil {
			return err
		}
		streams = append(streams, from)
	}
	r := reading{w: c.W}
	for i, from := range streams {
		lookedUp(c, c.Keys[i], from.ok)
		if from.ok && hasBehind(from.s, from.after) {
			r.begin(c.Argv[p.keys+i])
			replyRange(c.W, rangeFrom(from.s, from.after), p.count)
		}
	}
	if r.end() {
		return nil
	}
	if p.block && c.MayBlock() { // what "$" stands for now, it stands for when there is something
		for i, from := range streams {
			if isMark(c.Argv[p.id(i)], '$') {
				c.Argv[p.id(i)] = from.after.AppendText(nil)
			}
		}
	}
	return p.wait(c)
}

// wait ends a command that found nothing.
func (p *readArgs) wait(c *command.Ctx) error {
	if !p.block || !c.MayBlock() {
		c.W.NullArray()
		return nil
	}
	return c.Block(command.Block{
		Until:   p.until,
		Timeout: func(w *resp.Writer) { w.NullArray() },
		Keys:    c.Keys,
		Class:   stream.Name,
		Gone:    p.grouped,
	})
}

// logGroupID logs how far g has read.
func logGroupID(c *command.Ctx, key []byte, g ds.Group) {
	l := newLine(wordXGroup, wordSetID, key, g.Name())
	l.id(g.LastID())
	l.word(wordEntriesRead)
	l.int(g.EntriesRead())
	l.log(c)
}

// logConsumer logs that g got a consumer.
func logConsumer(c *command.Ctx, key []byte, g ds.Group, name []byte) {
	newLine(wordXGroup, wordCreateConsumer, key, g.Name(), name).log(c)
}

// logClaim logs that n, the pending entry with this ID, is its consumer's. text is
// the ID as the client wrote it, nil if it didn't.
func logClaim(c *command.Ctx, key []byte, g ds.Group, id ds.ID, text []byte, n ds.Nack) {
	l := newLine(wordXClaim, key, g.Name(), n.Consumer().Name(), wordZero)
	if text == nil {
		text = l.idText(id)
	}
	l.word(text, wordTime)
	l.int(n.Time())
	l.word(wordRetryCount)
	l.uint(n.Count())
	l.word(wordForce, wordJustID, wordLastID)
	l.id(g.LastID())
	l.log(c)
}

// Words of commands in the log.
var (
	wordCreateConsumer = []byte("CREATECONSUMER")
	wordEntriesRead    = []byte("ENTRIESREAD")
	wordForce          = []byte("FORCE")
	wordJustID         = []byte("JUSTID")
	wordLastID         = []byte("LASTID")
	wordRetryCount     = []byte("RETRYCOUNT")
	wordSetID          = []byte("SETID")
	wordTime           = []byte("TIME")
	wordXClaim         = []byte("XCLAIM")
	wordXGroup         = []byte("XGROUP")
	wordZero           = []byte("0")
)
