package aof

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/clock"
	"sigrun/internal/vfs"
)

// disk is a directory with a manifest and files.
func disk(t *testing.T, manifest string, files map[string]string) *vfs.Mem {
	t.Helper()
	mem := vfs.NewMem()
	must(t, mem.MkdirAll("appendonlydir", 0o755))
	for name, text := range files {
		writeFile(t, mem, "appendonlydir/"+name, []byte(text))
	}
	if manifest != "" {
		writeFile(t, mem, manifestPath, []byte(manifest))
	}
	return mem
}

// pushes is an increment with the effects from from to to, with transactions,
// comments and changes of database. ends[i] is where effect or comment i ends,
// units[i] how many effects a file cut there recovers.
func pushes(from, to int) string {
	var b strings.Builder
	db := -1
	for n := from; n < to; n++ {
		if n%4 == 0 {
			fmt.Fprintf(&b, "#TS:%d\r\n", 1700000000+n)
		}
		multi := n%5 == 3 && n+1 < to && dbOf(n) == dbOf(n+1)
		if dbOf(n) != db {
			db = dbOf(n)
			b.Write(command("SELECT", strconv.Itoa(db)))
		}
		if multi {
			b.Write(command("MULTI"))
			b.Write(command("PUSH", strconv.Itoa(n)))
			n++
		}
		b.Write(command("PUSH", strconv.Itoa(n)))
		if multi {
			b.Write(command("EXEC"))
		}
	}
	return b.String()
}

const oneBase = "file b seq 1 type b\n"

func TestEveryTailCut(t *testing.T) {
	cases := map[string]struct {
		manifest string
		files    map[string]string
		last     string // the file that is cut
		from     int    // effects before it
	}{
		"increment":    {oneBase + "file i seq 1 type i\n", map[string]string{"b": string(snapshot(5)), "i": pushes(5, 30)}, "i", 5},
		"second":       {"file i seq 1 type i\nfile j seq 2 type i\n", map[string]string{"i": pushes(0, 5), "j": pushes(5, 30)}, "j", 5},
		"before empty": {"file i seq 1 type i\nfile j seq 2 type i\n", map[string]string{"i": pushes(0, 20), "j": ""}, "i", 0},
		"base":         {oneBase, map[string]string{"b": pushes(0, 20)}, "b", 0},
		"preamble":     {"file appendonly.aof seq 1 type b\n", map[string]string{"appendonly.aof": string(snapshot(3)) + pushes(3, 20)}, "appendonly.aof", 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			whole := c.files[c.last]
			start := 0
			if strings.HasPrefix(whole, "REDIS") {
				start = strings.IndexByte(whole, '\n') + 1
			}
			best := c.from
			for cut := max(start, 1); cut <= len(whole); cut++ {
				c.files[c.last] = whole[:cut]
				mem := disk(t, c.manifest, c.files)
				strict, serr := recoverFrom(mem, false)
				back, err := recoverFrom(mem, true)
				if err != nil {
					t.Fatalf("cut at %d: %v\n%s", cut, err, back.journal.String())
				}
				if back.next < best {
					t.Fatalf("cut at %d recovers %d effects, an earlier cut %d", cut, back.next, best)
				}
				best = back.next
				if (serr == nil) == back.result.Truncated {
					t.Fatalf("cut at %d: strictly %v, else truncated = %v", cut, serr, back.result.Truncated)
				}
				if serr != nil && strict.journal.has("Unexpected end of file reading the append only file "+c.last) != 1 {
					t.Fatalf("cut at %d: %s", cut, strict.journal.String())
				}
				again, err := recoverFrom(mem, false) // what is left is good
				if err != nil || again.next != back.next {
					t.Fatalf("cut at %d: after the repair %d effects of %d: %v", cut, again.next, back.next, err)
				}
			}
			if best != 20 && best != 30 {
				t.Fatalf("the whole file recovers %d effects", best)
			}
		})
	}
}

// TestUnfinishedTransaction: a cut inside of MULTI goes back to before it, wherever it is.
func TestUnfinishedTransaction(t *testing.T) {
	before := string(command("SELECT", "0")) + string(command("PUSH", "0"))
	txn := string(command("MULTI")) + string(command("PUSH", "1")) + string(command("PUSH", "2")) + string(command("EXEC"))
	for cut := 1; cut < len(txn); cut++ {
		mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": before + txn[:cut]})
		back, err := recoverFrom(mem, true)
		must(t, err)
		if back.next != 1 || readFile(t, mem, "appendonlydir/i") != before {
			t.Fatalf("cut at %d: %d effects, left is %q", cut, back.next, readFile(t, mem, "appendonlydir/i"))
		}
		if back.journal.has(fmt.Sprintf("!!! Truncating the AOF i at offset %d !!!", len(before))) != 1 {
			t.Fatal(back.journal.String())
		}
	}
}

