package compat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// Arguments that stand for the id of a connection, which differs between the
// servers: each is sent the id of its own connection "a" or "b".
const (
	ownID   = "<id of a>"
	otherID = "<id of b>"
)

// databases is how many there are by default.
const databases = 16

// maxUnstable is how many conversations of a test may end differently each time.
const maxUnstable = 3

// replyTimeout is longer than any call of the tests takes.
const replyTimeout = 30 * time.Second

// side is one of the two servers.
type side struct {
	t       testing.TB
	server  *testkit.Server
	addr    string // of the server, or of a proxy before it
	clients []*testkit.Client
	ids     []string        // of the connections
	probe   *testkit.Client // see ask; nil if there is none
	stale   bool            // the connections may be in a state that RESET leaves as it is
	crashes int
}

// pair is the two servers that are compared.
type pair struct {
	peer, ours *side
	unstable   int // differences that the real server had with itself, too
}

func newSide(t testing.TB, server *testkit.Server) *side {
	return &side{t: t, server: server, addr: server.Addr}
}

// startPair starts a real server and one of ours, or both real ones where the
// test is of the rig itself.
func startPair(t testing.TB, ours func(testing.TB, ...string) *testkit.Server) *pair {
	t.Helper()
	// How often a second the real server looks whose time to wait is over.
	often := []string{"--hz", "500"}
	p := &pair{peer: newSide(t, testkit.StartPeer(t, often...)), ours: newSide(t, ours(t, often...))}
	t.Cleanup(func() {
		p.peer.close()
		p.ours.close()
		if p.unstable > maxUnstable {
			t.Errorf("%d conversations hang on the moment: their comparison says little", p.unstable)
		}
	})
	return p
}

// reset empties the server, after starting it again if it has crashed, and has n
// connections that speak RESP version proto: fresh ones, or those of the last
// conversation if nothing speaks against it, since a thousand conversations a
// second would leave the machine without ports.
func (s *side) reset(n, proto int, fresh bool) error {
	if s.server.Exited() {
		s.crashes++
		s.stale = true
		s.server.Restart()
	}
	keep := n
	if fresh || s.stale {
		keep = 0
	}
	s.stale = fresh
	for len(s.clients) > keep {
		last := len(s.clients) - 1
		s.clients[last].Close()
		s.clients, s.ids = s.clients[:last], s.ids[:last]
	}
	for i := range n {
		if i < len(s.clients) && s.reuse(i, proto) {
			continue
		}
		if i == len(s.clients) {
			s.clients, s.ids = append(s.clients, nil), append(s.ids, "")
		}
		if err := s.connect(i, proto); err != nil {
			return err
		}
	}
	reply, err := s.clients[0].TryDo("FLUSHALL")
	if err == nil && reply.IsError() {
		err = errors.New(reply.Text)
	}
	return err
}

// reuse makes connection i as good as new, and reports whether that worked.
func (s *side) reuse(i, proto int) bool {
	c := s.clients[i]
	calls := testkit.AppendCommand(nil, "RESET")
	if c.SendRaw(testkit.AppendCommand(calls, "HELLO", strconv.Itoa(proto))) != nil {
		return false
	}
	for range 2 {
		if reply, err := c.Receive(); err != nil || reply.IsError() {
			return false
		}
	}
	c.Pushes = nil
	return true
}

// connect opens connection i anew.
func (s *side) connect(i, proto int) error {
	if old := s.clients[i]; old != nil {
		old.Close()
	}
	conn, err := net.DialTimeout("tcp", s.addr, replyTimeout)
	if err != nil {
		return err
	}
	c := testkit.NewClient(s.t, conn)
	c.Timeout = replyTimeout
	s.clients[i] = c
	hello, err := c.TryDo("HELLO", strconv.Itoa(proto))
	if err != nil {
		return err
	}
	id, _ := hello.Get("id")
	s.ids[i] = id.Text
	return nil
}

// close closes the side's connections.
func (s *side) close() {
	for _, c := range append(s.clients, s.probe) {
		if c != nil {
			c.Close()
		}
	}
}

// ask runs a command beside the conversation, on a connection that stays open
// unless the conversation could see it.
func (s *side) ask(args ...string) (testkit.Reply, error) {
	if s.probe != nil && !s.stale {
		if reply, err := s.probe.TryDo(args...); err == nil {
			return reply, nil
		}
	}
	if s.probe != nil {
		s.probe.Close()
		s.probe = nil
	}
	conn, err := net.DialTimeout("tcp", s.server.Addr, replyTimeout)
	if err != nil {
		return testkit.Reply{}, err
	}
	c := testkit.NewClient(s.t, conn)
	c.Timeout = replyTimeout
	if s.stale {
		defer c.Close()
	} else {
		s.probe = c
	}
	return c.TryDo(args...)
}

// replaceIDs puts the side's ids in place of what stands for them.
func (s *side) replaceIDs(args []string) []string {
	if !slices.Contains(args, ownID) && !slices.Contains(args, otherID) {
		return args
	}
	args = slices.Clone(args)
	for i, arg := range args {
		switch arg {
		case ownID:
			args[i] = s.ids[0]
		case otherID:
			args[i] = s.ids[len(s.ids)-1]
		}
	}
	return args
}

