package vfs

import (
	"io/fs"
	"os"
	"syscall"
)

// openFile is os.OpenFile, but lets others rename and remove the file while it
// is open, as they can elsewhere.
func openFile(path string, mode int, _ fs.FileMode) (*os.File, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	const share = syscall.FILE_SHARE_READ | syscall.FILE_SHARE_WRITE | syscall.FILE_SHARE_DELETE
	h, err := syscall.CreateFile(name, access(mode), share, nil, disposition(mode), syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(h), path), nil
}

// access is the rights that mode asks for.
func access(mode int) uint32 {
	var rights uint32 = syscall.GENERIC_READ
	switch {
	case mode&os.O_RDWR != 0:
		rights = syscall.GENERIC_READ | syscall.GENERIC_WRITE
	case mode&os.O_WRONLY != 0:
		rights = syscall.GENERIC_WRITE
	}
	if mode&os.O_APPEND != 0 {
		rights = rights&^syscall.GENERIC_WRITE | syscall.FILE_APPEND_DATA | syscall.FILE_WRITE_ATTRIBUTES | syscall.SYNCHRONIZE
	}
	return rights
}

// disposition is what is to happen when the file is there, and when it is not.
func disposition(mode int) uint32 {
	switch {
	case mode&os.O_CREATE != 0 && mode&os.O_EXCL != 0:
		return syscall.CREATE_NEW
	case mode&os.O_CREATE != 0 && mode&os.O_TRUNC != 0:
		return syscall.CREATE_ALWAYS
	case mode&os.O_CREATE != 0:
		return syscall.OPEN_ALWAYS
	case mode&os.O_TRUNC != 0:
		return syscall.TRUNCATE_EXISTING
	}
	return syscall.OPEN_EXISTING
}
