package clients_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// fieldNames are the fields of CLIENT LIST in Valkey's order.
const fieldNames = "id addr laddr fd name age idle flags capa db sub psub ssub multi watch qbuf qbuf-free argv-mem multi-mem " +
	"rbs rbp obl oll omem tot-mem events cmd user redir resp lib-name lib-ver tot-net-in tot-net-out tot-cmds"

// fields is a line of CLIENT LIST by name.
type fields map[string]string

// number is a field that is a number.
func (f fields) number(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(f[name])
	if err != nil {
		t.Fatalf("%s=%s", name, f[name])
	}
	return n
}

// list is what CLIENT LIST with filters answers, by the clients' names.
func list(t *testing.T, c *testkit.Client, filters ...string) map[string]fields {
	t.Helper()
	reply := c.MustDo(append([]string{"CLIENT", "LIST"}, filters...)...)
	all := map[string]fields{}
	for line := range strings.Lines(reply.Text) {
		f, names := fields{}, []string{}
		for _, word := range strings.Split(strings.TrimSuffix(line, "\n"), " ") {
			name, value, _ := strings.Cut(word, "=")
			f[name] = value
			names = append(names, name)
		}
		if strings.Join(names, " ") != fieldNames {
			t.Fatalf("fields %q", names)
		}
		all[f["name"]] = f
	}
	return all
}

// named returns a new client with that name.
func named(t *testing.T, s *testkit.Server, name string) *testkit.Client {
	t.Helper()
	c := s.Dial(t)
	c.MustDo("CLIENT", "SETNAME", name)
	return c
}

func want(t *testing.T, c *testkit.Client, reply string, args ...string) {
	t.Helper()
	if got := c.Do(args...).String(); got != reply {
		t.Errorf("%q: got %s, want %s", args, got, reply)
	}
}

func TestListTellsTheTruth(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, other := named(t, s, "me"), named(t, s, "other")
	first := list(t, me)["other"]
	want(t, other, "OK", "SELECT", "5")
	want(t, other, "OK", "WATCH", "a", "b")
	want(t, other, "OK", "MULTI")
	want(t, other, "QUEUED", "SET", "a", "xyz")
	testkit.NoError(t, other.SendRaw([]byte("*2\r\n$3\r\nGET\r\n$5\r\nab")))
	var f fields
	testkit.Eventually(t, 5*time.Second, func() bool {
		f = list(t, me)["other"]
		return f["qbuf"] != "0"
	}, "input of the other client")
	for name, value := range map[string]string{
		"db": "5", "multi": "1", "watch": "2", "flags": "x", "cmd": "set", "resp": "2", "events": "r", "user": "default",
		"qbuf": strconv.Itoa(len("*2\r\n$3\r\nGET\r\n$5\r\nab")), "tot-cmds": "4", "laddr": s.Addr,
		"addr": other.Conn().LocalAddr().String(),
	} {
		if f[name] != value {
			t.Errorf("%s=%s, want %s", name, f[name], value)
		}
	}
	if in := f.number(t, "tot-net-in") - first.number(t, "tot-net-in"); in != len("*2\r\n$6\r\nSELECT\r\n$1\r\n5\r\n"+
		"*3\r\n$5\r\nWATCH\r\n$1\r\na\r\n$1\r\nb\r\n"+"*1\r\n$5\r\nMULTI\r\n"+"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3\r\nxyz\r\n"+"*2\r\n$3\r\nGET\r\n$5\r\nab") {
		t.Errorf("received %d bytes", in)
	}
	if out := f.number(t, "tot-net-out") - first.number(t, "tot-net-out"); out != len("+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n") {
		t.Errorf("sent %d bytes", out)
	}
	if f.number(t, "id") <= list(t, me)["me"].number(t, "id") {
		t.Errorf("id=%s", f["id"])
	}
}

// TestListShowsUnsentOutput has a client that doesn't read.
func TestListShowsUnsentOutput(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, lazy := named(t, s, "me"), named(t, s, "lazy")
	me.MustDo("SET", "big", strings.Repeat("x", 1<<20))
	for range 20 {
		lazy.Send("GET", "big")
	}
	testkit.Eventually(t, 10*time.Second, func() bool {
		f := list(t, me)["lazy"]
		return f["events"] == "rw" && f.number(t, "omem") > 1<<20 && f.number(t, "tot-mem") > f.number(t, "omem") && f["oll"] != "0"
	}, "unsent output")
	for range 20 {
		if _, err := lazy.Receive(); err != nil {
			t.Fatal(err)
		}
	}
	testkit.Eventually(t, 10*time.Second, func() bool {
		f := list(t, me)["lazy"]
		return f["events"] == "r" && f["omem"] == "0" && f.number(t, "tot-mem") < 1<<20
	}, "all is sent, and the memory given back")
}

