package faults

import (
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sigrun/test/variants"
)

// maxFaults is how many calls fail in one life at most.
const maxFaults = 2

// unreached are lines whose calls come only if the append-only file is switched off
// in the moment between the beginning of a rewrite and its cut. The tests of package
// aof go there.
var unreached = []string{
	"_ = w.out.next.file.Close()", "_ = r.next.file.Close()", "err = errors.Join(err, o.next.file.Close())",
}

// target is a call to be made to fail, and how to get to it.
type target struct {
	fault fault
	life  string
	first []fault // have to come before it
}

// coverage is what has been seen of calls to the file system, and which of them
// were made to fail.
type coverage struct {
	t     *testing.T
	sites map[site]bool   // all calls in the source; those that were made to fail are true
	found map[string]bool // ways that led to a call
	queue []target
	tried int
}

// logFile is where all lines of the log are written: who has something to say makes no
// difference.
const logFile = "internal/logs/logs.go"

// note looks through the trace of a life for ways to calls that are new, and for
// what was hit.
func (c *coverage) note(life string, in *injection, faults ...fault) {
	for _, line := range lines(in.trace) {
		kind, rest, _ := strings.Cut(line, " ")
		way, _, _ := strings.Cut(rest, " ")
		if at := strings.LastIndex(way, logFile); at >= 0 {
			way = way[:at+strings.Index(way[at:], "<")+1]
		}
		if key := kind + way; !c.found[key] {
			c.found[key] = true
			c.queue = append(c.queue, target{fault: fault{kind: kind, place: way, nth: 1, errno: syscall.EIO}, life: life, first: faults})
		}
	}
	for _, line := range lines(in.hits) {
		kind, rest, _ := strings.Cut(line, " ")
		for _, place := range strings.FieldsFunc(rest, func(r rune) bool { return r == '<' || r == ' ' }) {
			for _, s := range []site{{kind, place}, {"*", place}} {
				if _, there := c.sites[s]; there {
					c.sites[s] = true
				}
			}
		}
	}
}

// try makes the target's call fail.
func (c *coverage) try(to target) {
	c.tried++
	faults := append(slices.Clone(to.first), to.fault)
	in, err := live(c.t, to.life, faults...)
	if err != nil {
		c.t.Errorf("%s with %v failing: %v", to.life, faults, err)
	}
	if len(faults) < maxFaults {
		c.note(to.life, in, faults...)
	} else {
		c.note(to.life, &injection{hits: in.hits})
	}
}

// TestFailingCalls is P6: each call to the file system fails once. Nothing that
// was promised is lost, nothing crashes, and what can go on does. Some calls are
// made only when another one has failed: then both fail.
func TestFailingCalls(t *testing.T) {
	variants.Use(t, injecting...)
	c := &coverage{t: t, sites: map[site]bool{}, found: map[string]bool{}}
	for s, text := range allSites(t) {
		if !strings.HasPrefix(s.place, "internal/vfs/faulty.go") && !slices.Contains(unreached, text) {
			c.sites[s] = false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lives)) {
		in, err := live(t, name)
		if err != nil {
			t.Fatalf("%s without a fault: %v", name, err)
		}
		c.note(name, in)
	}
	chance := source(t)
	for tries := count(12, 1<<20); tries > 0 && len(c.queue) > 0; tries-- {
		i := int(chance.Uint64n(uint64(len(c.queue))))
		to := c.queue[i]
		c.queue = slices.Delete(c.queue, i, i+1)
		c.try(to)
	}
	missed := 0
	for s, hit := range c.sites {
		if !hit {
			missed++
			if os.Getenv("SIGRUN_FAULTS") == "all" {
				t.Errorf("no fault has hit %s", s)
			}
		}
	}
	t.Logf("%d of %d ways to a call, %d of %d calls in the source have failed", c.tried, len(c.found), len(c.sites)-missed, len(c.sites))
}
