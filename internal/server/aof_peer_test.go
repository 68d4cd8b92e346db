package server

import (
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// aofSteps are commands about the append-only file. "settle" waits until no job runs
// or is scheduled, "fields" asks for what INFO tells of it.
const aofSteps = `
SET a 1
BGREWRITEAOF
settle
fields
CONFIG SET appendonly yes
settle
fields
MULTI
BGREWRITEAOF
CONFIG SET appendonly no
CONFIG SET appendonly yes
SET b 2
EXEC
settle
fields
CONFIG SET aof-use-rdb-preamble no aof-timestamp-enabled yes appendfsync always
SET c 3
BGREWRITEAOF
settle
fields
CONFIG SET appendfilename x
CONFIG SET appenddirname x
CONFIG SET appendfsync x
CONFIG SET appendonly x
CONFIG SET auto-aof-rewrite-percentage -1
CONFIG SET auto-aof-rewrite-min-size x
CONFIG GET auto-aof* append* aof-* no-appendfsync-on-rewrite
WAITAOF 1 0 0
CONFIG SET appendonly no
WAITAOF 1 0 0
DEBUG LOADAOF
DBSIZE`

// passingFields are those that depend on sizes, times and forks.
var passingFields = []string{"size", "time_sec", "cow", "delayed", "pending_bio"}

// aofFields are the fields of INFO about the append-only file that must agree.
func aofFields(c *testkit.Client) string {
	var b strings.Builder
next:
	for line := range strings.Lines(c.MustDo("INFO", "persistence").Text) {
		if !strings.HasPrefix(line, "aof_") {
			continue
		}
		for _, part := range passingFields {
			if strings.Contains(line, part) {
				continue next
			}
		}
		b.WriteString(line)
	}
	return b.String()
}

// TestAppendOnlyAsThePeer has both servers go through the same steps.
func TestAppendOnlyAsThePeer(t *testing.T) {
	ours, peer := testkit.StartSigrun(t).Dial(t), testkit.StartPeer(t).Dial(t)
	do := func(c *testkit.Client, step string) string {
		switch step {
		case "settle":
			testkit.Eventually(t, time.Minute, func() bool {
				info := c.MustDo("INFO", "persistence").Text
				return !strings.Contains(info, "_in_progress:1") && !strings.Contains(info, "_scheduled:1")
			}, "no job")
			return ""
		case "fields":
			return aofFields(c)
		}
		return c.Do(strings.Fields(step)...).String()
	}
	for step := range strings.Lines(strings.TrimSpace(aofSteps)) {
		step = strings.TrimSpace(step)
		if got, want := do(ours, step), do(peer, step); got != want {
			t.Errorf("%s\nours: %s\npeer: %s", step, got, want)
		}
	}
}
