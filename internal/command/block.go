package command

import (
	"math"

	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/resp"
)

// Block is how a command waits that found nothing to do.
type Block struct {
	// Until is when the waiting ends, in Unix milliseconds; 0 for never.
	Until int64
	// Timeout writes the reply when it ends so.
	Timeout func(w *resp.Writer)

	// Keys are what it waits for, the elements of Ctx.Keys that it reads. When
	// one of them holds a value of the class, the command runs again.
	Keys  []keyspace.Key
	Class string
	// Gone has the command run again also when a key has vanished.
	Gone bool

	// Done is what it waits for if it has no Keys: when it reports true, having
	// written the reply, the waiting is over. It is asked from time to time.
	Done func(w *resp.Writer) bool
}

// MayBlock reports whether the command may wait: not as part of something else,
// nor for anybody but a client.
func (c *Ctx) MayBlock() bool { return c.Session != nil && !c.Nested }

// Block has the client wait. The command has changed nothing and written
// nothing.
func (c *Ctx) Block(b Block) error {
	c.block = &b
	return nil
}

// Blocks reports whether the command that ran waits for something.
func (c *Ctx) Blocks() bool { return c.block != nil }

// Blocked takes what the command that ran waits for; nil if it doesn't.
func (c *Ctx) Blocked() (b *Block) {
	b, c.block = c.block, nil
	return b
}

const (
	errTimeoutFloat    = ReplyError("ERR timeout is not a float or out of range")
	errTimeoutInt      = ReplyError("ERR timeout is not an integer or out of range")
	errTimeoutNegative = ReplyError("ERR timeout is negative")
	errTimeoutRange    = ReplyError("ERR timeout is out of range")
)

// TimeoutSeconds is when a timeout b in seconds ends, for Block.Until.
func (c *Ctx) TimeoutSeconds(b []byte) (until int64, err error) {
	x, ok := num.ParseLongDouble(b)
	if !ok {
		return 0, errTimeoutFloat
	}
	ms, ok := x.CeilMillis()
	switch {
	case !ok && b[0] == '-':
		return 0, errTimeoutNegative
	case !ok:
		return 0, errTimeoutRange
	}
	return c.until(ms)
}

// TimeoutMillis is when a timeout b in milliseconds ends, for Block.Until.
func (c *Ctx) TimeoutMillis(b []byte) (until int64, err error) {
	n, ok := num.ParseInt(b)
	if !ok {
		return 0, errTimeoutInt
	}
	return c.until(n)
}

func (c *Ctx) until(ms int64) (int64, error) {
	switch {
	case ms < 0:
		return 0, errTimeoutNegative
	case ms == 0:
		return 0, nil
	case ms > math.MaxInt64-c.Now():
		return 0, errTimeoutRange
	}
	return c.Now() + ms, nil
}
