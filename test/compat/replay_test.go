package compat

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sigrun/internal/testkit"
)

// The tests of this file want what was acknowledged to be there again after the log
// or a snapshot was loaded: random streams of all commands that change data, and
// after some of their steps a look at all data, a load, and another look. Nothing
// needs to be the same as on another server here, so chance and short times, which
// the comparisons have to do without, take part.

// Calls that the test itself carries out, at one place of a stream.
const (
	loadLog    = "LOADLOG"  // DEBUG LOADAOF
	reload     = "RELOAD"   // DEBUG RELOAD
	restart    = "RESTART"  // after a kill -9
	peerLoads  = "PEER"     // the real server loads the log
	rewriteLog = "REWRITE"  // BGREWRITEAOF, to its end
	passTime   = "PASSTIME" // until what ends soon has ended
)

// soonOver is longer than what the kind "soon" says, in milliseconds.
const soonOver = 10

// The connections of a stream: two that send commands, and one that waits.
const (
	replayClients = 2
	waiterClient  = replayClients
)

// replayGroups have the commands of one type each, and such as move keys about. A
// part of a stream keeps to one of them: commands of all types in turn would mostly
// meet a key of another.
var replayGroups = func() (all []*group) {
	beside := parseCommands(`
		FLUSHDB
		SELECT db
		SELECT 0
		SWAPDB db db
		WATCH key
		DEL key
		RENAME key key
		MOVE key db
		COPY key key REPLACE
		SPOP key few
		XADD stream-key * text entry-value
		XREADGROUP GROUP cg consumer STREAMS stream-key entry
		DEBUG SET-ACTIVE-EXPIRE (0|1)
	`)
	for _, g := range append([]*group{&mixedGroup, &sortGroup, &hashGroup, &hashGroup, &hashGroup, &streamGroup, &streamGroup, &streamGroup}, mixedGroups...) {
		own := *g
		own.clients, own.beside = replayClients, append(slices.Clone(g.beside), beside...)
		all = append(all, &own)
	}
	return all
}()

// hot are the words in place of which a stream has others, so that its commands meet
// on few keys and fields.
var hot = map[string]string{
	"c": "a", "d": "a", "k:1": "b", "k:2": "a", "{t}x": "b", // keys
	"1": "f", "-70000": "g", "": "f", "field:1": "g", // fields
}

// heat puts hot words into steps.
func heat(steps []step) []step {
	for _, s := range steps {
		for i, w := range s.words {
			if to, is := hot[w.text]; is && !w.odd && (w.kind == kinds["key"] || w.kind == kinds["stream-key"] || w.kind == kinds["hash-field"]) {
				s.words[i].text = to
			}
		}
	}
	return steps
}

// quiet are writing commands that mostly change nothing, and log nothing.
var quiet = group{name: "quiet", clients: 1, commands: parseCommands(`
	XREADGROUP GROUP cg consumer STREAMS stream-key 0
	HGETEX key FIELDS 1 hash-field
	GETEX key
	HPERSIST key FIELDS 1 hash-field
	DEL key
`)}

// shortLived make what ends soon.
var shortLived = group{name: "short-lived", clients: replayClients, commands: parseCommands(`
	PEXPIRE key soon
	PEXPIRE key soon (NX|GT|LT)
	SET key value PX soon
	GETEX key PX soon
	HPEXPIRE key soon FIELDS 2 hash-field hash-field
	HSETEX key PX soon FIELDS 2 hash-field value hash-field value
	HGETEX key PX soon FIELDS 2 hash-field hash-field
	MSETEX 2 key value key value PX soon
	RESTORE key soon dump REPLACE
`)}

// waits are the calls of the connection that waits, until somebody serves it.
var waits = group{name: "waits", clients: 1, commands: parseCommands(`
	BLPOP key key 0
	BRPOP key 0
	BLMOVE key key end end 0
	BRPOPLPUSH key key 0
	BLMPOP 0 2 key key (LEFT|RIGHT) COUNT few
	BZPOPMIN key key 0
	BZMPOP 0 2 key key (MIN|MAX) COUNT few
	XREAD BLOCK 0 STREAMS stream-key $
	XREADGROUP GROUP cg consumer BLOCK 0 STREAMS stream-key >
	XREADGROUP GROUP cg consumer BLOCK 0 NOACK STREAMS stream-key >
`)}

