package resp

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var open = Limits{MaxBulk: 512 << 20}

// parseAll feeds data in the given pieces, as a connection would, and returns every request, the number of bytes
// consumed and the error that ended it.
func parseAll(lim Limits, pieces ...[]byte) (reqs [][]string, used int, err error) {
	var p Parser
	var buf []byte
	var arena [][]byte
	for _, piece := range pieces {
		buf = append(slices.Clone(buf), piece...) // a new array each time: the Parser may not keep views
		for {
			args, n, err := p.Next(buf, arena[:0], lim)
			buf, used, arena = buf[n:], used+n, args
			if err != nil {
				return reqs, used, err
			}
			if len(args) == 0 {
				break
			}
			req := make([]string, len(args))
			for i, a := range args {
				req[i] = string(a)
			}
			reqs = append(reqs, req)
		}
	}
	return reqs, used, nil
}

// TestParser holds what a real server answers; "more" is silence.
func TestParser(t *testing.T) {
	const echo = "*2\r\n$4\r\nECHO\r\n$3\r\nabc\r\n"
	long := strings.Repeat("1", maxLine)
	tests := []struct{ in, want string }{
		{"", "more"},
		{echo, `["ECHO" "abc"]`},
		{echo + echo, `["ECHO" "abc"] ["ECHO" "abc"]`},
		{"*0\r\n" + echo, `["ECHO" "abc"]`},
		{"*-1\r\n" + echo, `["ECHO" "abc"]`},
		{"*-9223372036854775808\r\n" + echo, `["ECHO" "abc"]`},
		{"*-9223372036854775809\r\n" + echo, "invalid multibulk length"},
		{"*2147483647\r\n" + echo, "expected '$', got '*'"},
		{"*2147483648\r\n", "invalid multibulk length"},
		{"*\r\n", "invalid multibulk length"},
		{"*a\r\n", "invalid multibulk length"},
		{"*+1\r\n", "invalid multibulk length"},
		{"* 1\r\n", "invalid multibulk length"},
		{"*1 \r\n", "invalid multibulk length"},
		{"*01\r\n", "invalid multibulk length"},
		{"*00\r\n" + echo, "invalid multibulk length"},
		{"*-0\r\n", "invalid multibulk length"},
		{"*1\x00\r\n$4\r\nPING\r\n", "invalid multibulk length"},
		{"*\x001\r\n$4\r\nPING\r\n", "invalid multibulk length"},
		{"*1\r\n$-1\r\n", "invalid bulk length"},
		{"*1\r\n$0\r\n\r\n", `[""]`},
		{"*1\r\n$+4\r\nPING\r\n", "invalid bulk length"},
		{"*1\r\n$04\r\nPING\r\n", "invalid bulk length"},
		{"*1\r\n$\r\n", "invalid bulk length"},
		{"*1\r\n$536870913\r\n", "invalid bulk length"},
		{"*1\r\n$536870912\r\n", "more"},
		{"*1\r\n$99999999999999999999\r\n", "invalid bulk length"},
		{"*1\r\n$4\r\nPINGxx" + echo, "invalid CRLF in request"},
		{"*1\r\n$4\r\nPING\n\r" + echo, "invalid CRLF in request"},
		{"*1\r\n$4\r\nPINGx", "more"},
		{"*1\n$4\nPING\n", "more"},
		{"*3\n", "more"},
		{"*1\n$4\r\nPING\r\n", "invalid multibulk length"},
		{"*1\r\n$4\nPING\r\n", "invalid bulk length"},
		{"*1\rx$4\r\nPING\r\n", "invalid CRLF in request"},
		{"*1\r\n$4\rxPING\r\n", "invalid CRLF in request"},
		{"*a\r", "more"},
		{"*a\rb", "invalid CRLF in request"},
		{"*1\r\nx\r", "more"},
		{"*1\r\nx\ry", "expected '$', got 'x'"},
		{"*1\r\n\ry", "expected '$', got '\r'"},
		{"*1\r\n$a\ry", "invalid CRLF in request"},
		{"*1\r\nx4\r\nPING\r\n", "expected '$', got 'x'"},
		{"*1\r\n\r\n", "expected '$', got '\r'"},
		{"*1\r\n\n4\r\nPING\r\n", "expected '$', got '\n'"},
		{"*1\r\n\x004\r\nPING\r\n", "expected '$', got '\x00'"},
		{"*1\r\n\x804\r\nPING\r\n", "expected '$', got '\x80'"},
		{echo + "*a\r\n" + echo, `["ECHO" "abc"] invalid multibulk length`},

		{"\r\n" + echo, `["ECHO" "abc"]`},
		{"\n" + echo, `["ECHO" "abc"]`},
		{"PING\n", `["PING"]`},
		{"  PING  \r\n", `["PING"]`},
		{"PING\r\r\n", `["PING"]`},
		{`ECHO "a b"` + "\n", `["ECHO" "a b"]`},
		{`ECHO 'a b'` + "\n", `["ECHO" "a b"]`},
		{`ECHO "\x41\n\r\t\a\b\z\"\xZZ"` + "\n", `["ECHO" "A\n\r\t\a\bz\"xZZ"]`},
		{`ECHO 'a\'b\n'` + "\n", `["ECHO" "a'b\\n"]`},
		{`ECHO 'a\x41\\'` + "\n", `["ECHO" "a\\x41\\\\"]`},
		{`ECHO '\'` + "\n", `["ECHO" "\\"]`},
		{`ECHO '\'` + "\r\n", `["ECHO" "\\"]`},
		{`ECHO '\'` + "\r\r\n", "unbalanced quotes in request"},
		{`ECHO '\' ` + "\n", "unbalanced quotes in request"},
		{`ECHO '\'' ` + "\n", `["ECHO" "'"]`},
		{`ECHO "\"` + "\n", `["ECHO" "\\"]`},
		{`ECHO "\"b` + "\n", "unbalanced quotes in request"},
		{`ECHO "\\""` + "\n", "unbalanced quotes in request"},
		{`ECHO "a"b` + "\n", `["ECHO" "ab"]`},
		{`ECHO 'a'b` + "\n", `["ECHO" "ab"]`},
		{`ECHO a"b c"` + "\n", `["ECHO" "ab c"]`},
		{`ECHO ""` + "\n", `["ECHO" ""]`},
		{`ECHO \x41` + "\n", `["ECHO" "\\x41"]`},
		{`ECHO "\x4"` + "\n", `["ECHO" "x4"]`},
		{`ECHO "abc` + "\n", "unbalanced quotes in request"},
		{`ECHO 'abc` + "\n", "unbalanced quotes in request"},
		{"ECHO\ta\n", `["ECHO" "a"]`},
		{"\x0b\x0cECHO\x0ba\n", `["ECHO\va"]`},
		{"ECHO a\rb\n", `["ECHO" "a" "b"]`},
		{"ECHO \"a\rb\"\n", `["ECHO" "a\rb"]`},
		{"ECHO a\x00b\n", "more"},
		{"\x00\r\n" + echo, "more"},
		{" *1\r\n", `["*1"]`},

		{long, "more"},
		{long + "1", "too big inline request"},
		{"\x00" + long, "too big inline request"},
		{"*" + long[1:], "more"},
		{"*" + long, "too big mbulk count string"},
		{"*" + long[1:] + "\r\n", "invalid multibulk length"},
		{"*1\r\n$" + long[1:], "more"},
		{"*1\r\n" + long + "1", "too big bulk count string"},
		{"*1\r\n$" + long, "too big bulk count string"},
		{"*1\r\n$" + long[1:] + "\r\n", "invalid bulk length"},
	}
	for _, tt := range tests {
		whole := summary(parseAll(open, []byte(tt.in)))
		if whole != tt.want {
			t.Errorf("%.60q: got %.100s, want %s", tt.in, whole, tt.want)
		}
		if len(tt.in) < 100 {
			if got := summary(parseAll(open, bytesOf(tt.in)...)); got != tt.want {
				t.Errorf("%q byte by byte: got %s, want %s", tt.in, got, tt.want)
			}
		}
	}
}

