package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sigrun/internal/testkit"
)

// Requests to a mounted file system that the library has no names for.
const (
	extShutdown   = 0x8004587D // cut the power
	noLogFlush    = 2          // as it is: what the journal has in memory is lost, too
	freezeRequest = 0xC0045877
	thawRequest   = 0xC0045878
)

// disk is an ext4 file system in a file, with a life of its own: its power can be
// cut, it can be frozen, and it can be full.
//
// A file that is replaced by renaming another one over it is not written early
// (noauto_da_alloc): ext4 can mend what a careless program does, others don't.
type disk struct {
	t     testing.TB
	image string
	path  string // where it is mounted
}

// newDisk returns an empty disk of size bytes. Where the machine has no loop
// devices, or does not let us mount them, the fault is reported as not run.
func newDisk(t testing.TB, size int64) *disk {
	t.Helper()
	d := &disk{t: t, image: filepath.Join(quickDir(t, 2*size), "disk"), path: t.TempDir()}
	err := d.format(size)
	if err == nil {
		err = d.mount()
	}
	if err != nil {
		notRun(t, err)
	}
	t.Cleanup(func() {
		_ = d.request(thawRequest, 0) // it seldom is frozen
		_ = unix.Unmount(d.path, unix.MNT_DETACH)
	})
	return d
}

// quickDir is a folder in memory if there is one with that much room, or else on
// the machine's disk: those of small machines make a sync wait for seconds at times.
func quickDir(t testing.TB, room int64) string {
	const memory = "/dev/shm"
	var s unix.Statfs_t
	if unix.Statfs(memory, &s) != nil || int64(s.Bavail)*s.Bsize < room {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(memory, "sigrun-faults-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (d *disk) format(size int64) error {
	f, err := os.Create(d.image)
	if err != nil {
		return err
	}
	if err = f.Truncate(size); err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard", d.image).CombinedOutput(); err != nil {
		return fmt.Errorf("mkfs.ext4: %w %s", err, out)
	}
	return nil
}

// attach connects a free loop device with the image, until nobody uses it, and
// returns its path and the open device.
func (d *disk) attach() (string, *os.File, error) {
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", nil, err
	}
	defer control.Close()
	image, err := os.OpenFile(d.image, os.O_RDWR, 0)
	if err != nil {
		return "", nil, err
	}
	defer image.Close()
	for {
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", nil, fmt.Errorf("a free loop device: %w", err)
		}
		name := fmt.Sprintf("/dev/loop%d", n)
		device, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return "", nil, err
		}
		config := unix.LoopConfig{Fd: uint32(image.Fd()), Info: unix.LoopInfo64{Flags: unix.LO_FLAGS_AUTOCLEAR}}
		if err = unix.IoctlLoopConfigure(int(device.Fd()), &config); err == nil {
			return name, device, nil
		}
		_ = device.Close()
		if !errors.Is(err, unix.EBUSY) { // somebody else was quicker
			return "", nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (d *disk) mount() error {
	name, device, err := d.attach()
	if err != nil {
		return err
	}
	defer device.Close() // mounted it stays attached
	if err := unix.Mount(name, d.path, "ext4", unix.MS_NOATIME, "noauto_da_alloc"); err != nil {
		return fmt.Errorf("mount: %w", err)
	}
	return nil
}

// request sends a request to the file system.
func (d *disk) request(request uint, value int) error {
	f, err := os.Open(d.path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.IoctlSetPointerInt(int(f.Fd()), request, value)
}

// cut cuts the power: from now on everything fails, and of what is not on the
// disk nothing is left after restore.
func (d *disk) cut() {
	d.t.Helper()
	testkit.NoError(d.t, d.request(extShutdown, noLogFlush))
}

// restore makes the disk work again after its power was cut, with what is on it.
// Nobody may have a file open.
func (d *disk) restore() {
	d.t.Helper()
	testkit.NoError(d.t, unix.Unmount(d.path, 0))
	testkit.NoError(d.t, d.mount())
}

// freeze has everybody who writes wait, until thaw.
func (d *disk) freeze() { testkit.NoError(d.t, d.request(freezeRequest, 0)) }

func (d *disk) thaw() { testkit.NoError(d.t, d.request(thawRequest, 0)) }

// fill leaves no room on the disk, until free. It may be called again when
// somebody else has made some.
func (d *disk) fill() {
	d.t.Helper()
	f, err := os.OpenFile(filepath.Join(d.path, "filler"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	testkit.NoError(d.t, err)
	defer f.Close()
	for block := make([]byte, 1<<20); len(block) >= 512; {
		if _, err = f.Write(block); err != nil {
			block = block[:len(block)/2]
		}
	}
	if !errors.Is(err, unix.ENOSPC) {
		testkit.NoError(d.t, err)
	}
	testkit.NoError(d.t, f.Sync())
}

// free makes room again.
func (d *disk) free() { testkit.NoError(d.t, os.Remove(filepath.Join(d.path, "filler"))) }

// watch calls hit, once, as soon as the name of a file in dir is made, changed or
// removed and wanted says that it is the one. It returns a function that ends the
// watch.
func watch(t testing.TB, dir string, wanted func(name string, mask uint32) bool, hit func()) (stop func()) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	testkit.NoError(t, err)
	_, err = unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_DELETE)
	testkit.NoError(t, err)
	events := os.NewFile(uintptr(fd), "inotify")
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64<<10)
		for {
			n, err := events.Read(buf)
			if err != nil {
				return // stop has closed it
			}
			for rest := buf[:n]; len(rest) >= unix.SizeofInotifyEvent; {
				mask, length := binary.NativeEndian.Uint32(rest[4:]), binary.NativeEndian.Uint32(rest[12:])
				end := unix.SizeofInotifyEvent + int(length)
				name := strings.TrimRight(string(rest[unix.SizeofInotifyEvent:end]), "\x00")
				if wanted(name, mask) {
					hit()
					return
				}
				rest = rest[end:]
			}
		}
	}()
	return func() {
		_ = events.Close()
		<-done
	}
}
