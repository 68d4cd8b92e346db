package clients

import (
	"math"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/num"
)

// CLIENT LIST [filter value ...]

func list(c *command.Ctx) error {
	if len(c.Argv) == 3 {
		return command.ErrSyntax // also for ID, which may stand without a number elsewhere
	}
	f, err := parseFilter(c, false)
	if err != nil {
		return err
	}
	var text []byte
	for _, s := range f.find(c) {
		text = appendInfo(text, c, s)
	}
	c.W.Verbatim("txt", text)
	return nil
}

// find is the connections that fit, oldest first.
func (f *filter) find(c *command.Ctx) (found []*exec.Session) {
	exec.Of(c).Engine().Sessions(func(s *exec.Session) {
		if f.matches(c, s) {
			found = append(found, s)
		}
	})
	slices.SortFunc(found, func(a, b *exec.Session) int { return int(int64(a.ID) - int64(b.ID)) })
	return found
}

// CLIENT KILL (addr | filter value ...)

func kill(c *command.Ctx) error {
	if len(c.Argv) == 3 {
		return killByAddr(c)
	}
	f, err := parseFilter(c, true)
	if err != nil {
		return err
	}
	found := f.find(c)
	c.W.Int(int64(len(found)))
	end(c, found)
	return nil
}

// killByAddr is the older form, which also takes the asking connection.
func killByAddr(c *command.Ctx) error {
	fits, _ := byText(func(s *exec.Session) string { return s.Conn.RemoteAddr() })(c, c.Argv[2], label{})
	f := filter{tests: map[string]test{"addr": fits}}
	found := f.find(c)
	if len(found) == 0 {
		return command.ReplyError("ERR No such client")
	}
	c.W.OK()
	end(c, found[:1])
	return nil
}

// end closes connections: the asking one once it has its reply.
func end(c *command.Ctx, found []*exec.Session) {
	for _, s := range found {
		if s == exec.Of(c) {
			s.Quit()
		} else {
			s.Kill()
		}
	}
}

// CLIENT PAUSE timeout [WRITE | ALL]

func pause(c *command.Ctx) error {
	all := true
	switch { // what follows the mode is not looked at, nor is the mode then
	case len(c.Argv) == 4 && command.Is(c.Argv[3], "write"):
		all = false
	case len(c.Argv) == 4 && !command.Is(c.Argv[3], "all"):
		return command.ReplyError("ERR CLIENT PAUSE mode must be WRITE or ALL")
	}
	until, err := parseTimeout(c, c.Argv[2])
	if err != nil {
		return err
	}
	exec.Of(c).Engine().Pause(until, all)
	c.W.OK()
	return nil
}

// parseTimeout reads a duration in milliseconds from now on and returns its end
// in Unix milliseconds.
func parseTimeout(c *command.Ctx, arg []byte) (until int64, err error) {
	n, ok := num.ParseInt(arg)
	switch {
	case !ok:
		return 0, command.ReplyError("ERR timeout is not an integer or out of range")
	case n < 0:
		return 0, command.ReplyError("ERR timeout is negative")
	case n > math.MaxInt64-c.Now():
		return 0, command.ReplyError("ERR timeout is out of range")
	}
	return n + c.Now(), nil
}

// CLIENT UNPAUSE

func unpause(c *command.Ctx) error {
	exec.Of(c).Engine().Unpause()
	c.W.OK()
	return nil
}

// CLIENT UNBLOCK client-id [TIMEOUT | ERROR]

// unblock ends the waiting of a client, as if its time were over or with an
// error. A paused client is not blocked by a command of its own, and stays as it
// is.
func unblock(c *command.Ctx) error {
	var why error
	if len(c.Argv) == 4 {
		switch {
		case command.Is(c.Argv[3], "timeout"):
		case command.Is(c.Argv[3], "error"):
			why = errUnblocked
		default:
			return command.ReplyError("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
		}
	}
	id, ok := num.ParseInt(c.Argv[2])
	if !ok {
		return command.ErrNotInteger
	}
	done := int64(0)
	exec.Of(c).Engine().Sessions(func(s *exec.Session) {
		if s.ID == uint64(id) && s.Unblock(c.Tx, why) {
			done = 1
		}
	})
	c.W.Int(done)
	return nil
}

const errUnblocked = command.ReplyError("UNBLOCKED client unblocked via CLIENT UNBLOCK")
