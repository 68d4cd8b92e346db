package faults

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

const (
	smallDisk   = 32 << 20
	maxResume   = time.Second // from when there is room until writes work
	maxExit     = 5 * time.Second
	settings    = "dir .\nmaxmemory 100mb\n# a comment that makes the file longer than what a full disk may have left\n"
	fullWriters = 5 * time.Millisecond // a writer's pause
)

// fullDisk is a server on a small disk, under load.
type fullDisk struct {
	t    *testing.T
	disk *disk
	s    *testkit.Server
	v    *verdict
	conf string
	dies bool // the server ends when the disk is full

	complaints []string
}

func (f *fullDisk) complain(format string, args ...any) {
	f.complaints = append(f.complaints, fmt.Sprintf(format, args...))
}

func (f *fullDisk) broken() bool { return len(f.complaints) > 0 || f.v.broken() > 0 }

// mustHold fails the test if anything was wrong.
func (f *fullDisk) mustHold() {
	f.t.Helper()
	for _, complaint := range f.complaints {
		f.t.Error(complaint)
	}
	f.v.mustHold(f.t)
}

func newFullDisk(t *testing.T, args ...string) *fullDisk {
	f := &fullDisk{t: t, disk: newDisk(t, smallDisk), v: &verdict{}}
	f.conf = filepath.Join(f.disk.path, "valkey.conf")
	testkit.NoError(t, os.WriteFile(f.conf, []byte(settings+strings.Repeat("#", 8<<10)+"\n"), 0o644))
	f.s = testkit.StartSigrun(t, append([]string{f.conf, "--dir", f.disk.path}, args...)...)
	return f
}

// load runs work while clients write, then kills the server, and judges what a
// new start finds when there is room again.
func (f *fullDisk) load(work func(l *load)) {
	f.t.Helper()
	l := newLoad(f.s.Addr, f.v.kills)
	l.pause = fullWriters
	ended := make(chan error, 1)
	end := ending{after: 1 << 40, rewrite: 1 << 41, kill: f.s.Kill9, dump: func() { dump(f.t, f.s) }, dies: f.dies}
	chance := source(f.t)
	go func() { ended <- l.run(chance, end) }()
	testkit.Eventually(f.t, ioTimeout, func() bool { return l.acked.Load() > 2000 }, "2000 writes")
	work(l)
	l.over.Store(true)
	testkit.NoError(f.t, <-ended)
	f.s.Restart()
	f.v.kills++
	l.judge(f.t, f.v)
}

// unchanged calls work and checks that the files that hold data and settings are
// the same as before, and that nothing was left.
func (f *fullDisk) unchanged(work func()) {
	f.t.Helper()
	before := f.files()
	work()
	after := f.files()
	for name, content := range before {
		if now, there := after[name]; !there || now != content {
			f.complain("%s has changed, or is gone", name)
		}
	}
	for name := range after {
		if strings.Contains(name, "temp-") {
			f.complain("%s was left", name)
		}
	}
}

// files are the contents of all files that are written as a whole, by path, and of
// the others the names.
func (f *fullDisk) files() map[string]string {
	all := map[string]string{}
	testkit.NoError(f.t, filepath.WalkDir(f.disk.path, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil // lost+found, or a file that has just gone
		}
		all[path] = ""
		if name := entry.Name(); name == snapshotName || strings.HasSuffix(name, ".conf") {
			b, err := os.ReadFile(path)
			all[path] = string(b)
			return err
		}
		return nil
	}))
	return all
}

// job starts a job, waits for its end and checks how it ended.
func (f *fullDisk) job(command, running, status, want string) {
	f.t.Helper()
	c := f.s.Dial(f.t)
	defer c.Close()
	c.Do(command)
	testkit.Eventually(f.t, ioTimeout, func() bool { return field(c.Do("INFO", "persistence").Text, running) == "0" }, command)
	if got := field(c.Do("INFO", "persistence").Text, status); got != want {
		f.complain("%s ended with %s, not %s", command, got, want)
	}
}

// TestFullEverySecond is P5: writes are refused and all else works, jobs fail
// without a trace, and once there is room all goes on by itself.
func TestFullEverySecond(t *testing.T) {
	f := newFullDisk(t, mode("everysec")...)
	f.everySecond(count(2, 100))
	if f.v.refusedReplies == 0 {
		t.Error("no write was refused")
	}
	f.mustHold()
}