func TestZerosAtTheEnd(t *testing.T) {
	whole := pushes(0, 12)
	for cut := 1; cut <= len(whole); cut++ {
		clean := disk(t, "file i seq 1 type i\n", map[string]string{"i": whole[:cut]})
		want, err := recoverFrom(clean, true)
		must(t, err)
		mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": whole[:cut] + strings.Repeat("\x00", 5000)})
		if back, err := recoverFrom(mem, false); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at %d with zeros loads strictly: %d effects", cut, back.next)
		}
		back, err := recoverFrom(mem, true)
		if err != nil || back.next != want.next {
			t.Fatalf("cut at %d, then zeros: %d effects, want %d: %v\n%s", cut, back.next, want.next, err, back.journal.String())
		}
	}
	mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": whole + "\x00\x00x"})
	if _, err := recoverFrom(mem, true); !errors.Is(err, ErrDamaged) {
		t.Fatalf("zeros that are not the end: %v", err)
	}
}

func TestRefuses(t *testing.T) {
	good, set := string(command("SELECT", "0")), string(command("PUSH", "0"))
	cases := map[string]struct {
		manifest string
		files    map[string]string
		log      string
	}{
		"garbage":         {"file i seq 1 type i\n", map[string]string{"i": good + "!!!" + set}, "Bad file format reading the append only file i: make a backup"},
		"wrong length":    {"file i seq 1 type i\n", map[string]string{"i": strings.Replace(good+set, "$4", "$3", 1)}, "Bad file format"},
		"no dollar":       {"file i seq 1 type i\n", map[string]string{"i": "*1\r\nMULTI\r\n"}, "Bad file format"},
		"zero arguments":  {"file i seq 1 type i\n", map[string]string{"i": "*0\r\n" + set}, "Bad file format"},
		"negative count":  {"file i seq 1 type i\n", map[string]string{"i": "*-1\r\n" + set}, "Bad file format"},
		"negative length": {"file i seq 1 type i\n", map[string]string{"i": "*1\r\n$-1\r\n" + set}, "Bad file format"},
		"unknown":         {"file i seq 1 type i\n", map[string]string{"i": good + string(command("bla", "x"))}, "Unknown command 'bla' reading the append only file i"},
		"unknown, in MULTI": {"file i seq 1 type i\n", map[string]string{
			"i": string(command("MULTI")) + string(command("bla")) + string(command("EXEC"))}, "Unknown command 'bla'"},
		"not the last":    {"file i seq 1 type i\nfile j seq 2 type i\n", map[string]string{"i": set[:7], "j": set}, "Fatal error: the truncated file is not the last file"},
		"base not last":   {oneBase + "file j seq 2 type i\n", map[string]string{"b": set[:7], "j": set}, "Fatal error: the truncated file is not the last file"},
		"missing":         {oneBase + "file j seq 2 type i\n", map[string]string{"b": set}, "Unable to obtain the AOF file j length. stat: No such file or directory"},
		"broken RDB":      {oneBase, map[string]string{"b": "REDIS0011"}, "Error reading the RDB base file b, AOF loading aborted"},
		"broken RDB, new": {oneBase, map[string]string{"b": "VALKEY080"}, "Error reading the RDB base file b, AOF loading aborted"},
		"broken preamble": {"file appendonly.aof seq 1 type b\n", map[string]string{"appendonly.aof": "REDIS0011"}, "Error reading the RDB preamble of the AOF file appendonly.aof, AOF loading aborted"},
	}
	for name, c := range cases {
		mem := disk(t, c.manifest, c.files)
		back, err := recoverFrom(mem, true)
		if err == nil || back.journal.has("# "+c.log) != 1 {
			t.Errorf("%s: %v\n%s", name, err, back.journal.String())
		}
		for file, text := range c.files {
			if readFile(t, mem, "appendonlydir/"+file) != text {
				t.Errorf("%s: %s was changed though it was refused", name, file)
			}
		}
	}
}

// TestOldTransactions loads what older servers left when they cut a file off inside of a transaction.
func TestOldTransactions(t *testing.T) {
	multi, exec := string(command("MULTI")), string(command("exec"))
	n := 0
	push := func() string { n++; return string(command("PUSH", strconv.Itoa(n-1))) }
	text := string(command("SELECT", "0")) + multi + push() + multi + push() + exec + exec + push()
	back, err := recoverFrom(disk(t, "file i seq 1 type i\n", map[string]string{"i": text}), false)
	if err != nil || back.next != 3 || back.journal.has("'EXEC without MULTI' after processing the command 'exec'") != 1 {
		t.Fatalf("%d effects, %v\n%s", back.next, err, back.journal.String())
	}
}

func TestNothingToLoad(t *testing.T) {
	for name, mem := range map[string]*vfs.Mem{
		"nothing": vfs.NewMem(), "no manifest": disk(t, "", map[string]string{"x": "y"}),
		"comments": disk(t, "# nothing\n", nil), "history": disk(t, "file h seq 1 type h\n", nil),
	} {
		if back, err := recoverFrom(mem, true); err != nil || back.result.Found {
			t.Errorf("%s: %+v, %v", name, back.result, err)
		}
	}
	back, err := recoverFrom(disk(t, oneBase, map[string]string{"b": ""}), true)
	if err != nil || !back.result.Found || back.result.Total != 0 {
		t.Errorf("empty base: %+v, %v", back.result, err)
	}
}

