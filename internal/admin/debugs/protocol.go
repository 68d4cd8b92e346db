package debugs

import (
	"strings"

	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// examples are replies of each type, for who tests a client.
var examples = []struct {
	name  string
	reply func(w *resp.Writer) error
}{
	{"string", func(w *resp.Writer) error { w.BulkString("Hello World"); return nil }},
	{"integer", func(w *resp.Writer) error { w.Int(12345); return nil }},
	{"double", func(w *resp.Writer) error { w.Double(3.141); return nil }},
	{"bignum", func(w *resp.Writer) error { w.BigNumber([]byte("1234567999999999999999999999999999999")); return nil }},
	{"null", func(w *resp.Writer) error { w.Null(); return nil }},
	{"array", func(w *resp.Writer) error { w.Array(3); writeInts(w); return nil }},
	{"set", func(w *resp.Writer) error { w.Set(3); writeInts(w); return nil }},
	{"map", func(w *resp.Writer) error { writeMap(w); return nil }},
	{"attrib", func(w *resp.Writer) error { writeAttribute(w); return nil }},
	{"push", writePush},
	{"verbatim", func(w *resp.Writer) error { w.Verbatim("txt", []byte("This is a verbatim\nstring")); return nil }},
	{"true", func(w *resp.Writer) error { w.Bool(true); return nil }},
	{"false", func(w *resp.Writer) error { w.Bool(false); return nil }},
}

func protocolTypes() (names []string) {
	for _, e := range examples {
		names = append(names, e.name)
	}
	return names
}

// DEBUG PROTOCOL type

func protocol(_ *debugger, c *command.Ctx) error {
	for _, e := range examples {
		if command.Is(c.Arg(2), e.name) {
			return e.reply(c.W)
		}
	}
	return command.ReplyError("ERR Wrong protocol type name. Please use one of the following: " + strings.Join(protocolTypes(), "|"))
}

func writeInts(w *resp.Writer) {
	for i := range int64(3) {
		w.Int(i)
	}
}

func writeMap(w *resp.Writer) {
	w.Map(3)
	for i := range int64(3) {
		w.Int(i)
		w.Bool(i == 1)
	}
}

// writeAttribute writes an attribute and what it belongs to, or that alone where
// there are no attributes.
func writeAttribute(w *resp.Writer) {
	if w.Proto3 {
		w.Attribute(1)
		w.BulkString("key-popularity")
		w.Array(2)
		w.BulkString("key:123")
		w.Int(90)
	}
	w.BulkString("Some real reply following the attribute")
}

func writePush(w *resp.Writer) error {
	if !w.Proto3 {
		return command.ReplyError("ERR RESP2 is not supported by this command")
	}
	w.BulkString("Some real reply following the push reply")
	w.Push(2)
	w.BulkString("server-cpu-usage")
	w.Int(42)
	return nil
}
