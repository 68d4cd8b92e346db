package clients

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"sigrun/internal/testkit"
)

func goRedis(t *testing.T, addr string, proto int) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: addr, Protocol: proto, ClientName: "rig"})
	t.Cleanup(func() { testkit.NoError(t, c.Close()) })
	return c
}

// TestGoRedis plays the same with both protocols.
func TestGoRedis(t *testing.T) {
	s := testkit.StartSigrun(t)
	for proto := 2; proto <= 3; proto++ {
		c := goRedis(t, s.Addr, proto)
		testkit.NoError(t, c.FlushAll(t.Context()).Err())
		name := "resp" + strconv.Itoa(proto)
		t.Run(name+"/strings", func(t *testing.T) { goRedisStrings(t, c) })
		t.Run(name+"/pipeline", func(t *testing.T) { goRedisPipeline(t, c) })
		t.Run(name+"/transaction", func(t *testing.T) { goRedisTransaction(t, c) })
		t.Run(name+"/scan", func(t *testing.T) { goRedisScan(t, c) })
	}
}

func goRedisStrings(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	testkit.NoError(t, c.Set(ctx, "k", "v", time.Hour).Err())
	if got, err := c.Get(ctx, "k").Result(); err != nil || got != "v" {
		t.Errorf("GET: %q, %v", got, err)
	}
	if ttl, err := c.TTL(ctx, "k").Result(); err != nil || ttl <= 59*time.Minute || ttl > time.Hour {
		t.Errorf("TTL: %v, %v", ttl, err)
	}
	if _, err := c.Get(ctx, "none").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("GET of nothing: %v", err)
	}
	if n, err := c.IncrBy(ctx, "n", 5).Result(); err != nil || n != 5 {
		t.Errorf("INCRBY: %d, %v", n, err)
	}
	if f, err := c.IncrByFloat(ctx, "f", 0.1).Result(); err != nil || f != 0.1 {
		t.Errorf("INCRBYFLOAT: %v, %v", f, err)
	}
	if err := c.Incr(ctx, "k").Err(); err == nil {
		t.Error("INCR of a text: no error")
	}
	if got, err := c.MGet(ctx, "k", "none").Result(); err != nil || !slices.Equal(got, []any{"v", nil}) {
		t.Errorf("MGET: %v, %v", got, err)
	}
	if name, err := c.ClientGetName(ctx).Result(); err != nil || name != "rig" {
		t.Errorf("CLIENT GETNAME: %q, %v", name, err)
	}
}

func goRedisPipeline(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	const n = 1000
	results, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for range n {
			p.Incr(ctx, "piped")
		}
		return nil
	})
	testkit.NoError(t, err)
	for i, result := range results {
		if got := result.(*redis.IntCmd).Val(); got != int64(i+1) {
			t.Fatalf("reply %d is %d", i, got)
		}
	}
}

// goRedisTransaction increments with optimistic locks from several goroutines:
// every increment must count exactly once.
func goRedisTransaction(t *testing.T, c *redis.Client) {
	const workers, each = 4, 25
	ctx := t.Context()
	done := make(chan error, workers)
	increment := func(tx *redis.Tx) error {
		n, err := tx.Get(ctx, "locked").Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "locked", n+1, 0).Err() })
		return err
	}
	for range workers {
		go func() {
			for left := each; left > 0; {
				err := c.Watch(ctx, increment, "locked")
				if err != nil && !errors.Is(err, redis.TxFailedErr) {
					done <- err
					return
				}
				if err == nil {
					left--
				}
			}
			done <- nil
		}()
	}
	for range workers {
		testkit.NoError(t, <-done)
	}
	if n, err := c.Get(ctx, "locked").Int(); err != nil || n != workers*each {
		t.Errorf("%d, %v; want %d", n, err, workers*each)
	}
}

func goRedisScan(t *testing.T, c *redis.Client) {
	ctx := t.Context()
	const n = 5000
	pairs := make([]any, 0, 2*n)
	for i := range n {
		pairs = append(pairs, "scan:"+strconv.Itoa(i), i)
	}
	testkit.NoError(t, c.MSet(ctx, pairs...).Err())
	seen := map[string]bool{}
	keys := c.Scan(ctx, 0, "scan:*", 100).Iterator()
	for keys.Next(ctx) {
		seen[keys.Val()] = true
	}
	if testkit.NoError(t, keys.Err()); len(seen) != n {
		t.Errorf("%d of %d keys", len(seen), n)
	}
}
