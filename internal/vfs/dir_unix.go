//go:build unix

package vfs

import (
	"errors"
	"os"
	"syscall"
)

const errQuota = syscall.EDQUOT

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // file systems that keep directories in order by themselves say so this way
	}
	return errors.Join(err, d.Close())
}
