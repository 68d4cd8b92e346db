// Package familytest runs commands of families as the server does, but without
// one: a table of the families under test, a keyspace, and what a command
// replies, logs and tells, for tests to look at.
package familytest

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/keyspace"
	"sigrun/internal/resp"
)

// Start is the time at which a Rig's clock stands, in Unix milliseconds.
const Start = 1_700_000_000_000

// maxBulk is the largest string that a Rig allows, in bytes: the server's own
// default.
const maxBulk = 512 << 20

// Rig runs commands. It is not safe for concurrent use.
type Rig struct {
	// Ctx is what handlers are given; tests may change its settings.
	Ctx command.Ctx

	t        testing.TB
	table    *command.Table
	keyspace *keyspace.Keyspace
	gate     *keyspace.Gate
	writer   resp.Writer
	now      int64
	db       int
	argv     [][]byte
	pos      []command.KeyPos
	vanished []byte
	effects  []byte
	events   []string
}

// New returns a Rig with these handlers, whose keyspace is checked and closed
// when the test ends. The commands named global run in a transaction over all
// shards.
func New(t testing.TB, global []string, handlers ...map[string]command.Handler) *Rig {
	t.Helper()
	all := map[string]command.Handler{}
	for _, h := range handlers {
		for name, run := range h {
			all[name] = run
		}
	}
	table, err := command.NewTable(catalog.Specs(), all)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range global {
		table.Find([]byte(name)).Global = true
	}
	ks, err := keyspace.New(keyspace.Options{Databases: 16, Clock: clock.NewManual(Start * 1000)})
	if err != nil {
		t.Fatal(err)
	}
	r := &Rig{t: t, table: table, keyspace: ks, gate: ks.NewGate(), now: Start}
	r.Ctx.Tx = ks.NewTxn(r.gate, r)
	r.Ctx.W = &r.writer
	r.Ctx.MaxBulk = maxBulk
	r.Ctx.Events = r
	t.Cleanup(r.close)
	return r
}

func (r *Rig) close() {
	r.gate.Enter()
	r.Ctx.Tx.EnterAll()
	if err := r.Ctx.Tx.Check(); err != nil {
		r.t.Errorf("the keyspace is damaged: %v", err)
	}
	r.Ctx.Tx.Leave()
	r.gate.Leave()
	if err := r.keyspace.Close(); err != nil {
		r.t.Error(err)
	}
}

// KeyEvent implements command.Events.
func (r *Rig) KeyEvent(_ command.EventClass, event string, key []byte, db int) {
	text := event + ":" + string(key)
	if db != r.db {
		text += "@" + strconv.Itoa(db)
	}
	r.events = append(r.events, text)
}

// Vanished implements keyspace.Observer.
func (r *Rig) Vanished(_ *keyspace.Txn, key []byte, _ keyspace.Reason) {
	r.vanished = resp.AppendCommand(r.vanished, "UNLINK", string(key))
	r.Ctx.Event(command.EventExpired, "expired", key)
}

// PartsVanished implements keyspace.Observer.
func (r *Rig) PartsVanished(_ *keyspace.Txn, key []byte, parts [][]byte, gone bool) {
	words := []string{"HDEL", string(key)}
	for _, p := range parts {
		words = append(words, string(p))
	}
	r.vanished = resp.AppendCommand(r.vanished, words...)
	r.Ctx.Event(command.EventHash, "hexpired", key)
	if gone {
		r.Ctx.Event(command.EventGeneric, "del", key)
	}
}

// Keyspace is what the commands work on.
func (r *Rig) Keyspace() *keyspace.Keyspace { return r.keyspace }

// Now is the time of the Rig's clock in Unix milliseconds.
func (r *Rig) Now() int64 { return r.now }

// Advance moves the clock forward.
func (r *Rig) Advance(ms int64) { r.SetNow(r.now + ms) }

// SetNow sets the clock to ms Unix milliseconds.
func (r *Rig) SetNow(ms int64) { r.now = ms }

// Select changes the database.
func (r *Rig) Select(db int) { r.db = db }

// Do runs a command line and returns the reply in the bytes of the protocol.
func (r *Rig) Do(words ...string) string {
	r.argv = r.argv[:0]
	for _, w := range words {
		r.argv = append(r.argv, []byte(w))
	}
	r.Run(r.argv)
	return string(r.writer.Buf)
}

// Line is Do for a line whose words are separated by spaces.
func (r *Rig) Line(line string) string { return r.Do(strings.Fields(line)...) }

// Run runs a command line; its reply is in Ctx.W until the next one. It doesn't
// allocate by itself.
func (r *Rig) Run(argv [][]byte) {
	c := &r.Ctx
	r.writer.Buf, r.effects, r.vanished, r.events = r.writer.Buf[:0], r.effects[:0], r.vanished[:0], r.events[:0]
	spec := r.resolve(argv)
	if spec == nil {
		return
	}
	c.Begin(spec, argv, true)
	c.Tx.SetNow(r.now)
	c.Tx.Select(r.db)
	c.Tx.Dirty = 0
	r.findKeys(spec, argv)
	r.gate.Enter()
	defer r.gate.Leave()
	if spec.Everywhere(argv) {
		c.Tx.EnterAll()
	} else {
		c.Tx.Enter(c.Keys)
	}
	defer c.Tx.Leave()
	if err := spec.Run(c); err != nil {
		r.writer.Error(err.Error())
	}
	r.effects = append(r.effects, r.vanished...)
	if c.Tx.Dirty > 0 {
		r.effects = c.AppendEffects(r.effects)
	}
}

// resolve finds the command, and answers if there is none or the number of
// arguments is wrong.
func (r *Rig) resolve(argv [][]byte) *command.Spec {
	spec := r.table.Lookup(argv[0])
	if spec != nil && len(spec.Sub) > 0 && len(argv) > 1 {
		spec = spec.LookupSub(argv[1])
	}
	switch {
	case spec == nil:
		r.writer.Error("ERR unknown command")
		return nil
	case spec.Run == nil || !spec.ArityOK(len(argv)):
		r.writer.Error("ERR wrong number of arguments for '" + spec.DisplayName() + "' command")
		return nil
	}
	return spec
}

// findKeys hashes the keys of argv; those of a line that doesn't make sense are
// left out.
func (r *Rig) findKeys(spec *command.Spec, argv [][]byte) {
	c := &r.Ctx
	c.Keys = c.Keys[:0]
	var err error
	if r.pos, err = spec.AppendKeys(argv, r.pos[:0]); err != nil {
		return
	}
	for _, p := range r.pos {
		c.Keys = append(c.Keys, keyspace.KeyOf(argv[p.Index]))
	}
}

// Effects are the commands that the last command put into the log, deletions of
// expired keys first, as text.
func (r *Rig) Effects() []string {
	var p resp.Parser
	var lines []string
	for b := r.effects; len(b) > 0; {
		args, n, err := p.Next(b, nil, resp.Limits{MaxBulk: maxBulk})
		if err != nil || n == 0 {
			r.t.Fatalf("the log holds no commands: %q", b)
		}
		words := make([]string, len(args))
		for i, a := range args {
			words[i] = string(a)
		}
		lines = append(lines, strings.Join(words, " "))
		b = b[n:]
	}
	return lines
}

// Events are the keyspace events of the last command, "set:key" each; those of
// another database than the selected one end in "@" and its number.
func (r *Rig) Events() []string { return r.events }