func TestAdoptOldFile(t *testing.T) {
	text := string(snapshot(3)) + pushes(3, 9)
	for at := 0; ; at++ { // the machine dies before each operation
		mem := vfs.NewMem()
		writeFile(t, mem, "appendonly.aof", []byte(text))
		n := 0
		var left *vfs.Mem
		_, err := recoverFrom(vfs.NewFaulty(mem, func(op vfs.Op) vfs.Fault {
			if op.Mutates() {
				if n == at {
					left = mem.Clone()
				}
				n++
			}
			return vfs.Fault{}
		}), true)
		must(t, err)
		if left == nil {
			left = mem
		}
		back, err := recoverFrom(left, true)
		if err != nil || back.next != 9 {
			t.Fatalf("died before operation %d: %d effects, %v\n%s", at, back.next, err, back.journal.String())
		}
		if vfs.Exists(left, "appendonly.aof") || readFile(t, left, manifestPath) != "file appendonly.aof seq 1 type b\n" {
			t.Fatalf("died before operation %d: the file was not adopted", at)
		}
		r := newRig(t, left, Settings{}, back)
		r.push(1)
		must(t, r.rewrite())
		if got := names(t, left); got != "appendonly.aof.2.base.rdb appendonly.aof.2.incr.aof appendonly.aof.manifest" {
			t.Fatalf("files after a rewrite: %s", got)
		}
		if n <= at {
			return
		}
	}
}

// TestFlips damages every byte: no panic, and what is loaded keeps the order.
func TestFlips(t *testing.T) {
	whole := pushes(0, 12)
	refused := 0
	for i := range whole {
		for bit := range 8 {
			b := []byte(whole)
			b[i] ^= 1 << bit
			back, err := recoverFrom(disk(t, "file i seq 1 type i\nfile j seq 2 type i\n",
				map[string]string{"i": string(b), "j": pushes(12, 13)}), true)
			if err != nil {
				refused++
			} else if back.next != 13 && whole[i] != '#' {
				t.Fatalf("byte %d, bit %d: %d effects were loaded and nothing was said\n%q", i, bit, back.next, b)
			}
		}
	}
	if refused < len(whole)*6 {
		t.Errorf("only %d of %d flips were refused", refused, 8*len(whole))
	}
}

func TestHugeLengthTakesNoMemory(t *testing.T) {
	mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": "*2\r\n$4\r\nPUSH\r\n$1000000000000000\r\nx"})
	back, err := recoverFrom(mem, true)
	if err != nil || !back.result.Truncated || back.next != 0 {
		t.Fatalf("%v, %+v", err, back.result)
	}
}

// TestLargeCommands makes commands that are larger than the buffer, also inside of transactions.
func TestLargeCommands(t *testing.T) {
	var b bytes.Buffer
	var want []int
	for i := range 40 {
		size := 1 << (i % 21)
		want = append(want, size)
		if i%3 == 0 {
			b.Write(command("MULTI"))
		}
		b.Write(command("SET", strings.Repeat("x", size)))
		if i%3 == 0 {
			b.Write(command("EXEC"))
		}
		fmt.Fprintf(&b, "#%s\r\n", strings.Repeat("comment", 1000))
	}
	mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": b.String()})
	var got []int
	var j journal
	last := int64(-1)
	c := config(mem, &j)
	m, err := ReadManifest(&c)
	must(t, err)
	_, err = Load(m, &LoadOptions{
		Config: c, Clock: clock.NewManual(0), NewFile: func(string) {},
		Apply:    func(args [][]byte) error { got = append(got, len(args[1])); return nil },
		LoadRDB:  func(vfs.File, string) (int64, error) { return 0, errTest },
		Progress: func(done, total int64) { last = done },
	})
	must(t, err)
	if fmt.Sprint(got) != fmt.Sprint(want) || last != int64(b.Len()) {
		t.Fatalf("got %v, progress %d of %d", got, last, b.Len())
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(pushes(0, 12)), true)
	f.Add([]byte(string(snapshot(3))+pushes(3, 5)), false)
	f.Add([]byte("*1\r\n$5\r\nMULTI\r\n*2\r\n$4\r\nPUSH\r\n$1\r\n0\r\n*1\r\n$4\r\nEXEC\r\n\x00\x00"), true)
	f.Fuzz(func(t *testing.T, data []byte, truncated bool) {
		mem := disk(t, "file i seq 1 type i\n", map[string]string{"i": string(data)})
		back, err := recoverFrom(mem, truncated)
		left := readFile(t, mem, "appendonlydir/i")
		if err != nil || !truncated {
			if left != string(data) {
				t.Fatal("a refused file was changed")
			}
			return
		}
		if !strings.HasPrefix(string(data), left) {
			t.Fatal("the repair changed more than the end")
		}
		again, err := recoverFrom(mem, false)
		if err != nil || again.next != back.next {
			t.Fatalf("after the repair %d effects of %d: %v", again.next, back.next, err)
		}
	})
}
