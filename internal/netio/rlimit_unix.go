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
	for try := want; try > have; try -= min(16, try-have) {
		next := now
		setLimit(&next, try)
		e := unix.Setrlimit(unix.RLIMIT_NOFILE, &next)
		if e == nil {
			return try, err
		}
		if err == nil {
			err = fmt.Errorf("raising the limit of open files from %d to %d: %w", have, want, e)
		}
		if hard := uint64(now.Max); try > hard && hard > have {
			try = hard + 16 // next try is what needs no privilege
		}
	}
	return have, err
}

func setLimit(r *unix.Rlimit, n uint64) {
	r.Cur = n
	r.Max = max(r.Max, n)
}
