package exec

import (
	"strconv"

	"sigrun/internal/config"
)

// AppendInfo appends the line that describes s, as CLIENT LIST shows it: its
// fields in Valkey's order, of which those about what Sigrun's connections don't
// have are zero. It ends without a line end. What the user chose is left out if
// it is to be hidden. See UsageOf for who may call it.
func (w *Worker) AppendInfo(dst []byte, s *Session, hide bool) []byte {
	l := line{dst}
	use := w.UsageOf(s)
	queued, queuedBytes := s.Queued()
	if s.WatchChanged() { // EXEC will run nothing
		queued, queuedBytes = 0, 0
	}
	l.text("id=", strconv.FormatUint(s.ID, 10))
	l.text(" addr=", s.Conn.RemoteAddr())
	l.text(" laddr=", s.laddr)
	l.int(" fd=", int64(s.Conn.Fd()))
	l.private(" name=", s.Name, hide)
	l.int(" age=", max(w.now-s.Created, 0)/1000)
	l.int(" idle=", max(w.now-s.Active, 0)/1000)
	l.text(" flags=", string(s.AppendFlags(nil)))
	l.text(" capa=", s.Capa())
	l.int(" db=", int64(s.DB))
	l.text(" sub=", "0 psub=0 ssub=0")
	l.int(" multi=", int64(queued))
	l.int(" watch=", int64(s.Watched()))
	l.int(" qbuf=", int64(use.Unread))
	l.int(" qbuf-free=", 0)
	l.int(" argv-mem=", w.argBytes(s))
	l.int(" multi-mem=", int64(queuedBytes))
	l.text(" rbs=", "0 rbp=0 obl=0") // replies have no buffer before their queue
	l.int(" oll=", blocks(use.Unsent))
	l.int(" omem=", int64(use.Unsent))
	l.int(" tot-mem=", int64(use.Memory))
	l.text(" events=", events(use))
	l.text(" cmd=", lastCommand(s))
	l.private(" user=", s.user, hide)
	l.int(" redir=", -1)
	l.int(" resp=", int64(s.Proto()))
	l.text(" lib-name=", s.LibName)
	l.text(" lib-ver=", s.LibVer)
	l.int(" tot-net-in=", int64(use.NetIn))
	l.int(" tot-net-out=", int64(use.NetOut))
	l.int(" tot-cmds=", int64(s.Calls))
	return l.b
}

// forLog is the line about s for the server's log.
func (w *Worker) forLog(s *Session) string {
	return string(w.AppendInfo(nil, s, w.engine.Config.Bool(config.HideUserDataFromLog)))
}

// line is a line of fields that is being put together.
type line struct{ b []byte }

func (l *line) text(field, value string) { l.b = append(append(l.b, field...), value...) }

func (l *line) int(field string, value int64) {
	l.b = strconv.AppendInt(append(l.b, field...), value, 10)
}

func (l *line) private(field, value string, hide bool) {
	if hide {
		value = "*redacted*"
	}
	l.text(field, value)
}

// argBytes is the size of the command line that s is running.
func (w *Worker) argBytes(s *Session) (n int64) {
	if w.current == s {
		for _, a := range w.ctx.Argv {
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

func events(use Usage) string {
	if use.Unsent > 0 {
		return "rw"
	}
	return "r"
}

func lastCommand(s *Session) string {
	if s.Last == nil {
		return "NULL"
	}
	return s.Last.Name
}

// sessionFlags are the letters of the field flags, in its order, and the state
// that each stands for.
var sessionFlags = []struct {
	letter byte
	is     func(s *Session) bool
}{
	{'x', is(InMulti)},
	{'b', is(Held)},
	{'d', (*Session).WatchChanged},
	{'c', is(Closing)},
	{'U', func(s *Session) bool { return s.Conn.Unix() }},
	{'e', is(NoEvict)},
	{'T', is(NoTouch)},
	{'I', is(ImportSource)},
}

func is(flags uint32) func(s *Session) bool {
	return func(s *Session) bool { return s.Is(flags) }
}

// noFlag is the letter of a session that has no other.
const noFlag = 'N'

// AppendFlags appends the letters of the field flags of CLIENT LIST.
func (s *Session) AppendFlags(dst []byte) []byte {
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

// CapaRedirect is the letter of the capability to follow redirections.
const CapaRedirect = 'r'

// Capa is the letters of the field capa of CLIENT LIST.
func (s *Session) Capa() string {
	if s.capa {
		return string(CapaRedirect)
	}
	return ""
}
