package strings

import (
	"sigrun/internal/command"
	"sigrun/internal/keyspace"
	"sigrun/internal/num"
	"sigrun/internal/value"
)

// condition says when a SET happens.
type condition uint8

const (
	always condition = iota
	ifAbsent
	ifPresent
	ifEqual
)

// setArgs is SET parsed, and every command that is a SET by another name. Its
// slices are views.
type setArgs struct {
	key    keyspace.Key
	value  []byte
	when   condition
	equal  []byte // what the old value must be for ifEqual
	get    bool   // answer with the old value
	expiry command.Expiry
}

// parseSet reads SET key value [NX|XX|IFEQ old] [GET]
// [EX s|PX ms|EXAT s|PXAT ms|KEEPTTL].
func parseSet(c *command.Ctx) (s setArgs, err error) {
	s.key, s.value = c.Keys[0], c.Arg(2)
	a := c.Args(3)
	for a.More() {
		switch {
		case a.Flag("get"):
			s.get = true
		case s.allows(ifAbsent) && a.Flag("nx"):
			s.when = ifAbsent
		case s.allows(ifPresent) && a.Flag("xx"):
			s.when = ifPresent
		case s.when == always && a.Option("ifeq"):
			s.when, s.equal = ifEqual, a.Next()
		case a.Expiry(&s.expiry):
		case a.KeepTTL(&s.expiry):
		default:
			a.Fail(command.ErrSyntax)
		}
	}
	return s, a.Err()
}

// allows reports whether w may stand beside the condition that s has already.
func (s *setArgs) allows(w condition) bool { return s.when == always || s.when == w }

// runSet answers SET: OK; with GET the old value; nil if the condition failed.
func runSet(c *command.Ctx) error {
	if len(c.Argv) == 3 {
		store(c, c.Keys[0], c.Arg(2), keyspace.NoExpiry)
		c.W.OK()
		return nil
	}
	s, err := parseSet(c)
	if err != nil {
		return err
	}
	return s.run(c)
}

// runGetSet answers GETSET key value: the old value, or nil.
func runGetSet(c *command.Ctx) error {
	s := setArgs{key: c.Keys[0], value: c.Arg(2), get: true}
	if err := s.run(c); err != nil {
		return err
	}
	c.Effect(wordSet, s.key.B, s.value)
	return nil
}

// run does what s says and answers.
func (s *setArgs) run(c *command.Ctx) error {
	at, err := s.expiry.At(c)
	if err != nil {
		return err
	}
	old, found, err := s.old(c)
	if err != nil {
		return err
	}
	ok := s.holds(old, found)
	switch {
	case s.get:
		reply(c.W, old, found)
	case ok:
		c.W.OK()
	default:
		c.W.Null()
	}
	switch {
	case !ok:
	case s.expiry.Timed() && c.Tx.Past(at):
		c.ExpireNow(s.key)
	default:
		store(c, s.key, s.value, at)
		s.log(c, at)
	}
	return nil
}

// old looks at the value that is there, if s needs to know it.
func (s *setArgs) old(c *command.Ctx) (o value.Object, found bool, err error) {
	switch {
	case s.get:
		return read(c, s.key)
	case s.when == ifEqual:
		return lookup(c, s.key)
	case s.when != always:
		o, found = c.Tx.Lookup(s.key)
	}
	return o, found, nil
}

// holds reports whether the condition of s is true.
func (s *setArgs) holds(old value.Object, found bool) bool {
	switch s.when {
	case ifAbsent:
		return !found
	case ifPresent:
		return found
	case ifEqual:
		return found && equal(old, s.equal)
	}
	return true
}

// log puts a SET with an absolute time, or one without GET, into the log. A
// command line that gives the time so is good as it stands.
func (s *setArgs) log(c *command.Ctx, at int64) {
	switch {
	case !c.Logging():
	case s.expiry.Millis():
	case s.expiry.Timed():
		name := wordSet
		if len(c.Argv) == 5 {
			name = c.Arg(0)
		}
		var buf [num.MaxIntLen]byte
		c.Effect(name, s.key.B, s.value, wordPXAt, num.AppendInt(buf[:0], at))
	case s.get && len(c.Argv) > 3:
		c.Effect(withoutGet(c.Argv)...)
	}
}

// withoutGet is a SET command line without the option GET.
func withoutGet(argv [][]byte) [][]byte {
	out := append([][]byte(nil), argv[:3]...)
	for i := 3; i < len(argv); i++ {
		switch {
		case command.Is(argv[i], "get"):
		case command.Is(argv[i], "ifeq"):
			out = append(out, argv[i], argv[i+1])
			i++
		default:
			out = append(out, argv[i])
		}
	}
	return out
}
