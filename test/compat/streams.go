package compat

import (
	"slices"
	"strings"

	"sigrun/internal/testkit"
)

// streamGroup is the group "stream". Entries get no IDs of the clock's: these
// would differ, and with them the data.
var streamGroup = group{
	name:    "stream",
	clients: 1,
	before: [][]string{
		{"DEL", "a", "b", "c"},
		{"XADD", "a", "1-1", "f", "v"},
		{"XADD", "a", "1-2", "f", "w", "g", "10"},
		{"XADD", "a", "3-1", "f", "v"},
		{"XADD", "b", "5-5", "f", "v"},
		{"XGROUP", "CREATE", "a", "g", "0"},
		{"XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "a", ">"},
		{"SET", "c", "text"},
	},
	commands: parseCommands(`
		XACK stream-key cg entry...
		XADD stream-key new-entry (text entry-value)...
		XADD stream-key [NOMKSTREAM] [MAXLEN [=|~] few [LIMIT count]] new-entry text entry-value
		XADD stream-key [NOMKSTREAM] [MINID [=|~] entry [LIMIT count]] new-entry text entry-value
		XAUTOCLAIM stream-key cg consumer min-idle low [COUNT claim-count] [JUSTID]
		XCLAIM stream-key cg consumer min-idle entry... [IDLE long-ago] [TIME at-ms] [RETRYCOUNT few] [FORCE] [JUSTID] [LASTID entry]
		XDEL stream-key entry...
		XGROUP CREATE stream-key cg (entry|$) [MKSTREAM] [ENTRIESREAD few]
		XGROUP CREATECONSUMER stream-key cg consumer
		XGROUP DELCONSUMER stream-key cg consumer
		XGROUP DESTROY stream-key cg
		XGROUP HELP
		XGROUP SETID stream-key cg (entry|$) [ENTRIESREAD few]
		XINFO CONSUMERS stream-key cg
		XINFO GROUPS stream-key
		XINFO HELP
		XINFO STREAM stream-key
		XINFO STREAM stream-key FULL [COUNT few]
		XLEN stream-key
		XPENDING stream-key cg
		XPENDING stream-key cg low high few [consumer]
		XPENDING stream-key cg IDLE min-idle low high few [consumer]
		XRANGE stream-key low high [COUNT few]
		XREAD [COUNT few] [BLOCK wait-ms] STREAMS stream-key (entry|$|+)
		XREAD [COUNT few] STREAMS stream-key stream-key entry entry
		XREADGROUP GROUP cg consumer [COUNT few] [BLOCK wait-ms] [NOACK] STREAMS stream-key (>|entry)
		XREADGROUP GROUP cg consumer [COUNT few] [NOACK] STREAMS stream-key stream-key > >
		XREVRANGE stream-key high low [COUNT few]
		XSETID stream-key entry [ENTRIESADDED few] [MAXDELETEDID entry]
		XADD stream-key MAXLEN ~ few LIMIT count new-entry text entry-value
		XTRIM stream-key MAXLEN ~ few LIMIT count
		XTRIM stream-key MINID ~ entry LIMIT count
		XTRIM stream-key MAXLEN [=|~] few [LIMIT count]
		XTRIM stream-key MINID [=|~] entry [LIMIT count]
	`),
	beside: parseCommands(`
		XADD stream-key new-entry text entry-value
		XADD stream-key new-entry text entry-value
		XADD stream-key new-entry same entry-value
		XADD stream-key new-entry same entry-value same entry-value
		XADD stream-key new-entry (text entry-value)...
		XGROUP CREATE stream-key cg entry
		XREADGROUP GROUP cg consumer COUNT few STREAMS stream-key >
		XREADGROUP GROUP cg consumer STREAMS stream-key >
		SET stream-key value
		DEL stream-key
		COPY stream-key stream-key REPLACE
		RENAME stream-key stream-key
		TYPE stream-key
		OBJECT ENCODING stream-key
		DEBUG DIGEST-VALUE stream-key
	`),
}

// oddEntries are texts that are not quite IDs.
var oddEntries = []string{
	"", "-", "+", "$", "*", ">", "(1-1", "(", "1-", "-1", "1-1-1", "1-*", "*-1", "1-**", "x-1", "1-x", " 1-1", "1-1 ", "01-01", "+1-+1",
	"1--1", "1--01", "0-0", "0", "00", "1-1\x00", "1\x00-1", "+\x00", "18446744073709551615", "18446744073709551615-18446744073709551615",
	"(18446744073709551615-18446744073709551615", "18446744073709551614-18446744073709551615", "18446744073709551616-1",
	"1-18446744073709551616", "(0-0", "(0-1", "(-", "(+", strings.Repeat("0", 126) + "1", strings.Repeat("0", 127) + "1",
}

// moment is by how much times of the two servers may differ, in milliseconds.
const moment = 5000

// sameButTimes compares what XINFO tells: times may differ by a moment.
func sameButTimes(a, b testkit.Reply) bool {
	if len(a.Elems) == 0 || a.Kind != b.Kind || len(a.Elems) != len(b.Elems) {
		return sameTree(a, b)
	}
	name := ""
	for i, x := range a.Elems {
		y := b.Elems[i]
		switch {
		case slices.Contains([]string{"idle", "inactive", "seen-time", "active-time"}, name):
			if !near(moment)(x, y) && !sameTree(x, y) {
				return false
			}
		case name == "pending" && len(x.Elems) > 0:
			if !samePending(x, y) {
				return false
			}
		case !sameButTimes(x, y):
			return false
		}
		name = x.Text
	}
	return true
}

// samePending compares lists of pending entries: the times before their last
// elements may differ by a moment.
func samePending(a, b testkit.Reply) bool {
	return slices.EqualFunc(a.Elems, b.Elems, func(x, y testkit.Reply) bool {
		at := len(x.Elems) - 2
		if at < 1 || len(x.Elems) != len(y.Elems) || !near(moment)(x.Elems[at], y.Elems[at]) {
			return sameTree(x, y)
		}
		y.Elems = slices.Clone(y.Elems)
		y.Elems[at] = x.Elems[at]
		return sameTree(x, y)
	})
}
