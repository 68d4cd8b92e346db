//go:build unix

package server

import (
	"errors"

	"golang.org/x/sys/unix"

	"sigrun/internal/stats"
)

// cpuUsages is how long the process has been running.
func cpuUsages() stats.Usages {
	var self, children unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &self) // fails only for a bad argument
	_ = unix.Getrusage(unix.RUSAGE_CHILDREN, &children)
	return stats.Usages{
		System: micros(self.Stime), User: micros(self.Utime),
		ChildrenSystem: micros(children.Stime), ChildrenUser: micros(children.Utime),
	}
}

// alive reports whether a process of that number runs.
func alive(pid int) bool {
	return !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
}

func micros(t unix.Timeval) int64 { return t.Nano() / 1000 }
