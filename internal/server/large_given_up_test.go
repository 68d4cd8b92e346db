package server

import (
	"testing"

	"sigrun/internal/vfs"
)

// TestSavesOfLargeValuesGivenUp cancels saves and flushes what is being saved, while
// clients change it. What is saved then has to be the data, and nothing may be left
// when all is deleted.
func TestSavesOfLargeValuesGivenUp(t *testing.T) {
	fsys := vfs.NewMem()
	s := startOn(t, fsys, nil)
	c := client(t, s)
	for _, flush := range [][]string{nil, {"FLUSHALL", "ASYNC"}, {"FLUSHALL", "SYNC"}, {"SWAPDB", "0", "1"}} {
		fillLarge(c)
		c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "20000")
		stop := changeAll(t, s)
		c.MustDo("BGSAVE")
		until(t, "a save under way", func() bool { return s.persist.Info().KeysSaved > 0 })
		if len(flush) > 0 {
			c.MustDo(flush...)
		}
		c.Do("BGSAVE", "CANCEL") // it may have ended
		until(t, "the end of the save", idle(s))
		c.MustDo("CONFIG", "SET", "rdb-key-save-delay", "0")
		c.MustDo("DEBUG", "RELOAD")
		stop()
		c.MustDo("SAVE")
		want := states(c)
		got := states(client(t, startOn(t, fsys.Clone(), nil)))
		for key := range want {
			if got[key] != want[key] {
				t.Errorf("after %v %s differs: %.200s, want %.200s", flush, key, got[key], want[key])
			}
		}
	}
	c.MustDo("FLUSHALL")
	until(t, "all to be freed", func() bool { return s.ks.PendingFrees() == 0 })
	if n := s.ks.Used(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}
