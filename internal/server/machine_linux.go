package server

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"sigrun/internal/num"
	"sigrun/internal/stats"
	"sigrun/internal/vfs"
)

// machine tells about the system.
func machine() stats.Machine {
	m := stats.Machine{RSS: residentBytes, CPU: cpuUsages, Thread: threadUsage}
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

// threadUsage is how long a thread of the process has run. The system counts in
// hundredths of a second here.
func threadUsage(id int) (system, user int64, ok bool) {
	b, err := vfs.ReadFile(vfs.OS(""), "/proc/self/task/"+strconv.Itoa(id)+"/stat")
	if err != nil {
		return 0, 0, false
	}
	// The second field is the thread's name in brackets, which may hold anything.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const userAt, systemAt, tick = 11, 12, 10_000 // microseconds
	if len(fields) <= systemAt {
		return 0, 0, false
	}
	user, _ = num.ParseInt(fields[userAt])
	system, ok = num.ParseInt(fields[systemAt])
	return system * tick, user * tick, ok
}
