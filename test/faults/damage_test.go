package faults

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/test/variants"
)

const (
	logBytes   = 64 << 10
	logDir     = "appendonlydir"
	logName    = "appendonly.aof"
	twoIncrs   = "file appendonly.aof.1.base.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\nfile appendonly.aof.2.incr.aof seq 2 type i\n"
	keysBefore = 3 // in each of the files before the last
)

// madeLog is the bytes of an append-only file that sets key:from, key:from+1 and so
// on: what it holds up to each byte.
type madeLog struct {
	text string
	// ends are the offsets at which commands or transactions end; sets[i] is how many
	// keys have been set there.
	ends []int
	sets []int
	// structure tells of each byte that it is not part of an argument.
	structure []bool
}

// makeLog makes a file of at least size bytes, whose first key is from.
func makeLog(size, from int) *madeLog {
	l, n := &madeLog{}, 0
	add := func(words ...string) {
		for i, w := range words {
			head := fmt.Sprintf("$%d\r\n", len(w))
			if i == 0 {
				head = fmt.Sprintf("*%d\r\n", len(words)) + head
			}
			l.text += head + w + "\r\n"
			for range head {
				l.structure = append(l.structure, true)
			}
			for range w {
				l.structure = append(l.structure, false)
			}
			l.structure = append(l.structure, true, true)
		}
	}
	set := func() {
		add("SET", fmt.Sprint("key:", from+n), fmt.Sprint("value:", from+n))
		n++
	}
	end := func() { l.ends, l.sets = append(l.ends, len(l.text)), append(l.sets, n) }
	for end(); len(l.text) < size; end() {
		if set(); n%7 == 0 {
			end()
			add("MULTI")
			set()
			set()
			add("EXEC")
		}
	}
	return l
}

// at is the last end that is not after offset off.
func (l *madeLog) at(off int) (end, sets int) {
	for i := len(l.ends) - 1; ; i-- {
		if l.ends[i] <= off {
			return l.ends[i], l.sets[i]
		}
	}
}

// onDisk is the disk with a manifest and the three files that it names.
func onDisk(t *testing.T, manifest string, texts ...string) *vfs.Mem {
	disk := vfs.NewMem()
	testkit.NoError(t, disk.MkdirAll(logDir, 0o755))
	names := []string{logName + ".1.base.aof", logName + ".1.incr.aof", logName + ".2.incr.aof"}
	for i, text := range append(texts, manifest) {
		name := logName + ".manifest"
		if i < len(names) {
			name = names[i]
		}
		testkit.NoError(t, vfs.WriteFileAtomic(disk, logDir+"/"+name, []byte(text), 0o644))
	}
	return disk
}

// loadLog loads what is on the disk and returns how many keys it has set, the first
// thing that is wrong with them, and the error of the loader.
func loadLog(disk vfs.FS, truncated bool) (keys int, wrong string, err error) {
	c := aof.Config{FS: disk, Dir: logDir, Name: logName, Logf: func(aof.Level, string, ...any) {}}
	m, err := aof.ReadManifest(&c)
	if err != nil {
		return 0, "", err
	}
	_, err = aof.Load(m, &aof.LoadOptions{
		Config: c, Clock: clock.NewManual(0), Truncated: truncated, NewFile: func(string) {},
		LoadRDB: func(vfs.File, string) (int64, error) { return 0, errors.New("no snapshot was written") },
		Apply: func(args [][]byte) error {
			if !strings.EqualFold(string(args[0]), "SET") || len(args) != 3 {
				return aof.UnknownCommandError("unknown command")
			}
			if string(args[1]) != fmt.Sprint("key:", keys) || string(args[2]) != fmt.Sprint("value:", keys) {
				wrong = fmt.Sprintf("key %d: %q", keys, args)
			}
			keys++
			return nil
		},
	})
	return keys, wrong, err
}

