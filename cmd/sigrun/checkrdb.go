package main

import (
	"fmt"
	"os"

	"sigrun/internal/rdb/check"
	"sigrun/internal/vfs"
)

// runCheckRDB examines a file and exits with 0 if it is sound.
func runCheckRDB(name string, args []string) int {
	if len(args) != 1 {
		fmt.Fprintf(os.Stderr, "Usage: %s <rdb-file-name>\n", name)
		return 1
	}
	f, err := vfs.Open(vfs.OS(""), args[0])
	if err != nil {
		fmt.Fprintf(os.Stderr, "Cannot open file %s: %s\n", args[0], vfs.Reason(err))
		return 1
	}
	defer f.Close()
	if !check.Check(f, os.Stdout, check.Options{Name: args[0]}) {
		return 1
	}
	return 0
}
