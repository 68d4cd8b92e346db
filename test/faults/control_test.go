package faults

import (
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/test/variants"
)

// noFlush lets replies leave before what they tell of has been written: the
// committer writes it, a moment later.
var noFlush = variants.Edit{
	File: "internal/aof/writer.go",
	Old:  "func (w *Writer) Flush(upTo uint64) bool {\n",
	New:  "func (w *Writer) Flush(upTo uint64) bool {\n\tif upTo > 0 {\n\t\tw.kick.commit()\n\t\treturn true\n\t}\n",
}

// controlKills is how often a control may be killed before it has to have failed.
const controlKills = 200

// TestControlKill: a server that answers before it has written loses writes, and
// the rig notices, in both modes.
func TestControlKill(t *testing.T) {
	variants.Use(t, noFlush)
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			v := killRepeatedly(t, testkit.StartSigrun(t, mode(policy)...), controlKills)
			t.Log(v)
			if v.lost == 0 {
				t.Errorf("no acknowledged write was lost in %d kills of a server that does not write them first", v.kills)
			}
		})
	}
}

// TestControlJudge: each kind of trouble is told from the others.
func TestControlJudge(t *testing.T) {
	h := &history{name: "h"}
	for _, w := range []write{{state: acked}, {state: acked}, {state: refused}, {multi: true, state: unknown}, {state: unknown}} {
		h.add(w)
	}
	for _, c := range []struct {
		gone string // keys that are not there
		want verdict
	}{
		{"h:2:0 h:3:0 h:3:1 h:4:0", verdict{}},
		{"h:2:0 h:4:0", verdict{}},
		{"h:1:0 h:2:0 h:3:0 h:3:1 h:4:0", verdict{lost: 1}},
		{"h:3:0 h:3:1 h:4:0", verdict{ghost: 1}},
		{"h:2:0 h:3:1 h:4:0", verdict{torn: 1}},
		{"h:2:0 h:3:0 h:3:1", verdict{hole: 1}},
	} {
		var got verdict
		got.judge(h, func(key string) (string, bool) {
			return valueOf(key), !strings.Contains(c.gone, key)
		})
		if got.lost != c.want.lost || got.ghost != c.want.ghost || got.torn != c.want.torn || got.hole != c.want.hole {
			t.Errorf("without %s: %s", c.gone, &got)
		}
	}
	var got verdict
	got.judge(h, func(key string) (string, bool) { return "other", key == "h:0:0" })
	got.judgeSeen([]string{"h:0:0"}, func(string) (string, bool) { return "", false })
	if got.ghost != 1 || got.seen != 1 {
		t.Errorf("a foreign value and a value that was read and is gone: %s", &got)
	}
}
