package linear

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
)

// crashKeys is how many strings, lists and fields of a hash there are.
const crashKeys = 2

// crashState is what all keys hold. A list is its elements, each with a comma.
type crashState struct {
	number [crashKeys]int64
	list   [crashKeys]string
	field  [crashKeys]int64
}

// crashStep is one command on one key.
type crashStep struct {
	kind  int // index of crashKinds
	key   int
	value int64
}

// crashKinds are the commands: K and V stand for the key and the value. run changes
// the state and returns the reply, nil as "-".
var crashKinds = []struct {
	words string
	run   func(s *crashState, key int, value string, number int64) string
}{
	{"SET n:K V", func(s *crashState, key int, _ string, n int64) string { s.number[key] = n; return "OK" }},
	{"GET n:K", func(s *crashState, key int, _ string, _ int64) string { return orNil(s.number[key]) }},
	{"INCRBY n:K V", func(s *crashState, key int, _ string, n int64) string {
		s.number[key] += n
		return strconv.FormatInt(s.number[key], 10)
	}},
	{"RPUSH l:K V", func(s *crashState, key int, v string, _ int64) string { return s.push(key, s.list[key]+v+",") }},
	{"LPUSH l:K V", func(s *crashState, key int, v string, _ int64) string { return s.push(key, v+","+s.list[key]) }},
	{"LPOP l:K", func(s *crashState, key int, _ string, _ int64) string { return s.pop(key) }},
	{"LRANGE l:K 0 -1", func(s *crashState, key int, _ string, _ int64) string { return strings.TrimSuffix(s.list[key], ",") }},
	{"HINCRBY h f:K V", func(s *crashState, key int, _ string, n int64) string {
		s.field[key] += n
		return strconv.FormatInt(s.field[key], 10)
	}},
	{"HGET h f:K", func(s *crashState, key int, _ string, _ int64) string { return orNil(s.field[key]) }},
	{blockingPop, func(s *crashState, key int, _ string, _ int64) string {
		if v := s.pop(key); v != "-" {
			return fmt.Sprintf("l:%d,%s", key, v)
		}
		return "-"
	}},
}

// blockingPop waits, but not for long.
const blockingPop = "BLPOP l:K 0.05"

func orNil(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

func (s *crashState) push(key int, list string) string {
	s.list[key] = list
	return strconv.Itoa(strings.Count(list, ","))
}

func (s *crashState) pop(key int) string {
	first, rest, ok := strings.Cut(s.list[key], ",")
	if !ok {
		return "-"
	}
	s.list[key] = rest
	return first
}

func (a crashStep) command() []string {
	replace := strings.NewReplacer("K", strconv.Itoa(a.key), "V", strconv.FormatInt(a.value, 10))
	words := strings.Fields(crashKinds[a.kind].words)
	for i := range words[1:] {
		words[i+1] = replace.Replace(words[i+1])
	}
	return words
}

// run does a to s and returns the reply.
func (a crashStep) run(s *crashState) string {
	return crashKinds[a.kind].run(s, a.key, strconv.FormatInt(a.value, 10), a.value)
}

// lostReply is the output of a call whose reply the crash took away: it was done
// before the crash, or never.
const lostReply = "?"

// crashModel explains calls that are lists of steps, done as one. The output is
// their replies, joined.
var crashModel = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{crashState{}} },
	Step: func(state, input, output any) []any {
		s := state.(crashState)
		var replies []string
		for _, a := range input.([]crashStep) {
			replies = append(replies, a.run(&s))
		}
		switch {
		case output == lostReply:
			return []any{state, s}
		case output == strings.Join(replies, ";"):
			return []any{s}
		}
		return nil
	},
	DescribeOperation: func(input, output any) string {
		var all []string
		for _, a := range input.([]crashStep) {
			all = append(all, strings.Join(a.command(), " "))
		}
		return fmt.Sprintf("%s → %v", strings.Join(all, "; "), output)
	},
}).ToModel()
