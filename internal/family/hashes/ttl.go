package hashes

import (
	"sigrun/internal/command"
	"sigrun/internal/types/hash"
)

func runHTTL(c *command.Ctx) error         { return ttl(c, true, true) }
func runHPTTL(c *command.Ctx) error        { return ttl(c, false, true) }
func runHExpireTime(c *command.Ctx) error  { return ttl(c, true, false) }
func runHPExpireTime(c *command.Ctx) error { return ttl(c, false, false) }

// ttl answers HTTL key FIELDS n field [field …] and its like: for each field when
// it expires, in seconds (rounded half up) or milliseconds, from now or from 1970;
// -1 if never, -2 if it is absent.
func ttl(c *command.Ctx, seconds, relative bool) error {
	if !command.Is(c.Arg(2), "fields") {
		return command.ErrSyntax
	}
	at, err := fieldsBehind(c, 2, 1)
	switch {
	case err == errFieldCount:
		return command.ErrSyntax
	case err != nil:
		return err
	}
	h, ok, err := read(c, c.Keys[0])
	if err != nil {
		return err
	}
	fields := c.Argv[at:]
	c.W.Array(len(fields))
	for _, f := range fields {
		ms, there := int64(0), false
		if ok {
			ms, there = h.Expiry(f)
		}
		switch {
		case !there:
			c.W.Int(fieldAbsent)
		case ms == hash.NoExpiry:
			c.W.Int(fieldLasting)
		default:
			c.W.Int(remaining(c, ms, seconds, relative))
		}
	}
	return nil
}

// remaining is the time ms (Unix milliseconds) in the unit that is asked for.
func remaining(c *command.Ctx, ms int64, seconds, relative bool) int64 {
	if relative {
		ms = max(ms-c.Now(), 0)
	}
	if seconds {
		ms = ms/1000 + (ms%1000+500)/1000
	}
	return ms
}
