package resp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
)

// TestWriter holds the bytes of a real server in both versions.
func TestWriter(t *testing.T) {
	tests := []struct {
		name         string
		write        func(w *Writer)
		want2, want3 string // want3 is as want2 when empty
	}{
		{"ok", func(w *Writer) { w.OK() }, "+OK\r\n", ""},
		{"raw", func(w *Writer) { w.Raw(Queued) }, "+QUEUED\r\n", ""},
		{"simple", func(w *Writer) { w.SimpleString("a\r\nb") }, "+a  b\r\n", ""},
		{"error", func(w *Writer) { w.Error("ERR no") }, "-ERR no\r\n", ""},
		{"error lines", func(w *Writer) { w.Error("\r\nERR a\r\nb\n\r") }, "-ERR a  b\r\n", ""},
		{"int", func(w *Writer) { w.Int(0); w.Int(127); w.Int(128); w.Int(-1) }, ":0\r\n:127\r\n:128\r\n:-1\r\n", ""},
		{"int max", func(w *Writer) { w.Int(math.MinInt64) }, ":-9223372036854775808\r\n", ""},
		{"bulk", func(w *Writer) { w.Bulk([]byte("a\x00b")); w.BulkString("") }, "$3\r\na\x00b\r\n$0\r\n\r\n", ""},
		{"bulk long", func(w *Writer) { w.BulkString(strings.Repeat("x", 1000)) },
			"$1000\r\n" + strings.Repeat("x", 1000) + "\r\n", ""},
		{"bulk int", func(w *Writer) { w.BulkInt(-10) }, "$3\r\n-10\r\n", ""},
		{"bulk parts", func(w *Writer) { w.BulkHeader(2); w.Raw("a"); w.RawBytes([]byte("b")); w.BulkEnd() },
			"$2\r\nab\r\n", ""},
		{"null", func(w *Writer) { w.Null() }, "$-1\r\n", "_\r\n"},
		{"null array", func(w *Writer) { w.NullArray() }, "*-1\r\n", "_\r\n"},
		{"array", func(w *Writer) { w.Array(0); w.Array(1000) }, "*0\r\n*1000\r\n", ""},
		{"map", func(w *Writer) { w.Map(3) }, "*6\r\n", "%3\r\n"},
		{"set", func(w *Writer) { w.Set(3) }, "*3\r\n", "~3\r\n"},
		{"push", func(w *Writer) { w.Push(2) }, "*2\r\n", ">2\r\n"},
		{"true", func(w *Writer) { w.Bool(true) }, ":1\r\n", "#t\r\n"},
		{"false", func(w *Writer) { w.Bool(false) }, ":0\r\n", "#f\r\n"},
		{"double", func(w *Writer) { w.Double(3.141) }, "$5\r\n3.141\r\n", ",3.141\r\n"},
		{"double inf", func(w *Writer) { w.Double(math.Inf(-1)) }, "$4\r\n-inf\r\n", ",-inf\r\n"},
		{"big number", func(w *Writer) { w.BigNumber([]byte("12")) }, "$2\r\n12\r\n", "(12\r\n"},
		{"verbatim", func(w *Writer) { w.Verbatim("txt", []byte("This is a verbatim\nstring")) },
			"$25\r\nThis is a verbatim\nstring\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n"},
		{"patched", func(w *Writer) {
			outer := w.Mark()
			w.Int(1)
			inner := w.Mark()
			w.Int(2)
			w.Int(3)
			w.PatchMap(inner, 1)
			w.PatchArray(w.Mark(), 0)
			w.PatchSet(outer, 300)
		}, "*300\r\n:1\r\n*2\r\n:2\r\n:3\r\n*0\r\n", "~300\r\n:1\r\n%1\r\n:2\r\n:3\r\n*0\r\n"},
	}
	for _, tt := range tests {
		w2, w3 := Writer{Buf: []byte("before")}, Writer{Proto3: true}
		tt.write(&w2)
		tt.write(&w3)
		if got := strings.TrimPrefix(string(w2.Buf), "before"); got != tt.want2 {
			t.Errorf("%s, version 2: got %q, want %q", tt.name, got, tt.want2)
		}
		if tt.want3 == "" {
			tt.want3 = tt.want2
		}
		if string(w3.Buf) != tt.want3 {
			t.Errorf("%s, version 3: got %q, want %q", tt.name, w3.Buf, tt.want3)
		}
	}
}

