package persist

import (
	"bytes"
	"strconv"
	"sync/atomic"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/rdb"
	"sigrun/internal/snapshot"
)

// sink is where a file's contents go: keys to the keyspace, the rest to the
// manager.
type sink struct {
	*snapshot.Loader
	m *Manager
}

// Key implements rdb.Sink. It waits after each key if key-load-delay says so.
func (s sink) Key(key []byte, meta rdb.Meta, typ byte, r *rdb.Reader) error {
	err := s.Loader.Key(key, meta, typ, r)
	s.m.progress.waitABit(s.m.Config.Int(config.KeyLoadDelay))
	return err
}

// Aux implements rdb.Sink.
func (s sink) Aux(name, value []byte) error {
	if bytes.EqualFold(name, []byte("used-mem")) {
		n, _ := strconv.ParseInt(string(value), 10, 64)
		s.m.progress.usedMem.Store(n)
	}
	return nil
}

// Function implements rdb.FunctionSink.
func (s sink) Function(code []byte) error {
	s.m.libraries.keep(code)
	return nil
}

// progress is how far loading is. Safe for concurrent use.
type progress struct {
	began   atomic.Int64 // Unix seconds
	total   atomic.Int64 // bytes of all files
	before  atomic.Int64 // bytes of the files before the present one
	loaded  atomic.Int64 // bytes
	usedMem atomic.Int64 // bytes in use when the file was written
	skipped atomic.Int64 // keys that have not been waited for
}

// begin starts counting anew; total is in bytes, now in Unix seconds.
func (p *progress) begin(now, total int64) {
	p.began.Store(now)
	p.total.Store(total)
	p.before.Store(0)
	p.loaded.Store(0)
	p.usedMem.Store(0)
}

// at notes that the present file has been read up to offset.
func (p *progress) at(offset int64) error {
	p.loaded.Store(p.before.Load() + offset)
	return nil
}

// waitABit waits for so many microseconds, or, if n is negative, one microsecond
// at every -n-th call.
func (p *progress) waitABit(n int64) {
	switch {
	case n == 0:
		return
	case n > 0:
	case p.skipped.Add(1)%-n == 0:
		n = 1
	default:
		return
	}
	clock.Sleep(time.Duration(n) * time.Microsecond)
}

// LoadInfo is what INFO tells while data are being loaded.
type LoadInfo struct {
	Began   int64 // Unix seconds
	Total   int64 // bytes
	Loaded  int64 // bytes
	UsedMem int64 // bytes in use when the file was written
}

// Expected is how many bytes are to be read; if that is not known, how many were
// in use when the file was written.
func (i LoadInfo) Expected() int64 {
	if i.Total == 0 {
		return i.UsedMem
	}
	return i.Total
}

// Remaining is how many seconds loading will take still, going by what was done
// up to now, in Unix seconds.
func (i LoadInfo) Remaining(now int64) int64 {
	if now <= i.Began {
		return 1
	}
	return (now - i.Began) * max(i.Expected()-i.Loaded, 0) / (i.Loaded + 1)
}

// Loading returns how far loading is, for as long as data are being loaded.
func (m *Manager) Loading() LoadInfo {
	p := &m.progress
	return LoadInfo{Began: p.began.Load(), Total: p.total.Load(), Loaded: p.loaded.Load(), UsedMem: p.usedMem.Load()}
}
