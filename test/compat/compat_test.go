package compat

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sigrun/internal/testkit"
)

// commandsWanted is how many random commands of each group to send, at least,
// instead of those of rapid.checks streams.
var commandsWanted = flag.Int("commands", 0, "random commands of each group, at least; 0: as many as -rapid.checks streams have")

// fewestPerStream is less than a stream has commands on the average of all groups.
const fewestPerStream = 20

func TestMain(m *testing.M) {
	// Defaults, which the command line overrides: more than rapid's hundred
	// streams of each group; little shrinking, because reduce follows; and no
	// files of failures beside the source: the seed that is printed repeats one.
	for name, value := range map[string]string{
		"rapid.checks": "300", "rapid.shrinktime": "1s", "rapid.nofailfile": "true",
	} {
		set(name, value)
	}
	if os.Getenv(exploring) == "" {
		set("rapid.seed", "20261")
	}
	flag.Parse()
	if *commandsWanted > 0 {
		set("rapid.checks", strconv.Itoa(*commandsWanted/fewestPerStream+1))
	}
	os.Exit(m.Run())
}

// exploring is the variable that asks for other streams in every run, as `make
// compat` does. Without it they are the same in each, so that whether a change
// passes doesn't hang on luck.
const exploring = "SIGRUN_EXPLORE"

func set(name, value string) {
	if err := flag.Set(name, value); err != nil {
		panic(err)
	}
}

// TestStreams compares random conversations, group by group and mixed.
func TestStreams(t *testing.T) {
	t.Parallel()
	p := startPair(t, testkit.StartSigrun)
	for _, g := range append(slices.Clone(groups), &mixedGroup) {
		t.Run(g.name, func(t *testing.T) { checkStreams(t, p, g) })
	}
}

func checkStreams(t rapid.TB, p *pair, g *group) {
	there := g.there()
	differs := func(st stream) string { return p.compare(st, g.clients) }
	var failed *stream
	defer func() { // also when rapid ends the test
		if failed != nil {
			_, diff := reduce(*failed, differs)
			t.Log("REDUCED: " + diff)
		}
	}()
	sent := 0
	rapid.Check(t, func(rt *rapid.T) {
		if *commandsWanted > 0 && sent >= *commandsWanted {
			return
		}
		st := there.stream().Draw(rt, "stream")
		sent += len(st.steps)
		diff := p.diff(st, g.clients)
		if diff.text == "" {
			return
		}
		if isMomentary(diff.call) && differs(st) == "" {
			t.Log("DIFFERED ONCE: " + diff.text)
			return
		}
		t.Log("DIFFERED FIRST: " + diff.text) // what comes once has nothing to shrink
		failed = &st
		rt.Fatal("the servers differ")
	})
	t.Logf("%d commands", sent)
	if n := p.ours.crashes; n > 0 {
		t.Errorf("sigrun crashed %d times", n)
	}
}

// TestEdges compares every command with every extreme of each of its arguments.
func TestEdges(t *testing.T) {
	t.Parallel()
	p := startPair(t, testkit.StartSigrun)
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) { checkEdges(t, p, g) })
	}
}

func checkEdges(t *testing.T, p *pair, g *group) {
	for _, c := range g.there().commands {
		for _, form := range c.root.forms() {
			for i := range form {
				if st := edgeStream(g, form, i); len(st.steps) > 0 {
					report(t, p.compare(st, g.clients))
				}
			}
		}
	}
}

// edgeStream is one conversation: form with each odd value as its word i, each
// time with the same data before it.
func edgeStream(g *group, form []word, i int) stream {
	st := stream{proto: 2 + i%2, fresh: g.fresh}
	if form[i].kind == nil {
		return st
	}
	before := g.before
	if before == nil {
		before = [][]string{{"MSET", "a", "10", "b", "ohmytext", "c", "mynewtext"}}
	}
	for _, odd := range form[i].kind.odd {
		words := slices.Clone(form)
		words[i] = word{text: odd, kind: form[i].kind, odd: true}
		for _, args := range before {
			st.steps = append(st.steps, call(args...))
		}
		st.steps = append(st.steps, step{words: words})
	}
	return st
}

// call is a step that sends args as they are.
func call(args ...string) step {
	var s step
	for _, arg := range args {
		s.words = append(s.words, word{text: arg})
	}
	return s
}

// report fails the test, but lets it find more.
func report(t *testing.T, diff string) {
	t.Helper()
	if diff != "" {
		t.Error(diff)
	}
}

// maxArity is one more argument than any command of fixed arity takes.
const maxArity = 6

// TestArity compares every command with every number of arguments.
func TestArity(t *testing.T) {
	p := startPair(t, testkit.StartSigrun)
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) { checkArity(t, p, g) })
	}
}

func checkArity(t *testing.T, p *pair, g *group) {
	seen := map[string]bool{}
	for _, c := range g.there().commands {
		if !seen[c.name] {
			seen[c.name] = true
			report(t, arityDiff(p, g, c.name))
		}
	}
}

// arityDiff is the first difference between the servers when the command is
// called with too few arguments, enough and too many.
func arityDiff(p *pair, g *group, name string) string {
	args := strings.Fields(name)
	for range maxArity {
		for proto := 2; proto <= 3; proto++ {
			if diff := p.compare(stream{proto: proto, fresh: g.fresh, steps: []step{call(args...)}}, g.clients); diff != "" {
				return diff
			}
		}
		args = append(args, "x")
	}
	return ""
}

