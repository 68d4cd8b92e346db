package clients

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sigrun/internal/testkit"
)

// goRedis is github.com/redis/go-redis at work.
type goRedis struct {
	addr     string
	protocol int
	c        *redis.Client
}

func newGoRedis(t *testing.T, addr string, protocol int) worker {
	g := &goRedis{addr: addr, protocol: protocol}
	g.c = g.connect(t, &redis.Options{})
	return g
}

// connect returns a further client, closed when the test ends.
func (g *goRedis) connect(t *testing.T, o *redis.Options) *redis.Client {
	o.Addr, o.Protocol, o.ClientName = g.addr, g.protocol, "rig"
	c := redis.NewClient(o)
	t.Cleanup(func() { testkit.NoError(t, c.Close()) })
	return c
}

func (g *goRedis) flush(t *testing.T) { testkit.NoError(t, g.c.FlushAll(t.Context()).Err()) }

func (g *goRedis) checks() map[string]func(t *testing.T) {
	return map[string]func(t *testing.T){
		"protocol": g.protocolCheck, "strings": g.strings, "pipeline": g.pipeline, "transaction": g.transaction,
		"watch": g.watch, "scan": g.scan, "expiry": g.expiry, "binary": g.binary, "big": g.big, "errors": g.errors,
		"concurrent": g.concurrent, "reconnect": g.reconnect,
	}
}

func (g *goRedis) protocolCheck(t *testing.T) {
	info, err := g.c.Do(t.Context(), "CLIENT", "INFO").Text()
	if want := "resp=" + strconv.Itoa(g.protocol); err != nil || !slices.Contains(strings.Fields(info), want) {
		t.Errorf("CLIENT INFO: %q, %v; want %s", info, err, want)
	}
	name, err := g.c.ClientGetName(t.Context()).Result()
	equal(t, "CLIENT GETNAME", name, err, "rig")
}

func (g *goRedis) strings(t *testing.T) {
	ctx, c := t.Context(), g.c
	testkit.NoError(t, c.Set(ctx, "s", "hello", 0).Err())
	n, err := c.Append(ctx, "s", " world").Result()
	equal(t, "APPEND", n, err, 11)
	part, err := c.GetRange(ctx, "s", -5, -1).Result()
	equal(t, "GETRANGE", part, err, "world")
	if _, err := c.SetArgs(ctx, "s", "x", redis.SetArgs{Mode: "NX"}).Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("SET NX of a key that is there: %v", err)
	}
	old, err := c.SetArgs(ctx, "s", "x", redis.SetArgs{Mode: "XX", Get: true}).Result()
	equal(t, "SET XX GET", old, err, "hello world")
	n, err = c.IncrBy(ctx, "n", 5).Result()
	equal(t, "INCRBY", n, err, 5)
	n, err = c.Decr(ctx, "n").Result()
	equal(t, "DECR", n, err, 4)
	f, err := c.IncrByFloat(ctx, "f", 0.5).Result()
	equal(t, "INCRBYFLOAT", f, err, 0.5)
	if got, err := c.MGet(ctx, "s", "none", "n").Result(); err != nil || !slices.Equal(got, []any{"x", nil, "4"}) {
		t.Errorf("MGET: %v, %v", got, err)
	}
	n, err = c.Exists(ctx, "s", "none", "n").Result()
	equal(t, "EXISTS", n, err, 2)
	n, err = c.Del(ctx, "s", "n", "f").Result()
	equal(t, "DEL", n, err, 3)
}

func (g *goRedis) pipeline(t *testing.T) {
	const n = 1000
	ctx := t.Context()
	results, err := g.c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for range n {
			p.Incr(ctx, "piped")
		}
		p.Set(ctx, "text", "x", 0)
		p.Incr(ctx, "text")
		p.Get(ctx, "text")
		return nil
	})
	says(t, err, "not an integer")
	for i, result := range results[:n] {
		equal(t, "INCR", result.(*redis.IntCmd).Val(), result.Err(), int64(i+1))
	}
	says(t, results[n+1].Err(), "not an integer")
	last := results[n+2].(*redis.StringCmd)
	equal(t, "GET after the error", last.Val(), last.Err(), "x")
}

