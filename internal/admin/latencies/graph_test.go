package latencies

import (
	"strings"
	"testing"

	"sigrun/internal/stats"
)

// TestGraph has what a real server drew.
func TestGraph(t *testing.T) {
	line := strings.Repeat("-", 80) + "\n"
	for _, c := range []struct {
		delays []stats.Delay
		want   string
	}{
		{[]stats.Delay{{Time: 100, Millis: 21}, {Time: 101, Millis: 15}}, line + "# \n| \n| \n|_\n10\nss\n"},
		{[]stats.Delay{{Time: 0, Millis: 9}}, line + " \n \n \n_\n1\nm\n"},
	} {
		least, most := c.delays[0].Millis, c.delays[0].Millis
		for _, d := range c.delays {
			least, most = min(least, d.Millis), max(most, d.Millis)
		}
		if got := string(appendGraph(nil, c.delays, least, most, 101)); got != c.want {
			t.Errorf("%v: got\n%s\nwant\n%s", c.delays, got, c.want)
		}
	}
}
