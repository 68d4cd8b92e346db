//go:build !unix

package server

import "sigrun/internal/stats"

// cpuUsages is unknown here.
func cpuUsages() stats.Usages { return stats.Usages{} }

// alive is unknown here.
var alive func(pid int) bool
