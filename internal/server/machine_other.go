//go:build !linux

package server

import (
	"runtime"

	"sigrun/internal/stats"
)

// machine tells about the system what Go knows of it.
func machine() stats.Machine {
	return stats.Machine{
		OS:  runtime.GOOS + " " + runtime.GOARCH,
		RSS: func() int64 { return 0 },
		CPU: cpuUsages,
	}
}
