package testkit

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "record the replies of the real server in the scripts under test")

// oursOnly, as the first line of a script, says that the real server cannot
// answer it: then -rewrite records our own replies.
const oursOnly = "# ours only"

// A Script is a conversation with a server, as a file that a stranger can read:
//
//	# A comment.
//	> SET k v NX            the connection "main" sends; the reply follows
//	OK
//	b> GET k                another connection
//	"v"
//	b.send> BLPOP l 0       sends and reads nothing
//	b.read>                 reads one reply or push message
//	raw> "PING\r\n"         sends the bytes as they are, reads one reply
//	b.raw> "*1\r\n"         the same on b
//
// Arguments are split by SplitArgs, replies are shown by Reply.String. A
// connection that the server closes answers "(closed)", and the next step on it
// opens a new one. A reply recorded as "..." may be any. Empty lines separate
// steps.
type Script struct {
	Path  string
	Steps []Step
	tail  []string // the lines after the last step
}

// Step is one line of a Script.
type Step struct {
	Client string
	Verb   Verb
	Args   []string
	Line   int      // its line in the file, from 1
	Want   []string // the recorded reply
	source string   // the line itself
	before []string // comments and empty lines before it
}

// Verb is what a Step does.
type Verb string

// The verbs, as written between the client's name and ">".
const (
	VerbDo   Verb = ""
	VerbSend Verb = "send"
	VerbRead Verb = "read"
	VerbRaw  Verb = "raw"
)

const (
	mainClient = "main"
	anyReply   = "..."
)

// ReadScript reads the script at path.
func ReadScript(path string) (*Script, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	s := &Script{Path: path}
	var loose []string // comments and empty lines not yet given to a step
	for i, line := range strings.Split(strings.TrimRight(string(text), "\n"), "\n") {
		step, isStep, err := parseStep(line)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
		case isStep:
			step.Line, step.before, loose = i+1, loose, nil
			s.Steps = append(s.Steps, step)
		case line == "" || strings.HasPrefix(line, "# ") || line == "#":
			loose = append(loose, line)
		case len(s.Steps) == 0 || len(loose) > 0:
			return nil, fmt.Errorf("%s:%d: a reply that belongs to no command: %s", path, i+1, line)
		default:
			last := &s.Steps[len(s.Steps)-1]
			last.Want = append(last.Want, line)
		}
	}
	s.tail = loose
	return s, nil
}

// parseStep parses "client.verb> args". A reply line is no step: "1> x", how a
// push message is shown, has a number before the sign.
func parseStep(line string) (step Step, isStep bool, err error) {
	head, rest, found := strings.Cut(line, ">")
	if !found || strings.ContainsAny(head, " \"(") || (rest != "" && rest[0] != ' ') {
		return Step{}, false, nil
	}
	if head != "" && head[0] >= '0' && head[0] <= '9' {
		return Step{}, false, nil
	}
	client, verb, dotted := strings.Cut(head, ".")
	if !dotted && client == string(VerbRaw) {
		client, verb = "", string(VerbRaw)
	}
	if client == "" {
		client = mainClient
	}
	step = Step{Client: client, Verb: Verb(verb), source: line}
	if !slices.Contains([]Verb{VerbDo, VerbSend, VerbRead, VerbRaw}, step.Verb) {
		return step, true, fmt.Errorf("unknown verb %q", verb)
	}
	step.Args, err = SplitArgs(rest)
	if err == nil && (len(step.Args) == 0) != (step.Verb == VerbRead) {
		err = errors.New("wrong number of arguments")
	}
	return step, true, err
}

// bytes is what the step sends.
func (s *Step) bytes() []byte {
	switch s.Verb {
	case VerbRead:
		return nil
	case VerbRaw:
		return []byte(strings.Join(s.Args, ""))
	}
	return AppendCommand(nil, s.Args...)
}

// Outcome is what a Step got.
type Outcome struct {
	Reply  Reply
	None   bool // the step read nothing
	Closed bool // the server closed the connection instead of replying
}

// lines is the outcome as it stands in a script.
func (o Outcome) lines() []string {
	switch {
	case o.None:
		return nil
	case o.Closed:
		return []string{"(closed)"}
	}
	return strings.Split(o.Reply.String(), "\n")
}

