package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

func TestRepliesInPieces(t *testing.T) {
	const stream = "+OK\r\n:12\r\n$3\r\na\r\n\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n" +
		"*3\r\n$1\r\nx\r\n$-1\r\n:7\r\n*2\r\n*2\r\n+a\r\n+b\r\n*0\r\n+last\r\n"
	const replies, nils = 10, 3
	for cut := range len(stream) {
		var c replyCounter
		testkit.NoError(t, c.add([]byte(stream[:cut])))
		testkit.NoError(t, c.add([]byte(stream[cut:])))
		if c.replies != replies || c.nils != nils {
			t.Errorf("cut at %d: %d replies, %d nils; want %d, %d", cut, c.replies, c.nils, replies, nils)
		}
	}
	var c replyCounter
	for i := range len(stream) {
		testkit.NoError(t, c.add([]byte{stream[i]}))
	}
	if c.replies != replies || c.nils != nils {
		t.Errorf("byte by byte: %d replies, %d nils; want %d, %d", c.replies, c.nils, replies, nils)
	}
}

func TestRepliesThatFail(t *testing.T) {
	for stream, want := range map[string]string{
		"+OK\r\n-ERR no\r\n":      "ERR no",
		"*2\r\n+a\r\n-ERR in\r\n": "ERR in",
		"$12x\r\n":                "bad length",
		"+OK\n":                   "malformed",
		"?x\r\n":                  "no cell expects",
	} {
		var c replyCounter
		if err := c.add([]byte(stream)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", stream, err, want)
		}
	}
}

func TestRequestNumbers(t *testing.T) {
	r := newRequest([]string{"SET", "k####", "1##x", "#"}, 2)
	r.fill(&counting{n: 98})
	want := "*4\r\n$3\r\nSET\r\n$5\r\nk0098\r\n$4\r\n199x\r\n$1\r\n0\r\n" +
		"*4\r\n$3\r\nSET\r\n$5\r\nk0101\r\n$4\r\n102x\r\n$1\r\n3\r\n"
	if got := string(r.bytes); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	turns := newRequest([]string{"ZADD", "##", "m%%", ";", "GET", "##"}, 3)
	turns.fill(&counting{n: 5})
	if got, want := string(turns.bytes), "*3\r\n$4\r\nZADD\r\n$2\r\n05\r\n$3\r\nm05\r\n*2\r\n$3\r\nGET\r\n$2\r\n06\r\n"+
		"*3\r\n$4\r\nZADD\r\n$2\r\n07\r\n$3\r\nm07\r\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	src := &counting{}
	testkit.Allocs(t, 0, func() { r.fill(src) })
}

func TestUniformStaysBelow(t *testing.T) {
	seen := map[uint64]bool{}
	u := &uniform{chance: rng.New(1), n: 7}
	for range 1000 {
		seen[u.next()] = true
	}
	if len(seen) != 7 || seen[7] {
		t.Errorf("drew %v", seen)
	}
}

// TestZipfShape compares the frequency of the first ranks with their probability.
func TestZipfShape(t *testing.T) {
	const n, draws = 1000, 400_000
	for _, s := range []float64{0.5, 0.99, 1, 1.5} {
		z := newZipf(rng.New(7), n, s)
		counts := make([]float64, n)
		for range draws {
			counts[z.next()]++
		}
		sum := 0.0
		for k := 1; k <= n; k++ {
			sum += math.Pow(float64(k), -s)
		}
		for _, rank := range []int{0, 1, 2, 9, 99} {
			want := draws * math.Pow(float64(rank+1), -s) / sum
			if off := math.Abs(counts[rank] - want); off > 5*math.Sqrt(want)+1 {
				t.Errorf("s=%v: rank %d came %v times, want about %.0f", s, rank, counts[rank], want)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	for _, c := range []struct {
		limit      limit
		higher     bool
		peer, ours float64
		holds      bool
		text       string
	}{
		{times(0.9), false, 10, 9, true, "≤0.90×"},
		{times(0.9), false, 10, 9.1, false, "≤0.90×"},
		{times(0.99), true, 0.5, 0.495, true, "≥0.99×"},
		{times(0.99), true, 0.5, 0.49, false, "≥0.99×"},
		{flat(48), false, none, 48, true, "≤48.0"},
		{flat(1.5), true, none, 1.4, false, "≥1.50"},
	} {
		out := outcome{peer: c.peer, ours: c.ours}
		if got := c.limit.holds(out, c.higher); got != c.holds {
			t.Errorf("%s of %v: %v for %v", c.limit.text(c.higher), c.peer, got, c.ours)
		}
		if got := c.limit.text(c.higher); got != c.text {
			t.Errorf("printed as %s, want %s", got, c.text)
		}
	}
}

func TestChooseCells(t *testing.T) {
	for list, want := range map[string]int{"all": len(cells), "get-p16": 1, "evict,get-p16": 3, "memory, idle": 5} {
		chosen, err := chooseCells(list)
		if err != nil || len(chosen) != want {
			t.Errorf("%q: %d cells, %v; want %d", list, len(chosen), err, want)
		}
	}
	if _, err := chooseCells("get-p16,nonsense"); err == nil {
		t.Error("an unknown name was accepted")
	}
	seen := map[string]bool{}
	for _, c := range cells {
		if seen[c.name] {
			t.Errorf("two cells are named %s", c.name)
		}
		seen[c.name] = true
	}
}

// TestEveryCell measures everything once on next to nothing: each cell has to
// come to figures for both servers, whatever they are worth at that size.
func TestEveryCell(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("measuring needs Linux")
		return
	}
	file := filepath.Join(t.TempDir(), "figures.json")
	testkit.NoError(t, run(options{cells: "all", rounds: 1, scale: 0.001, keys: 1000, jsonFile: file,
		peer: testkit.PeerBinary(t), ours: testkit.SigrunBinary(t)}))
	text, err := os.ReadFile(file)
	testkit.NoError(t, err)
	var figures struct {
		Environment map[string]string
		Cells       []row
	}
	testkit.NoError(t, json.Unmarshal(text, &figures))
	if figures.Environment["kernel"] == "" || figures.Environment["peer"] == "" {
		t.Errorf("the environment is missing: %v", figures.Environment)
	}
	if len(figures.Cells) != len(cells) {
		t.Fatalf("%d of %d cells", len(figures.Cells), len(cells))
	}
	for i, got := range figures.Cells {
		if got.Ours == nil || got.Peer == nil && cells[i].name != "heap-10m" {
			t.Errorf("%s lacks a figure: %+v", got.Cell, got)
		}
	}
}
