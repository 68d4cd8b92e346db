package compat

import (
	"regexp"
	"slices"
	"strings"

	"sigrun/internal/rdb"
	"sigrun/internal/testkit"
)

// A rule says how the replies of some commands are compared where they cannot be
// the same bytes on two servers. Errors are always compared byte by byte.
type rule struct {
	command string // "TTL", "CLIENT LIST": the first words of the call
	same    func(peer, ours testkit.Reply) bool
	why     string
}

var rules = []rule{
	{"TTL", near(1), "counts from the moment of the call"},
	{"PTTL", near(1000), "counts from the moment of the call"},
	{"EXPIRETIME", near(1), "was counted from the moment of an earlier call"},
	{"PEXPIRETIME", near(1000), "was counted from the moment of an earlier call"},
	{"OBJECT IDLETIME", near(2), "counts from the last access"},
	{"TIME", sameShape, "a time"},
	{"LASTSAVE", sameShape, "a time"},

	{"KEYS", unordered, "the order of a hash table"},
	{"RANDOMKEY", sameShape, "chance"},
	{"ZRANDMEMBER", sameShape, "chance"},
	{"ZSCAN", sameShape, "the cursor and the order of a hash table"},
	{"SCAN", sameShape, "the cursor and the order of a hash table; whole scans are compared as sets"},
	{"DUMP", sameDump, "the order of a hash table"},
	{"SSCAN", sameShape, "the cursor and the order of a hash table; whole scans are compared as sets"},
	{"SMEMBERS", unordered, "the order of a hash table"},
	{"SINTER", unordered, "the order of a hash table"},
	{"SUNION", unordered, "the order of a hash table"},
	{"SDIFF", unordered, "the order of a hash table"},
	{"SPOP", unordered, "the order of a hash table"},
	{"SRANDMEMBER", sameLength, "chance"},
	{"XINFO", sameButTimes, "times of consumers and of pending entries"},
	{"XPENDING", samePending, "how long entries lie idle"},
	{"HGETALL", unorderedPairs, "the order of a hash table"},
	{"HKEYS", unordered, "the order of a hash table"},
	{"HVALS", unordered, "the order of a hash table"},
	{"HRANDFIELD", sameLength, "chance"},
	{"HSCAN", sameShape, "the cursor and the order of a hash table; whole scans are compared as sets"},
	{"HTTL", eachNear(1), "counts from the moment of the call"},
	{"HPTTL", eachNear(1000), "counts from the moment of the call"},
	{"HEXPIRETIME", eachNear(1), "was counted from the moment of an earlier call"},
	{"HPEXPIRETIME", eachNear(1000), "was counted from the moment of an earlier call"},
	{"CONFIG GET", sameSettings, "the order of a hash table; the port and the folder"},
	{"COMMAND DOCS", sameDocs, "the order of a hash table, subcommands included"},
	{"COMMAND INFO", unorderedDeep, "the order of a hash table, subcommands included"},
	{"COMMAND LIST", unordered, "the order of a hash table"},
	{"COMMAND", unorderedDeep, "the order of a hash table, subcommands included"},
	{"ACL CAT", unordered, "the order of a hash table"},
	{"ACL LIST", unordered, "the order of a radix tree is ours to choose"},

	{"CLIENT ID", sameShape, "ids depend on who else has connected"},
	{"HELLO", pairsExcept("id"), "the connection's id"},
	{"CLIENT LIST", sameClients, "ids, ports, ages and buffer sizes"},
	{"CLIENT INFO", sameClients, "ids, ports, ages and buffer sizes"},
	{"CLIENT GETREDIR", sameShape, "a connection's id"},
	{"CLIENT TRACKINGINFO", pairsExcept("redirect"), "a connection's id"},

	{"INFO", sameFields, "measured values; the sections and fields are the same"},
	{"MEMORY USAGE", sameShape, "a measure of this very server"},
	{"MEMORY STATS", sameShape, "measures of this very server"},
	{"MEMORY DOCTOR", sameShape, "an opinion on this very server"},
	{"DEBUG OBJECT", textsWithout(debugObject), "an address and times; a queued command holds its arguments, and so the value, a second time there"},
	{"OBJECT REFCOUNT", shared, "a queued command holds its arguments, and so the value, a second time there"},
	{"SLOWLOG GET", sameShape, "times"},
	{"SLOWLOG LEN", sameShape, "how many commands took long"},
	{"COMMANDLOG GET", sameShape, "times"},
	{"COMMANDLOG LEN SLOW", sameShape, "how many commands took long"},
	{"LATENCY HISTOGRAM", anything, "times"},
	{"LATENCY LATEST", anything, "times"},
	{"LATENCY DOCTOR", anything, "an opinion on this very server"},
	{"LOLWUT", anything, "chance"},
	{"ACL GENPASS", sameShape, "chance"},
	{"ACL LOG", sameShape, "times and ids"},
	{"ROLE", sameShape, "an offset"},
}

