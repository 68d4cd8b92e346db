package feed

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/invariant"
	"sigrun/internal/rng"
)

// command encodes one command.
func command(words ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b.Bytes()
}

// drain takes all that r can see, in bites of at most bite bytes.
func drain(r *Reader, bite int) []byte {
	var out []byte
	for {
		v := r.View(r.log.End())
		if len(v) == 0 {
			return out
		}
		v = v[:min(bite, len(v))]
		out = append(out, v...)
		r.Advance(len(v))
	}
}

func reader(t *testing.T, l *Log, from uint64) *Reader {
	t.Helper()
	r, err := l.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNobodyReads(t *testing.T) {
	l := New(7)
	if l.Enabled() {
		t.Fatal("enabled without a reader")
	}
	if end := l.Append(0, command("SET", "a", "b")); end != 7 || l.End() != 7 {
		t.Fatalf("an effect that nobody reads moved the offset to %d", end)
	}
	r := reader(t, l, 7)
	if !l.Enabled() {
		t.Fatal("not enabled with a reader")
	}
	r.Close()
	if l.Enabled() || l.head != nil {
		t.Fatal("the last reader left something behind")
	}
}

func TestSelect(t *testing.T) {
	l := New(0)
	r := reader(t, l, 0)
	set, del := command("SET", "a", "b"), command("DEL", "a")
	l.Append(0, set)
	l.Append(0, del)
	l.Append(12, set)
	if pos := l.Cut(nil); pos.DB != 12 || pos.Offset != l.End() {
		t.Fatalf("Cut = %+v", pos)
	}
	l.Reselect()
	l.Append(12, del)
	l.Relay(3, append(command("SELECT", "3"), set...))
	l.Append(3, del)
	txn := append(append(append([]byte(Multi), set...), del...), Exec...)
	l.Append(3, txn)
	end := l.Append(4, txn)
	var want []byte
	for _, p := range [][]byte{
		command("SELECT", "0"), set, del, command("SELECT", "12"), set, command("SELECT", "12"), del,
		command("SELECT", "3"), set, del, txn,
		[]byte(Multi), command("SELECT", "4"), set, del, []byte(Exec),
	} {
		want = append(want, p...)
	}
	if got := drain(r, 1000); !bytes.Equal(got, want) || end != uint64(len(want)) {
		t.Fatalf("got %q\nwant %q", got, want)
	}
}

func TestViewLimit(t *testing.T) {
	l := New(100)
	r := reader(t, l, 100)
	cut := l.Append(0, command("DEL", "a"))
	l.Append(0, command("DEL", "b"))
	if v := r.View(cut); uint64(len(v)) != cut-100 || r.Lag() != l.End()-100 {
		t.Fatalf("a view up to %d holds %d bytes", cut, len(v))
	}
	r.Advance(int(cut - 100))
	if v := r.View(cut); v != nil {
		t.Fatalf("a view up to where the reader is holds %q", v)
	}
	if _, err := l.NewReader(99); err == nil {
		t.Fatal("a reader began before the log")
	}
	if _, err := l.NewReader(l.End() + 1); err == nil {
		t.Fatal("a reader began after the log")
	}
}

// TestMemoryFollowsSlowestReader also covers units that are larger than a chunk.
func TestMemoryFollowsSlowestReader(t *testing.T) {
	l := New(0)
	slow, fast := reader(t, l, 0), reader(t, l, 0)
	unit := command("SET", "k", strings.Repeat("v", chunkSize/3))
	var want []byte
	for i := range 40 {
		if i%10 == 9 {
			unit = command("SET", "k", strings.Repeat("w", 3*chunkSize))
		}
		l.Append(0, unit)
		want = append(want, unit...)
		drain(fast, chunkSize)
	}
	want = append(command("SELECT", "0"), want...)
	if got := chunks(l); got < 10 {
		t.Fatalf("only %d chunks are kept for the slow reader", got)
	}
	all := slow.Views(nil, l.End())
	if !bytes.Equal(bytes.Join(all, nil), want) || len(all) != chunks(l) {
		t.Fatalf("the slow reader sees something else in its %d views", len(all))
	}
	slow.Advance(len(want) / 2) // over several chunks
	if !bytes.Equal(drain(slow, 1<<30), want[len(want)/2:]) {
		t.Fatal("the slow reader saw something else")
	}
	l.Append(0, unit)
	drain(slow, 1<<30)
	drain(fast, 1<<30)
	if got := chunks(l); got > 2 {
		t.Fatalf("%d chunks are kept though all has been read", got)
	}
}

func chunks(l *Log) (n int) {
	for c := l.head; c != nil; c = c.next {
		n++
	}
	return n
}

func TestBacklog(t *testing.T) {
	l := New(0)
	l.SetBacklog(2 * chunkSize)
	unit := command("SET", "k", strings.Repeat("v", 1000))
	for range 4 * chunkSize / 1000 {
		l.Append(0, unit)
	}
	kept := l.End() - l.Start()
	if kept < 2*chunkSize || kept > 4*chunkSize {
		t.Fatalf("the backlog keeps %d bytes", kept)
	}
	r := reader(t, l, l.Start())
	if n := len(drain(r, 1<<20)); uint64(n) != kept {
		t.Fatalf("read %d bytes of the backlog's %d", n, kept)
	}
	r.Close()
	l.Reset(5)
	if l.Start() != 5 || l.End() != 5 || !l.Enabled() {
		t.Fatalf("after Reset the log is %d to %d", l.Start(), l.End())
	}
	l.Append(1, unit)
	l.SetBacklog(0)
	if l.Enabled() || l.head != nil {
		t.Fatal("without a backlog something is left")
	}
}

// TestManyWriters lets writers append units of two commands, readers join, read at
// their own speed and leave, and checks that each saw one and the same sequence from
// where it began, with no unit torn apart and each writer's units in order.
func TestManyWriters(t *testing.T) {
	const writers, units = 8, 3000
	l := New(0)
	first := reader(t, l, 0)
	var done atomic.Int32
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			defer done.Add(1)
			chance := rng.New(uint64(w))
			last := uint64(0)
			for i := range units {
				text := fmt.Sprintf("%d:%d:%s", w, i, strings.Repeat("x", int(chance.Uint64n(200))))
				end := l.Append(int(chance.Uint64n(3)), append(command("A", text), command("B", text)...))
				if end <= last {
					t.Errorf("offset %d came after %d", end, last)
				}
				last = end
			}
		})
	}
	got := make([][]byte, 4)
	from := make([]uint64, 4)
	for i := range got {
		wg.Go(func() {
			r := first
			if i > 0 { // joins late, at some boundary, pinned by the first reader
				r = joinAtEnd(l)
				defer r.Close()
			}
			from[i] = r.Offset()
			for {
				stop := done.Load() == writers
				got[i] = append(got[i], drain(r, 1+7919*i)...)
				if stop {
					return
				}
			}
		})
	}
	wg.Wait()
	checkHistory(t, got[0], writers, units)
	for i := range got {
		if want := got[0][from[i]:]; !bytes.Equal(got[i], want) {
			t.Errorf("reader %d from %d saw other bytes than the first", i, from[i])
		}
	}
}

