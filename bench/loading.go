package main

import (
	"fmt"
	"os"
	"path/filepath"
)

const loadedKeys = 5_000_000

// mixture is what files that are loaded hold: each command is repeated for a share,
// in twentieths, of the keys.
var mixture = []struct {
	command string
	share   int64
}{
	{"SET key:############ value:%%%%%%%%%%", 10},
	{"SET int:############ %%%%%%%%", 2},
	{"SET ttl:############ " + value64 + " EX 100000", 2},
	{"HSET hash:############ field1 %%%%%%% field2 %%%%%%% field3 %%%%%%% field4 %%%%%%% field5 %%%%%%%", 2},
	{"RPUSH list:############ elem1 elem2 elem3 elem4 %%%%%%% elem5 elem6 elem7", 1},
	{"SADD set:############ member1 member2 member3 member4 %%%%%%% member5 member6 member7", 1},
	{"ZADD zset:############ 1 member1 20 member2 300 member3 4 member4 5000 member5 %%%%%%% member6", 1},
	{"SADD ints:############ 1 20 300 4000 50000 %%%%%%%", 1},
}

// loading measures how long a server takes from its start to PONG with files that
// the peer has written: an RDB file, or an append-only file of commands.
func loading(aof bool) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		dir, err := os.MkdirTemp(r.dir, "files")
		if err != nil {
			return outcome{}, err
		}
		defer os.RemoveAll(dir)
		args := []string{"--dir", dir, "--auto-aof-rewrite-percentage", "0"}
		if aof {
			args = append(args, "--appendonly", "yes", "--appendfsync", "no")
		}
		if err := r.writeFiles(args, aof); err != nil {
			return outcome{}, err
		}
		best := [2]float64{none, none}
		err = inTurns(r.opts.rounds, func(who int) error {
			m := *r.makers[who]
			m.cores = r.all
			s, err := m.start(args...)
			if err != nil {
				return err
			}
			defer s.stop()
			if took := s.toPong.Seconds(); best[who] < 0 || took < best[who] {
				best[who] = took
			}
			return nil
		})
		return outcome{peer: best[peer], ours: best[ours], note: sizeOf(dir)}, err
	}
}

// writeFiles has the peer write the files of a mixture of keys.
func (r *rig) writeFiles(args []string, aof bool) error {
	s, err := r.makers[peer].start(args...)
	if err != nil {
		return err
	}
	defer s.stop()
	for _, part := range mixture {
		if err := fillWith(s, part.command, r.scaled(loadedKeys*part.share/20)); err != nil {
			return err
		}
	}
	if !aof {
		_, err = s.control.do("SAVE")
	}
	return err
}

// sizeOf tells how large the files in dir are.
func sizeOf(dir string) string {
	var bytes int64
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Name() != "log" {
			bytes += info.Size()
		}
		return err
	})
	return fmt.Sprintf("files of %d MB", bytes>>20)
}
