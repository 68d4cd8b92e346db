package clients_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// bigGet begins a GET of a key with size bytes.
func bigGet(size int) []byte { return fmt.Appendf(nil, "*2\r\n$3\r\nGET\r\n$%d\r\n", size) }

// stat is a line of INFO.
func stat(t *testing.T, c *testkit.Client, name string) string {
	t.Helper()
	for line := range strings.Lines(c.MustDo("INFO", "everything").Text) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+":"); found {
			return value
		}
	}
	t.Fatalf("INFO has no %s", name)
	return ""
}

// pour sends chunks until the server closes the connection, and returns how many
// bytes were sent; at most most.
func pour(c *testkit.Client, chunk []byte, most int) (sent int) {
	for sent < most {
		if c.SendRaw(chunk) != nil {
			break
		}
		sent += len(chunk)
	}
	return sent
}

func TestQueryBufferLimit(t *testing.T) {
	s := testkit.StartSigrun(t, "--client-query-buffer-limit", "1mb")
	me := s.Dial(t)
	t.Run("argument", func(t *testing.T) {
		c := s.Dial(t)
		testkit.NoError(t, c.SendRaw(bigGet(100<<20)))
		if sent := pour(c, make([]byte, 64<<10), 50<<20); sent >= 50<<20 {
			t.Error("too much was taken")
		}
		c.ReadAll()
	})
	t.Run("transaction", func(t *testing.T) {
		c := s.Dial(t)
		want(t, c, "OK", "MULTI")
		set := testkit.AppendCommand(nil, "SET", "k", strings.Repeat("x", 64<<10))
		if sent := pour(c, set, 50<<20); sent >= 50<<20 {
			t.Error("too much was taken")
		}
		c.ReadAll()
	})
	t.Run("many commands", func(t *testing.T) {
		c := s.Dial(t)
		var all [][]string
		for range 100 {
			all = append(all, []string{"SET", "k", strings.Repeat("x", 100<<10)})
		}
		for _, r := range c.Pipeline(all...) {
			if !r.IsOK() {
				t.Fatal(r)
			}
		}
	})
	testkit.Eventually(t, 5*time.Second, func() bool { return stat(t, me, "client_query_buffer_limit_disconnections") == "2" }, "both are counted")
	if n := strings.Count(s.Log(), "Closing client that reached max query buffer length: id="); n != 2 {
		t.Errorf("%d lines in the log", n)
	}
}

func TestOutputLimit(t *testing.T) {
	s := testkit.StartSigrun(t, "--client-output-buffer-limit", "normal 40mb 4mb 1")
	me := s.Dial(t)
	me.MustDo("SET", "big", strings.Repeat("x", 1<<20))
	get := testkit.AppendCommand(nil, "GET", "big")
	hard := s.Dial(t)
	pour(hard, get, 100*len(get))
	began := time.Now()
	soft := s.Dial(t)
	pour(soft, get, 25*len(get)) // of which the kernel takes up to ten
	// Nobody reads before both are over: who reads in time keeps within the soft limit.
	testkit.Eventually(t, 20*time.Second, func() bool { return stat(t, me, "client_output_buffer_limit_disconnections") == "2" }, "both are closed")
	for name, c := range map[string]*testkit.Client{"hard": hard, "soft": soft} {
		if n := len(c.ReadAll()); n > 30<<20 {
			t.Errorf("%s: %d bytes came", name, n)
		}
	}
	t.Logf("both are closed after %v", time.Since(began))
	if n := stat(t, me, "client_output_buffer_limit_disconnections"); n == "0" {
		t.Error("nobody was counted")
	}
	s.WaitLog(time.Second, "closed for overcoming of output buffer limits.")
}

// TestBeforeAuthentication is about what strangers may take.
func TestBeforeAuthentication(t *testing.T) {
	s := testkit.StartSigrun(t, "--requirepass", "secret")
	me := s.Dial(t)
	want(t, me, "OK", "AUTH", "secret")
	for range 20 {
		c := s.Dial(t)
		pour(c, []byte(strings.Repeat("PING\r\n", 1000)), 64<<20)
		c.Close()
	}
	testkit.Eventually(t, 5*time.Second, func() bool { return stat(t, me, "connected_clients") == "1" }, "all are gone")
	if n := stat(t, me, "client_output_buffer_limit_disconnections"); n == "0" {
		t.Error("strangers may leave as much unread as they like")
	}
	for _, in := range []string{"*11\r\n", "*2\r\n$4\r\nAUTH\r\n$16385\r\n"} {
		c := s.Dial(t)
		testkit.NoError(t, c.SendRaw([]byte(in)))
		if got := string(c.ReadAll()); !strings.HasPrefix(got, "-ERR Protocol error: unauthenticated ") {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestTimeout(t *testing.T) {
	s := testkit.StartSigrun(t)
	me, idle, held := named(t, s, "me"), named(t, s, "idle"), named(t, s, "held")
	want(t, me, "OK", "CLIENT", "PAUSE", "100000", "WRITE")
	held.Send("SET", "k", "v")
	want(t, me, "OK", "CONFIG", "SET", "timeout", "1")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(100 * time.Millisecond):
				me.Send("PING")
			}
		}
	}()
	idle.ReadAll()
	close(stop)
	<-stopped
	watcher := s.Dial(t)
	if left := list(t, watcher); left["me"] == nil || left["held"] == nil {
		t.Errorf("left are %v", left)
	}
}