// joinAtEnd begins to read at the end of a log in use. The end may have gone out of
// reach before the reader is there.
func joinAtEnd(l *Log) *Reader {
	for {
		if r, err := l.NewReader(l.End()); err == nil {
			return r
		}
	}
}

// checkHistory parses the log and checks every writer's units.
func checkHistory(t *testing.T, log []byte, writers, units int) {
	t.Helper()
	next := make([]int, writers)
	words := strings.Split(string(log), "\r\n")
	pending := ""
	for i := 0; i+4 < len(words); {
		switch words[i+2] {
		case "SELECT":
			if pending != "" {
				t.Fatal("a unit was torn apart by a SELECT")
			}
		case "A":
			if pending != "" {
				t.Fatal("a unit was torn apart by another")
			}
			pending = words[i+4]
		case "B":
			var w, n int
			if _, err := fmt.Sscanf(pending, "%d:%d:", &w, &n); err != nil || pending != words[i+4] || n != next[w] {
				t.Fatalf("second half %q after first half %q, wanted unit %d", words[i+4], pending, next[w])
			}
			next[w]++
			pending = ""
		}
		i += 5
	}
	for w, n := range next {
		if n != units {
			t.Errorf("writer %d has %d units in the log", w, n)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	if invariant.Enabled {
		t.Skip("the checks of this build allocate")
	}
	l := New(0)
	r := reader(t, l, 0)
	unit := command("SET", "k", strings.Repeat("v", 100))
	db := 0
	allocs := testing.AllocsPerRun(20000, func() {
		l.Append(db&1, unit)
		db++
		r.Advance(len(r.View(l.End())))
	})
	if allocs != 0 {
		t.Fatalf("%v allocations per effect", allocs)
	}
}

func BenchmarkAppend(b *testing.B) {
	l := New(0)
	r, err := l.NewReader(0)
	if err != nil {
		b.Fatal(err)
	}
	unit := command("SET", "key:000000000001", strings.Repeat("v", 64))
	for b.Loop() {
		l.Append(0, unit)
		r.Advance(len(r.View(l.End())))
	}
}
