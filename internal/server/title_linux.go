package server

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"sigrun/internal/num"
	"sigrun/internal/vfs"
)

// titleMu guards the memory that shows the title.
var titleMu sync.Mutex

// setTitle writes text over the arguments of the process and, as far as it is longer
// than those, over its environment behind them, which is where the system looks for
// them. This memory is written by way of the file that the system has for it.
func setTitle(text string) error {
	titleMu.Lock()
	defer titleMu.Unlock()
	from, to, err := titleMemory()
	if err != nil {
		return err
	}
	f, err := vfs.OS("").OpenFile("/proc/self/mem", vfs.Write, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	memory := make([]byte, to-from)
	copy(memory[:len(memory)-1], text) // a zero ends it
	_, err = f.Write(memory)
	return err
}

// titleMemory is where arguments and environment lie.
func titleMemory() (from, to int64, err error) {
	const path = "/proc/self/stat"
	b, err := vfs.ReadFile(vfs.OS(""), path)
	if err != nil {
		return 0, 0, err
	}
	// The second field is the thread's name in brackets, which may hold anything.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const argStart, envEnd, most = 45, 48, 4 << 20
	if len(fields) > envEnd {
		from, _ = num.ParseInt(fields[argStart])
		to, _ = num.ParseInt(fields[envEnd])
	}
	if from <= 0 || to <= from || to-from > most {
		return 0, 0, fmt.Errorf("%s doesn't tell where the arguments are", path)
	}
	return from, to, nil
}