// maskIDs puts a word in place of the side's ids where the error that a call got
// repeats its arguments, which had them.
func (s *side) maskIDs(args []string, r testkit.Reply) testkit.Reply {
	if r.Kind != testkit.Error || !slices.Contains(args, ownID) && !slices.Contains(args, otherID) {
		return r
	}
	for _, id := range s.ids {
		r.Text = strings.ReplaceAll(r.Text, "'"+id+"'", "'<id>'")
		r.Raw = bytes.ReplaceAll(r.Raw, []byte("'"+id+"'"), []byte("'<id>'"))
	}
	return r
}

// transcript is what one server did in a conversation.
type transcript struct {
	outcomes []testkit.Outcome // of each step
	pushes   [][]testkit.Reply // of each connection
	digest   string            // of all data at the end
	err      error             // why the conversation broke off, if it did
}

// late reports whether a reply took too long.
func (tr *transcript) late() bool {
	var timeout net.Error
	return errors.As(tr.err, &timeout) && timeout.Timeout()
}

// play holds a conversation with the server.
func (s *side) play(st stream, clients int) transcript {
	if err := s.reset(clients, st.proto, st.fresh); err != nil {
		s.stale = true
		return transcript{err: fmt.Errorf("before the first step: %w", err)}
	}
	var tr transcript
	for at := 0; at < len(st.steps) && tr.err == nil; {
		end := at + 1
		for st.burst && end < len(st.steps) && st.steps[end].client == st.steps[at].client &&
			!isScan(st.steps[end].args(end)) && !isScan(st.steps[at].args(at)) {
			end++
		}
		tr.err = s.playBurst(st, at, end, &tr)
		at = end
	}
	if tr.err == nil {
		tr.err = s.finish(&tr)
	}
	s.stale = s.stale || tr.err != nil // replies may still be on their way
	return tr
}

// playBurst sends the steps from at to end in one write and reads their replies.
func (s *side) playBurst(st stream, at, end int, tr *transcript) error {
	client := st.steps[at].client
	c := s.clients[client]
	var out []byte
	for i := at; i < end; i++ {
		out = testkit.AppendCommand(out, s.replaceIDs(st.steps[i].args(i))...)
	}
	closed := false
	if err := c.SendRaw(out); err != nil {
		if !testkit.IsClosed(err) {
			return err
		}
		closed = true
	}
	for i := at; i < end; i++ {
		outcome := testkit.Outcome{Closed: closed}
		if !closed {
			reply, err := c.Receive()
			cut := errors.Is(err, io.ErrUnexpectedEOF) // a transaction that kills its own connection
			if err != nil && !cut && !testkit.IsClosed(err) {
				return fmt.Errorf("step %d: %w", i, err)
			}
			closed = err != nil
			outcome = testkit.Outcome{Reply: reply, Closed: closed}
		}
		args := st.steps[i].args(i)
		if isScan(args) && !outcome.Closed {
			reply, err := finishScan(c, args, outcome.Reply)
			if err != nil {
				return fmt.Errorf("step %d: %w", i, err)
			}
			outcome.Reply = reply
		}
		outcome.Reply = s.maskIDs(args, outcome.Reply)
		tr.outcomes = append(tr.outcomes, outcome)
	}
	if closed {
		return s.connect(client, st.proto)
	}
	return nil
}

// scans are the commands that walk over something in steps, with the index of
// their cursor.
var scans = map[string]int{"SCAN": 1, "SSCAN": 2, "HSCAN": 2, "ZSCAN": 2}

// isScan reports whether args begin a scan.
func isScan(args []string) bool {
	at, is := scans[strings.ToUpper(args[0])]
	return is && len(args) > at && args[at] == "0"
}

// inPairs reports whether the scan args finds fields or members with something
// that belongs to them.
func inPairs(args []string) bool {
	switch name := strings.ToUpper(args[0]); name {
	case "HSCAN", "ZSCAN":
		bare := map[string]string{"HSCAN": "NOVALUES", "ZSCAN": "NOSCORES"}[name]
		return !slices.ContainsFunc(args[3:], func(a string) bool { return strings.EqualFold(a, bare) })
	}
	return false
}

// finishScan goes on with a scan until its end and returns all that it found as
// a sorted array without the repetitions that a scan may make. A reply that is
// no scan (an error, QUEUED) is returned as it is.
func finishScan(c *testkit.Client, args []string, reply testkit.Reply) (testkit.Reply, error) {
	var found []testkit.Reply
	args = slices.Clone(args)
	for calls := 0; len(reply.Elems) == 2; calls++ {
		step := reply.Elems[1]
		if inPairs(args) {
			step = pairs(step)
		}
		found = append(found, step.Elems...)
		cursor := reply.Elems[0].Text
		if cursor == "0" || calls > 10_000 {
			all := slices.CompactFunc(sorted(found), sameTree)
			return testkit.Reply{Kind: testkit.Array, Elems: all}, nil
		}
		args[scans[strings.ToUpper(args[0])]] = cursor
		var err error
		if reply, err = c.TryDo(args...); err != nil {
			return reply, err
		}
	}
	return reply, nil
}