// ruleFor returns the rule for a call, nil if its replies must be the same bytes.
func ruleFor(args []string) *rule {
	for i := range rules {
		if calls(args, rules[i].command) {
			return &rules[i]
		}
	}
	return nil
}

// calls reports whether args begin with the words of command.
func calls(args []string, command string) bool {
	words := strings.Fields(command)
	return len(args) >= len(words) && strings.EqualFold(strings.Join(args[:len(words)], " "), command)
}

// sameReply compares two replies to the call args.
func sameReply(args []string, peer, ours testkit.Reply) bool {
	if sameTree(peer, ours) {
		return true
	}
	r := ruleFor(args)
	return r != nil && peer.Kind == ours.Kind && !peer.IsError() && r.same(peer, ours)
}

// sameTree is equality, byte by byte.
func sameTree(a, b testkit.Reply) bool {
	return a.Kind == b.Kind && a.Nil == b.Nil && a.Text == b.Text &&
		slices.EqualFunc(a.Elems, b.Elems, sameTree) && slices.EqualFunc(a.Attrs, b.Attrs, sameTree)
}

func anything(_, _ testkit.Reply) bool { return true }

// sameShape wants the same kind of reply, and nil only where the other is nil.
func sameShape(a, b testkit.Reply) bool { return a.Kind == b.Kind && a.Nil == b.Nil }

// sameDump wants dumps of hash tables to be of one type and length, and others to
// be the same.
func sameDump(a, b testkit.Reply) bool {
	return len(a.Text) > 0 && len(a.Text) == len(b.Text) && a.Text[0] == b.Text[0] &&
		slices.Contains([]byte{rdb.TypeSet, rdb.TypeHash, rdb.TypeHashFieldExpiry}, a.Text[0])
}

// sameLength is sameShape that wants as many elements, too.
func sameLength(a, b testkit.Reply) bool { return sameShape(a, b) && len(a.Elems) == len(b.Elems) }

// near wants integers that differ by at most d; those below zero are codes and
// must be equal.
func near(d int64) func(a, b testkit.Reply) bool {
	return func(a, b testkit.Reply) bool {
		x, y := a.Int(), b.Int()
		return x >= 0 && y >= 0 && max(x, y)-min(x, y) <= d
	}
}

// shared wants the same count of references, or one more for the real server's
// own.
func shared(a, b testkit.Reply) bool {
	return sameTree(a, b) || a.Int() == 2 && b.Int() == 1
}

// unordered wants the same elements in whatever order.
func unordered(a, b testkit.Reply) bool {
	return slices.EqualFunc(sorted(a.Elems), sorted(b.Elems), sameTree)
}

// sorted returns the elements in a fixed order.
func sorted(elems []testkit.Reply) []testkit.Reply {
	return slices.SortedFunc(slices.Values(elems), func(a, b testkit.Reply) int {
		return strings.Compare(a.String(), b.String())
	})
}

// sameSettings wants the same names with the same values, in whatever order, but
// for those that the rig gives each server.
func sameSettings(a, b testkit.Reply) bool {
	mask := func(r testkit.Reply) testkit.Reply {
		settings := pairs(r)
		for i, pair := range settings.Elems {
			if name := pair.Elems[0]; name.Text == "port" || name.Text == "dir" {
				settings.Elems[i].Elems = []testkit.Reply{name}
			}
		}
		return settings
	}
	return unordered(mask(a), mask(b))
}

