// Package memory is MEMORY: how much of it keys take, and the server as a whole.
package memory

import (
	"runtime/debug"
	"strconv"

	"sigrun/internal/command"
	"sigrun/internal/ds/dict"
	"sigrun/internal/exec"
	"sigrun/internal/keyspace"
	"sigrun/internal/offheap"
	"sigrun/internal/stats"
	"sigrun/internal/value"
)

// Handlers are the subcommands of MEMORY by full name.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"memory|usage":        usage,
		"memory|stats":        showStats,
		"memory|doctor":       doctor,
		"memory|malloc-stats": mallocStats,
		"memory|purge":        purge,
		"memory|help":         help,
	}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"memory|stats", "memory|doctor"} }

// MEMORY USAGE key [SAMPLES count]

// usage takes SAMPLES for those who give it: nothing is estimated here.
func usage(c *command.Ctx) error {
	a := c.Args(3)
	for a.More() {
		if !a.Option("samples") {
			return command.ErrSyntax
		}
		if n := a.Int(); a.Err() == nil && n < 0 {
			return command.ErrSyntax
		}
	}
	if err := a.Err(); err != nil {
		return err
	}
	o, ok := c.Tx.Peek(keyspace.KeyOf(c.Arg(2)))
	if !ok {
		c.W.Null()
		return nil
	}
	c.W.Int(int64(sizeOf(o)))
	return nil
}

// tableShare is what a key takes of the table: a tenth of a bucket that is
// about nine tenths full, and its part of the directory.
const tableShare = 8

// sizeOf is how many bytes a key takes with its value and its place in the
// table.
func sizeOf(o value.Object) int {
	s := dict.Shape{Kind: o.Rec.Kind(), Len: len(o.Rec.Value()), Expiry: keyspace.NoExpiry}
	if o.Rec.HasExpiry() {
		s.Expiry = o.Rec.Expiry()
	}
	return offheap.RoundUp(s.Size(len(o.Rec.Key()))) + o.Class().Outside(o) + tableShare
}

// MEMORY MALLOC-STATS

func mallocStats(c *command.Ctx) error {
	ks := c.Tx.Keyspace()
	b := []byte("Sigrun keeps data in memory of its own, by purpose in bytes:\n")
	for p, name := range offheap.PurposeNames {
		b = append(append(b, name...), ": "...)
		b = append(strconv.AppendInt(b, ks.UsedFor(offheap.Purpose(p)), 10), '\n')
	}
	b = strconv.AppendInt(append(b, "provided by the system: "...), ks.Mapped(), 10)
	c.W.Verbatim("txt", append(b, '\n'))
	return nil
}

// MEMORY PURGE

// purge gives back to the system whatever is free.
func purge(c *command.Ctx) error {
	c.Tx.Keyspace().Scavenge(1 << 62)
	debug.FreeOSMemory()
	exec.Of(c).Engine().Host.Meter.Sample()
	c.W.OK()
	return nil
}

func help(c *command.Ctx) error {
	c.Help(
		"DOCTOR",
		"    Tell what about the use of memory is not as it should be.",
		"MALLOC-STATS",
		"    Show what memory is used for.",
		"PURGE",
		"    Give free memory back to the system.",
		"STATS",
		"    Show the use of memory in figures.",
		"USAGE <key> [SAMPLES <count>]",
		"    Show how many bytes a key takes with its value.",
	)
	return nil
}

// Where the doctor begins to worry.
const (
	tooEmpty      = 5 << 20 // bytes in use
	highPeak      = 1.5     // of the present use
	highFragments = 1.4     // of what is used, provided by the system
	muchFragments = 10 << 20
	bigClients    = 200 << 10 // bytes for each on average
)

// MEMORY DOCTOR

func doctor(c *command.Ctx) error {
	e := exec.Of(c).Engine()
	m := e.Host.Meter.Read()
	if m.Used() < tooEmpty {
		c.W.Verbatim("txt", []byte("Hello. There is hardly any data here yet, so there is nothing to find fault with. Come back with some.\n"))
		return nil
	}
	var advice []string
	if float64(m.Peak) > highPeak*float64(m.Used()) {
		advice = append(advice, "At its peak this server used more than 150% of the memory that it uses now. What is free again is given back to the system over time; MEMORY PURGE does it at once.")
	}
	if waste := m.Provided() - m.Used(); float64(m.Provided()) > highFragments*float64(m.Used()) && waste > muchFragments {
		advice = append(advice, "The system provides "+strconv.FormatInt(waste, 10)+" bytes more than what is in use, more than 40%: free blocks lie scattered among used ones. New keys of similar sizes will fill them.")
	}
	if clients, memory := clientsOf(c, e); clients > 0 && memory/clients > bigClients {
		advice = append(advice, "Clients take more than 200 kB each on average. Some send faster than they read replies, or send large requests: see CLIENT LIST.")
	}
	text := "Hello. I found nothing wrong with the memory of this server.\n"
	if len(advice) > 0 {
		text = "Hello. This is what I found:\n"
		for _, a := range advice {
			text += "\n * " + a + "\n"
		}
	}
	c.W.Verbatim("txt", []byte(text))
	return nil
}

// clientsOf counts the clients and the bytes that they take.
func clientsOf(c *command.Ctx, e *exec.Engine) (clients, memory int64) {
	w := exec.Of(c).Worker()
	e.Sessions(func(s *exec.Session) {
		clients++
		memory += int64(w.UsageOf(s).Memory)
	})
	return clients, memory
}

// keysIn is how many keys a database has.
type keysIn struct {
	db   int
	keys int64
}

// figures are what MEMORY STATS tells.
type figures struct {
	stats.Memory
	clients  int64
	keys     int64
	keysIn   []keysIn // of the databases in use
	overhead int64
}

func gather(c *command.Ctx) figures {
	e := exec.Of(c).Engine()
	f := figures{Memory: e.Host.Meter.Read()}
	_, f.clients = clientsOf(c, e)
	here := c.Tx.DB()
	for _, db := range c.Tx.Keyspace().InUse() {
		c.Tx.Select(db)
		n := int64(c.Tx.Len())
		f.keysIn = append(f.keysIn, keysIn{db, n})
		f.keys += n
	}
	c.Tx.Select(here)
	f.overhead = min(f.Startup+f.Tables+f.clients, f.Used())
	return f
}
