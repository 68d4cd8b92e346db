package commands

import (
	"math/bits"

	"sigrun/internal/command"
	"sigrun/internal/resp"
)

// writeDocs appends name and description of s, a pair of a map, as COMMAND
// DOCS tells them. What s lacks is left out.
func writeDocs(w *resp.Writer, s *command.Spec) {
	w.BulkString(s.Name)
	m := fields{w: w, mark: w.Mark()}
	m.text("summary", s.Summary)
	m.text("since", s.Since)
	m.text("group", string(s.Group))
	m.text("complexity", s.Complexity)
	if m.when(len(s.DocFlags) > 0, "doc_flags") {
		w.Set(len(s.DocFlags))
		for _, f := range s.DocFlags {
			w.SimpleString(f)
		}
	}
	m.text("deprecated_since", s.Deprecated)
	m.text("replaced_by", s.ReplacedBy)
	if m.when(len(s.History) > 0, "history") {
		w.Set(len(s.History))
		for _, h := range s.History {
			w.Array(2)
			w.BulkString(h[0])
			w.BulkString(h[1])
		}
	}
	if m.when(len(s.Args) > 0, "arguments") {
		writeArgs(w, s.Args)
	}
	if m.when(len(s.Sub) > 0, "subcommands") {
		w.Map(len(s.Sub))
		for _, sub := range s.Sub {
			writeDocs(w, sub)
		}
	}
	m.end()
}

func writeArgs(w *resp.Writer, args []command.Arg) {
	w.Array(len(args))
	for i := range args {
		writeArg(w, &args[i])
	}
}

func writeArg(w *resp.Writer, a *command.Arg) {
	m := fields{w: w, mark: w.Mark()}
	m.text("name", a.Name)
	m.text("type", a.Type.String())
	m.text("display_text", displayText(a))
	if m.when(a.KeySpec > 0, "key_spec_index") {
		w.Int(int64(a.KeySpec - 1))
	}
	if a.Token == command.EmptyToken {
		m.when(true, "token")
		w.BulkString("")
	} else {
		m.text("token", a.Token)
	}
	m.text("summary", a.Summary)
	m.text("since", a.Since)
	m.text("deprecated_since", a.Deprecated)
	if m.when(a.Flags != 0, "flags") {
		writeArgFlags(w, a.Flags)
	}
	if m.when(len(a.Sub) > 0, "arguments") {
		writeArgs(w, a.Sub)
	}
	m.end()
}

// displayText is what stands for a in a synopsis; an argument that consists of
// others has none of its own.
func displayText(a *command.Arg) string {
	if a.Display == "" && len(a.Sub) == 0 {
		return a.Name
	}
	return a.Display
}

func writeArgFlags(w *resp.Writer, flags command.ArgFlag) {
	w.Set(bits.OnesCount8(uint8(flags)))
	for _, f := range command.ArgFlagNames {
		if flags&f.Flag != 0 {
			w.SimpleString(f.Name)
		}
	}
}

// fields is a map under construction from which absent fields are left out.
type fields struct {
	w    *resp.Writer
	mark int
	n    int
}

// when begins field name if there is one: its value must come next.
func (m *fields) when(there bool, name string) bool {
	if there {
		m.w.BulkString(name)
		m.n++
	}
	return there
}

func (m *fields) text(name, value string) {
	if m.when(value != "", name) {
		m.w.BulkString(value)
	}
}

func (m *fields) end() { m.w.PatchMap(m.mark, m.n) }
