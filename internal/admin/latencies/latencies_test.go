package latencies_test

import (
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestScripts plays conversations whose replies a real server gave.
func TestScripts(t *testing.T) { testkit.Scripts(t, "testdata") }

// histograms are the replies of LATENCY HISTOGRAM by command: calls, and the count of
// the last step.
func histograms(t *testing.T, c *testkit.Client, commands ...string) map[string][2]int64 {
	t.Helper()
	r := c.MustDo(append([]string{"LATENCY", "HISTOGRAM"}, commands...)...)
	m := map[string][2]int64{}
	for i := 0; i+1 < len(r.Elems); i += 2 {
		h := r.Elems[i+1].Elems
		steps := h[3].Elems
		before := int64(0)
		for j := 1; j < len(steps); j += 2 {
			n := steps[j].Int()
			if n < before {
				t.Errorf("%s: %d after %d", r.Elems[i].Text, n, before)
			}
			before = n
		}
		m[r.Elems[i].Text] = [2]int64{h[1].Int(), before}
	}
	return m
}

// TestHistogramsCount: a histogram tells of as many calls as there were, however they
// were timed.
func TestHistogramsCount(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	c.MustDo("CONFIG", "RESETSTAT")
	c.MustDo("SET", "k", "v")
	want := map[string][2]int64{"config|resetstat": {1, 1}, "set": {1, 1}}
	same := func(got map[string][2]int64) {
		t.Helper()
		for name, w := range want {
			if got[name] != w {
				t.Errorf("%s: %v, want %v", name, got[name], w)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
	same(histograms(t, c))
	batch := make([][]string, 10_000)
	for i := range batch {
		batch[i] = []string{"GET", "k"}
	}
	c.Pipeline(batch...)
	c.MustDo("LRANGE", "none", "0", "-1")
	c.MustDo("CLIENT", "ID")
	c.MustDo("CLIENT", "LIST")
	want = map[string][2]int64{"get": {10_000, 10_000}, "client|id": {1, 1}, "client|list": {1, 1}, "lrange": {1, 1}}
	same(histograms(t, c, "GET", "client", "nothing", "lrange", "zadd"))

	c.MustDo("CONFIG", "SET", "latency-tracking", "no")
	c.Pipeline(batch[:100]...)
	c.MustDo("HGET", "none", "f")
	c.MustDo("CONFIG", "SET", "latency-tracking", "yes")
	c.Pipeline(batch[:50]...)
	c.MustDo("HGET", "none", "f")
	want = map[string][2]int64{"get": {10_050, 10_050}, "hget": {1, 1}}
	same(histograms(t, c, "get", "hget", "set|nothing"))
	c.MustDo("CONFIG", "RESETSTAT")
	want = map[string][2]int64{}
	same(histograms(t, c, "get", "hget"))
}

// TestDelays has a slow command noted, drawn and explained.
func TestDelays(t *testing.T) {
	c := testkit.StartSigrun(t).Dial(t)
	if text := c.MustDo("LATENCY", "DOCTOR").Text; !strings.Contains(text, "latency-monitor-threshold") {
		t.Errorf("the doctor doesn't say how to begin: %q", text)
	}
	c.MustDo("CONFIG", "SET", "latency-monitor-threshold", "20")
	c.MustDo("DEBUG", "SLEEP", "0.03")
	c.MustDo("DEBUG", "SLEEP", "0.03")
	r := c.MustDo("LATENCY", "LATEST").Elems
	if len(r) != 1 || len(r[0].Elems) != 6 || r[0].Elems[0].Text != "command" || r[0].Elems[3].Int() < 30 || r[0].Elems[5].Int() != 2 {
		t.Fatalf("LATEST is %v", r)
	}
	if n := len(c.MustDo("LATENCY", "HISTORY", "command").Elems); n < 1 || n > 2 {
		t.Errorf("%d seconds with delays", n)
	}
	for _, word := range []string{"GRAPH", "DOCTOR"} {
		args := []string{"LATENCY", word}
		if word == "GRAPH" {
			args = append(args, "command")
		}
		if text := c.MustDo(args...).Text; !strings.Contains(text, "command") {
			t.Errorf("%s tells %q", word, text)
		}
	}
	if n := c.MustDo("LATENCY", "RESET", "none", "command").Int(); n != 1 {
		t.Errorf("%d events forgotten", n)
	}
}