func bytesOf(s string) (pieces [][]byte) {
	for i := range len(s) {
		pieces = append(pieces, []byte(s[i:i+1]))
	}
	return pieces
}

func summary(reqs [][]string, _ int, err error) string {
	var parts []string
	for _, r := range reqs {
		parts = append(parts, fmt.Sprintf("%q", r))
	}
	if err != nil {
		parts = append(parts, strings.TrimPrefix(err.Error(), "ERR Protocol error: "))
	}
	if len(parts) == 0 {
		return "more"
	}
	return strings.Join(parts, " ")
}

func TestLimits(t *testing.T) {
	tests := []struct {
		lim      Limits
		in, want string
	}{
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*10\r\n", "more"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*11\r\n", "unauthenticated multibulk length"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*11\r\n$4\r\nPING\r\n", "unauthenticated multibulk length"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*2147483648\r\n", "invalid multibulk length"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*1\r\n$16384\r\n", "more"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*1\r\n$16385\r\n", "unauthenticated bulk length"},
		{Limits{MaxBulk: 1 << 29, Unauthenticated: true}, "*1\r\n$536870913\r\n", "invalid bulk length"},
		{Limits{MaxBulk: 5}, "*1\r\n$5\r\nhello\r\n", `["hello"]`},
		{Limits{MaxBulk: 4}, "*1\r\n$5\r\nhello\r\n", "invalid bulk length"},
	}
	for _, tt := range tests {
		if got := summary(parseAll(tt.lim, []byte(tt.in))); got != tt.want {
			t.Errorf("%+v %q: got %s, want %s", tt.lim, tt.in, got, tt.want)
		}
	}
}

