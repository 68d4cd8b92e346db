package infos

import (
	"strconv"

	"sigrun/internal/aof"
	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
	"sigrun/internal/netio"
	"sigrun/internal/persist"
	"sigrun/internal/stats"
)

// report is what is known when the command runs, and the text that tells it.
type report struct {
	engine  *exec.Engine
	cfg     *config.Store
	host    *stats.Host
	net     *netio.Server
	tx      *keyspace.Txn
	mem     stats.Memory
	totals  exec.Totals
	clients clientSums
	rdb     persist.Info
	load    persist.LoadInfo
	aof     aof.Info
	cpu     stats.Usages
	in, out uint64 // bytes over the network
	wall    int64  // Unix microseconds

	b []byte
}

// clientSums are sums over all clients, and maxima.
type clientSums struct {
	memory      int
	maxIn       int
	maxOut      int
	watching    int
	watchedKeys int
}

// gather reads everything that a section may tell.
func gather(c *command.Ctx, s Server) *report {
	session := exec.Of(c)
	e := session.Engine()
	r := &report{
		engine: e, cfg: e.Config, host: e.Host, net: s.Network(), tx: c.Tx,
		mem: e.Host.Meter.Read(), totals: e.Totals(), rdb: s.Persist().Info(), load: s.Persist().Loading(),
		cpu: e.Host.Machine.CPU(), wall: e.Clock.Wall(),
		aof: aof.Info{LastRewrite: -1, CurrentRewrite: -1, LastRewriteOK: true, LastWriteOK: true},
	}
	if w := s.Persist().AOF; w != nil { // there is none before the data is loaded
		r.aof = w.Info()
	}
	r.totals.Commands[c.Spec.ID()].Calls-- // the one that asks has not ended
	for _, l := range r.net.Loops() {
		in, out := l.Traffic()
		r.in += in
		r.out += out
	}
	r.clients.watchedKeys = c.Tx.WatchedKeys()
	e.Sessions(func(o *exec.Session) {
		u := session.Worker().UsageOf(o)
		r.clients.memory += u.Memory
		r.clients.maxIn = max(r.clients.maxIn, u.Unread)
		r.clients.maxOut = max(r.clients.maxOut, u.Unsent)
		if o.Watched() > 0 {
			r.clients.watching++
		}
	})
	return r
}

// section appends a section, with an empty line before all but the first.
func (r *report) section(s *section) {
	if len(r.b) > 0 {
		r.b = append(r.b, crlf...)
	}
	r.b = append(append(append(r.b, "# "...), s.title...), crlf...)
	for _, row := range s.rows {
		if v := row.value(r); v != nil {
			r.line(row.name, v)
		}
	}
	if s.lines != nil {
		s.lines(r)
	}
}

const crlf = "\r\n"

func (r *report) line(name string, value []byte) {
	r.b = append(append(append(append(r.b, name...), ':'), value...), crlf...)
}

// uptime is how many seconds the server has been running.
func (r *report) uptime() int64 { return (r.wall/1000 - r.host.Started) / 1000 }

// The kinds of fields.

func num(f func(r *report) int64) func(*report) []byte {
	return func(r *report) []byte { return strconv.AppendInt([]byte{}, f(r), 10) }
}

func text(f func(r *report) string) func(*report) []byte {
	return func(r *report) []byte { return []byte(f(r)) }
}

func flag(f func(r *report) bool) func(*report) []byte {
	return num(func(r *report) int64 {
		if f(r) {
			return 1
		}
		return 0
	})
}

// status is "ok" or another word.
func status(f func(r *report) bool, bad string) func(*report) []byte {
	return text(func(r *report) string {
		if f(r) {
			return "ok"
		}
		return bad
	})
}

// fixed is a number with two digits behind the point.
func fixed(f func(r *report) float64) func(*report) []byte {
	return func(r *report) []byte { return strconv.AppendFloat([]byte{}, f(r), 'f', 2, 64) }
}

func percent(f func(r *report) float64) func(*report) []byte {
	return func(r *report) []byte { return append(fixed(f)(r), '%') }
}

// human is a number of bytes in the unit that suits it.
func human(f func(r *report) int64) func(*report) []byte {
	return func(r *report) []byte { return AppendHuman([]byte{}, f(r)) }
}

// micros is a time in seconds with six digits behind the point.
func micros(f func(r *report) int64) func(*report) []byte {
	return func(r *report) []byte { return appendMicros([]byte{}, f(r)) }
}

// constant is a field that never changes.
func constant(s string) func(*report) []byte {
	return func(*report) []byte { return []byte(s) }
}

// zero is a field about what Sigrun doesn't have, or which is always nothing.
var zero = constant("0")

// setting is the text of a setting.
func setting(id config.ID) func(*report) []byte {
	return text(func(r *report) string { return r.cfg.Text(id) })
}

// when is a field that is there only while cond holds.
func when(cond func(r *report) bool, value func(*report) []byte) func(*report) []byte {
	return func(r *report) []byte {
		if !cond(r) {
			return nil
		}
		return value(r)
	}
}

// AppendHuman appends n bytes in the unit that suits it, as 1.30M.
func AppendHuman(b []byte, n int64) []byte {
	if n < 1024 {
		return append(strconv.AppendInt(b, n, 10), 'B')
	}
	size := float64(n) / 1024
	unit := 0
	for size >= 1024 && unit < len(units)-1 {
		size /= 1024
		unit++
	}
	return append(strconv.AppendFloat(b, size, 'f', 2, 64), units[unit])
}

const units = "KMGTP"

func appendMicros(b []byte, n int64) []byte {
	return strconv.AppendFloat(b, float64(n)/1e6, 'f', 6, 64)
}

// ratio is a part of b, 0 if there is no b.
func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
