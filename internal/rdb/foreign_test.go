package rdb

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// TestSkipModules loads what it refuses otherwise, and counts what it left out.
func TestSkipModules(t *testing.T) {
	body := "\xf7" + moduleID + "\x02\x01\x05\x01v\x00\xfe\x00\x00\x01a\x01v\x07\x01k" + moduleID + "\x03abcd\x04abcdefgh\x02\x01\x05\x01v\x00\x00\x01b\x01v"
	sink := newMemorySink()
	o := LoadOptions{SkipModules: true, Log: sink.logf}
	stats, err := Load(bytes.NewReader(summed(v80+body+"\xff")), o, sink)
	if err != nil || stats.Loaded != 2 || stats.ModuleKeys != 1 || stats.ModuleData != 1 || len(sink.dbs[0]) != 2 {
		t.Errorf("%+v, %v", stats, err)
	}
	if got, want := sink.logged(), "Left out what belongs to modules: 1 keys, and 1 other records.\n"+done(2, 0); got != want {
		t.Errorf("logged %s", got)
	}
	meta := "\xf3\x02\x28" + metaKMT1 + "\x05\x01v\x00\x29" + metaKMT1 + "\x00\x00\x01k\x01v"
	if stats, err = Load(bytes.NewReader(summed("REDIS0013"+meta+"\xff")), o, sink); err != nil || stats.ModuleData != 2 || stats.Loaded != 1 {
		t.Errorf("%+v, %v", stats, err)
	}
	for cut := range len(body) {
		if _, err := Load(bytes.NewReader([]byte(v80+body[:cut])), o, newMemorySink()); err == nil {
			t.Errorf("the first %d bytes are loaded", cut)
		}
	}
}

// commandSink takes commands too.
type commandSink struct {
	*memorySink
	got []string
}

func (s *commandSink) Command(args [][]byte) error {
	s.got = append(s.got, fmt.Sprintf("%d %q", s.db, args))
	return nil
}

func TestCommands(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	file := summed("VALKEY081\xfe\x02\xf2*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n\x00\x01k\x01v\xf2*2\r\n$0\r\n\r\n$100000\r\n" + long + "\r\n\xff")
	sink := &commandSink{memorySink: newMemorySink()}
	if _, err := Load(bytes.NewReader(file), LoadOptions{}, sink); err != nil {
		t.Fatal(err)
	}
	if want := `2 ["DEL" "k"]; 2 ["" "` + long + `"]`; strings.Join(sink.got, "; ") != want {
		t.Errorf("got %.100q", sink.got)
	}
	for _, damage := range []string{
		"", "*", "*1", "*1\r", "*1\rx", "*\r\n", "*0\r\n", "*-1\r\n", "*99999999999999\r\n", "*1\r\n$3\r\nab", "*1\r\n$3\r\nabcxx", "*1\r\n*1\r\n",
	} {
		if _, err := NewBytesReader([]byte(damage)).ReadCommand(); err == nil {
			t.Errorf("%q is a command", damage)
		}
	}
}

// TestSameFile wants readers of parts of a file to know what is known of it.
func TestSameFile(t *testing.T) {
	whole := NewBytesReader([]byte("\x07\x02\x01f\x02gg"))
	part := NewBytesReader(nil)
	part.SameFile(whole)
	if err := whole.ReadTemplate(); err != nil {
		t.Fatal(err)
	}
	part.Reset([]byte("rest"))
	fields, err := part.Template(7)
	got := ""
	for name := range fields.All() {
		got += string(name) + " "
	}
	if err != nil || fields.Len() != 2 || got != "f gg " {
		t.Errorf("%d fields %q, %v", fields.Len(), got, err)
	}
	for range fields.All() {
		break
	}
	part.Note(NoteReleased)
	if Notes(whole.state().notes.Load()) != NoteReleased {
		t.Error("what one reader notes the other doesn't know")
	}
}
