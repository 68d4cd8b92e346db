package hash

import (
	"bytes"
	"testing"

	"sigrun/internal/ds/listpack"
	"sigrun/internal/hash"
	"sigrun/internal/rdb"
	"sigrun/internal/value"
)

// valuesOf is a listpack of the number of a template and texts.
func valuesOf(id int64, texts ...string) []byte {
	lp := listpack.AppendInt(listpack.New(), id)
	for _, s := range texts {
		lp = listpack.Append(lp, []byte(s))
	}
	return lp
}

// TestTemplates loads hashes as Redis 8.10 dumps those that share their fields.
func TestTemplates(t *testing.T) {
	heap := newHeap(t)
	const raw = "\x01\x02\x01f\x02gg"
	packed := "\x00" + string(stringOf(packOf("f", "gg")))
	values := string(stringOf(valuesOf(7, "1", "two")))
	for _, c := range []struct {
		name string
		typ  byte
		body string
		want string // "" for damage
	}{
		{"names and values in listpacks", rdb.TypeRedisTemplatePack, packed + values, "f=1 gg=two "},
		{"names before values in a listpack", rdb.TypeRedisTemplatePack, raw + values, "f=1 gg=two "},
		{"names before values", rdb.TypeRedisTemplateArray, raw + "\xc0\x01\x03two", "f=1 gg=two "},
		{"names in a listpack before values", rdb.TypeRedisTemplateArray, packed + "\xc0\x01\x03two", "f=1 gg=two "},

		{"too few values", rdb.TypeRedisTemplatePack, packed + string(stringOf(valuesOf(7, "1"))), ""},
		{"too many values", rdb.TypeRedisTemplatePack, packed + string(stringOf(valuesOf(7, "1", "2", "3"))), ""},
		{"no values", rdb.TypeRedisTemplatePack, packed + string(stringOf(packOf())), ""},
		{"no number", rdb.TypeRedisTemplatePack, packed + string(stringOf(packOf("x", "1", "2"))), ""},
		{"a negative number", rdb.TypeRedisTemplatePack, packed + string(stringOf(valuesOf(-1, "1", "2"))), ""},
		{"no fields", rdb.TypeRedisTemplateArray, "\x01\x00", ""},
		{"no fields in a listpack", rdb.TypeRedisTemplateArray, "\x00" + string(stringOf(packOf())), ""},
		{"a field twice", rdb.TypeRedisTemplateArray, "\x01\x02\x01f\x01f\x01v\x01v", ""},
		{"fields of another form", rdb.TypeRedisTemplateArray, "\x02\x01\x01f\x01v", ""},
		{"cut short", rdb.TypeRedisTemplateArray, raw + "\x01v", ""},
		{"a file's number", rdb.TypeRedisArrayRef, "\x05\x01v\x01w", ""},
		{"a file's number in a listpack", rdb.TypeRedisPackRef, values, ""},
	} {
		got, kind, err := loaded(t, heap, c.typ, []byte(c.body), 0)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
		if err == nil && kind != value.KindHashPack {
			t.Errorf("%s: kind %d", c.name, kind)
		}
	}
	if n := heap.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}

// templateSink keeps the last hash.
type templateSink struct {
	b   *builder
	got map[string]Hash
}

func (s *templateSink) SelectDB(int) error         { return nil }
func (s *templateSink) ResizeDB(_, _ uint64) error { return nil }
func (s *templateSink) Aux(_, _ []byte) error      { return nil }
func (s *templateSink) Key(key []byte, _ rdb.Meta, typ byte, r *rdb.Reader) error {
	name := string(key)
	_, err := value.Load(typ, r, s.b)
	s.got[name] = s.b.got
	return err
}

// TestFileOfTemplates loads a file whose hashes refer to what it has defined.
func TestFileOfTemplates(t *testing.T) {
	heap := newHeap(t)
	var many bytes.Buffer
	many.WriteString("REDIS0015\xf2\x00\x03\x01a\x01b\x02cc\xf2\x05\x01\x01z\xfe\x00")
	many.WriteString("\x1e\x04pack" + string(stringOf(valuesOf(0, "1", "2", "x"))))
	many.WriteString("\x20\x05array\x00\xc0\x01\xc0\x02\x01x")
	many.WriteString("\x1e\x05other" + string(stringOf(valuesOf(5, "q"))) + "\xff")
	file := hash.CRC64(many.Bytes())
	for range 8 {
		many.WriteByte(byte(file))
		file >>= 8
	}
	sink := &templateSink{b: &builder{heap: heap}, got: map[string]Hash{}}
	if _, err := rdb.Load(&many, rdb.LoadOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"pack": "a 1 b 2 cc x ", "array": "a 1 b 2 cc x ", "other": "z q "} {
		got := ""
		h := sink.got[name]
		h.Each(func(name, v Value) bool {
			got += string(listpack.AppendText(nil, name)) + " " + string(listpack.AppendText(nil, v)) + " "
			return true
		})
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		h.Free()
	}
}
