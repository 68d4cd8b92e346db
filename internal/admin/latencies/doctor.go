package latencies

import (
	"fmt"

	"sigrun/internal/command"
	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/stats"
)

// advice is what may help against delays of some events.
var advice = []struct {
	text   string
	events []string
}{
	{"Look into the slow log (SLOWLOG GET) for the commands that took so long.", []string{"command", "fast-command"}},
	{"Deleting or expiring a large value takes time: let it be freed in the background (UNLINK, and the settings that begin with lazyfree).",
		[]string{"command", "expire-cycle", "eviction-cycle"}},
	{"Many keys expire at the same time: spread their expiries.", []string{"expire-cycle"}},
	{"Memory is at its limit: raise maxmemory, or lower maxmemory-eviction-tenacity.", []string{"eviction-cycle"}},
	{"The disk is slow or busy: see what else writes to it, and whether appendfsync everysec is enough.", []string{"aof-write", "aof-fsync-always"}},
}

// LATENCY DOCTOR

// doctor tells in words what was slow.
func doctor(c *command.Ctx) error {
	m := monitor(c)
	limit := exec.Of(c).Engine().Config.Int(config.LatencyMonitorThreshold)
	events := m.Events()
	switch {
	case len(events) == 0 && limit == 0:
		c.W.Verbatim("txt", []byte("Delays are not recorded. CONFIG SET latency-monitor-threshold <milliseconds> changes that.\n"))
		return nil
	case len(events) == 0:
		c.W.Verbatim("txt", fmt.Appendf(nil, "Nothing has taken %d ms or more.\n", limit))
		return nil
	}
	b := []byte("Some events were slow:\n\n")
	for i, name := range events {
		if d, ok := m.Get(name); ok {
			b = fmt.Appendf(b, "%d. %s\n", i+1, describe(name, &d))
		}
	}
	b = append(b, "\nWhat may help:\n\n"...)
	if slow := exec.Of(c).Engine().Config.Int(config.CommandLogExecutionSlowerThan); limit > 0 && (slow < 0 || slow > limit*1000) {
		b = fmt.Appendf(b, "- The slow log leaves out what is slower than this: CONFIG SET slowlog-log-slower-than %d.\n", limit*1000)
	}
	for _, a := range advice {
		for _, name := range a.events {
			if _, ok := m.Get(name); ok {
				b = append(append(append(b, "- "...), a.text...), '\n')
				break
			}
		}
	}
	c.W.Verbatim("txt", b)
	return nil
}

// describe sums up the delays of an event.
func describe(name string, d *stats.Delays) string {
	n := int64(len(d.Recent))
	sum, deviation := int64(0), int64(0)
	for _, s := range d.Recent {
		sum += s.Millis
	}
	for _, s := range d.Recent {
		deviation += max(s.Millis-sum/n, sum/n-s.Millis)
	}
	period := float64(d.Recent[n-1].Time-d.Recent[0].Time) / float64(n)
	return fmt.Sprintf("%s: %d delays (average %d ms, mean deviation %d ms, one in %.2f s). The longest ever took %d ms.",
		name, n, sum/n, deviation/n, period, d.Max)
}