// pairsExcept wants the same keys in the same order with the same values, but for
// those of the given keys.
func pairsExcept(keys ...string) func(a, b testkit.Reply) bool {
	return func(a, b testkit.Reply) bool {
		return slices.EqualFunc(pairs(a).Elems, pairs(b).Elems, func(x, y testkit.Reply) bool {
			key := x.Elems[0].Text
			return sameTree(x, y) || key == y.Elems[0].Text && slices.Contains(keys, key)
		})
	}
}

// pairs puts each key and its value in an array of their own.
func pairs(r testkit.Reply) testkit.Reply {
	var p testkit.Reply
	for i := 0; i+1 < len(r.Elems); i += 2 {
		p.Elems = append(p.Elems, testkit.Reply{Kind: testkit.Array, Elems: r.Elems[i : i+2]})
	}
	return p
}

var (
	debugObject  = regexp.MustCompile(`\b(at:0x[0-9a-f]+|refcount:2|refcount:1|lru:\d+|lru_seconds_idle:\d+)`)
	clientFields = regexp.MustCompile(`\b(id|addr|laddr|fd|age|idle|qbuf|qbuf-free|argv-mem|multi-mem|rbs|rbp|obl|oll|omem|` +
		`tot-mem|events|redir|tot-net-in|tot-net-out|tot-cmds)=[^ ]*`)
	// The portable driver has no main thread; that the other one tells its times is
	// tested with INFO itself.
	infoOwn = regexp.MustCompile(`^(# Sigrun|sigrun_\w+|cmdstat_.*|latency_percentiles_.*|errorstat_.*|` +
		`used_active_time_io_thread_\d+|used_cpu_(sys|user)_main_thread|module|engine_\d+)$`)
)

// textsWithout wants the same text when whatever matches is cut.
func textsWithout(cut *regexp.Regexp) func(a, b testkit.Reply) bool {
	return func(a, b testkit.Reply) bool {
		return cut.ReplaceAllString(a.Text, "") == cut.ReplaceAllString(b.Text, "")
	}
}

// sameClients compares lists of clients: the same fields in the same order, and
// of those that do not depend on the moment the same values.
func sameClients(a, b testkit.Reply) bool {
	mask := func(r testkit.Reply) string { return clientFields.ReplaceAllString(r.Text, "$1=*") }
	return sortedLines(mask(a)) == sortedLines(mask(b))
}

func sortedLines(text string) string {
	return strings.Join(slices.Sorted(strings.SplitSeq(text, "\n")), "\n")
}

// sameFields compares INFO: the same sections with the same fields in the same
// order, but for those that only one of the servers has by its nature.
func sameFields(a, b testkit.Reply) bool { return slices.Equal(fields(a), fields(b)) }

// fields are the lines of INFO without values, without empty lines, and without
// those that hang on what has been called or on what a server is made of.
func fields(r testkit.Reply) []string {
	var names []string
	for line := range strings.Lines(r.Text) {
		name, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ":")
		if name != "" && !infoOwn.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// comparer compares the replies of one conversation in order. It knows which
// calls of each connection an EXEC answers.
type comparer struct {
	queued map[string][][]string // by connection
}

// same compares the outcomes of the call args on connection client.
func (c *comparer) same(client string, args []string, peer, ours testkit.Outcome) bool {
	if peer.None || peer.Closed || ours.None || ours.Closed {
		return peer.None == ours.None && peer.Closed == ours.Closed
	}
	queued := c.queued[client]
	if peer.Reply.Kind == testkit.Status && peer.Reply.Text == "QUEUED" {
		c.queued[client] = append(queued, args)
	} else {
		delete(c.queued, client)
	}
	if peer.Reply.Kind == testkit.Array && len(queued) > 0 && len(queued) == len(peer.Reply.Elems) &&
		len(ours.Reply.Elems) == len(queued) && calls(args, "EXEC") {
		return sameEach(queued, peer.Reply.Elems, ours.Reply.Elems)
	}
	return agree(args, peer.Reply, ours.Reply)
}

func sameEach(calls [][]string, peer, ours []testkit.Reply) bool {
	for i, args := range calls {
		if !agree(args, peer[i], ours[i]) {
			return false
		}
	}
	return true
}

// agree reports whether the replies are the same, or differ as differences.go
// says.
func agree(args []string, peer, ours testkit.Reply) bool {
	return sameReply(args, peer, ours) || slices.ContainsFunc(differences, func(d difference) bool {
		return calls(args, d.command) && d.same(peer, ours)
	})
}