// everySecond fills the disk and makes room again n times, or until something is
// wrong.
func (f *fullDisk) everySecond(n int) {
	f.job("BGSAVE", "rdb_bgsave_in_progress", "rdb_last_bgsave_status", "ok")
	for f.v.kills < n && !f.broken() {
		f.load(func(*load) { f.fullAndFree() })
		f.s.Do("FLUSHALL") // the disk is small
		f.job("BGREWRITEAOF", "aof_rewrite_in_progress", "aof_last_bgrewrite_status", "ok")
	}
}

func (f *fullDisk) fullAndFree() {
	t, c := f.t, f.s.Dial(f.t)
	defer c.Close()
	f.disk.fill()
	testkit.Eventually(t, ioTimeout, func() bool { return f.probe() == refused }, "writes are refused")
	if answer := c.Do("GET", "nothing"); !answer.Nil {
		f.complain("GET on a full disk: %s", answer)
	}
	f.unchanged(func() {
		f.job("BGSAVE", "rdb_bgsave_in_progress", "rdb_last_bgsave_status", "err")
		f.job("BGREWRITEAOF", "aof_rewrite_in_progress", "aof_last_bgrewrite_status", "err")
	})
	f.rewriteConfig(c)
	f.disk.free()
	free := time.Now()
	testkit.Eventually(t, ioTimeout, func() bool { return f.probe() == acked }, "writes work again")
	if took := time.Since(free); took > maxResume {
		f.complain("writes worked again %v after there was room", took)
	}
}

// probe writes a key. The commands that are the first to find no room are not
// answered before there is some.
func (f *fullDisk) probe() state {
	c, err := dial(f.s.Addr)
	if err != nil {
		return unknown
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(maxResume / 4)); err != nil {
		return unknown
	}
	switch reply, err := c.do("SET", "probe", strings.Repeat("x", 4<<10)); {
	case err != nil:
		return unknown
	case reply.IsOK():
		return acked
	case !strings.HasPrefix(reply.Text, "MISCONF Errors writing to the AOF file: No space left on device"):
		f.complain("SET on a full disk: %s", reply)
	}
	return refused
}

// TestFullKilled kills a server whose disk is full: nothing is lost that was
// acknowledged. Reads are served meanwhile, also of what could not be written.
func TestFullKilled(t *testing.T) {
	for range count(2, 100) {
		f := newFullDisk(t, mode("everysec")...)
		f.dies, f.v.blind = true, true
		f.load(func(*load) {
			f.disk.fill()
			testkit.Eventually(t, ioTimeout, func() bool { return f.probe() == refused }, "writes are refused")
			f.s.Kill9()
			f.disk.free()
		})
		if f.mustHold(); t.Failed() {
			return
		}
	}
}

// rewriteConfig rewrites the settings until that has failed once: what is removed
// or cut off on a full disk makes a little room each time.
func (f *fullDisk) rewriteConfig(c *testkit.Client) {
	f.t.Helper()
	testkit.Eventually(f.t, ioTimeout, func() bool {
		c.MustDo("CONFIG", "SET", "maxmemory", "200mb")
		f.disk.fill()
		failed := false
		f.unchanged(func() {
			before := f.files()[f.conf]
			if failed = c.Do("CONFIG", "REWRITE").IsError(); !failed {
				testkit.NoError(f.t, os.WriteFile(f.conf, []byte(before), 0o644))
			}
		})
		return failed
	}, "CONFIG REWRITE fails on a full disk")
}

// TestFullAlways is P5 with appendfsync always: the server ends, and all that it
// has acknowledged is there.
func TestFullAlways(t *testing.T) {
	for range count(2, 100) {
		if f := fullAlways(t); f.broken() {
			f.mustHold()
			return
		}
	}
}

func fullAlways(t *testing.T) *fullDisk {
	f := newFullDisk(t, mode("always")...)
	f.dies = true
	f.load(func(*load) {
		f.disk.fill()
		for began := time.Now(); !f.s.Exited() && time.Since(began) < maxExit; {
			time.Sleep(time.Millisecond)
		}
		if !f.s.Exited() {
			f.complain("the server goes on though it cannot keep its promise")
		} else if code := f.s.WaitExit(time.Second); code != 1 {
			f.complain("exit code %d", code)
		}
		f.disk.free()
	})
	t.Log(f.v)
	return f
}
