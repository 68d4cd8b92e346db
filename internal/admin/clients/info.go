package clients

import (
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/exec"
)

// CLIENT INFO

func info(c *command.Ctx) error {
	line := append(appendInfo(nil, c, exec.Of(c)), '\n')
	c.W.Verbatim("txt", line)
	return nil
}

// appendInfo appends the line that describes s: its fields in Valkey's order,
// of which those about what Sigrun's connections don't have are zero. It ends
// without a line end.
func appendInfo(dst []byte, c *command.Ctx, s *exec.Session) []byte {
	l := line{dst}
	use := exec.Of(c).Worker().UsageOf(s)
	queued, queuedBytes := s.Queued()
	l.text("id=", strconv.FormatUint(s.ID, 10))
	l.text(" addr=", s.Conn.RemoteAddr())
	l.text(" laddr=", s.Conn.LocalAddr())
	l.int(" fd=", int64(s.Conn.Fd()))
	l.text(" name=", s.Name)
	l.int(" age=", seconds(c.Now()-s.Created))
	l.int(" idle=", seconds(c.Now()-s.Active))
	l.text(" flags=", string(appendFlags(nil, s)))
	l.text(" capa=", capaOf(s))
	l.int(" db=", int64(s.DB))
	l.text(" sub=", "0 psub=0 ssub=0")
	l.int(" multi=", int64(queued))
	l.int(" watch=", int64(s.Watched()))
	l.int(" qbuf=", int64(use.Unread))
	l.int(" qbuf-free=", 0)
	l.int(" argv-mem=", argBytes(c, s))
	l.int(" multi-mem=", int64(queuedBytes))
	l.text(" rbs=", "0 rbp=0 obl=0") // replies have no buffer before their queue
	l.int(" oll=", blocks(use.Unsent))
	l.int(" omem=", int64(use.Unsent))
	l.int(" tot-mem=", int64(use.Memory))
	l.text(" events=", events(use))
	l.text(" cmd=", lastCommand(s))
	l.text(" user=", s.User())
	l.int(" redir=", -1)
	l.int(" resp=", int64(s.Proto()))
	l.text(" lib-name=", s.LibName)
	l.text(" lib-ver=", s.LibVer)
	l.int(" tot-net-in=", int64(use.NetIn))
	l.int(" tot-net-out=", int64(use.NetOut))
	l.int(" tot-cmds=", int64(s.Calls))
	return l.b
}

// line is a line of fields that is being put together.
type line struct{ b []byte }

func (l *line) text(field, value string) { l.b = append(append(l.b, field...), value...) }

func (l *line) int(field string, value int64) {
	l.b = strconv.AppendInt(append(l.b, field...), value, 10)
}

func seconds(millis int64) int64 { return max(millis, 0) / 1000 }

// argBytes is the size of the command line that s is running, which only the
// asking client can be.
func argBytes(c *command.Ctx, s *exec.Session) (n int64) {
	if s == exec.Of(c) {
		for _, a := range c.Argv {
			n += int64(len(a))
		}
	}
	return n
}

// blocks is how many blocks of a connection's queue so much output takes.
func blocks(unsent int) int64 {
	const block = 16 << 10
	return int64((unsent + block - 1) / block)
}

func events(use exec.Usage) string {
	if use.Unsent > 0 {
		return "rw"
	}
	return "r"
}

func lastCommand(s *exec.Session) string {
	if s.Last == nil {
		return "NULL"
	}
	return s.Last.Name
}

// capaRedirect is the letter of the capability to follow redirections.
const capaRedirect = 'r'

func capaOf(s *exec.Session) string {
	if s.Redirect() {
		return string(capaRedirect)
	}
	return ""
}

// sessionFlags are the letters of the field flags, in its order, and the state
// that each stands for.
var sessionFlags = []struct {
	letter byte
	is     func(s *exec.Session) bool
}{
	{'x', is(exec.InMulti)},
	{'b', is(exec.Held)},
	{'d', (*exec.Session).WatchChanged},
	{'c', is(exec.Closing)},
	{'U', func(s *exec.Session) bool { return s.Conn.Unix() }},
	{'e', is(exec.NoEvict)},
	{'T', is(exec.NoTouch)},
	{'I', is(exec.ImportSource)},
}

func is(flags uint32) func(s *exec.Session) bool {
	return func(s *exec.Session) bool { return s.Is(flags) }
}

// noFlag is the letter of a connection that has no other.
const noFlag = 'N'

func appendFlags(dst []byte, s *exec.Session) []byte {
	before := len(dst)
	for _, f := range sessionFlags {
		if f.is(s) {
			dst = append(dst, f.letter)
		}
	}
	if len(dst) == before {
		dst = append(dst, noFlag)
	}
	return dst
}