// finish lets every connection take its last pushes and asks for the digest.
func (s *side) finish(tr *transcript) error {
	for i, c := range s.clients {
		if _, err := c.TryDo("PING"); err != nil && !testkit.IsClosed(err) {
			return fmt.Errorf("connection %s at the end: %w", clientName(i), err)
		}
		tr.pushes = append(tr.pushes, c.Pushes)
	}
	var err error
	tr.digest, err = s.digest()
	return err
}

// digest is the digest of all data.
func (s *side) digest() (string, error) {
	reply, err := s.ask("DEBUG", "DIGEST")
	return reply.Text, err
}

// play holds the conversation with both servers at the same time.
func (p *pair) play(st stream, clients int) (peer, ours transcript) {
	for range 2 { // a machine that stood still is no difference; a server that hangs does so again
		if peer, ours = p.playOnce(st, clients); !peer.late() && !ours.late() {
			break
		}
	}
	return peer, ours
}

func (p *pair) playOnce(st stream, clients int) (peer, ours transcript) {
	var both sync.WaitGroup
	both.Go(func() { peer = p.peer.play(st, clients) })
	both.Go(func() { ours = p.ours.play(st, clients) })
	both.Wait()
	return peer, ours
}

// diff is the first difference in a conversation.
type diff struct {
	call []string // whose reply differs; nil if it is no reply
	text string   // for people, with the whole conversation; "" if nothing differs
}

// compare is diff for who wants only what it says.
func (p *pair) compare(st stream, clients int) string { return p.diff(st, clients).text }

// diff holds a conversation with both servers and says what differs. A difference
// counts only if the real server, asked again, says the same again: otherwise the
// stream hangs on the moment.
func (p *pair) diff(st stream, clients int) diff {
	peer, ours := p.play(st, clients)
	found := diffTranscripts(st, peer, ours)
	if found.text == "" {
		return diff{}
	}
	if peer.err == nil {
		if again := p.peer.play(st, clients); diffTranscripts(st, peer, again).text != "" {
			p.unstable++
			return diff{}
		}
	}
	if strings.HasPrefix(found.text, digestDiffers) {
		p.play(st, clients)
		found.text += "\n" + p.diffData()
	}
	return found
}

const digestDiffers = "the data differ"

// diffTranscripts says what is the first difference.
func diffTranscripts(st stream, peer, ours transcript) diff {
	rules := comparer{queued: map[string][][]string{}}
	for i := range min(len(peer.outcomes), len(ours.outcomes)) {
		args := st.steps[i].args(i)
		if !rules.same(clientName(st.steps[i].client), args, peer.outcomes[i], ours.outcomes[i]) {
			return diff{call: args, text: fmt.Sprintf("step %d, RESP%d, burst %v:\n%s\n%s\nin\n%s", i+1, st.proto, st.burst,
				showArgs(args), showBoth(peer.outcomes[i], ours.outcomes[i]), st)}
		}
	}
	switch {
	case peer.err != nil || ours.err != nil:
		return diff{text: fmt.Sprintf("the conversation broke off:\nvalkey: %v\nsigrun: %v\nin\n%s", peer.err, ours.err, st)}
	case peer.digest != ours.digest:
		return diff{text: fmt.Sprintf("%s: %s and %s after\n%s", digestDiffers, peer.digest, ours.digest, st)}
	}
	for i := range peer.pushes {
		if !slices.EqualFunc(peer.pushes[i], ours.pushes[i], sameTree) {
			return diff{text: fmt.Sprintf("pushes to %s differ:\nvalkey: %v\nsigrun: %v\nin\n%s", clientName(i), peer.pushes[i], ours.pushes[i], st)}
		}
	}
	return diff{}
}

// diffData names the keys whose type, value or expiry differ.
func (p *pair) diffData() string {
	peer, ours := p.peer.server.Dial(p.peer.t), p.ours.server.Dial(p.ours.t)
	defer peer.Close()
	defer ours.Close()
	var diffs []string
	for db := range databases {
		index := strconv.Itoa(db)
		peer.Do("SELECT", index)
		ours.Do("SELECT", index)
		keys := append(peer.Do("KEYS", "*").Texts(), ours.Do("KEYS", "*").Texts()...)
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			for _, question := range [][]string{{"TYPE", key}, {"DEBUG", "DIGEST-VALUE", key}, {"DUMP", key}, {"PEXPIRETIME", key}} {
				a, b := peer.Do(question...), ours.Do(question...)
				if !sameReply(question, a, b) {
					diffs = append(diffs, fmt.Sprintf("db %d: %s: %s and %s", db, showArgs(question), a, b))
				}
			}
		}
	}
	return strings.Join(diffs, "\n")
}