// replayPart generates some neighbouring steps of a stream, mostly in commands of g.
func replayPart(t *rapid.T, g *group) []step {
	if oneIn(t, 4) {
		g = rapid.SampledFrom(replayGroups).Draw(t, "group")
	}
	several := func(g *group, most int) []step {
		return rapid.SliceOfN(rapid.Custom(g.step), 1, most).Draw(t, "steps")
	}
	switch rapid.IntRange(0, 15).Draw(t, "part") {
	default:
		return several(g, maxPart)
	case 5, 6, 7, 8, 9:
		if oneIn(t, 2) {
			return inTransaction(slices.Concat(several(&quiet, 2), several(g, maxPart)))
		}
		return inTransaction(several(g, maxPart))
	case 10, 11, 12:
		return slices.Concat(several(&shortLived, 3), []step{call(passTime)}, several(g, maxPart))
	case 13:
		return slices.Concat(several(&shortLived, 3), []step{call(passTime)}, inTransaction(several(g, maxPart)))
	case 14:
		wait := waits.step(t)
		wait.client = waiterClient
		return []step{wait}
	case 15:
		return []step{call(rapid.SampledFrom([]string{loadLog, loadLog, reload, rewriteLog}).Draw(t, "look"))}
	}
}

// inTransaction has one connection send all steps between MULTI and EXEC.
func inTransaction(steps []step) []step {
	steps = slices.Clone(steps)
	for i := range steps {
		steps[i].client = 0
	}
	return slices.Concat([]step{call("MULTI")}, steps, []step{call("EXEC")})
}

// replayStream generates a whole stream, which ends with one of the looks.
func replayStream(looks []string) *rapid.Generator[stream] {
	return rapid.Custom(func(t *rapid.T) stream {
		g := rapid.SampledFrom(replayGroups).Draw(t, "group")
		var steps []step
		for _, args := range g.before {
			steps = append(steps, call(args...))
		}
		if oneIn(t, 2) {
			steps = append(steps, call("DEBUG", "SET-ACTIVE-EXPIRE", "0"))
		}
		part := rapid.Custom(func(t *rapid.T) []step { return replayPart(t, g) })
		for _, more := range rapid.SliceOfN(part, 1, maxParts).Draw(t, "parts") {
			steps = append(steps, heat(more)...)
		}
		return stream{proto: 3, steps: append(steps, call(rapid.SampledFrom(looks).Draw(t, "look")))}
	})
}

// replayTime is how long each kind of log is tried, unless -commands asks for more.
const replayTime = 8 * time.Second

// TestReplay wants a log and a snapshot to hold what the server does.
func TestReplay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sync, preamble string
		looks          []string
	}{
		{"always", "no", []string{loadLog, loadLog, loadLog, reload, restart, peerLoads}},
		{"no", "yes", []string{loadLog, loadLog, loadLog, reload, restart, peerLoads}},
	} {
		t.Run("appendfsync "+c.sync+" preamble "+c.preamble, func(t *testing.T) {
			r := startReplayer(t, "--appendfsync", c.sync, "--aof-use-rdb-preamble", c.preamble)
			var failed *stream
			defer func() { // also when rapid ends the test
				if failed != nil {
					_, diff := reduce(*failed, r.play)
					t.Log("REDUCED: " + diff)
				}
			}()
			sent, end := 0, time.Now().Add(replayTime)
			rapid.Check(t, func(rt *rapid.T) {
				if enough := sent >= *commandsWanted && time.Now().After(end); enough && failed == nil {
					return
				}
				st := replayStream(c.looks).Draw(rt, "stream")
				sent += len(st.steps)
				if diff := r.play(st); diff != "" {
					failed = &st
					rt.Fatal("the data differ")
				}
			})
			t.Logf("%d steps", sent)
		})
	}
}

// replayer plays streams to one server of ours.
type replayer struct {
	t       testing.TB
	ours    *side
	peer    *testkit.Server // loads our log; nil before the first time
	pending chan error      // from the reader of the connection that waits; nil if it waits for nothing
	kept    bool            // what has ended may be there still
}

func startReplayer(t testing.TB, args ...string) *replayer {
	t.Helper()
	args = append([]string{"--appendonly", "yes", "--hz", "500"}, args...)
	r := &replayer{t: t, ours: newSide(t, testkit.StartSigrun(t, args...))}
	t.Cleanup(r.ours.close)
	return r
}

// ask asks the server beside the stream. A server that is gone ends the test.
func (r *replayer) ask(args ...string) testkit.Reply {
	reply, err := r.ours.ask(args...)
	if err != nil {
		r.t.Fatalf("%v: %v\n%s", args, err, r.ours.server.LogTail())
	}
	return reply
}

// play plays st from an empty server and log, and says what was different after a
// load; "" if nothing was.
func (r *replayer) play(st stream) string {
	r.begin()
	for at, s := range st.steps {
		if diff := r.step(s, at); diff != "" {
			return fmt.Sprintf("step %d: %s\nin\n%s", at+1, diff, st)
		}
	}
	return ""
}

// begin empties the server and its log.
func (r *replayer) begin() {
	if r.ours.server.Exited() {
		testkit.NoError(r.t, os.RemoveAll(filepath.Join(r.ours.server.Dir, "appendonlydir")))
		r.ours.server.Restart()
		r.ours.stale = true
	}
	r.serve()
	testkit.NoError(r.t, r.ours.reset(replayClients+1, 3, false))
	r.sweep(true)
	r.rewrite()
}

