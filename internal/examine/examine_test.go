package examine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/hash"
	"sigrun/internal/rdb"
	"sigrun/internal/rdb/check"
	"sigrun/internal/rng"
)

const now = 5_000 // Unix milliseconds

// key appends a key with its value in a form without packing.
func key(dst []byte, name string, expireMs int64, typ byte, value ...string) []byte {
	m := rdb.NoMeta
	m.ExpireMs = expireMs
	dst = rdb.AppendKey(dst, m, typ, []byte(name), nil)
	if typ != rdb.TypeString {
		n := len(value)
		if typ == rdb.TypeHash {
			n /= 2
		}
		dst = rdb.AppendLen(dst, uint64(n))
	}
	for _, word := range value {
		dst = rdb.AppendString(dst, []byte(word), nil)
	}
	return dst
}

// sample is a file with keys in databases 0 and 2.
func sample() []byte {
	b := rdb.AppendSelectDB([]byte("VALKEY080"), 0)
	b = key(b, "text", rdb.None, rdb.TypeString, strings.Repeat("x", 5000))
	b = key(b, "number", now-1, rdb.TypeString, "12345")
	b = key(b, "list", now, rdb.TypeList, "a", "bb", "ccc")
	b = key(b, "set", rdb.None, rdb.TypeSet, "1", "2", "22")
	b = key(b, "hash", rdb.None, rdb.TypeHash, "f", "v", "field", "value")
	b = append(rdb.AppendLen(rdb.AppendKey(b, rdb.NoMeta, rdb.TypeZset, []byte("zset"), nil), 1), "\x01m\x031.5"...)
	b = rdb.AppendSelectDB(b, 2)
	b = key(b, "text", rdb.None, rdb.TypeString, "")
	b = append(b, rdb.OpEOF)
	return binary.LittleEndian.AppendUint64(b, hash.CRC64(b))
}

// examined checks a file and returns what was found.
func examined(t *testing.T, file []byte, biggest int) (*Stats, check.Result, string) {
	t.Helper()
	clk := clock.NewManual(now * 1000)
	s := NewStats(now, biggest)
	v, err := New(clk, s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}()
	var report strings.Builder
	return s, check.Check(bytes.NewReader(file), &report, check.Options{Name: "x", Clock: clk, Values: v}), report.String()
}

func TestFigures(t *testing.T) {
	s, found, report := examined(t, sample(), 2)
	if !found.OK || found.Keys != 7 || found.Expires != 2 || found.Expired != 1 {
		t.Errorf("found %+v\n%s", found, report)
	}
	if got := s.Databases(); !slices.Equal(got, []uint64{0, 2}) {
		t.Errorf("databases %d", got)
	}
	for _, c := range []struct {
		db   uint64
		typ  string
		want Group
	}{
		{0, "string", Group{Keys: 2, Expires: 1, Expired: 1, KeyBytes: 10, ValueBytes: 5005, FileBytes: 5005, Elements: 2, MostElements: 1, LargestElement: 5000}},
		{0, "list", Group{Keys: 1, Expires: 1, KeyBytes: 4, ValueBytes: 6, FileBytes: 10, Elements: 3, MostElements: 3, LargestElement: 3}},
		{0, "set", Group{Keys: 1, KeyBytes: 3, ValueBytes: 4, FileBytes: 7, Elements: 3, MostElements: 3, LargestElement: 2}},
		{0, "hash", Group{Keys: 1, KeyBytes: 4, ValueBytes: 12, FileBytes: 17, Elements: 2, MostElements: 2, LargestElement: 10}},
		{0, "zset", Group{Keys: 1, KeyBytes: 4, ValueBytes: 4, FileBytes: 7, Elements: 1, MostElements: 1, LargestElement: 4}},
		{0, "stream", Group{}},
		{1, "string", Group{}},
		{2, "string", Group{Keys: 1, KeyBytes: 4, FileBytes: 1, Elements: 1, MostElements: 1}},
	} {
		got := s.Group(c.db, c.typ)
		got.counts, got.sizes = histogram{}, histogram{}
		if !equal(got, c.want) {
			t.Errorf("%d %s: %+v", c.db, c.typ, got)
		}
	}
	if got := s.Biggest(); len(got) != 2 || got[0] != (Big{0, "text", "string", 5002, 1}) || got[1] != (Big{0, "hash", "hash", 17, 2}) {
		t.Errorf("biggest %+v", got)
	}
}

