package faults

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigrun/test/variants"
)

// longComment makes the file of settings take several pages.
var longComment = strings.Repeat("# "+strings.Repeat("-", 100)+"\n", 100)

// maxRewriting is how long settings are rewritten before the kill at most.
const maxRewriting = 5 * time.Millisecond

// inPlace has files written in place, not beside and then renamed.
var inPlace = variants.Edit{
	File: "internal/vfs/util.go",
	Old:  "return ReplaceFile(fsys, path, tempName(path), perm,",
	New:  "return ReplaceFile(fsys, path, path, perm,",
}

// TestKillInConfigRewrite is P12: whenever the server dies, the file of settings is
// the old one or the new one, whole.
func TestKillInConfigRewrite(t *testing.T) {
	if err := killsInRewrite(t, count(10, 1000)); err != nil {
		t.Fatal(err)
	}
}

// TestControlConfigRewrite: a server that writes its settings in place is found out.
func TestControlConfigRewrite(t *testing.T) {
	allOnly(t)
	variants.Use(t, inPlace)
	if err := killsInRewrite(t, 1000); err == nil {
		t.Error("settings written in place survived all kills")
	}
}

// killsInRewrite kills servers while they rewrite two settings that are always the
// same number.
func killsInRewrite(t *testing.T, kills int) error {
	chance := source(t)
	l := &life{t: t, dir: quickDir(t, 64<<20), args: []string{"conf", "--save", ""}}
	l.file("conf", "hash-max-listpack-entries 1\n"+longComment+"set-max-intset-entries 1\n")
	latest, rewritten := 1, 1 // the last number that was set, and that is known to be in the file
	for kill := range kills {
		if err := l.start(); err != nil {
			return err
		}
		if l.p.gone() {
			return fmt.Errorf("kill %d: the server does not start any more", kill)
		}
		timer := time.AfterFunc(time.Duration(chance.Uint64n(uint64(maxRewriting))), func() { _ = l.p.cmd.Process.Kill() })
		for err := error(nil); err == nil; {
			latest++
			if err = l.do("CONFIG", "SET", "hash-max-listpack-entries", fmt.Sprint(latest), "set-max-intset-entries", fmt.Sprint(latest)); err == nil {
				err = l.do("CONFIG", "REWRITE")
			}
			if err == nil {
				rewritten = latest
			}
		}
		timer.Stop()
		l.p.kill()
		var err error
		if rewritten, err = l.sameNumbers(rewritten, latest); err != nil {
			return fmt.Errorf("kill %d: %w", kill, err)
		}
	}
	return nil
}

var bothNumbers = regexp.MustCompile(`(?m)^(hash-max-listpack-entries|set-max-intset-entries) (\d+)$`)

// sameNumbers checks that both settings are in the file, with one number of first to
// last, which it returns, and that the rest is there, too.
func (l *life) sameNumbers(first, last int) (n int, err error) {
	b, err := os.ReadFile(l.path("conf"))
	if err != nil {
		return 0, err
	}
	found := bothNumbers.FindAllStringSubmatch(string(b), -1)
	if len(found) != 2 || found[0][2] != found[1][2] || !strings.Contains(string(b), longComment) {
		return 0, fmt.Errorf("mixed settings: %q in %d bytes", found, len(b))
	}
	if _, err := fmt.Sscan(found[0][2], &n); err != nil || n < first || n > last {
		return 0, fmt.Errorf("settings of another time: %d, not %d to %d", n, first, last)
	}
	return n, nil
}