func TestWriterAllocs(t *testing.T) {
	w := Writer{Buf: make([]byte, 0, 4096)}
	val, ext := []byte("value"), []byte("text")
	allocs := testing.AllocsPerRun(100, func() {
		for _, w.Proto3 = range []bool{false, true} {
			w.Buf = w.Buf[:0]
			m := w.Mark()
			w.OK()
			w.Error("ERR no")
			w.SimpleString("fine")
			w.Int(-123456)
			w.Bulk(val)
			w.BulkString("value")
			w.BulkInt(77)
			w.Null()
			w.Map(200)
			w.Double(0.1)
			w.Bool(true)
			w.Verbatim("txt", ext)
			w.PatchArray(m, 12)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// writeTree draws a reply from the bytes of src and writes it.
func writeTree(w *Writer, src *[]byte, depth int) {
	op, arg := byte(0), uint64(0)
	if len(*src) > 0 {
		op, *src = (*src)[0], (*src)[1:]
	}
	if len(*src) >= 8 {
		arg, *src = binary.LittleEndian.Uint64(*src), (*src)[8:]
	}
	text := (*src)[:min(int(arg%200), len(*src))]
	n := int(arg % 5)
	if depth > 4 {
		n = 0
	}
	m := w.Mark()
	switch op % 16 {
	case 0:
		w.SimpleString(string(text))
	case 1:
		w.Error("ERR " + string(text))
	case 2:
		w.Int(int64(arg) >> (op >> 4 * 4))
	case 3:
		w.Bulk(text)
	case 4:
		w.BulkInt(int64(arg))
	case 5:
		w.Null()
	case 6:
		w.NullArray()
	case 7:
		w.Bool(arg&1 == 0)
	case 8:
		w.Double(math.Float64frombits(arg))
	case 9:
		w.BigNumber([]byte("123456789012345678901234567890"))
	case 10:
		w.Verbatim("txt", text)
	case 11:
		w.Array(n)
		writeTrees(w, src, depth, n)
	case 12:
		w.Map(n)
		writeTrees(w, src, depth, 2*n)
	case 13:
		w.Set(n)
		writeTrees(w, src, depth, n)
	case 14:
		writeTrees(w, src, depth, n)
		w.PatchArray(m, n)
	case 15:
		writeTrees(w, src, depth, 2*n)
		w.PatchMap(m, n)
	}
}

func writeTrees(w *Writer, src *[]byte, depth, n int) {
	for range n {
		writeTree(w, src, depth+1)
	}
}

// FuzzWriterReader: what is written is one reply, and reads back as the tree that prints the same bytes.
func FuzzWriterReader(f *testing.F) {
	f.Add([]byte{11, 3, 0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 'h', 'e', 'l', 'l', 'o'}, true)
	f.Fuzz(func(t *testing.T, src []byte, proto3 bool) {
		w := Writer{Proto3: proto3}
		writeTree(&w, &src, 0)
		in := bufio.NewReader(bytes.NewReader(w.Buf))
		rep, err := ReadReply(in)
		if err != nil {
			t.Fatalf("%q: %v", w.Buf, err)
		}
		if got := rep.Append(nil); !bytes.Equal(got, w.Buf) {
			t.Fatalf("wrote %q, read back as %q", w.Buf, got)
		}
		if n := in.Buffered(); n != 0 {
			t.Fatalf("%q: %d bytes left", w.Buf, n)
		}
	})
}

// FuzzReadReply: any bytes are an error or a reply; a reply survives being written and read again.
func FuzzReadReply(f *testing.F) {
	for _, s := range []string{"+OK\r\n", "|1\r\n+a\r\n:1\r\n%1\r\n,nan\r\n#t\r\n", "!3\r\nERR\r\n", "*-1\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rep, err := ReadReply(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		again, err := ReadReply(bufio.NewReader(bytes.NewReader(rep.Append(nil))))
		if err != nil || fmt.Sprint(again) != fmt.Sprint(rep) {
			t.Errorf("%q: read %v, then %v, error %v", data, rep, again, err)
		}
	})
}

func TestReadReply(t *testing.T) {
	tests := []struct {
		in   string
		want Reply
	}{
		{"+OK\r\n", Reply{Kind: SimpleString, Str: "OK"}},
		{"-ERR a b\r\n", Reply{Kind: Error, Str: "ERR a b"}},
		{":-5\r\n", Reply{Kind: Int, Int: -5}},
		{"$-1\r\n", Reply{Kind: Bulk, Nil: true}},
		{"*-1\r\n", Reply{Kind: Array, Nil: true}},
		{"_\r\n", Reply{Kind: Null}},
		{"#t\r\n", Reply{Kind: Bool, Int: 1, Str: "t"}},
		{",1.5\r\n", Reply{Kind: Double, Float: 1.5, Str: "1.5"}},
		{",-inf\r\n", Reply{Kind: Double, Float: math.Inf(-1), Str: "-inf"}},
		{"=6\r\ntxt:ab\r\n", Reply{Kind: Verbatim, Str: "txt:ab"}},
		{"%1\r\n+a\r\n$1\r\nb\r\n", Reply{Kind: Map, Elems: []Reply{{Kind: SimpleString, Str: "a"}, {Kind: Bulk, Str: "b"}}}},
		{"|1\r\n+a\r\n:1\r\n>1\r\n:2\r\n", Reply{Kind: Push, Elems: []Reply{{Kind: Int, Int: 2}},
			Attrs: []Reply{{Kind: SimpleString, Str: "a"}, {Kind: Int, Int: 1}}}},
	}
	for _, tt := range tests {
		got, err := ReadReply(bufio.NewReader(strings.NewReader(tt.in)))
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, error %v; want %+v", tt.in, got, err, tt.want)
		}
		for cut := range len(tt.in) {
			want := io.ErrUnexpectedEOF
			if cut == 0 {
				want = io.EOF
			}
			if _, err := ReadReply(bufio.NewReader(strings.NewReader(tt.in[:cut]))); err != want {
				t.Errorf("%q cut at %d: error %v, want %v", tt.in, cut, err, want)
			}
		}
	}
	for _, bad := range []string{"\r\n", "?\r\n", ":\r\n", ":a\r\n", "+a\n", "$-2\r\n", "$1\r\nabc\r\n", "#x\r\n", ",x\r\n",
		"_x\r\n", "%-1\r\n", "=1\r\na\r\n", "*99999999999\r\n", strings.Repeat("*1\r\n", 600) + ":1\r\n"} {
		if rep, err := ReadReply(bufio.NewReader(strings.NewReader(bad))); err == nil {
			t.Errorf("%.40q: got %v, want an error", bad, rep)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	w := Writer{Buf: make([]byte, 0, 4096)}
	val := []byte(strings.Repeat("v", 64))
	b.Run("bulk64", func(b *testing.B) {
		for b.Loop() {
			w.Buf = w.Buf[:0]
			w.Bulk(val)
		}
	})
	b.Run("ok", func(b *testing.B) {
		for b.Loop() {
			w.Buf = w.Buf[:0]
			w.OK()
		}
	})
	b.Run("int", func(b *testing.B) {
		for b.Loop() {
			w.Buf = w.Buf[:0]
			w.Int(1234567)
		}
	})
}