// TestTailCut is P9: a log that is cut anywhere is loaded up to the last whole
// command or transaction, and shortened to it, or refused if that is wanted; and
// if it is not the last file it is always refused.
func TestTailCut(t *testing.T) {
	base, incr, last := someKeys(0), someKeys(keysBefore), makeLog(logBytes, 2*keysBefore)
	chance := source(t)
	step := uint64(count(100, 1))
	for off := int(chance.Uint64n(step)); off < len(last.text); off += 1 + int(chance.Uint64n(2*step-1)) {
		end, sets := last.at(off)
		disk := onDisk(t, twoIncrs, base.text, incr.text, last.text[:off])
		_, wrong, err := loadLog(disk, false)
		if refused := err != nil; refused != (off != end) || wrong != "" {
			t.Fatalf("cut at %d of a whole %d, not to be shortened: %v %s", off, end, err, wrong)
		}
		keys, wrong, err := loadLog(disk, true)
		if err != nil || keys != 2*keysBefore+sets || wrong != "" {
			t.Fatalf("cut at %d: %d keys of %d: %v %s", off, keys, 2*keysBefore+sets, err, wrong)
		}
		left, err := vfs.ReadFile(disk, logDir+"/"+logName+".2.incr.aof")
		if err != nil || len(left) != end {
			t.Fatalf("cut at %d: %d bytes are left of %d: %v", off, len(left), end, err)
		}
	}
	for off := range len(incr.text) {
		if end, _ := incr.at(off); off == end {
			continue
		}
		if _, _, err := loadLog(onDisk(t, twoIncrs, base.text, incr.text[:off], last.text[:200]), true); err == nil {
			t.Fatalf("a file that is not the last one was cut at %d, and loaded", off)
		}
	}
}

// someKeys is a log of keysBefore keys.
func someKeys(from int) *madeLog {
	for size := 0; ; size++ {
		if l := makeLog(size, from); l.sets[len(l.sets)-1] == keysBefore {
			return l
		}
	}
}

// TestFlips is P10: a bit that is not what it was is noticed wherever it changes
// the form of a command; nothing panics.
func TestFlips(t *testing.T) {
	base, incr, last := someKeys(0), someKeys(keysBefore), makeLog(8<<10, 2*keysBefore)
	whole := 2*keysBefore + last.sets[len(last.sets)-1]
	chance := source(t)
	loaded := 0
	for range count(2000, 10_000) {
		at, bit := int(chance.Uint64n(uint64(len(last.text)))), byte(1)<<chance.Uint64n(8)
		text := []byte(last.text)
		text[at] ^= bit
		keys, _, err := loadLog(onDisk(t, twoIncrs, base.text, incr.text, string(text)), false)
		if err == nil && (last.structure[at] || keys > whole) {
			t.Errorf("byte %d was %q and is %q: %d keys of %d were loaded", at, last.text[at], text[at], keys, whole)
		}
		if err == nil {
			loaded++
		}
		manifest := []byte(twoIncrs)
		manifest[chance.Uint64n(uint64(len(manifest)))] ^= bit
		if keys, _, err := loadLog(onDisk(t, string(manifest), base.text, incr.text, last.text), false); err == nil && keys > whole {
			t.Errorf("manifest %q: %d keys of %d", manifest, keys, whole)
		}
	}
	t.Logf("%d flips were inside of arguments and have been loaded", loaded)
}

// cutOneMore cuts one byte too many off.
var cutOneMore = variants.Edit{
	File: "internal/aof/load.go",
	Old:  "return l.truncate(name, good)",
	New:  "return l.truncate(name, good-1)",
}

// TestTailCutStarts is P9 with real servers, each started twice on what was left.
func TestTailCutStarts(t *testing.T) {
	for range count(2, 200) {
		if err := tailCutStart(t); err != nil {
			t.Fatal(err)
		}
	}
}

// TestControlTailCut: a server that cuts too much off is found out.
func TestControlTailCut(t *testing.T) {
	allOnly(t)
	variants.Use(t, cutOneMore)
	for range 20 {
		if tailCutStart(t) != nil {
			return
		}
	}
	t.Error("a byte too many was cut off, and nobody noticed")
}

func tailCutStart(t *testing.T) error {
	chance := source(t)
	log := makeLog(8<<10, 0)
	off := 1 + int(chance.Uint64n(uint64(len(log.text)-1)))
	_, sets := log.at(off)
	l := &life{t: t, dir: quickDir(t, 64<<20), args: append(mode("always"), "--save", "")}
	l.file(logDir+"/"+logName+".1.incr.aof", log.text[:off])
	l.file(logDir+"/"+logName+".manifest", oneIncrement)
	for start := range 2 {
		if err := l.start(); err != nil {
			return err
		}
		reply, err := l.p.do("DBSIZE")
		l.p.kill()
		if err != nil || reply.Int() != int64(sets) {
			return fmt.Errorf("start %d on a log cut at %d: %s keys of %d: %w", start, off, reply, sets, err)
		}
	}
	return nil
}