func (g *goRedis) transaction(t *testing.T) {
	ctx := t.Context()
	results, err := g.c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "t", "1", 0)
		p.Incr(ctx, "t")
		p.Get(ctx, "t")
		return nil
	})
	testkit.NoError(t, err)
	equal(t, "GET in the transaction", results[2].(*redis.StringCmd).Val(), nil, "2")
	own := g.c.Conn()
	defer own.Close()
	testkit.NoError(t, own.Do(ctx, "MULTI").Err())
	queued, err := own.Do(ctx, "APPEND", "t", "lost").Text()
	equal(t, "APPEND in a transaction", queued, err, "QUEUED")
	testkit.NoError(t, own.Do(ctx, "DISCARD").Err())
	testkit.NoError(t, own.Do(ctx, "MULTI").Err())
	says(t, own.Do(ctx, "GET").Err(), "wrong number of arguments")
	says(t, own.Do(ctx, "EXEC").Err(), "discarded because of previous errors")
	got, err := own.Get(ctx, "t").Result()
	equal(t, "GET after both", got, err, "2")
}

// watch increments with optimistic locks from several goroutines: every
// increment must count exactly once. Before that, one conflict and one success.
func (g *goRedis) watch(t *testing.T) {
	ctx := t.Context()
	set := func(value string, meanwhile func()) error {
		return g.c.Watch(ctx, func(tx *redis.Tx) error {
			meanwhile()
			_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "w", value, 0).Err() })
			return err
		}, "w")
	}
	if err := set("lost", func() { g.c.Set(ctx, "w", "2", 0) }); !errors.Is(err, redis.TxFailedErr) {
		t.Errorf("EXEC after a conflict: %v", err)
	}
	testkit.NoError(t, set("0", func() {}))
	const goroutines, each = 4, 25
	increment := func(tx *redis.Tx) error {
		n, err := tx.Get(ctx, "w").Int()
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "w", n+1, 0).Err() })
		return err
	}
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for left := each; left > 0; {
				err := g.c.Watch(ctx, increment, "w")
				if err == nil {
					left--
				} else if !errors.Is(err, redis.TxFailedErr) {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	n, err := g.c.Get(ctx, "w").Int()
	equal(t, "increments under WATCH", n, err, goroutines*each)
}

func (g *goRedis) scan(t *testing.T) {
	ctx, keys := t.Context(), scanKeys()
	pairs := make([]any, 0, 2*len(keys))
	for _, key := range keys {
		pairs = append(pairs, key, "x")
	}
	testkit.NoError(t, g.c.MSet(ctx, pairs...).Err())
	for _, c := range []struct {
		kind  string
		count int64
		want  []string
	}{{"", 100, keys}, {"string", 500, keys}, {"hash", 10, nil}} {
		var got []string
		it := g.c.ScanType(ctx, 0, "scan:*", c.count, c.kind).Iterator()
		for it.Next(ctx) {
			got = append(got, it.Val())
		}
		testkit.NoError(t, it.Err())
		sameKeys(t, "SCAN TYPE "+c.kind, got, c.want)
	}
}

func (g *goRedis) expiry(t *testing.T) {
	ctx, c := t.Context(), g.c
	testkit.NoError(t, c.Set(ctx, "e", "x", 40*time.Millisecond).Err())
	eventually(t, "a key that expires", func() bool { return errors.Is(c.Get(ctx, "e").Err(), redis.Nil) })
	testkit.NoError(t, c.Set(ctx, "e", "x", 100*time.Second).Err())
	ttl, err := c.TTL(ctx, "e").Result()
	within(t, "TTL", ttl, err, 90*time.Second, 100*time.Second)
	done, err := c.ExpireGT(ctx, "e", 50*time.Second).Result()
	equal(t, "EXPIRE GT", done, err, false)
	done, err = c.PExpire(ctx, "e", 200*time.Second).Result()
	equal(t, "PEXPIRE", done, err, true)
	ttl, err = c.PTTL(ctx, "e").Result()
	within(t, "PTTL", ttl, err, 190*time.Second, 200*time.Second)
	done, err = c.Persist(ctx, "e").Result()
	equal(t, "PERSIST", done, err, true)
	ttl, err = c.TTL(ctx, "e").Result()
	equal(t, "TTL of a lasting key", ttl, err, -1)
	done, err = c.ExpireAt(ctx, "e", time.Unix(4_000_000_000, 0)).Result()
	equal(t, "EXPIREAT", done, err, true)
	ttl, err = c.ExpireTime(ctx, "e").Result()
	equal(t, "EXPIRETIME", ttl, err, 4_000_000_000*time.Second)
	ttl, err = c.TTL(ctx, "none").Result()
	equal(t, "TTL of no key", ttl, err, -2)
}

func (g *goRedis) binary(t *testing.T) {
	ctx := t.Context()
	key, value := everyByte()
	testkit.NoError(t, g.c.Set(ctx, key, value, 0).Err())
	got, err := g.c.Get(ctx, key).Result()
	equal(t, "GET of every byte", got, err, value)
	testkit.NoError(t, g.c.Set(ctx, "empty", "", 0).Err())
	got, err = g.c.Get(ctx, "empty").Result()
	equal(t, "GET of nothing", got, err, "")
	testkit.NoError(t, g.c.SetRange(ctx, "hole", 3, "\r\n").Err())
	got, err = g.c.Get(ctx, "hole").Result()
	equal(t, "GET of a hole", got, err, "\x00\x00\x00\r\n")
}

func (g *goRedis) big(t *testing.T) {
	ctx, value := t.Context(), bigValue()
	keys := []string{"big:0", "big:1", "big:2", "big:3"}
	for _, key := range keys {
		testkit.NoError(t, g.c.Set(ctx, key, value, 0).Err())
	}
	values, err := g.c.MGet(ctx, keys...).Result()
	testkit.NoError(t, err)
	results, err := g.c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for range 8 {
			p.Get(ctx, keys[1])
		}
		return nil
	})
	testkit.NoError(t, err)
	for _, result := range results {
		values = append(values, result.(*redis.StringCmd).Val())
	}
	for i, got := range values {
		if got != value {
			t.Errorf("value %d came back different", i)
		}
	}
}