// equal compares all but the histograms.
func equal(a, b Group) bool {
	figures := func(g Group) []int64 {
		return []int64{g.Keys, g.Expires, g.Expired, g.KeyBytes, g.ValueBytes, g.FileBytes, g.Elements, g.MostElements, g.LargestElement}
	}
	return slices.Equal(figures(a), figures(b))
}

func TestPrint(t *testing.T) {
	s, found, _ := examined(t, sample(), 1)
	for f, want := range map[Format][]string{
		Table: {"db.0.type.name                \tstring\tlist \tset  \tzset \thash \tmodule\tstream\n",
			"db.0.elements.size.p99        \t5003.00\t3.00 \t2.00 \t4.00 \t10.00\t0.00 \t0.00 \n",
			"db.1.keys.total               \t0    \t0    \t0    \t0    \t0    \t0    \t0    \n",
			"biggest.1                     \t0\tstring\t5002\t1\t\"text\"\n"},
		CSV:  {"db.2.keys.total,1,0,0,0,0,0,0\n", "biggest.1,0,string,5002,1,\"text\"\n"},
		Info: {"[info] db.0.type.set.elements.size.avg:1.33\n", "[info] biggest.1:db=0,type=string,bytes=5002,elements=1,key=\"text\"\n"},
	} {
		var out strings.Builder
		s.Print(&out, f)
		for _, line := range want {
			if !strings.Contains(out.String(), line) {
				t.Errorf("format %d: no %q in\n%s", f, line, out.String())
			}
		}
	}
	var out bytes.Buffer
	var doc document
	if err := s.PrintJSON(&out, "x", found); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if !doc.OK || doc.Error != nil || doc.Size != int64(len(sample())) || doc.Databases[1].Types["string"].Keys != 1 || len(doc.Databases[0].Types) != 5 || len(doc.Biggest) != 1 {
		t.Errorf("%+v", doc)
	}
}

// TestDamage wants what a server refuses to be found, with its place.
func TestDamage(t *testing.T) {
	b := key(rdb.AppendSelectDB([]byte("VALKEY080"), 1), "k", rdb.None, rdb.TypeHash, "f", "1", "f", "2")
	s, found, report := examined(t, b, 0)
	if f := found.Finding; found.OK || f == nil || string(f.Key) != "k" || !strings.Contains(f.Text, "Duplicate hash fields detected") || f.Offset == 0 {
		t.Errorf("%+v\n%s", found.Finding, report)
	}
	var out bytes.Buffer
	if err := s.PrintJSON(&out, "x", found); err != nil || !strings.Contains(out.String(), `"key": "k"`) {
		t.Errorf("%v\n%s", err, out.String())
	}
	file := sample()
	for n := range file {
		if _, found, _ := examined(t, file[:n], 0); found.OK {
			t.Fatalf("%d of %d bytes are sound", n, len(file))
		}
	}
}

// TestHistogram compares with a sorted list.
func TestHistogram(t *testing.T) {
	r := rng.New(1)
	for n := range 200 {
		h := histogram{most: mostBytes}
		var all []int64
		for range n {
			v := int64(r.Uint64n(1 << r.Uint64n(21)))
			h.add(v)
			all = append(all, v)
		}
		slices.SortFunc(all, cmp.Compare)
		for _, p := range []float64{50, 90, 99} {
			want := int64(0)
			if n > 0 {
				want = all[max(int(p/100*float64(n)+0.5), 1)-1]
			}
			if got := h.percentile(p); got < want || got > want+want/1000 {
				t.Fatalf("%g %% of %d: %d, want %d", p, n, got, want)
			}
		}
	}
	h := histogram{most: 10}
	if h.add(11); h.total != 0 {
		t.Error("counted a value beyond its range")
	}
}

// FuzzValues wants damaged files to be told and nothing worse.
func FuzzValues(f *testing.F) {
	f.Add(sample())
	f.Fuzz(func(t *testing.T, file []byte) {
		s, found, _ := examined(t, file, 3)
		var out bytes.Buffer
		if s.Print(&out, Table); found.OK != (found.Finding == nil) {
			t.Fatalf("%+v", found)
		}
	})
}