// rewrite rewrites the log and waits for its end.
func (r *replayer) rewrite() {
	r.until("a rewrite starts", func() bool { return !r.ask("BGREWRITEAOF").IsError() })
	r.until("a rewrite ends", func() bool {
		info := r.ask("INFO", "persistence").Text
		return strings.Contains(info, "aof_rewrite_in_progress:0") && strings.Contains(info, "aof_rewrite_scheduled:0")
	})
}

func (r *replayer) until(what string, done func() bool) {
	r.t.Helper()
	testkit.Eventually(r.t, replyTimeout, done, what)
}

// sweep switches the search for what has ended on or off.
func (r *replayer) sweep(on bool) {
	r.kept = !on
	r.ask("DEBUG", "SET-ACTIVE-EXPIRE", map[bool]string{true: "1", false: "0"}[on])
}

// step plays the step at position at.
func (r *replayer) step(s step, at int) string {
	args := s.args(at)
	switch args[0] {
	case loadLog, reload, restart, peerLoads:
		return r.look(args[0])
	case rewriteLog:
		r.rewrite()
		return ""
	case passTime:
		r.pass()
		return ""
	}
	if s.client == waiterClient {
		r.wait(args)
		return ""
	}
	if strings.EqualFold(args[0], "DEBUG") && len(args) == 3 && strings.EqualFold(args[1], "SET-ACTIVE-EXPIRE") {
		r.sweep(args[2] == "1")
		return ""
	}
	if _, err := r.ours.clients[s.client].TryDo(args...); err != nil {
		return fmt.Sprintf("%s: %v", showArgs(args), err)
	}
	return ""
}

// wait has the connection that waits send a call, and returns when it waits.
func (r *replayer) wait(args []string) {
	r.serve()
	c := r.ours.clients[waiterClient]
	testkit.NoError(r.t, c.SendRaw(testkit.AppendCommand(nil, args...)))
	r.pending = make(chan error, 1)
	go func(answered chan<- error) {
		_, err := c.Receive()
		answered <- err
	}(r.pending)
	r.until("a call waits", func() bool {
		return len(r.pending) > 0 || !strings.Contains(r.ask("INFO", "clients").Text, "blocked_clients:0\r")
	})
}

// serve ends the wait of the connection that waits.
func (r *replayer) serve() {
	if r.pending == nil {
		return
	}
	if !r.ours.server.Exited() {
		r.until("a wait ends", func() bool {
			if len(r.pending) == 0 {
				r.ask("CLIENT", "UNBLOCK", r.ours.ids[waiterClient])
			}
			return len(r.pending) > 0
		})
	}
	<-r.pending
	r.pending = nil
}

// now is the server's time in Unix milliseconds.
func (r *replayer) now() int64 {
	parts := r.ask("TIME").Texts()
	seconds, _ := strconv.ParseInt(parts[0], 10, 64)
	micros, _ := strconv.ParseInt(parts[1], 10, 64)
	return seconds*1000 + micros/1000
}

// pass waits until what ends soon has ended.
func (r *replayer) pass() {
	end := r.now() + soonOver
	r.until("time passes", func() bool { return r.now() > end })
}

// look compares what there is before and after the load that how names.
func (r *replayer) look(how string) string {
	r.serve()
	r.pass()
	if how == peerLoads || how == reload { // a snapshot leaves out what has ended, of which no log tells
		r.sweep(true)
	}
	var before holdings
	look := func() bool { before = r.holdings(); return r.kept || !before.dead }
	r.until("what has ended is swept", look)
	if how == peerLoads {
		return r.lookAtPeer(before)
	}
	if err := r.load(how); err != "" {
		return how + ": " + err
	}
	if how == restart {
		r.sweep(!r.kept)
	}
	after := r.holdings()
	if diff := before.diff(&after, how == loadLog || !r.kept); diff != "" {
		return "after " + how + diff
	}
	return ""
}

// load has the server load its log or a snapshot, and says what went wrong.
func (r *replayer) load(how string) string {
	switch how {
	case restart:
		r.ours.server.Kill9()
		r.ours.server.Restart()
		for i := range r.ours.clients {
			testkit.NoError(r.t, r.ours.connect(i, 3))
		}
		return ""
	case reload:
		how = "RELOAD"
	default:
		how = "LOADAOF"
	}
	if reply := r.ask("DEBUG", how); reply.IsError() {
		return reply.Text
	}
	return ""
}