func TestMaxClients(t *testing.T) {
	s := testkit.StartSigrun(t, "--maxclients", "3")
	// The rig's own connection ends a moment after the server has answered it.
	me := s.Dial(t)
	testkit.Eventually(t, 5*time.Second, func() bool { return stat(t, me, "connected_clients") == "1" }, "alone")
	a, b := named(t, s, "a"), named(t, s, "b")
	for range 5 {
		if got := string(s.Dial(t).ReadAll()); got != "-ERR max number of clients reached\r\n" {
			t.Errorf("%q", got)
		}
	}
	if n := stat(t, me, "rejected_connections"); n != "5" {
		t.Errorf("%s were rejected", n)
	}
	a.Close()
	testkit.Eventually(t, 5*time.Second, func() bool { return stat(t, me, "connected_clients") == "2" }, "a place")
	want(t, s.Dial(t), "PONG", "PING")
	want(t, me, "OK", "CONFIG", "SET", "maxclients", "1")
	want(t, b, "PONG", "PING")
}

func TestEviction(t *testing.T) {
	s := testkit.StartSigrun(t, "--maxmemory-clients", "4mb")
	me := named(t, s, "me")
	spared := named(t, s, "spared")
	want(t, spared, "OK", "CLIENT", "NO-EVICT", "ON")
	testkit.NoError(t, spared.SendRaw(append(bigGet(3<<20), make([]byte, 2<<20)...)))
	small := named(t, s, "small")
	testkit.NoError(t, small.SendRaw(append(bigGet(1<<20), make([]byte, 500<<10)...)))
	testkit.Eventually(t, 10*time.Second, func() bool {
		all := list(t, me)
		return all["small"].number(t, "tot-mem") > 500<<10 && all["spared"].number(t, "tot-mem") > 2<<20
	}, "input has come")
	fat := named(t, s, "fat")
	testkit.NoError(t, fat.SendRaw(bigGet(100<<20)))
	if sent := pour(fat, make([]byte, 64<<10), 50<<20); sent >= 50<<20 {
		t.Error("too much was taken")
	}
	fat.ReadAll()
	if left := list(t, me); left["spared"] == nil || left["small"] == nil || left["fat"] != nil {
		t.Errorf("left are %v", left)
	}
	if n := stat(t, me, "evicted_clients"); n != "1" {
		t.Errorf("%s were evicted", n)
	}
	s.WaitLog(time.Second, "Evicting client: id=")
	// Lowering the limit counts at once, for the biggest first.
	want(t, me, "OK", "CONFIG", "SET", "maxmemory-clients", "200kb")
	small.ReadAll()
	if left := list(t, s.Dial(t)); left["spared"] == nil {
		t.Errorf("left are %v", left)
	}
}

func TestCrossProtocol(t *testing.T) {
	s := testkit.StartSigrun(t)
	for _, request := range []string{"POST / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\nSET k v\r\n"} {
		c := s.Dial(t)
		testkit.NoError(t, c.SendRaw([]byte(request)))
		c.ReadAll()
	}
	want(t, s.Dial(t), "(nil)", "GET", "k")
	if n := strings.Count(s.Log(), "Possible SECURITY ATTACK detected"); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

// TestSecretsAreNotLogged looks for passwords in the slow log.
func TestSecretsAreNotLogged(t *testing.T) {
	s := testkit.StartSigrun(t, "--slowlog-log-slower-than", "0")
	me := s.Dial(t)
	for _, args := range [][]string{
		{"AUTH", "hush"}, {"AUTH", "default", "hush"}, {"HELLO", "2", "AUTH", "default", "hush", "SETNAME", "me"}, {"HELLO", "2", "AUTH", "other", "hush"},
		{"CONFIG", "SET", "hz", "10", "requirepass", "hush"}, {"CONFIG", "SET", "masterauth", "hush", "requirepass", "", "nonsense", "1"},
		{"MULTI"}, {"AUTH", "default", "hush"}, {"GET", "k"}, {"EXEC"},
	} {
		me.Do(args...)
	}
	log := me.MustDo("SLOWLOG", "GET", "-1").String()
	if strings.Contains(log, "hush") {
		t.Error(log)
	}
	for _, shown := range []string{"(redacted)", `"SETNAME"`, `"me"`, `"hz"`, `"k"`} {
		if !strings.Contains(log, shown) {
			t.Errorf("%s is not in the log:\n%s", shown, log)
		}
	}
}