func TestWant(t *testing.T) {
	tests := []struct {
		in   string
		want int
	}{
		{"", 0},
		{"*2\r\n", 0},
		{"*2\r\n$3\r", 0},
		{"*2\r\n$3\r\n", 13},
		{"*2\r\n$3\r\nGET\r\n$1000000\r\nx", 13 + 10 + 1000000 + 2},
		{"PING", 0},
	}
	for _, tt := range tests {
		var p Parser
		if _, n, err := p.Next([]byte(tt.in), nil, open); n != 0 || err != nil || p.Want() != tt.want {
			t.Errorf("%q: used %d, error %v, want %d; expected 0, nil, %d", tt.in, n, err, p.Want(), tt.want)
		}
	}
}

// TestManyArgsInPieces is linear or takes minutes.
func TestManyArgsInPieces(t *testing.T) {
	const count = 1_000_000
	args := make([]string, count)
	for i := range args {
		args[i] = fmt.Sprint(i)
	}
	data := AppendCommand(nil, args...)
	var p Parser
	var got [][]byte
	for end := 0; end < len(data); {
		if len(got) > 0 {
			t.Fatalf("complete after %d of %d bytes", end, len(data))
		}
		end = min(end+16<<10, len(data))
		out, n, err := p.Next(data[:end], nil, open)
		if err != nil || (n > 0) != (end == len(data)) {
			t.Fatalf("after %d of %d bytes: used %d, error %v", end, len(data), n, err)
		}
		got = out
	}
	if len(got) != count || p.Pending() {
		t.Fatalf("got %d arguments, pending %v", len(got), p.Pending())
	}
	for i, a := range got {
		if string(a) != args[i] {
			t.Fatalf("argument %d is %q", i, a)
		}
	}
}

func TestViewsCannotGrow(t *testing.T) {
	buf := []byte("*2\r\n$1\r\na\r\n$1\r\nb\r\n'x' y\r\n")
	want := string(buf)
	for _, n := range []int{0, 18} {
		args, _, err := new(Parser).Next(buf[n:], nil, open)
		if err != nil || len(args) != 2 {
			t.Fatal(args, err)
		}
		for _, a := range args {
			if cap(a) != len(a) {
				t.Errorf("view %q has room for %d bytes of its neighbour", a, cap(a)-len(a))
			}
		}
		if n == 0 && string(buf) != want {
			t.Errorf("buffer changed to %q", buf)
		}
	}
}

func FuzzParserSplit(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING 'a b' \"\\x41\"\r\n*0\r\n*1\r\n$4\r\nPING\r\n"), uint16(3), uint16(9), false)
	f.Add([]byte("*1\r\nx"), uint16(1), uint16(2), true)
	f.Fuzz(func(t *testing.T, data []byte, i, j uint16, unauth bool) {
		lim := Limits{MaxBulk: 1 << 20, Unauthenticated: unauth}
		a, b := int(i)%(len(data)+1), int(j)%(len(data)+1)
		a, b = min(a, b), max(a, b)
		reqs, used, err := parseAll(lim, data)
		want := fmt.Sprint(reqs, used, err)
		reqs, used, err = parseAll(lim, data[:a], data[a:b], data[b:])
		if got := fmt.Sprint(reqs, used, err); got != want {
			t.Errorf("%q cut at %d and %d:\ngot  %s\nwant %s", data, a, b, got, want)
		}
		if len(data) > 500 {
			return
		}
		reqs, used, err = parseAll(lim, bytesOf(string(data))...)
		if got := fmt.Sprint(reqs, used, err); got != want {
			t.Errorf("%q byte by byte:\ngot  %s\nwant %s", data, got, want)
		}
	})
}

func FuzzCommandRoundTrip(f *testing.F) {
	f.Add([]byte("SET key value"))
	f.Fuzz(func(t *testing.T, data []byte) {
		args := bytes.Split(data, []byte(" "))
		wire := AppendCommand(nil, args...)
		got, n, err := new(Parser).Next(wire, nil, open)
		if err != nil || n != len(wire) || !slices.EqualFunc(got, args, bytes.Equal) {
			t.Errorf("%q: got %q, used %d of %d, error %v", args, got, n, len(wire), err)
		}
	})
}

func TestParserAllocs(t *testing.T) {
	var p Parser
	buf := AppendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))
	arena := make([][]byte, 0, 16)
	allocs := testing.AllocsPerRun(100, func() {
		for _, end := range []int{len(buf) - 1, len(buf)} {
			if _, _, err := p.Next(buf[:end], arena, open); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkParser(b *testing.B) {
	for _, bench := range []struct {
		name string
		buf  []byte
	}{
		{"get", AppendCommand(nil, "GET", "key:000000000001")},
		{"set", AppendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 64))},
		{"set-1000", AppendCommand(nil, "SET", "key:000000000001", strings.Repeat("v", 1000))},
		{"inline", []byte("GET key:000000000001\r\n")},
	} {
		b.Run(bench.name, func(b *testing.B) {
			var p Parser
			arena := make([][]byte, 0, 16)
			buf := slices.Concat(bench.buf, bench.buf)
			b.ReportAllocs()
			for b.Loop() {
				if args, _, err := p.Next(buf, arena, open); err != nil || len(args) == 0 {
					b.Fatal(err)
				}
			}
		})
	}
}
