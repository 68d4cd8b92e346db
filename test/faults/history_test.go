package faults

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// state is what a client knows about a write.
type state uint8

const (
	unknown state = iota // sent, and never answered
	acked
	refused
)

var stateNames = [...]string{unknown: "unknown", acked: "acked", refused: "refused"}

// write is one entry in the history of a connection: SET of one key, or a
// transaction that sets two.
type write struct {
	multi    bool
	state    state
	sent     time.Duration // since the round began
	answered time.Duration // 0 if it never was
	there    int           // keys that were found afterwards
}

// history is what one connection did, in the order in which it was sent. Its
// entry i is about the keys of key(i, …).
type history struct {
	name   string
	writes []write
	sent   atomic.Int64 // length of writes, for readers on other goroutines
	heard  atomic.Int64 // replies to them
}

func (h *history) add(w write) int {
	h.writes = append(h.writes, w)
	h.sent.Store(int64(len(h.writes)))
	return len(h.writes) - 1
}

// key is the first or, in a transaction, the second key of write i. What it
// holds follows from its name.
func (h *history) key(i, part int) string { return fmt.Sprintf("%s:%d:%d", h.name, i, part) }

func valueOf(key string) string { return key + strings.Repeat("=", 20+len(key)%40) }

// keys are those of write i.
func (h *history) keys(i int) []string {
	if h.writes[i].multi {
		return []string{h.key(i, 0), h.key(i, 1)}
	}
	return []string{h.key(i, 0)}
}

// verdict counts what must not happen, and what was done.
type verdict struct {
	acked, unknown                 int
	lost, seen, ghost, hole, torn  int
	first                          string // the first thing that must not happen
	kills, present, refusedReplies int

	// safe is up to when, since the round began, an acknowledged write has to have
	// survived; forgets tells that there is such a limit: later ones and what has been
	// read may be gone.
	forgets bool
	blind   bool // what has been read may be gone, though nothing else
	safe    time.Duration
	ended   time.Duration   // when the fault came
	losses  []time.Duration // of each round: from the oldest acknowledged write that is gone to the fault
	damaged int             // snapshots that cannot be loaded
	last    []*history      // of the last round
}

func (v *verdict) broken() int { return v.lost + v.seen + v.ghost + v.hole + v.torn + v.damaged }

func (v *verdict) String() string {
	s := fmt.Sprintf("%d kills, %d acknowledged, %d unknown: lost %d, seen %d, ghost %d, hole %d, torn %d",
		v.kills, v.acked, v.unknown, v.lost, v.seen, v.ghost, v.hole, v.torn)
	if len(v.losses) > 0 {
		sorted := slices.Sorted(slices.Values(v.losses))
		s += fmt.Sprintf("; gone from the end: %v at most, %v in the middle", sorted[len(sorted)-1], sorted[len(sorted)/2])
	}
	if v.first != "" {
		s += "; first: " + v.first
	}
	return s
}

func (v *verdict) blame(count *int, what, key string) {
	*count++
	if v.first == "" {
		v.first = what + " " + key
	}
}

// judge compares the history of one connection with the data: get returns the
// value of a key, and whether there is one.
func (v *verdict) judge(h *history, get func(key string) (string, bool)) {
	missing := "" // the first key of this connection that is not there
	for i := range h.writes {
		w := &h.writes[i]
		there := 0
		keys := h.keys(i)
		for _, key := range keys {
			value, found := get(key)
			if found && value != valueOf(key) {
				v.blame(&v.ghost, "a value nobody wrote:", key)
			}
			if found {
				there++
			}
		}
		v.count(w.state)
		w.there = there
		switch {
		case there != 0 && there != len(keys):
			v.blame(&v.torn, "torn:", keys[0])
		case there == 0 && w.state == acked && (!v.forgets || w.answered <= v.safe):
			v.blame(&v.lost, "lost:", keys[0])
		case there != 0 && w.state == refused:
			v.blame(&v.ghost, "refused and there:", keys[0])
		case there != 0 && missing != "":
			v.blame(&v.hole, "there without "+missing+":", keys[0])
		}
		v.present += there
		if there == 0 && w.state != refused && missing == "" {
			missing = keys[0]
		}
	}
}

func (v *verdict) count(s state) {
	switch s {
	case acked:
		v.acked++
	case refused:
		v.refusedReplies++
	case unknown:
		v.unknown++
	}
}

// judgeOrder compares the writes of all connections of a round: what is gone must
// be an end of it. A write that was sent after the answer to one that is gone must
// be gone, too. It notes how much is gone.
func (v *verdict) judgeOrder(all []*history) {
	oldest, name := v.ended, ""
	for _, h := range all {
		for i, w := range h.writes {
			if w.state == acked && w.there == 0 && w.answered < oldest {
				oldest, name = w.answered, h.key(i, 0)
			}
		}
	}
	v.losses = append(v.losses, v.ended-oldest)
	if name == "" {
		return
	}
	for _, h := range all {
		for i, w := range h.writes {
			if w.there > 0 && w.sent > oldest {
				v.blame(&v.hole, "there without the older "+name+":", h.key(i, 0))
			}
		}
	}
}

// report writes what all connections did and what was found.
func (v *verdict) report(out io.Writer, all []*history) error {
	_, err := fmt.Fprintf(out, "%s\nthe fault came at %v\n", v, v.ended)
	for _, h := range all {
		for i, w := range h.writes {
			if err == nil {
				_, err = fmt.Fprintf(out, "%s %s sent %v answered %v found %d of %d\n",
					h.key(i, 0), stateNames[w.state], w.sent, w.answered, w.there, len(h.keys(i)))
			}
		}
	}
	return err
}

// judgeSeen checks that what a client has read is still there.
func (v *verdict) judgeSeen(keys []string, get func(key string) (string, bool)) {
	for _, key := range keys {
		if _, found := get(key); !found {
			v.blame(&v.seen, "read before and gone:", key)
		}
	}
}
