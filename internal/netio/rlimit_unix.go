//go:build unix

package netio

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RaiseFileLimit tries to let the process have want open files, and returns how many
// it may have then. It never lowers the limit. If want cannot be had it settles for
// as many as the system grants and says why in err.
func RaiseFileLimit(want uint64) (got uint64, err error) {
	var now unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &now); err != nil {
		return 0, fmt.Errorf("reading the limit of open files: %w", err)
	}
	have := uint64(now.Cur)
	if have >= want {
		return have, nil
	}
	if err = setFiles(now, want); err == nil {
		return want, nil
	}
	err = fmt.Errorf("raising the limit of open files from %d to %d: %w", have, want, err)
	for refused := want; have+1 < refused; { // have is granted
		if try := have + (refused-have)/2; setFiles(now, try) == nil {
			have = try
		} else {
			refused = try
		}
	}
	return have, err
}

// setFiles sets the soft limit to n, and the hard one if n is beyond it.
func setFiles(now unix.Rlimit, n uint64) error {
	now.Cur = n
	now.Max = max(now.Max, n)
	return unix.Setrlimit(unix.RLIMIT_NOFILE, &now)
}
