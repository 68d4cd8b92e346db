package stats_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/keyspace"
	"sigrun/internal/stats"
)

const second = int64(1e9)

func TestRate(t *testing.T) {
	var r stats.Rate
	now, count := int64(5*second), int64(1000)
	r.Add(count, now) // what was before isn't known
	if r.PerSecond() != 0 {
		t.Errorf("after one sample the rate is %v", r.PerSecond())
	}
	for range 16 {
		now += second / 10
		count += 50
		r.Add(count, now)
	}
	if got := r.PerSecond(); got < 499 || got > 501 {
		t.Errorf("50 in each tenth of a second are %v per second, want 500", got)
	}
	now += second / 10
	r.Add(0, now) // reset: nothing is known to have grown
	for range 15 {
		now += second / 10
		r.Add(0, now)
	}
	if got := r.PerSecond(); got != 0 {
		t.Errorf("without growth the rate is %v", got)
	}
	r.Add(7, now) // no time has passed
	if got := r.PerSecond(); got != 0 {
		t.Errorf("in no time the rate has become %v", got)
	}
}

func TestCommandLogCuts(t *testing.T) {
	var l stats.CommandLog
	long := bytes.Repeat([]byte{'x'}, 200)
	args := [][]byte{[]byte("MSET"), long}
	for i := range 40 {
		args = append(args, fmt.Appendf(nil, "%d", i))
	}
	l.Add(stats.Slow, stats.Entry{Args: args}, 10)
	got := l.Get(stats.Slow, 1)[0].Args
	if len(got) != 32 {
		t.Fatalf("%d arguments are kept, want 32", len(got))
	}
	if want := strings.Repeat("x", 128) + "... (72 more bytes)"; string(got[1]) != want {
		t.Errorf("a long argument is kept as %q, want %q", got[1], want)
	}
	if want := "... (11 more arguments)"; string(got[31]) != want {
		t.Errorf("the last argument is %q, want %q", got[31], want)
	}
	long[0] = 'y'
	if got[1][0] != 'x' {
		t.Error("the log keeps a view of the argument")
	}
}

func TestCommandLogIsBounded(t *testing.T) {
	var l stats.CommandLog
	for range 10 {
		l.Add(stats.LargeReply, stats.Entry{}, 3)
	}
	if n := l.Len(stats.LargeReply); n != 3 {
		t.Errorf("%d entries are kept, want 3", n)
	}
	all := l.Get(stats.LargeReply, -1)
	if len(all) != 3 || all[0].ID != 9 || all[2].ID != 7 {
		t.Errorf("the newest entries are %v", all)
	}
	l.Reset(stats.LargeReply)
	l.Add(stats.LargeReply, stats.Entry{}, 3)
	if id := l.Get(stats.LargeReply, 1)[0].ID; id != 10 {
		t.Errorf("after a reset ids go on with %d, want 10", id)
	}
	l.Add(stats.LargeReply, stats.Entry{}, 0)
	if n := l.Len(stats.LargeReply); n != 0 {
		t.Errorf("with a length of 0 there are %d entries", n)
	}
}

func TestErrors(t *testing.T) {
	var e stats.Errors
	for _, text := range []string{"ERR a", "ERR b", "WRONGTYPE", ""} {
		e.Count(text)
	}
	sum := map[string]uint64{"ERR": 1}
	e.AddTo(sum)
	if e.Total != 4 || sum["ERR"] != 3 || sum["WRONGTYPE"] != 1 {
		t.Errorf("counted %v, %d together", sum, e.Total)
	}
	for i := range 1000 {
		e.Count(fmt.Sprintf("CODE%d", i))
	}
	sum = map[string]uint64{}
	e.AddTo(sum)
	if len(sum) > 128 || e.Total != 1004 {
		t.Errorf("%d codes are kept of %d errors", len(sum), e.Total)
	}
}

func TestMeter(t *testing.T) {
	ks, err := keyspace.New(keyspace.Options{Databases: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer ks.Close()
	m := stats.NewMeter(ks, func() int64 { return 0 })
	empty := m.Read()
	if empty.Startup != empty.Used() || empty.Peak < empty.Used() {
		t.Errorf("empty: %+v", empty)
	}
	gate := ks.NewGate()
	gate.Enter()
	tx := ks.NewTxn(gate, nil)
	tx.EnterAll()
	value := bytes.Repeat([]byte{'x'}, 1000)
	for i := range 1000 {
		tx.Set(keyspace.KeyOf(fmt.Appendf(nil, "%d", i)), value, keyspace.NoExpiry)
	}
	full := m.Read()
	tx.Flush(-1, false)
	tx.Leave()
	gate.Leave()
	if grown := full.Data - empty.Data; grown < 1_000_000 || grown > 1_200_000 {
		t.Errorf("a million bytes in a thousand keys take %d", grown)
	}
	after := m.Read()
	if after.Data > empty.Data+10_000 || after.Peak < full.Used() || after.Resident < after.Data {
		t.Errorf("after a flush: %+v", after)
	}
	m.ResetPeak()
	if m.Read().Peak >= full.Used() {
		t.Error("the peak stays when it is reset")
	}
}

func TestReplID(t *testing.T) {
	var h stats.Host
	id := h.ReplID()
	if len(id) != 40 || h.ReplID() != id {
		t.Errorf("the replication id is %q, then %q", id, h.ReplID())
	}
	if h.ChangeReplID(); h.ReplID() == id {
		t.Error("the replication id has not changed")
	}
}
