// Package latencies is LATENCY: how the times of commands are spread, and what took
// longer than the setting latency-monitor-threshold allows.
package latencies

import (
	"cmp"
	"fmt"
	"slices"

	"sigrun/internal/command"
	"sigrun/internal/exec"
	"sigrun/internal/stats"
)

// Handlers are the subcommands by full name.
func Handlers() map[string]command.Handler {
	return map[string]command.Handler{
		"latency|doctor":    doctor,
		"latency|graph":     graph,
		"latency|help":      help,
		"latency|histogram": histogram,
		"latency|history":   history,
		"latency|latest":    latest,
		"latency|reset":     reset,
	}
}

// Global are the commands that run with all shards entered.
func Global() []string { return []string{"latency|histogram"} }

func monitor(c *command.Ctx) *stats.LatencyMonitor { return &exec.Of(c).Engine().Host.Delays }

// LATENCY HISTOGRAM [command ...]

// histogram replies with the times of the named commands, or of all; a container
// stands for its subcommands.
func histogram(c *command.Ctx) error {
	e := exec.Of(c).Engine()
	var wanted []*command.Spec
	add := func(s *command.Spec) {
		if wanted = append(wanted, s); len(s.Sub) > 0 {
			wanted = append(wanted, s.Sub...)
		}
	}
	for _, name := range c.Argv[2:] {
		if s := e.Table.Find(name); s != nil {
			add(s)
		}
	}
	if len(c.Argv) == 2 {
		for _, s := range e.Table.Commands() {
			add(s)
		}
	}
	mark, n := c.W.Mark(), 0
	for _, s := range wanted {
		if h, calls := e.Latency(s.ID()); h != nil {
			c.W.BulkString(s.DisplayName())
			appendHistogram(c, h, calls)
			n++
		}
	}
	c.W.PatchMap(mark, n)
	return nil
}

// appendHistogram replies with the number of calls, and with how many of them took
// up to so many microseconds: in proportion, if not all were timed.
func appendHistogram(c *command.Ctx, h *stats.Histogram, calls uint64) {
	c.W.Map(2)
	c.W.BulkString("calls")
	c.W.Int(int64(calls))
	c.W.BulkString("histogram_usec")
	mark, n := c.W.Mark(), 0
	h.Steps(func(nanos, count uint64) {
		c.W.Int(int64(nanos / 1000))
		c.W.Int(int64(float64(count) / float64(h.Total()) * float64(calls)))
		n++
	})
	c.W.PatchMap(mark, n)
}

// LATENCY LATEST

// latest replies with the last delay of each event, and what is known of all.
func latest(c *command.Ctx) error {
	m := monitor(c)
	mark, n := c.W.Mark(), 0
	for _, name := range m.Events() {
		d, ok := m.Get(name)
		if !ok {
			continue
		}
		last := d.Recent[len(d.Recent)-1]
		c.W.Array(6)
		c.W.BulkString(name)
		for _, v := range []int64{last.Time, last.Millis, d.Max, d.Sum, d.Count} {
			c.W.Int(v)
		}
		n++
	}
	c.W.PatchArray(mark, n)
	return nil
}

// LATENCY HISTORY event

func history(c *command.Ctx) error {
	d, _ := monitor(c).Get(string(c.Arg(2)))
	c.W.Array(len(d.Recent))
	for _, s := range d.Recent {
		c.W.Array(2)
		c.W.Int(s.Time)
		c.W.Int(s.Millis)
	}
	return nil
}

// LATENCY RESET [event ...]

// reset forgets the named events, or all, and replies with how many there were.
func reset(c *command.Ctx) error {
	m := monitor(c)
	var names []string
	for _, b := range c.Argv[2:] {
		names = append(names, string(b))
	}
	if len(names) == 0 {
		names = m.Events()
	}
	n := 0
	for _, name := range names {
		if m.Reset(name) {
			n++
		}
	}
	c.W.Int(int64(n))
	return nil
}

// LATENCY GRAPH event

func graph(c *command.Ctx) error {
	event := string(c.Arg(2))
	d, ok := monitor(c).Get(event)
	if !ok {
		return command.ReplyError("ERR No samples available for event '" + event + "'")
	}
	now := exec.Of(c).Engine().Clock.Wall() / 1e6
	least := slices.MinFunc(d.Recent, byLength).Millis
	most := slices.MaxFunc(d.Recent, byLength).Millis
	b := fmt.Appendf(nil, "%s - high %d ms, low %d ms (all time high %d ms)\n", event, most, least, d.Max)
	c.W.Verbatim("txt", appendGraph(b, d.Recent, least, most, now))
	return nil
}

func byLength(a, b stats.Delay) int { return cmp.Compare(a.Millis, b.Millis) }

func help(c *command.Ctx) error {
	c.Help(
		"DOCTOR",
		"    Tell in words what was slow and what to do about it.",
		"GRAPH <event>",
		"    Draw the delays of an event.",
		"HISTOGRAM [<command> ...]",
		"    Show how the times of these commands, or of all, are spread.",
		"HISTORY <event>",
		"    Show the delays of an event, one a second at most.",
		"LATEST",
		"    Show the last delay of each event, the longest, their sum and number.",
		"RESET [<event> ...]",
		"    Forget the delays of these events, or of all.",
	)
	return nil
}