// lookAtPeer has the real server load a copy of the log and compares the data.
func (r *replayer) lookAtPeer(h holdings) string {
	if h.passing {
		return ""
	}
	args := []string{"--appendonly", "yes", "--hz", "500"}
	if r.peer == nil {
		r.peer = testkit.StartPeer(r.t, args...)
	}
	r.peer.Kill9()
	folder := filepath.Join(r.peer.Dir, "appendonlydir")
	testkit.NoError(r.t, os.RemoveAll(folder))
	testkit.NoError(r.t, os.CopyFS(folder, os.DirFS(filepath.Join(r.ours.server.Dir, "appendonlydir"))))
	r.peer.Restart()
	digest := ""
	for end := time.Now().Add(time.Second); time.Now().Before(end); { // it sweeps, too
		if digest = r.peer.Do("DEBUG", "DIGEST").Text; digest == h.digest {
			return ""
		}
	}
	p := pair{peer: newSide(r.t, r.peer), ours: r.ours}
	return "the real server has loaded something else: " + p.diffData()
}

// holdings is what a server holds.
type holdings struct {
	digest  string
	keys    map[string]string // what there is of each key that will stay
	passing bool              // there are keys or fields that will end during the test
	dead    bool              // there are some that have ended
}

// passingTime is how long it takes, in milliseconds, until what ends has nothing
// to do with a test.
const passingTime = 600_000

func (r *replayer) holdings() holdings {
	h := holdings{keys: map[string]string{}}
	c := r.ours.server.Dial(r.t)
	defer c.Close()
	now := r.now()
	for db := range databases {
		c.MustDo("SELECT", strconv.Itoa(db))
		keys := c.MustDo("KEYS", "*").Texts()
		h.dead = h.dead || c.MustDo("DBSIZE").Int() != int64(len(keys))
		for _, key := range keys {
			text, stays := h.describe(c, key, now)
			switch {
			case text == "": // a hash without fields
			case stays:
				h.keys[fmt.Sprintf("db %d: %s", db, showArg(key))] = text
			default:
				h.passing = true
			}
		}
	}
	h.digest = c.MustDo("DEBUG", "DIGEST").Text
	return h
}

// describe says what there is of a key, "" if all of it has ended, and whether it
// will stay.
func (h *holdings) describe(c *testkit.Client, key string, now int64) (text string, stays bool) {
	ends := func(at int64) bool { return at >= 0 && at < now+passingTime }
	kind, at := c.Do("TYPE", key).Text, c.Do("PEXPIRETIME", key).Int()
	text = fmt.Sprintf("%s, ends %d: ", kind, at)
	switch kind {
	case "hash":
		all := pairs(c.Do("HGETALL", key))
		h.dead = h.dead || c.Do("HLEN", key).Int() != int64(len(all.Elems))
		if len(all.Elems) == 0 {
			return "", false
		}
		var lines []string
		for _, e := range all.Elems {
			field := e.Elems[0].Text
			end := c.Do("HPEXPIRETIME", key, "FIELDS", "1", field).Elems[0].Int()
			if ends(end) {
				return text, false
			}
			lines = append(lines, fmt.Sprintf("%s=%s ends %d", showArg(field), showArg(e.Elems[1].Text), end))
		}
		slices.Sort(lines)
		text += strings.Join(lines, ", ")
	case "stream":
		text += withoutSeen(c.Do("XINFO", "STREAM", key, "FULL", "COUNT", "0")).String()
	default:
		text += c.Do("DEBUG", "DIGEST-VALUE", key).String()
	}
	return text, !ends(at)
}

// unlogged are the fields of XINFO that no log tells: when a consumer was seen, and
// how the entries lie in memory.
var unlogged = []string{"seen-time", "active-time", "radix-tree-keys", "radix-tree-nodes"}

// withoutSeen cuts the unlogged fields out of what XINFO STREAM FULL answers in
// RESP2.
func withoutSeen(r testkit.Reply) testkit.Reply {
	var left []testkit.Reply
	for i := 0; i < len(r.Elems); i++ {
		if slices.Contains(unlogged, r.Elems[i].Text) {
			i++ // its value
			continue
		}
		left = append(left, withoutSeen(r.Elems[i]))
	}
	r.Elems = left
	return r
}

// diff says what differs in two looks; with whole, what has ended counts, too.
func (h *holdings) diff(after *holdings, whole bool) string {
	var diffs []string
	for key, was := range h.keys {
		if is := after.keys[key]; is != was {
			diffs = append(diffs, fmt.Sprintf("\n%s\nwas: %s\nis:  %s", key, was, is))
		}
	}
	for key, is := range after.keys {
		if _, was := h.keys[key]; !was {
			diffs = append(diffs, fmt.Sprintf("\n%s\nwas not there\nis:  %s", key, is))
		}
	}
	if len(diffs) == 0 && whole && !h.passing && h.digest != after.digest {
		diffs = append(diffs, "\nthe digests differ")
	}
	slices.Sort(diffs)
	return strings.Join(diffs, "")
}
