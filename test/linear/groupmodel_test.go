package linear

import (
	"fmt"
	"slices"
	"strings"

	"github.com/anishathalye/porcupine"
)

// groupKeys is how many keys a group has.
const groupKeys = 3

// group is what the keys hold. Values are positive; 0 is a key that is not there.
type group [groupKeys]int64

// action is one command on keys of the group.
type action struct {
	kind  actionKind
	key   int
	other int   // the second key
	value int64 // to set or add
}

type actionKind uint8

const (
	actGet    actionKind = iota // replies with the value
	actSet                      // replies with 0
	actIncr                     // with the sum
	actDel                      // with how many there were
	actRename                   // with 1, or 0 if there was no such key
	actCopy                     // with 1, or 0 if there was no such key
	actionKinds
)

// words are the commands of the actions: the key, the other key and the value
// take the places of K, O and V.
var words = [actionKinds]string{"GET K", "SET K V", "INCRBY K V", "DEL K", "RENAME K O", "COPY K O REPLACE"}

func (a action) command() []string {
	fields := strings.Fields(words[a.kind])
	for i, field := range fields[1:] {
		switch field {
		case "K":
			fields[i+1] = groupKey(a.key)
		case "O":
			fields[i+1] = groupKey(a.other)
		case "V":
			fields[i+1] = fmt.Sprint(a.value)
		}
	}
	return fields
}

func groupKey(i int) string { return fmt.Sprintf("group:%d", i) }

// run does a to g and returns the reply.
func (a action) run(g *group) int64 {
	was := g[a.key]
	switch a.kind {
	case actGet:
		return was
	case actSet:
		g[a.key] = a.value
		return 0
	case actIncr:
		g[a.key] += a.value
		return g[a.key]
	case actDel:
		g[a.key] = 0
	case actRename:
		if was != 0 {
			g[a.key], g[a.other] = 0, was
		}
	case actCopy:
		if was != 0 {
			g[a.other] = was
		}
	}
	return min(was, 1)
}

// groupModel explains calls that are lists of actions, done as one. The output
// is the list of their replies.
var groupModel = porcupine.Model{
	Init: func() any { return group{} },
	Step: func(state, input, output any) (bool, any) {
		g := state.(group)
		var replies []int64
		for _, a := range input.([]action) {
			replies = append(replies, a.run(&g))
		}
		return slices.Equal(replies, output.([]int64)), g
	},
	DescribeOperation: func(input, output any) string {
		var all []string
		for _, a := range input.([]action) {
			all = append(all, strings.Join(a.command(), " "))
		}
		return fmt.Sprintf("%s → %v", strings.Join(all, "; "), output)
	},
	DescribeState: func(state any) string { return fmt.Sprint(state.(group)) },
}