func (g *goRedis) errors(t *testing.T) {
	ctx := t.Context()
	testkit.NoError(t, g.c.Set(ctx, "text", "x", 0).Err())
	says(t, g.c.Incr(ctx, "text").Err(), "value is not an integer or out of range")
	says(t, g.c.Do(ctx, "NOSUCHCOMMAND").Err(), "unknown command")
	says(t, g.c.Do(ctx, "GET").Err(), "wrong number of arguments")
	got, err := g.c.Get(ctx, "text").Result()
	equal(t, "GET after errors", got, err, "x")
}

func (g *goRedis) concurrent(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if err := g.c.Incr(t.Context(), "together").Err(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	n, err := g.c.Get(t.Context(), "together").Int()
	equal(t, "together", n, err, 800)
}

func (g *goRedis) reconnect(t *testing.T) {
	ctx := t.Context()
	own := g.connect(t, &redis.Options{PoolSize: 1})
	before, err := own.ClientID(ctx).Result()
	testkit.NoError(t, err)
	killed, err := g.c.ClientKillByFilter(ctx, "ID", strconv.FormatInt(before, 10)).Result()
	equal(t, "CLIENT KILL", killed, err, 1)
	testkit.NoError(t, own.Set(ctx, "back", "again", 0).Err())
	got, err := own.Get(ctx, "back").Result()
	equal(t, "GET after CLIENT KILL", got, err, "again")
	if after, err := own.ClientID(ctx).Result(); err != nil || after == before {
		t.Errorf("CLIENT ID: %d, %v; it was %d before", after, err, before)
	}
}
