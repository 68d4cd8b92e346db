package latencies

import (
	"fmt"
	"strings"

	"sigrun/internal/stats"
)

// The graph has a column for each delay, of graphRows characters. The topmost mark of
// a column has one of three heights; below it stands a bar.
const (
	graphColumns = 80
	graphRows    = 4
	marks        = "_o#"
	bar          = '|'
)

// appendGraph draws delays that lie between least and most, with their ages at now
// below them, read from top to bottom. After so many columns another graph begins.
func appendGraph(b []byte, delays []stats.Delay, least, most, now int64) []byte {
	b = append(append(b, strings.Repeat("-", graphColumns)...), '\n')
	for len(delays) > 0 {
		n := min(len(delays), graphColumns)
		b = appendColumns(b, delays[:n], least, max(most-least, 1), now)
		delays = delays[n:]
	}
	return b
}

func appendColumns(b []byte, delays []stats.Delay, least, span, now int64) []byte {
	const steps = int64(graphRows * len(marks))
	for row := range int64(graphRows) {
		base := (graphRows - 1 - row) * int64(len(marks))
		for _, d := range delays {
			switch step := min((d.Millis-least)*steps/span, steps-1) - base; {
			case step < 0:
				b = append(b, ' ')
			case step < int64(len(marks)):
				b = append(b, marks[step])
			default:
				b = append(b, bar)
			}
		}
		b = append(b, '\n')
	}
	ages := make([]string, len(delays))
	height := 0
	for i, d := range delays {
		ages[i] = age(now - d.Time)
		height = max(height, len(ages[i]))
	}
	for row := range height {
		for _, a := range ages {
			if row < len(a) {
				b = append(b, a[row])
			} else {
				b = append(b, ' ')
			}
		}
		b = append(b, '\n')
	}
	return b
}

// age is a time in its largest unit.
func age(seconds int64) string {
	for _, u := range []struct {
		seconds int64
		name    string
	}{{86400, "d"}, {3600, "h"}, {60, "m"}} {
		if seconds >= u.seconds {
			return fmt.Sprintf("%d%s", seconds/u.seconds, u.name)
		}
	}
	return fmt.Sprintf("%ds", seconds)
}
