package server

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestTitle: the command line shows the title, also one that is longer than the
// arguments were, and nothing that was read from them has changed for that.
func TestTitle(t *testing.T) {
	s := testkit.StartSigrun(t, "--set-proc-title", "yes")
	c := s.Dial(t)
	settings := func() string { return string(c.MustDo("CONFIG", "GET", "*").Raw) }
	var pid string
	for line := range strings.SplitSeq(c.MustDo("INFO", "server").Text, "\r\n") {
		if v, ok := strings.CutPrefix(line, "process_id:"); ok {
			pid = v
		}
	}
	port := c.MustDo("CONFIG", "GET", "port").Elems[1].Text
	shown := func() string {
		b, err := os.ReadFile("/proc/" + pid + "/cmdline")
		testkit.NoError(t, err)
		return strings.TrimRight(string(b), "\x00")
	}
	if got := shown(); !strings.Contains(got, ":"+port) || strings.ContainsRune(got, 0) {
		t.Errorf("the title is %q", got)
	}
	long := strings.Repeat("x", 1000)
	for _, template := range []string{"T {port} {tls-port} {server-mode}", "T " + long, "short"} {
		c.MustDo("CONFIG", "SET", "proc-title-template", template)
		before := settings()
		want := strings.NewReplacer("{port}", port, "{tls-port}", strconv.Itoa(0), " {server-mode}", "").Replace(template)
		if got := shown(); got != want && (len(want) < len(long) || !strings.HasPrefix(want, got)) {
			t.Errorf("the title is %q, want %q", got, want)
		}
		if settings() != before {
			t.Error("settings have changed with the title")
		}
	}
}
