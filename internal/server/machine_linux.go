package server

import (
	"bytes"
	"os"

	"golang.org/x/sys/unix"

	"sigrun/internal/num"
	"sigrun/internal/stats"
	"sigrun/internal/vfs"
)

// machine tells about the system.
func machine() stats.Machine {
	m := stats.Machine{RSS: residentBytes, CPU: cpuUsages}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.OS = text(u.Sysname[:]) + " " + text(u.Release[:]) + " " + text(u.Machine[:])
	}
	var i unix.Sysinfo_t
	if unix.Sysinfo(&i) == nil {
		m.TotalMemory = int64(i.Totalram) * int64(i.Unit)
	}
	return m
}

// text is a C string.
func text(b []byte) string {
	s, _, _ := bytes.Cut(b, []byte{0})
	return string(s)
}

// residentBytes is what of the process lies in memory.
func residentBytes() int64 {
	b, err := vfs.ReadFile(vfs.OS(""), "/proc/self/statm")
	if err != nil {
		return 0
	}
	words := bytes.Fields(b)
	if len(words) < 2 {
		return 0
	}
	pages, _ := num.ParseInt(words[1])
	return pages * int64(os.Getpagesize())
}
