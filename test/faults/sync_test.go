package faults

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/test/variants"
)

// syncsOfLog are the syncs of what was appended to the log.
const syncsOfLog = "internal/aof.(*Writer).syncCurrent"

// TestFailingSyncAlways is P7 with appendfsync always: the server ends, and has
// acknowledged nothing that was not synced.
func TestFailingSyncAlways(t *testing.T) {
	variants.Use(t, injecting...)
	chance := source(t)
	for range count(5, 200) {
		if err := failingSyncAlways(t, int(1+chance.Uint64n(50))); err != nil {
			t.Fatal(err)
		}
	}
}

// failingSyncAlways has the nth sync fail, while one client writes: each write
// takes one.
func failingSyncAlways(t *testing.T, nth int) error {
	inject(t, fault{kind: "fdatasync", place: syncsOfLog, nth: nth, errno: syscall.EIO})
	defer noInjection()
	l := &life{t: t, dir: quickDir(t, 64<<20), args: append(mode("always"), "--save", "")}
	if err := l.start(); err != nil {
		return err
	}
	l.logged = true
	for !l.p.gone() && l.written < 10*nth {
		if err := steps(func() error { return l.set(1) }); err != nil {
			return err
		}
	}
	if len(l.acked) >= nth {
		return fmt.Errorf("sync %d has failed, and %d writes were acknowledged", nth, len(l.acked))
	}
	if err := l.p.await(); err != nil {
		return err
	}
	if code := l.p.cmd.ProcessState.ExitCode(); code != 1 {
		return fmt.Errorf("exit code %d", code)
	}
	noInjection()
	return l.judge()
}

// TestFailingSyncEverySecond is P7 with everysec: writes are refused, and what
// was written is not said to be durable, until a rewrite has replaced the file.
func TestFailingSyncEverySecond(t *testing.T) {
	variants.Use(t, injecting...)
	for range count(1, 20) {
		if err := failingSyncEverySecond(t); err != nil {
			t.Fatal(err)
		}
	}
}

func failingSyncEverySecond(t *testing.T) error {
	const rewriteWaits = time.Second
	inject(t, fault{kind: "fdatasync", place: syncsOfLog, nth: 1, errno: syscall.EIO},
		fault{kind: "open", place: "internal/aof.(*Rewrite).open", delay: rewriteWaits})
	defer noInjection()
	l := &life{t: t, dir: quickDir(t, 64<<20), args: append(mode("everysec"), "--save", "")}
	if err := l.start(); err != nil {
		return err
	}
	var saw struct{ refused, undurable, durable bool }
	for began := time.Now(); !saw.durable && time.Since(began) < maxHeal; {
		reply, err := l.p.do("SET", "probe", "x")
		if err != nil {
			return err
		}
		if strings.HasPrefix(reply.Text, "MISCONF") {
			saw.refused = true
		}
		if reply, err = l.p.do("WAITAOF", "1", "0", "20"); err != nil {
			return err
		}
		durable := len(reply.Elems) == 2 && reply.Elems[0].Int() == 1
		switch {
		case durable && !saw.refused:
			return fmt.Errorf("what a failed sync may have lost is said to be durable: %s", reply)
		case durable:
			saw.durable = true
		default:
			saw.undurable = true
		}
		if err := l.set(1); err != nil {
			return err
		}
	}
	if !saw.refused || !saw.undurable || !saw.durable {
		return fmt.Errorf("writes refused, then not durable, then durable: %v", saw)
	}
	if err := l.heal(); err != nil {
		return err
	}
	l.p.kill()
	noInjection()
	return l.judge()
}

// slowSync is how long each sync takes; in a sample it is shorter.
func slowSync() time.Duration { return time.Duration(count(2, 5)) * time.Second }

// TestSlowSync is P8, and P2 with it: slow syncs delay nobody, are counted, and
// a kill during one loses nothing.
func TestSlowSync(t *testing.T) {
	variants.Use(t, injecting...)
	longest, v := slowSyncs(t)
	v.mustHold(t)
	if longest > slowSync()/2 {
		t.Errorf("a reply took %v", longest)
	}
}

// slowSyncs has every sync take long, kills the server during one, and returns how
// long requests of an unhurried client took at most.
func slowSyncs(t *testing.T) (longest time.Duration, v *verdict) {
	in := inject(t, fault{kind: "fdatasync", place: syncsOfLog, delay: slowSync()})
	defer noInjection()
	s := testkit.StartSigrun(t, mode("everysec")...)
	l, ended := newLoad(s.Addr, 0), make(chan error, 1)
	l.pause = slowWriter
	chance := source(t)
	go func() {
		ended <- l.run(chance, ending{after: 1 << 40, rewrite: 1 << 41, kill: s.Kill9, dump: func() { dump(t, s) }})
	}()
	c := s.Dial(t)
	defer c.Close()
	var waits []time.Duration
	delayed := func() string { return field(c.Do("INFO", "persistence").Text, "aof_delayed_fsync") }
	for began := time.Now(); len(lines(in.hits)) < 2 || delayed() == "0"; {
		for _, args := range [][]string{{"SET", "probe", "x"}, {"GET", "probe"}} {
			sent := time.Now()
			c.MustDo(args...)
			waits = append(waits, time.Since(sent))
		}
		time.Sleep(time.Millisecond)
		if time.Since(began) > 5*slowSync() {
			t.Fatalf("%d slow syncs, %s delayed", len(lines(in.hits)), delayed())
		}
	}
	l.over.Store(true)
	testkit.NoError(t, <-ended)
	noInjection()
	s.Restart()
	v = &verdict{kills: 1}
	l.judge(t, v)
	slices.Sort(waits)
	longest = waits[len(waits)-1]
	t.Logf("replies took %v at most, 99 of 100 at most %v", longest, waits[len(waits)*99/100])
	return longest, v
}