// Sizes around which buffers grow, fill or are passed by.
var largeSizes = []int{
	16<<10 - 1, 16 << 10, 16<<10 + 1, 32<<10 - 1, 32 << 10, 64<<10 - 1, 64 << 10, 64<<10 + 1, 1 << 20, 9 << 20,
}

// TestLarge compares large values and commands of many arguments, also many in
// one write.
func TestLarge(t *testing.T) {
	checkLarge(t, startPair(t, testkit.StartSigrun))
}

func checkLarge(t *testing.T, p *pair) {
	for _, size := range largeSizes {
		text := strings.Repeat("0123456789abcdef", size/16+1)[:size]
		many := []string{"MSET"}
		for i := range size / 1024 {
			many = append(many, "key:"+strconv.Itoa(i), text[:i%100])
		}
		steps := []step{
			call("SET", "a", text), call("GET", "a"), call("ECHO", text), call("APPEND", "a", text[:100]), call("STRLEN", "a"),
			call("GETRANGE", "a", "-200", "-1"), call("SET", "b", text, "GET"), call("MGET", "a", "b", "none"), call("COPY", "a", "c"),
			call(many...), call("DBSIZE"), call(append([]string{"DEL"}, many[1:]...)...),
		}
		for _, burst := range []bool{false, true} {
			if diff := p.compare(stream{proto: 2, burst: burst, steps: steps}, 1); diff != "" {
				t.Errorf("size %d, burst %v: %.300s", size, burst, diff)
			}
		}
	}
}

// TestScripts compares conversations that people wrote.
func TestScripts(t *testing.T) {
	p := startPair(t, testkit.StartSigrun)
	checkScripts(t, p)
}

func checkScripts(t *testing.T, p *pair) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txt"))
	testkit.NoError(t, err)
	if len(paths) == 0 {
		t.Fatal("no scripts")
	}
	for _, path := range paths {
		script, err := testkit.ReadScript(path)
		testkit.NoError(t, err)
		if slices.ContainsFunc(script.Steps, func(s testkit.Step) bool { return !isThere(s.Args) }) {
			t.Logf("%s waits for commands of notYet", path)
			continue
		}
		for proto := 2; proto <= 3; proto++ {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txt")+map[int]string{2: "/resp2", 3: "/resp3"}[proto],
				func(t *testing.T) { compareScript(t, p, script, proto) })
		}
	}
}

func compareScript(t *testing.T, p *pair, script *testkit.Script, proto int) {
	var outcomes [2][]testkit.Outcome
	var digests [2]string
	for i, s := range []*side{p.peer, p.ours} {
		testkit.NoError(t, s.reset(1, 2, true))
		outcomes[i] = script.Run(t, s.addr, proto)
		digest, err := s.digest()
		testkit.NoError(t, err)
		digests[i] = digest
	}
	rules := comparer{queued: map[string][][]string{}}
	for i, step := range script.Steps {
		if peer, ours := outcomes[0][i], outcomes[1][i]; !rules.same(step.Client, step.Args, peer, ours) {
			t.Errorf("%s:%d: %s\n%s", script.Path, step.Line, showArgs(step.Args), showBoth(peer, ours))
		}
	}
	if digests[0] != digests[1] {
		t.Errorf("%s: %s", digestDiffers, p.diffData())
	}
}

// TestDifferences wants each intended difference to be there, and its rule to
// cover it.
func TestDifferences(t *testing.T) {
	p := startPair(t, testkit.StartSigrun)
	for _, d := range differences {
		if !isThere(d.example) {
			continue
		}
		if d.first != nil {
			p.peer.server.Do(d.first...)
			p.ours.server.Do(d.first...)
		}
		peer, ours := p.peer.server.Do(d.example...), p.ours.server.Do(d.example...)
		if sameReply(d.example, peer, ours) {
			t.Errorf("%s is listed as different but is not", showArgs(d.example))
		} else if !calls(d.example, d.command) || !d.same(peer, ours) {
			t.Errorf("%s is not covered by its own rule:\nvalkey: %s\nsigrun: %s", showArgs(d.example), peer, ours)
		}
		if d.why == "" {
			t.Errorf("%s: no reason", d.command)
		}
	}
}

// TestNotYet wants the commands that are listed as missing to be missing, and
// all others of the grammar to be there.
func TestNotYet(t *testing.T) {
	ours := testkit.StartSigrun(t)
	unknown := func(args []string) bool {
		reply := ours.Do(args...)
		return reply.IsError() && (strings.HasPrefix(reply.Text, "ERR unknown command '") ||
			strings.HasPrefix(reply.Text, "ERR unknown subcommand '"))
	}
	for _, name := range notYet {
		if !unknown(strings.Fields(name)) {
			t.Errorf("%s is listed as missing but is there", name)
		}
	}
	seen := map[string]bool{missingOnPurpose: true}
	for _, g := range groups {
		for _, c := range slices.Concat(g.there().commands, g.there().beside) {
			if args := (step{words: c.root.forms()[0]}).args(0); !seen[c.name] && unknown(args) {
				t.Errorf("%s is missing and not listed as such", showArgs(args))
			}
			seen[c.name] = true
		}
	}
}
