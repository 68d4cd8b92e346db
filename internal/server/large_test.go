package server

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// TestLargeReplies reads strings that are sent from where they lie, in pipelines
// among small ones, by a client that is too slow for the socket's buffer.
func TestLargeReplies(t *testing.T) {
	fsys := vfs.FS(vfs.NewMem())
	cfg := config.New(config.Options{FS: config.Files(fsys), WorkDir: "/", Version: "9.1.2"})
	testkit.NoError(t, cfg.Assign(config.Port, "0"))
	s, err := Start(Options{Config: cfg, FS: fsys, Clock: clock.Real})
	testkit.NoError(t, err)
	defer s.Close()
	addr, err := s.ListenAt("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.(*net.TCPConn).SetReadBuffer(32 << 10) // or what the system gives
	sizes := []int{10, 64<<10 - 1, 64 << 10, 300_001, 5, 2 << 20, 65536 + 7}
	values := make([][]byte, len(sizes))
	for i, n := range sizes {
		values[i] = bytes.Repeat([]byte{byte('a' + i)}, n)
		fmt.Fprintf(conn, "*3\r\n$3\r\nSET\r\n$2\r\nk%d\r\n$%d\r\n%s\r\n", i, n, values[i])
	}
	r := bufio.NewReaderSize(conn, 4096)
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(r, got); err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Fatalf("got %.60q…, not %.60q…", got, want)
		}
	}
	for range sizes {
		expect("+OK\r\n")
	}
	const rounds = 20
	go func() {
		for round := range rounds {
			for i := range sizes {
				fmt.Fprintf(conn, "*2\r\n$3\r\nGET\r\n$2\r\nk%d\r\n", (i*round)%len(sizes))
			}
			fmt.Fprint(conn, "*1\r\n$5\r\nMULTI\r\n*3\r\n$4\r\nMGET\r\n$2\r\nk3\r\n$2\r\nk5\r\n*1\r\n$4\r\nEXEC\r\n")
			fmt.Fprint(conn, "*4\r\n$8\r\nGETRANGE\r\n$2\r\nk5\r\n$1\r\n1\r\n$2\r\n-2\r\n")
		}
	}()
	bulk := func(b []byte) string { return fmt.Sprintf("$%d\r\n%s\r\n", len(b), b) }
	for round := range rounds {
		for i := range sizes {
			expect(bulk(values[(i*round)%len(sizes)]))
		}
		expect("+OK\r\n+QUEUED\r\n*1\r\n*2\r\n" + bulk(values[3]) + bulk(values[5]))
		expect(bulk(values[5][1 : len(values[5])-1]))
		clock.Yield()
	}
}
