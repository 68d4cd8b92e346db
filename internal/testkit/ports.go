package testkit

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"testing"

	"sigrun/internal/rng"
)

// The default ports lie below the range from which kernels take the ports of
// outgoing connections, also with the 10,000 that the cluster bus adds.
const (
	firstPort = 12000
	lastPort  = 21999
)

// FreePort returns a TCP port that nothing listened on a moment ago. Somebody
// else may still take it: StartPeer and StartSigrun then try another.
func FreePort(t testing.TB) int {
	t.Helper()
	low, high := portRange(t)
	chance := rng.NewRandom()
	for range 200 {
		port := low + int(chance.Uint64n(uint64(high-low+1)))
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err == nil {
			NoError(t, l.Close())
			return port
		}
	}
	t.Fatalf("no free port between %d and %d", low, high)
	return 0
}

func portRange(t testing.TB) (low, high int) {
	t.Helper()
	text := os.Getenv("SIGRUN_PORTS")
	if text == "" {
		return firstPort, lastPort
	}
	if _, err := fmt.Sscanf(text, "%d-%d", &low, &high); err != nil || low < 1 || high < low || high > 65535 {
		t.Fatalf("SIGRUN_PORTS=%q is not low-high", text)
	}
	return low, high
}
