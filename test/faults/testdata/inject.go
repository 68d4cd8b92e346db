package vfs

import (
	"fmt"
	"os"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// This file is no part of the server: a test adds it to a build of its own. It makes calls
// fail or wait as the environment says:
//
//	SIGRUN_INJECT_FAULTS  faults, one a line:
//	                      KIND PLACE NTH ERRNO DELAY
//	                      the NTH call (0: each one) of that KIND from PLACE waits for DELAY and, unless ERRNO
//	                      is 0, fails. PLACE is how the way to the call ends, "file:line<file:line<", the
//	                      call first, or a function that is on it, or * for any.
//	SIGRUN_INJECT_TRACE   a file that gets a line for each way that led to a call: KIND, the way, the
//	                      functions on it
//	SIGRUN_INJECT_HITS    the same for each fault that came

type injected struct {
	kind, place string
	nth         int
	errno       syscall.Errno
	delay       time.Duration
	count       int
}

var injector struct {
	sync.Mutex
	once   sync.Once
	faults []*injected
	trace  *os.File
	hits   *os.File
	known  map[string]bool
}

func injecting(inner FS) FS {
	injector.once.Do(setUpInjector)
	return NewFaulty(inner, inject)
}

func setUpInjector() {
	injector.known = map[string]bool{}
	for _, line := range strings.Split(os.Getenv("SIGRUN_INJECT_FAULTS"), "\n") {
		f := strings.Fields(line)
		if len(f) != 5 {
			continue
		}
		nth, _ := strconv.Atoi(f[2])
		errno, _ := strconv.Atoi(f[3])
		delay, err := time.ParseDuration(f[4])
		if err != nil {
			panic(err)
		}
		injector.faults = append(injector.faults, &injected{kind: f[0], place: f[1], nth: nth, errno: syscall.Errno(errno), delay: delay})
	}
	open := func(name string) *os.File {
		if name == "" {
			return nil
		}
		f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			panic(err)
		}
		return f
	}
	injector.trace, injector.hits = open(os.Getenv("SIGRUN_INJECT_TRACE")), open(os.Getenv("SIGRUN_INJECT_HITS"))
}

// way returns the places of the project on the way to the call, and the functions that they are in.
func way() (places, functions string) {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, own := strings.CutPrefix(f.Function, "sigrun/")
		if rest, main := strings.CutPrefix(f.Function, "main."); main {
			name, own = "cmd/sigrun."+rest, true
		}
		if !own || strings.Contains(name, "vfs.(*Faulty)") || strings.Contains(name, "vfs.(*faultyFile)") {
			continue
		}
		dir, last := path.Split(name)
		pkg, _, _ := strings.Cut(last, ".")
		places += fmt.Sprintf("%s%s/%s:%d<", dir, pkg, path.Base(f.File), f.Line)
		functions += name + "<"
	}
	return places, functions
}

func inject(op Op) Fault {
	places, functions := way()
	line := op.Kind.String() + " " + places + " " + functions + "\n"
	injector.Lock()
	if injector.trace != nil && !injector.known[line] {
		injector.known[line] = true
		_, _ = injector.trace.WriteString(line)
	}
	var fault Fault
	var delay time.Duration
	for _, f := range injector.faults {
		if !f.matches(op, places, functions) {
			continue
		}
		if f.count++; f.nth != 0 && f.nth != f.count {
			continue
		}
		delay = f.delay
		if f.errno != 0 {
			fault = Fault{Err: f.errno, Short: op.Size / 2}
		}
		if injector.hits != nil {
			_, _ = injector.hits.WriteString(line)
		}
	}
	injector.Unlock()
	time.Sleep(delay)
	return fault
}

func (f *injected) matches(op Op, places, functions string) bool {
	switch {
	case f.kind != "*" && f.kind != op.Kind.String():
		return false
	case f.place == "*":
		return true
	case strings.HasSuffix(f.place, "<"):
		return strings.HasPrefix(places, f.place)
	}
	return strings.Contains("<"+functions, "<"+f.place+"<")
}
