package aof

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sigrun/internal/vfs"
)

// badManifests are the rules of the file, each broken once.
var badManifests = []struct {
	name, text string
	line       int
	reason     string
}{
	{"empty", "", 0, reasonEmpty},
	{"two bases", "file a.1.base.rdb seq 1 type b\nfile a.2.base.rdb seq 2 type b\n", 2, reasonTwoBases},
	{"sequence falls", "file i2 seq 2 type i\nfile i1 seq 1 type i\n", 2, reasonMonotonic},
	{"sequence stays", "file i1 seq 1 type i\nfile i1 seq 1 type i\n", 2, reasonMonotonic},
	{"negative sequence", "file i1 seq -1 type i\n", 1, reasonMonotonic},
	{"unknown type", "file a seq 1 type x\n", 1, reasonType},
	{"blank line", "file a seq 1 type b\n\nfile i1 seq 1 type i\n", 2, reasonFormat},
	{"blank line of spaces", " \t\r\n", 1, reasonFormat},
	{"missing type", "file a seq 1\n", 1, reasonFormat},
	{"missing sequence", "file a type b more x\n", 1, reasonFormat},
	{"sequence no number", "file a seq one type b\n", 1, reasonFormat},
	{"odd number of words", "file a seq 1 type b more\n", 1, reasonFormat},
	{"empty name", "file \"\" seq 1 type b\n", 1, reasonFormat},
	{"open quote", "file \"a seq 1 type b\n", 1, reasonFormat},
	{"path", "file ../a seq 1 type b\n", 1, reasonPath},
	{"path of another kind", "file ..\\a seq 1 type b\n", 1, reasonPath},
	{"too long", "file " + strings.Repeat("a", maxLine) + " seq 1 type b\n", 0, reasonLong},
	{"no line end", "file a seq 1 type b", 0, reasonLong},
	{"zero byte", "file a\x00 seq 1 type b\n", 0, reasonLong},
}

func TestBadManifests(t *testing.T) {
	for _, c := range badManifests {
		_, err := ParseManifest([]byte(c.text))
		var me *ManifestError
		if !errors.As(err, &me) || !errors.Is(err, ErrDamaged) || me.Line != c.line || me.Reason != c.reason {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestManifestLog(t *testing.T) {
	mem, j := vfs.NewMem(), &journal{}
	must(t, mem.MkdirAll("appendonlydir", 0o755))
	writeFile(t, mem, manifestPath, []byte("# no file\nfile a seq 1 type x \n"))
	c := config(mem, j)
	if _, err := ReadManifest(&c); err == nil || !strings.HasPrefix(err.Error(), manifestPath+":2: ") {
		t.Errorf("error %v", err)
	}
	want := "# \n*** FATAL AOF MANIFEST FILE ERROR ***\n\n" +
		"# Reading the manifest file, at line 2\n\n" +
		"# >>> 'file a seq 1 type x'\n\n" +
		"# Unknown AOF file type\n"
	if j.String() != want {
		t.Errorf("log\n%q\nwant\n%q", j.String(), want)
	}
}

func TestManifestAccepts(t *testing.T) {
	m, err := ParseManifest([]byte("#comment\nFILE a.base SEQ 7x TYPE base extra 1\r\n" +
		"  file \"a b\\x00\\n.incr\" seq 3 type i startoffset 12 endoffset 15\n#\nfile h seq 1 type h\n"))
	must(t, err)
	want := &Manifest{
		Base: &File{"a.base", 7, Base}, Incrs: []File{{"a b\x00\n.incr", 3, Incr}}, History: []File{{"h", 1, History}},
		baseSeq: 7, incrSeq: 3,
	}
	if !reflect.DeepEqual(m, want) {
		t.Fatalf("got %+v", m)
	}
	text := "file a.base seq 7 type b\nfile h seq 1 type h\nfile \"a b\\x00\\n.incr\" seq 3 type i\n"
	if got := string(m.AppendTo(nil)); got != text {
		t.Fatalf("written as %q", got)
	}
}

func TestNextNames(t *testing.T) {
	m := &Manifest{}
	if b, i := m.addBase("f", true), m.addIncr("f"); b != "f.1.base.rdb" || i != "f.1.incr.aof" {
		t.Fatal(b, i)
	}
	m.addIncr("f")
	if b, i := m.addBase("f", false), m.addIncr("f"); b != "f.2.base.aof" || i != "f.3.incr.aof" {
		t.Fatal(b, i)
	}
	m.retire("f.3.incr.aof")
	want := "file f.2.base.aof seq 2 type b\nfile f.1.incr.aof seq 1 type h\nfile f.2.incr.aof seq 2 type h\n" +
		"file f.1.base.rdb seq 1 type h\nfile f.3.incr.aof seq 3 type i\n"
	if got := string(m.AppendTo(nil)); got != want {
		t.Fatalf("got\n%s", got)
	}
	back, err := ParseManifest([]byte(want))
	must(t, err)
	back.retire("")
	back.Base = nil
	again, err := ParseManifest(back.AppendTo(nil)) // only history is left
	must(t, err)
	if b, i := again.addBase("f", false), again.addIncr("f"); b != "f.1.base.aof" || i != "f.4.incr.aof" {
		t.Fatalf("a name was given that waits for its removal: %s %s", b, i)
	}
}

func FuzzManifest(f *testing.F) {
	for _, c := range badManifests {
		f.Add([]byte(c.text))
	}
	f.Add([]byte("#c\nfile a.1.base.rdb seq 1 type b\nfile \"a b\" seq 1 type i\nfile h seq 9 type h\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseManifest(text)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		written := m.AppendTo(nil)
		if len(written) == 0 {
			return
		}
		back, err := ParseManifest(written)
		if err != nil {
			for _, line := range bytes.Split(written, []byte("\n")) {
				if len(line) >= maxLine {
					return // quoting has made it longer
				}
			}
			t.Fatalf("%q was read but its own form %q is not: %v", text, written, err)
		}
		if !reflect.DeepEqual(m, back) {
			t.Fatalf("%+v became %+v", m, back)
		}
	})
}
