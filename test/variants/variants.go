// Package variants builds servers whose source differs from the tree's in a few
// places: controls, from which a defence was taken so that a test can be seen to
// fail, and servers that are made to do what they seldom do by themselves. The
// tree itself is not touched, and holds no code for tests.
package variants

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// Edit is one change of the source.
type Edit struct {
	File string // from the project's root
	Old  string // stands in the file exactly once; empty adds a file that is not there
	New  string
}

// Use builds a server with the edits and makes testkit.StartSigrun start it for
// the rest of the test t. It fails t if an edit no longer fits the source.
func Use(t testing.TB, edits ...Edit) {
	t.Helper()
	root, dir := testkit.Root(t), t.TempDir()
	changed := map[string]string{} // path → text
	for _, e := range edits {
		path := filepath.Join(root, e.File)
		text, edited := changed[path]
		if !edited && e.Old != "" {
			b, err := os.ReadFile(path)
			testkit.NoError(t, err)
			text = string(b)
		}
		if e.Old == "" {
			changed[path] = e.New
			continue
		}
		if n := strings.Count(text, e.Old); n != 1 {
			t.Fatalf("%s holds %d times what this test's server changes; let the edit follow the source:\n%s", e.File, n, e.Old)
		}
		changed[path] = strings.Replace(text, e.Old, e.New, 1)
	}
	replace := map[string]string{}
	for path, text := range changed {
		copied := filepath.Join(dir, strings.ReplaceAll(strings.TrimPrefix(path, root), string(filepath.Separator), "_"))
		testkit.NoError(t, os.WriteFile(copied, []byte(text), 0o644))
		replace[path] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	testkit.NoError(t, err)
	overlayFile, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "sigrun")
	testkit.NoError(t, os.WriteFile(overlayFile, overlay, 0o644))
	build := exec.Command("go", "build", "-overlay", overlayFile, "-o", binary, "./cmd/sigrun")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building a server with edits: %v\n%s", err, out)
	}
	t.Setenv("SIGRUN_BIN", binary)
}
