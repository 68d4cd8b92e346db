package faults

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// damage is a defence taken out of the server's source: the control of a fault.
type damage struct {
	file     string // from the project's root
	old, new string // old stands in the file exactly once
}

// noFlush lets replies leave before what they tell of has been written: the
// committer writes it, a moment later.
var noFlush = damage{
	file: "internal/aof/writer.go",
	old:  "func (w *Writer) Flush(upTo uint64) bool {\n",
	new:  "func (w *Writer) Flush(upTo uint64) bool {\n\tif upTo > 0 {\n\t\tw.kick.commit()\n\t\treturn true\n\t}\n",
}

// buildDamaged builds a server with the damage, without touching the source, and
// makes the test's servers use it.
func buildDamaged(t *testing.T, d damage) {
	t.Helper()
	root := testkit.Root(t)
	source := filepath.Join(root, d.file)
	text, err := os.ReadFile(source)
	testkit.NoError(t, err)
	if n := strings.Count(string(text), d.old); n != 1 {
		t.Fatalf("%s holds %d times what the control changes; the control must follow the source:\n%s", d.file, n, d.old)
	}
	dir := t.TempDir()
	damaged := filepath.Join(dir, filepath.Base(d.file))
	testkit.NoError(t, os.WriteFile(damaged, []byte(strings.Replace(string(text), d.old, d.new, 1)), 0o644))
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {source: damaged}})
	testkit.NoError(t, err)
	overlayFile := filepath.Join(dir, "overlay.json")
	testkit.NoError(t, os.WriteFile(overlayFile, overlay, 0o644))
	binary := filepath.Join(dir, "sigrun")
	build := exec.Command("go", "build", "-overlay", overlayFile, "-o", binary, "./cmd/sigrun")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the control: %v\n%s", err, out)
	}
	t.Setenv("SIGRUN_BIN", binary)
}

// controlKills is how often a control may be killed before it has to have failed.
const controlKills = 200

// TestControlKill: a server that answers before it has written loses writes, and
// the rig notices, in both modes.
func TestControlKill(t *testing.T) {
	buildDamaged(t, noFlush)
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
