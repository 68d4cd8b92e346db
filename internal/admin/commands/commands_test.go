package commands

import (
	"bufio"
	"bytes"
	"slices"
	"strings"
	"testing"

	"sigrun/internal/command"
	"sigrun/internal/command/catalog"
	"sigrun/internal/resp"
	"sigrun/internal/testkit"
)

// newTable is a table in which every command of a server that is no Sentinel
// has a handler; those of COMMAND are the real ones.
func newTable(t *testing.T) *command.Table {
	t.Helper()
	var table *command.Table
	handlers := Handlers(func() *command.Table { return table })
	var serve func(list []*command.Spec)
	serve = func(list []*command.Spec) {
		for _, s := range list {
			if s.Is(command.OnlySentinel) {
				continue
			}
			if len(s.Sub) == 0 && handlers[s.Name] == nil {
				handlers[s.Name] = func(*command.Ctx) error { return nil }
			}
			serve(s.Sub)
		}
	}
	serve(catalog.Specs())
	table, err := command.NewTable(catalog.Specs(), handlers)
	testkit.NoError(t, err)
	return table
}

// run is the reply to a command line, with the errors that a server's executor
// finds itself.
func run(table *command.Table, proto3 bool, line string) []byte {
	words, err := testkit.SplitArgs(line)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	argv := make([][]byte, len(words))
	for i, w := range words {
		argv[i] = []byte(w)
	}
	w := &resp.Writer{Proto3: proto3}
	s := table.Lookup(argv[0])
	if len(argv) > 1 {
		s = s.LookupSub(argv[1])
	}
	c := &command.Ctx{W: w}
	c.Begin(s, argv, false)
	if !s.ArityOK(len(argv)) {
		w.Error("ERR wrong number of arguments for '" + s.Name + "' command")
	} else if err := s.Run(c); err != nil {
		w.Error(err.Error())
	}
	return w.Buf
}

func tree(t *testing.T, reply []byte) testkit.Reply {
	t.Helper()
	r, err := testkit.ReadReply(bufio.NewReader(bytes.NewReader(reply)))
	testkit.NoError(t, err)
	return r
}

// protocols runs f for either protocol, with a connection to the real server.
func protocols(t *testing.T, f func(t *testing.T, proto3 bool, peer *testkit.Client)) {
	t.Helper()
	server := testkit.StartPeer(t)
	for proto, name := range map[int]string{2: "RESP2", 3: "RESP3"} {
		t.Run(name, func(t *testing.T) {
			peer := server.Dial(t)
			peer.Hello(proto)
			f(t, proto == 3, peer)
		})
	}
}

// TestRows: COMMAND tells of every command what the real server does, and of no
// other.
func TestRows(t *testing.T) {
	table := newTable(t)
	protocols(t, func(t *testing.T, proto3 bool, peer *testkit.Client) {
		want, got := map[string]string{}, map[string]string{}
		collectRows(want, peer.MustDo("command"))
		collectRows(got, tree(t, run(table, proto3, "command")))
		compareMaps(t, got, want)
	})
}

// collectRows puts the rows of list and of its subcommands into m, by name.
func collectRows(m map[string]string, list testkit.Reply) {
	for _, row := range list.Elems {
		m[row.Elems[0].Text] = notation(row.Elems[:len(row.Elems)-1]...)
		collectRows(m, row.Elems[len(row.Elems)-1])
	}
}

// TestDocs: COMMAND DOCS tells what the real server does but for the words that
// each project finds for itself.
func TestDocs(t *testing.T) {
	table := newTable(t)
	protocols(t, func(t *testing.T, proto3 bool, peer *testkit.Client) {
		want, got := map[string]string{}, map[string]string{}
		collectDocs(want, peer.MustDo("command", "docs"))
		collectDocs(got, tree(t, run(table, proto3, "command docs")))
		compareMaps(t, got, want)
	})
}

// collectDocs puts the descriptions in docs, and those of subcommands, into m
// by name: their fields in order.
func collectDocs(m map[string]string, docs testkit.Reply) {
	for pair := range slices.Chunk(docs.Elems, 2) {
		var text strings.Builder
		for field := range slices.Chunk(pair[1].Elems, 2) {
			text.WriteString(field[0].Text + " ")
			switch field[0].Text {
			case "summary", "complexity":
			case "subcommands":
				collectDocs(m, field[1])
			case "history":
				for _, change := range field[1].Elems {
					text.WriteString(change.Elems[0].Text + " ")
				}
			default:
				text.WriteString(notation(field[1]))
			}
		}
		m[pair[0].Text] = text.String()
	}
}

// notation is replies with their kinds on one line.
func notation(replies ...testkit.Reply) string {
	var text strings.Builder
	for _, r := range replies {
		text.WriteByte(r.Kind)
		text.WriteString(r.Text)
		if len(r.Elems) > 0 {
			text.WriteString("(" + notation(r.Elems...) + ")")
		}
		text.WriteByte(' ')
	}
	return text.String()
}

func compareMaps(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s\n got %s\nwant %s", name, got[name], text)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s isn't there", name)
		}
	}
}

// TestReplies: the replies to single questions are the real server's, byte for
// byte.
func TestReplies(t *testing.T) {
	table := newTable(t)
	protocols(t, func(t *testing.T, proto3 bool, peer *testkit.Client) {
		for _, line := range questions() {
			words, _ := testkit.SplitArgs(line)
			want, got := peer.Do(words...).Raw, run(table, proto3, line)
			if !bytes.Equal(got, want) {
				t.Errorf("%s\n got %q\nwant %q", line, got, want)
			}
		}
	})
}

// TestList: COMMAND LIST names the commands that the real server does, in
// whatever order.
func TestList(t *testing.T) {
	table := newTable(t)
	lines := []string{
		"command list",
		"command list filterby aclcat slow",
		"command list filterby aclcat TRANSACTION",
		"command list filterby pattern *",
		"command list filterby pattern GE*",
		"command list filterby pattern [c-g]*|h?lp",
		"command list filterby pattern CONFIG|rew*",
	}
	protocols(t, func(t *testing.T, proto3 bool, peer *testkit.Client) {
		for _, line := range lines {
			words, _ := testkit.SplitArgs(line)
			want, got := peer.MustDo(words...), tree(t, run(table, proto3, line))
			slices.SortFunc(want.Elems, byText)
			slices.SortFunc(got.Elems, byText)
			if notation(got) != notation(want) {
				t.Errorf("%s\n got %s\nwant %s", line, notation(got), notation(want))
			}
		}
	})
}

func byText(a, b testkit.Reply) int { return strings.Compare(a.Text, b.Text) }

// TestHelp: the help names every subcommand.
func TestHelp(t *testing.T) {
	table := newTable(t)
	help := tree(t, run(table, false, "command help")).Texts()
	for _, sub := range table.Lookup([]byte("command")).Sub {
		word := strings.ToUpper(sub.SubName())
		if !slices.ContainsFunc(help, func(line string) bool { return line == word || strings.HasPrefix(line, word+" ") }) {
			t.Errorf("%s isn't told", word)
		}
	}
}
