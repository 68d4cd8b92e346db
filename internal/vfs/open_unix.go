//go:build unix

package vfs

import (
	"io/fs"
	"os"
)

func openFile(path string, mode int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, mode, perm)
}
