package config

import (
	"slices"
	"strconv"
	"sync"
	"testing"
)

func TestTypedValues(t *testing.T) {
	s := load(t, `maxmemory 18446744073709551615
maxmemory-clients 5%
bind 127.0.0.1 -::1
save 60 5
save 1 0
client-output-buffer-limit replica 1mb 2kb 3
latency-tracking-info-percentiles 50 99.9
oom-score-adj-values -5 0 7
notify-keyspace-events KEg$
requirepass "a b"
`)
	if s.Uint(MaxMemory) != 1<<64-1 || s.Int(MaxMemoryClients) != -5 {
		t.Errorf("maxmemory %d, maxmemory-clients %d", s.Uint(MaxMemory), s.Int(MaxMemoryClients))
	}
	if got := s.Addresses(Bind); !slices.Equal(got, []string{"127.0.0.1", "-::1"}) {
		t.Errorf("bind %q", got)
	}
	if got := s.Addresses(RDMABind); len(got) != 0 {
		t.Errorf("rdma-bind %q", got)
	}
	if got := s.SavePoints(); !slices.Equal(got, []SavePoint{{60, 5}, {1, 0}}) {
		t.Errorf("save %v", got)
	}
	if got := s.OutputLimit(ReplicaClient); got != (OutputLimit{1 << 20, 2 << 10, 3}) {
		t.Errorf("limit %v", got)
	}
	if got := s.OutputLimit(PubSubClient); got != (OutputLimit{32 << 20, 8 << 20, 60}) {
		t.Errorf("limit %v", got)
	}
	if got := s.Percentiles(); !slices.Equal(got, []float64{50, 99.9}) {
		t.Errorf("percentiles %v", got)
	}
	if got := s.OOMScores(); got != [3]int{-5, 0, 7} {
		t.Errorf("oom-score-adj-values %v", got)
	}
	if got := s.Int(NotifyKeyspaceEvents); got != NotifyKeyspace|NotifyKeyevent|NotifyGeneric|NotifyString {
		t.Errorf("events %b", got)
	}
	if got := s.String(RequirePass); got != "a b" {
		t.Errorf("requirepass %q", got)
	}
	if got := New(Options{WorkDir: "/data"}).String(Dir); got != "/data" {
		t.Errorf("dir %q", got)
	}
}

func TestReadsDoNotAllocate(t *testing.T) {
	s := New(Options{})
	sum := 0
	allocs := testing.AllocsPerRun(100, func() {
		sum += int(s.Int(MaxMemoryPolicy)) + len(s.String(DBFilename)) + len(s.SavePoints())
		sum += int(s.OutputLimit(NormalClient).SoftSeconds) + len(s.Percentiles()) + s.OOMScores()[0]
		if s.Bool(AppendOnly) {
			sum++
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations, sum %d", allocs, sum)
	}
}

// Readers see every value whole while it changes, and the race detector agrees.
func TestReadWhileSet(t *testing.T) {
	s := New(Options{})
	if err := set(s, "save", "1 1"); err != nil {
		t.Fatal(err)
	}
	s.OnApply(func() error { return nil }, Save)
	stop := make(chan struct{})
	var readers, writers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				for _, p := range s.SavePoints() {
					if p.Seconds != p.Changes {
						t.Errorf("half a save point: %v", p)
						return
					}
				}
				s.Get("save", "h*")
			}
		})
	}
	for range 2 {
		writers.Go(func() {
			for i := range 200 {
				n := strconv.Itoa(i + 1)
				if err := set(s, "save", n+" "+n, "hz", n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
}
