package clients

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// checkNames are what every library has to report on, in the words of doc.go.
var checkNames = []string{"protocol", "strings", "pipeline", "transaction", "watch", "scan", "expiry", "binary",
	"big", "errors", "concurrent", "reconnect"}

// protocols are the versions of RESP.
var protocols = []int{2, 3}

// worker does the work of checkNames by one library. Trouble fails the test.
type worker interface {
	flush(t *testing.T)
	checks() map[string]func(t *testing.T)
}

// workers make one for each Go library.
var workers = map[string]func(t *testing.T, addr string, protocol int) worker{
	"go-redis":  newGoRedis,
	"valkey-go": newValkeyGo,
}

// TestGoLibraries runs in every test run: it needs nothing but Go.
func TestGoLibraries(t *testing.T) {
	s := testkit.StartSigrun(t)
	for name, newWorker := range workers {
		for _, protocol := range protocols {
			t.Run(name+"/resp"+strconv.Itoa(protocol), func(t *testing.T) {
				runChecks(t, newWorker(t, s.Addr, protocol))
			})
		}
	}
}

// runChecks returns the names of the checks that failed.
func runChecks(t *testing.T, w worker) (failed []string) {
	checks := w.checks()
	for _, name := range checkNames {
		w.flush(t)
		if !t.Run(name, checks[name]) {
			failed = append(failed, name)
		}
	}
	return failed
}

// equal fails the test if err is set or got is not want.
func equal[T comparable](t *testing.T, what string, got T, err error, want T) {
	t.Helper()
	if err != nil || got != want {
		t.Errorf("%s: %v, %v; want %v", what, got, err, want)
	}
}

// within fails the test unless low < got <= high.
func within(t *testing.T, what string, got time.Duration, err error, low, high time.Duration) {
	t.Helper()
	if err != nil || got <= low || got > high {
		t.Errorf("%s: %v, %v; want %v to %v", what, got, err, low, high)
	}
}

// says fails the test unless err is an error with text in it.
func says(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("%v does not say %q", err, text)
	}
}

// sameKeys fails the test unless the two lists hold the same keys. A key may
// come more than once: SCAN promises no less.
func sameKeys(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("%s: %d keys, want %d", what, len(got), len(want))
	}
}

// scanKeys are the keys of the check scan.
func scanKeys() []string {
	keys := make([]string, 3000)
	for i := range keys {
		keys[i] = "scan:" + strconv.Itoa(i)
	}
	return keys
}

// everyByte is 0 to 255, and the same backwards.
func everyByte() (forwards, backwards string) {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	forwards = string(b)
	slices.Reverse(b)
	return forwards, string(b)
}

// bigValue is 512 KB in which no short piece repeats.
func bigValue() string {
	var b bytes.Buffer
	for i := range 512 << 10 {
		b.WriteByte(byte(i * 31 % 251))
	}
	return b.String()
}

// eventually waits until probe holds.
func eventually(t *testing.T, what string, probe func() bool) {
	t.Helper()
	testkit.Eventually(t, 5*time.Second, probe, what)
}
