package aof

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// sealed is an increment with checksums, as two lives of a writer leave it.
func sealed(t *testing.T) []byte {
	t.Helper()
	mem := vfs.NewMem()
	r := newRig(t, mem, Settings{Checksums: true, Timestamps: true}, nil)
	for range 3 {
		r.push(2)
	}
	r.w.Configure(Settings{})
	r.push(1) // in no block
	r.w.Configure(Settings{Checksums: true})
	r.push(2)
	must(t, r.w.Close())
	back, err := recoverFrom(mem, false)
	must(t, err)
	again := newRig(t, mem, Settings{Checksums: true}, back)
	again.push(2)
	must(t, again.w.Close())
	return []byte(readFile(t, mem, "appendonlydir/appendonly.aof.1.incr.aof"))
}

// loadText loads text as the only increment and returns what it holds.
func loadText(t *testing.T, text []byte, truncated bool) (commands []string, cut bool, err error) {
	t.Helper()
	mem, j := vfs.NewMem(), journal{}
	lay(t, mem, damage{"", "file i seq 1 type i\n", map[string]string{"i": string(text)}})
	c := config(mem, &j)
	m, err := ReadManifest(&c)
	must(t, err)
	result, err := Load(m, &LoadOptions{
		Config: c, Clock: clock.NewManual(0), Truncated: truncated, NewFile: func(string) {},
		Apply: func(args [][]byte) error {
			commands = append(commands, fmt.Sprintf("%q", args))
			return nil
		},
		LoadRDB: func(vfs.File, string) (int64, error) { return 0, errTest },
	})
	if bad := (*SumError)(nil); errors.As(err, &bad) && j.has("Checksum error in the append only file i: the") != 1 {
		t.Errorf("not logged: %s", j.String())
	}
	return commands, result.Truncated, err
}

// TestFlippedBits flips each bit of a file. Whatever it was, what is loaded is what
// was written, or nothing; but for what looks cut short and is allowed to be.
func TestFlippedBits(t *testing.T) {
	text := sealed(t)
	want, _, err := loadText(t, text, false)
	must(t, err)
	gap := span(text)
	same := func(at int, got []string) bool {
		return slices.Equal(got, want) || gap[0] <= at && at < gap[1]
	}
	found := 0
	for at := range text {
		for bit := range 8 {
			bad := bytes.Clone(text)
			bad[at] ^= 1 << bit
			got, _, err := loadText(t, bad, false)
			switch {
			case err != nil:
				found++
			case !same(at, got):
				t.Fatalf("bit %d of byte %d flipped: %q", bit, at, got)
			}
			got, cut, err := loadText(t, bad, true)
			if err == nil && !cut && !same(at, got) {
				t.Fatalf("bit %d of byte %d flipped: %q", bit, at, got)
			}
		}
	}
	t.Logf("%d of %d flips in %d bytes are refused", found, 8*len(text), len(text))
}

// span is the part of text that was written without checksums.
func span(text []byte) [2]int {
	second := bytes.LastIndex(text[:bytes.LastIndex(text, []byte(sumStart))], []byte(sumStart))
	end := bytes.LastIndex(text[:second], []byte(sumPrefix))
	return [2]int{end + bytes.IndexByte(text[end:], '\n') + 1, second}
}

// TestCutSums cuts a file with checksums at each byte: what is left are whole
// commands.
func TestCutSums(t *testing.T) {
	text := sealed(t)
	want, _, err := loadText(t, text, false)
	must(t, err)
	for n := range text {
		got, _, err := loadText(t, text[:n], true)
		if err != nil || len(got) > len(want) || !slices.Equal(got, want[:len(got)]) {
			t.Fatalf("cut at %d: %v, %q", n, err, got)
		}
	}
}

// TestSumWriter makes blocks of a base.
func TestSumWriter(t *testing.T) {
	var b bytes.Buffer
	w := NewSumWriter(&b)
	for range 2 {
		_, err := w.Write(command("SET", "k", "value"))
		must(t, err)
	}
	if got, _, err := loadText(t, b.Bytes(), false); err != nil || len(got) != 2 {
		t.Fatalf("%v, %q", err, got)
	}
	bad := bytes.Replace(b.Bytes(), []byte("value"), []byte("valuf"), 1)
	var sum *SumError
	if _, _, err := loadText(t, bad, true); !errors.As(err, &sum) || !errors.Is(err, ErrDamaged) {
		t.Fatalf("%v", err)
	}
}
