package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// allowedCores returns the cores that this process may run on.
func allowedCores() ([]int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return nil, err
	}
	var cores []int
	for core := range len(set) * 64 {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

func coreSet(cores []int) *unix.CPUSet {
	var set unix.CPUSet
	for _, core := range cores {
		set.Set(core)
	}
	return &set
}

// pinSelf keeps every thread of this process, also those to come, on cores.
func pinSelf(cores []int) error {
	threads, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		return err
	}
	set := coreSet(cores)
	for _, path := range threads {
		id, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, set); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	runtime.GOMAXPROCS(len(cores))
	return nil
}

// startPinned starts cmd on cores. It begins there: what a process sees of the
// machine when it starts decides how many threads it makes.
func startPinned(cmd *exec.Cmd, cores []int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return err
	}
	if err := unix.SchedSetaffinity(0, coreSet(cores)); err != nil {
		return err
	}
	err := cmd.Start()
	return errors.Join(err, unix.SchedSetaffinity(0, &before))
}

// dieWithUs makes the kernel end the server when we go, so that an interrupted
// run leaves nothing behind.
func dieWithUs(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// cpuNanos is the CPU time of all threads of a process, in nanoseconds. It is
// exact for threads that sleep, as those of an idle server do.
func cpuNanos(pid int) (int64, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %d keeps no account of its CPU time", pid)
	}
	total := int64(0)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue // the thread has ended
		}
		if err != nil {
			return 0, err
		}
		var ns int64
		if _, err := fmt.Sscan(string(text), &ns); err != nil {
			return 0, fmt.Errorf("%s: %w", file, err)
		}
		total += ns
	}
	return total, nil
}

// resident is the resident size of a process in bytes.
func resident(pid int) (float64, error) {
	return kilobytes(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
}

// footprint is the memory in bytes that a process and its children hold, what
// they share counted once.
func footprint(pid int) (float64, error) {
	total, err := kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return total, nil // a kernel without that file: children are not seen
	}
	for word := range strings.FieldsSeq(string(text)) {
		child, err := strconv.Atoi(word)
		if err != nil {
			return 0, err
		}
		if more, err := kilobytes(fmt.Sprintf("/proc/%d/smaps_rollup", child), "Pss:"); err == nil {
			total += more
		}
	}
	return total, nil
}

// kilobytes reads one "Name: n kB" line of a file under /proc, in bytes.
func kilobytes(file, name string) (float64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	_, rest, found := bytes.Cut(text, []byte("\n"+name))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("%s has no %s", file, name)
	}
	n, err := strconv.ParseFloat(string(fields[0]), 64)
	return n * 1024, err
}

// tryRead reads what the socket holds; 0 bytes without an error is nothing yet.
func tryRead(fd int, b []byte) (n int, err error) {
	n, err = unix.Read(fd, b)
	if n == 0 && err == nil && len(b) > 0 {
		return 0, io.ErrUnexpectedEOF
	}
	return max(n, 0), notNow(err)
}

// tryWrite writes what the socket takes at once.
func tryWrite(fd int, b []byte) (n int, err error) {
	n, err = unix.Write(fd, b)
	return max(n, 0), notNow(err)
}

func notNow(err error) error {
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
		return nil
	}
	return err
}

// giveWay lets others run on this core for a moment.
func giveWay() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// systemFacts describes the machine.
func systemFacts() map[string]string {
	facts := map[string]string{}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				facts["cpu"] = strings.TrimSpace(value)
			}
		}
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		facts["kernel"] = unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:]) +
			" " + unix.ByteSliceToString(u.Machine[:])
	}
	for name, file := range map[string]string{
		"huge pages": "/sys/kernel/mm/transparent_hugepage/enabled",
		"governor":   "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	} {
		if text, err := os.ReadFile(file); err == nil {
			facts[name] = strings.TrimSpace(string(text))
		}
	}
	return facts
}

// loadAverage is that of the last minute.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
