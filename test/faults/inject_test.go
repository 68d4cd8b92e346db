package faults

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/test/variants"
)

//go:embed testdata/inject.go
var injectSource string

// injecting lets a test have calls to the file system fail, or wait, by the place
// that they come from.
var injecting = []variants.Edit{
	{File: "internal/vfs/injected.go", New: injectSource},
	{
		File: "internal/vfs/os.go",
		Old:  "func OS(dir string) FS { return osFS{dir: dir} }",
		New:  "func OS(dir string) FS { return injecting(osFS{dir: dir}) }",
	},
}

// fault is what befalls a call of one kind from one place.
type fault struct {
	kind  string // as vfs.OpKind has it, * for any
	place string // how the way to it ends, "file:line<file:line<", the call first, or a function on it; * for any
	nth   int    // such call of a process; 0 for each
	errno syscall.Errno
	delay time.Duration
}

func (f fault) String() string { return f.kind + " " + f.place }

// injection is what the next servers to be started suffer, and what they told.
type injection struct{ trace, hits string }

// inject has it happen to all servers that are started from now on.
func inject(t *testing.T, faults ...fault) *injection {
	dir := t.TempDir()
	in := &injection{trace: filepath.Join(dir, "trace"), hits: filepath.Join(dir, "hits")}
	var lines []string
	for _, f := range faults {
		lines = append(lines, fmt.Sprintf("%s %s %d %d %v", f.kind, f.place, f.nth, int(f.errno), f.delay))
	}
	for name, value := range map[string]string{"FAULTS": strings.Join(lines, "\n"), "TRACE": in.trace, "HITS": in.hits} {
		testkit.NoError(t, os.Setenv("SIGRUN_INJECT_"+name, value))
	}
	return in
}

// noInjection has nothing happen any more.
func noInjection() {
	for _, name := range []string{"FAULTS", "TRACE", "HITS"} {
		_ = os.Unsetenv("SIGRUN_INJECT_" + name)
	}
}

// lines are those of a file, none if it is empty or not there.
func lines(path string) []string {
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}
