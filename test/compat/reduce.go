package compat

import (
	"slices"
	"time"
)

// reduceTime bounds the work of reduce: a stream that is almost reduced serves,
// too.
const reduceTime = 20 * time.Second

// reduce returns a stream as short as it can find that still makes differs say
// something, and what it says. The stream given must differ, too. rapid has
// shrunk it as bytes that chance was drawn from; this knows what a step is.
func reduce(st stream, differs func(stream) string) (stream, string) {
	diff := differs(st)
	deadline := time.Now().Add(reduceTime)
	try := func(candidate stream) bool {
		if len(candidate.steps) == 0 || time.Now().After(deadline) {
			return false
		}
		text := differs(candidate)
		if text != "" {
			st, diff = candidate, text
		}
		return text != ""
	}
	try(stream{proto: 2, burst: st.burst, fresh: st.fresh, steps: st.steps})
	try(stream{proto: st.proto, fresh: st.fresh, steps: st.steps})
	for size := len(st.steps) / 2; size > 0; size /= 2 {
		for end := len(st.steps); end >= size; end -= size {
			try(stream{st.proto, st.burst, st.fresh, slices.Concat(st.steps[:end-size], st.steps[end:])})
		}
	}
	return st, diff
}