// Run plays the script on the server at addr, over connections that speak RESP
// version proto from their start, and returns an outcome for each step.
func (s *Script) Run(t testing.TB, addr string, proto int) []Outcome {
	t.Helper()
	clients := map[string]*Client{}
	defer func() {
		for _, c := range clients {
			c.Close()
		}
	}()
	outcomes := make([]Outcome, len(s.Steps))
	for i := range s.Steps {
		step := &s.Steps[i]
		c := clients[step.Client]
		if c == nil {
			c = Dial(t, addr)
			if proto != 2 {
				c.Do("HELLO", strconv.Itoa(proto)) // an error is the server's affair: it may want AUTH first
			}
			clients[step.Client] = c
		}
		outcome, err := c.play(step)
		if err != nil {
			t.Fatalf("%s:%d: %s: %v", s.Path, step.Line, step.source, err)
		}
		if outcome.Closed {
			c.Close()
			delete(clients, step.Client)
		}
		outcomes[i] = outcome
	}
	return outcomes
}

func (c *Client) play(step *Step) (Outcome, error) {
	if step.Verb != VerbRead {
		if err := c.SendRaw(step.bytes()); err != nil {
			return Outcome{Closed: IsClosed(err)}, unlessClosed(err)
		}
	}
	switch step.Verb {
	case VerbSend:
		return Outcome{None: true}, nil
	case VerbRead:
		reply, err := c.ReceiveAny()
		return Outcome{Reply: reply, Closed: IsClosed(err)}, unlessClosed(err)
	}
	reply, err := c.Receive()
	return Outcome{Reply: reply, Closed: IsClosed(err)}, unlessClosed(err)
}

// IsClosed reports whether err says that the other side has closed the
// connection. A server that closes with input unread makes the kernel reset it.
func IsClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func unlessClosed(err error) error {
	if IsClosed(err) {
		return nil
	}
	return err
}

// matches reports whether the outcome is what the script recorded.
func (s *Step) matches(o Outcome) bool {
	return slices.Equal(s.Want, []string{anyReply}) || slices.Equal(s.Want, o.lines())
}

// format is the script's text with outcomes in place of the recorded replies
// that they do not match.
func (s *Script) format(outcomes []Outcome) []byte {
	var b bytes.Buffer
	put := func(lines []string) {
		for _, line := range lines {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	for i, step := range s.Steps {
		put(step.before)
		put([]string{step.source})
		if step.matches(outcomes[i]) {
			put(step.Want)
		} else {
			put(outcomes[i].lines())
		}
	}
	put(s.tail)
	return b.Bytes()
}

// Scripts plays every *.txt of dir on one sigrun, emptied before each, and
// compares the replies with the recorded ones. With -rewrite the replies are
// recorded instead, from the real server: review them as a diff.
func Scripts(t *testing.T, dir string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	NoError(t, err)
	if len(paths) == 0 {
		t.Fatalf("no scripts in %s", dir)
	}
	servers := map[bool]*Server{} // by whether it is the real one
	for _, path := range paths {
		script, err := ReadScript(path)
		NoError(t, err)
		real := *rewrite && !script.oursOnly()
		if servers[real] == nil {
			if real {
				servers[real] = StartPeer(t)
			} else {
				servers[real] = StartSigrun(t)
			}
		}
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			script.check(t, servers[real])
		})
	}
}

func (s *Script) oursOnly() bool {
	return len(s.Steps) > 0 && slices.Contains(s.Steps[0].before, oursOnly)
}

// check plays s on an emptied server and compares or records the replies.
func (s *Script) check(t *testing.T, server *Server) {
	t.Helper()
	admin := server.Dial(t)
	admin.MustDo("FLUSHALL")
	outcomes := s.Run(t, server.Addr, 2)
	if *rewrite {
		NoError(t, os.WriteFile(s.Path, s.format(outcomes), 0o644))
		return
	}
	for i, step := range s.Steps {
		if !step.matches(outcomes[i]) {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", s.Path, step.Line, step.source,
				strings.Join(outcomes[i].lines(), "\n"), strings.Join(step.Want, "\n"))
		}
	}
}
