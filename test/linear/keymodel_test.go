package linear

import (
	"fmt"
	"time"

	"github.com/anishathalye/porcupine"
)

// op names what a call on one key did. Replies are reduced to what was seen of
// the key before the call: a number, or nothing.
type op uint8

const (
	set    op = iota // SET k v
	setTTL           // SET k v PX ms
	get              // GET k
	incr             // INCRBY k v
	del              // DEL k
	setNX            // SET k v NX
	getDel           // GETDEL k
	expire           // PEXPIRE k ms
	cas              // SET k v in a transaction under WATCH that went through
)

var opNames = [...]string{"SET", "SET PX", "GET", "INCRBY", "DEL", "SET NX", "GETDEL", "PEXPIRE", "SET under WATCH"}

// call is the input of an operation on one key.
type call struct {
	op       op
	key      int
	value    int64 // to set or add
	ttl      int64 // milliseconds
	sent     int64 // wall clock in microseconds: no later than the server ran it
	answered int64 // and no earlier
}

// reply is what the server told of the key as it was before the call.
type reply struct {
	told  bool  // whether the reply says if the key was there
	there bool  // it was
	value int64 // it held; 0 if the reply does not say
	exact bool  // whether value counts
}

// keyState is what one key holds. The zero value is a key that is not there.
type keyState struct {
	there  bool
	value  int64
	soon   int64 // from then on it may have expired, in microseconds; 0 for never
	latest int64 // and from then on it must have
}

// clockSlack is how far the server's clock, which stands still during a tick and
// has milliseconds, may be from the time of a call.
const clockSlack = 100 * time.Millisecond / time.Microsecond

// keyModel explains calls on one key at a time.
var keyModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[int][]porcupine.Operation{}
		for _, o := range history {
			key := o.Input.(call).key
			byKey[key] = append(byKey[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return keyState{} },
	Step: func(state, input, output any) (bool, any) {
		return step(state.(keyState), input.(call), output.(reply))
	},
	DescribeOperation: func(input, output any) string {
		c, r := input.(call), output.(reply)
		return fmt.Sprintf("%s k%d %d ttl %d → %+v", opNames[c.op], c.key, c.value, c.ttl, r)
	},
	DescribeState: func(state any) string { return fmt.Sprintf("%+v", state) },
}

// step reports whether a key in state s can answer c with r, and what it holds
// afterwards.
func step(s keyState, c call, r reply) (bool, keyState) {
	mortal := s.soon != 0
	mayLive := s.there && (!mortal || c.sent < s.latest)
	mayBeGone := !s.there || mortal && c.answered >= s.soon
	if !r.told {
		return true, apply(c, s, false) // the call does not depend on what was there
	}
	if !r.there {
		return mayBeGone, apply(c, keyState{}, false)
	}
	if !mayLive || r.exact && r.value != s.value {
		return false, s
	}
	return true, apply(c, s, true)
}

// apply returns what the key holds after c, if it was there or not as told.
func apply(c call, s keyState, there bool) keyState {
	switch c.op {
	case set, cas:
		return keyState{there: true, value: c.value}
	case setTTL:
		return keyState{there: true, value: c.value}.expiring(c)
	case incr:
		s.there, s.value = true, s.value+c.value
		return s
	case del, getDel:
		return keyState{}
	case setNX:
		if !there {
			return keyState{there: true, value: c.value}
		}
	case expire:
		if there {
			return s.expiring(c)
		}
	}
	return s
}

func (s keyState) expiring(c call) keyState {
	s.soon = c.sent + c.ttl*1000 - int64(clockSlack)
	s.latest = c.answered + c.ttl*1000 + int64(clockSlack)
	return s
}