func TestFilters(t *testing.T) {
	s := testkit.StartSigrun(t)
	me := named(t, s, "me")
	a, b := named(t, s, "a"), named(t, s, "b")
	a.MustDo("CLIENT", "SETINFO", "LIB-NAME", "lib")
	a.MustDo("CLIENT", "SETINFO", "LIB-VER", "1.2")
	a.MustDo("SELECT", "3")
	b.MustDo("CLIENT", "NO-EVICT", "ON")
	b.MustDo("CLIENT", "CAPA", "redirect", "unknown")
	b.MustDo("MULTI")
	all := list(t, me)
	for _, c := range []struct{ filter, names string }{
		{"SKIPME YES", "a b"}, {"SKIPME NO", "a b me"}, {"NAME a", "a"}, {"NOT-NAME a", "b me"},
		{"ID " + all["a"]["id"] + " " + all["b"]["id"], "a b"}, {"NOT-ID " + all["a"]["id"], "b me"},
		{"ID " + all["a"]["id"] + " NOT-ID " + all["a"]["id"], ""}, {"TYPE normal", "a b me"}, {"NOT-TYPE NORMAL", ""},
		{"TYPE pubsub", ""}, {"USER default", "a b me"}, {"NOT-USER default", ""},
		{"ADDR " + all["b"]["addr"], "b"}, {"NOT-ADDR " + all["b"]["addr"], "a me"}, {"LADDR " + s.Addr, "a b me"}, {"NOT-LADDR " + s.Addr, ""},
		{"IP 127.0.0.1", "a b me"}, {"NOT-IP 127.0.0.1", ""}, {"LIB-NAME lib", "a"}, {"NOT-LIB-NAME lib", "b me"},
		{"LIB-VER 1.2", "a"}, {"NOT-LIB-VER 1.2", "b me"}, {"DB 3", "a"}, {"NOT-DB 3", "b me"},
		{"FLAGS xe", "b"}, {"FLAGS N", "a me"}, {"NOT-FLAGS x", "a me"}, {"CAPA r", "b"}, {"NOT-CAPA r", "a me"},
		{"MAXAGE 100", ""}, {"IDLE 100", ""}, {"NAME a NAME b", "b"}, {"DB 3 LIB-NAME lib", "a"}, {"DB 3 NOT-NAME a", ""},
	} {
		var names []string
		for name := range list(t, me, strings.Fields(c.filter)...) {
			names = append(names, name)
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.names {
			t.Errorf("%s: %q, want %q", c.filter, got, c.names)
		}
	}
}

func TestKill(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, a, b := named(t, s, "me"), named(t, s, "a"), named(t, s, "b")
	want(t, me, "(integer) 0", "CLIENT", "KILL", "NAME", "me")
	want(t, me, "(integer) 1", "CLIENT", "KILL", "NAME", "a")
	if rest := a.ReadAll(); len(rest) > 0 {
		t.Errorf("the killed client was told %q", rest)
	}
	want(t, me, "OK", "CLIENT", "KILL", b.Conn().LocalAddr().String())
	b.ReadAll()
	// The killer's own reply still comes, and nothing after it.
	testkit.NoError(t, me.SendRaw([]byte("CLIENT KILL SKIPME NO TYPE normal\r\nSET k v\r\n")))
	if got := string(me.ReadAll()); got != ":1\r\n" {
		t.Errorf("%q", got)
	}
	want(t, s.Dial(t), "(nil)", "GET", "k")
}

// TestKillStorm kills clients that are busy on all loops.
func TestKillStorm(t *testing.T) {
	s := testkit.StartSigrun(t, "--io-threads", "4")
	me := named(t, s, "me")
	for range 10 {
		ended := make(chan struct{})
		for i := range 20 {
			c := s.Dial(t)
			c.Timeout = 20 * time.Second
			go func() {
				defer func() { ended <- struct{}{} }()
				for {
					if _, err := c.TryDo("INCR", strconv.Itoa(i)); err != nil {
						return
					}
				}
			}()
		}
		for killed := 0; killed < 20; {
			killed += int(me.MustDo("CLIENT", "KILL", "TYPE", "normal").Int())
		}
		for range 20 {
			<-ended
		}
	}
	if got := list(t, me); len(got) != 1 {
		t.Errorf("left are %v", got)
	}
}

func TestReplyModes(t *testing.T) {
	s := testkit.StartSigrun(t)
	c := s.Dial(t)
	for _, step := range []struct{ send, replies string }{
		{"CLIENT REPLY OFF\r\nPING\r\nNONSENSE\r\nCLIENT REPLY SKIP\r\nCLIENT REPLY ON\r\n", "+OK\r\n"},
		{"CLIENT REPLY SKIP\r\nPING 1\r\nPING 2\r\n", "$1\r\n2\r\n"},
		{"CLIENT REPLY SKIP\r\nCLIENT REPLY SKIP\r\nPING 1\r\nPING 2\r\n", "$1\r\n2\r\n"},
		{"CLIENT REPLY OFF\r\nRESET\r\nPING\r\n", "+RESET\r\n+PONG\r\n"},
		{"CLIENT REPLY OFF\r\nQUIT\r\n", ""},
	} {
		testkit.NoError(t, c.SendRaw([]byte(step.send)))
		got := make([]byte, 0, len(step.replies))
		for len(got) < len(step.replies) {
			r, err := c.Receive()
			testkit.NoError(t, err)
			got = append(got, r.Raw...)
		}
		if string(got) != step.replies {
			t.Errorf("%q: %q, want %q", step.send, got, step.replies)
		}
	}
	if rest := c.ReadAll(); len(rest) > 0 {
		t.Errorf("%q after QUIT", rest)
	}
}

// TestPauseKeepsOrder holds writes of several forms in one burst.
func TestPauseKeepsOrder(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, c := named(t, s, "me"), named(t, s, "c")
	want(t, me, "OK", "CLIENT", "PAUSE", "100000", "WRITE")
	testkit.NoError(t, c.SendRaw([]byte("PING\r\n"+`SET k "\x41 b"`+"\r\n\r\nGET k\r\n*3\r\n$6\r\nAPPEND\r\n$1\r\nk\r\n$2\r\n c\r\nGET k\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nx")))
	if r, err := c.Receive(); err != nil || r.Text != "PONG" {
		t.Fatal(r, err)
	}
	testkit.Eventually(t, 5*time.Second, func() bool { return list(t, me)["c"]["flags"] == "b" }, "the write is held")
	want(t, me, "(integer) 0", "CLIENT", "UNBLOCK", list(t, me)["c"]["id"])
	want(t, me, "(nil)", "GET", "k")
	want(t, me, "OK", "CLIENT", "UNPAUSE")
	testkit.NoError(t, c.SendRaw([]byte("yz\r\nGET k\r\n")))
	for _, reply := range []string{"OK", `"A b"`, "(integer) 5", `"A b c"`, "OK", `"xyz"`} {
		r, err := c.Receive()
		testkit.NoError(t, err)
		if r.String() != reply {
			t.Errorf("got %s, want %s", r, reply)
		}
	}
}

func TestPauseTransactions(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, reads, writes := named(t, s, "me"), named(t, s, "reads"), named(t, s, "writes")
	for c, command := range map[*testkit.Client][]string{reads: {"GET", "k"}, writes: {"SET", "k", "v"}} {
		want(t, c, "OK", "MULTI")
		want(t, c, "QUEUED", command...)
	}
	want(t, me, "OK", "CLIENT", "PAUSE", "100000", "WRITE")
	want(t, reads, "1) (nil)", "EXEC")
	writes.Send("EXEC")
	testkit.Eventually(t, 5*time.Second, func() bool { return list(t, me)["writes"]["flags"] == "xb" }, "EXEC is held")
	want(t, me, "OK", "CLIENT", "UNPAUSE")
	if r, err := writes.Receive(); err != nil || r.String() != "1) OK" {
		t.Error(r, err)
	}
}

// TestPauseEnds is about the pause that ends by itself, of all commands.
func TestPauseEnds(t *testing.T) {
	s := testkit.StartSigrun(t, "--io-threads", "4")
	me := named(t, s, "me")
	want(t, me, "OK", "SET", "k", "v", "PX", "50")
	began := time.Now()
	want(t, me, "OK", "CLIENT", "PAUSE", "300", "ALL")
	clients := make([]*testkit.Client, 20)
	for i := range clients {
		clients[i] = s.Dial(t)
		clients[i].Send("INCR", "n")
	}
	sum := 0
	for _, c := range clients {
		r, err := c.Receive()
		testkit.NoError(t, err)
		sum += int(r.Int())
	}
	if took := time.Since(began); took < 290*time.Millisecond || sum != 20*21/2 {
		t.Errorf("after %v, sum %d", took, sum)
	}
	want(t, me, "(nil)", "GET", "k")
}
