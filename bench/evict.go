package main

import (
	"bufio"
	"fmt"
	"math"
	"net"
	"strconv"
	"time"

	"sigrun/internal/rng"
	"sigrun/internal/testkit"
)

const (
	evictKeys     = 1_000_000 // in the trace; about a sixth of them fits
	evictBudget   = 32 << 20  // bytes beyond an empty server
	evictLeast    = 2 << 20   // however small the scale: servers need room to work
	evictAccesses = 3_000_000
	evictSkew     = 0.99 // the exponent of the Zipf distribution
	evictBatch    = 64
	evictValue    = 100 // bytes
)

// eviction is the hit ratio of a cache in front of a slow store: GET, and SET
// after a miss. The first half of the trace only warms it up.
func eviction(policy string) func(r *rig) (outcome, error) {
	return func(r *rig) (outcome, error) {
		return r.each(1, []string{"--maxmemory-policy", policy}, func(s *server) (float64, error) {
			used, err := s.control.infoFloat("memory", "used_memory")
			if err != nil {
				return 0, err
			}
			limit := int64(used) + max(evictLeast, r.scaled(evictBudget))
			if _, err := s.control.do("CONFIG", "SET", "maxmemory", strconv.FormatInt(limit, 10)); err != nil {
				return 0, err
			}
			c, err := newCache(s.addr)
			if err != nil {
				return 0, err
			}
			defer c.conn.Close()
			trace := newZipf(rng.New(seed), float64(r.scaled(evictKeys)), evictSkew)
			n := r.scaled(evictAccesses) / 2
			if _, err := c.access(trace, n); err != nil {
				return 0, err
			}
			hits, err := c.access(trace, n)
			return float64(hits) / float64(n), err
		})
	}
}

// cache is one connection that uses the server as a cache, in batches.
type cache struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	keys []string
	buf  []byte
}

func newCache(addr string) (*cache, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	value := make([]byte, evictValue)
	return &cache{conn: conn, in: bufio.NewReaderSize(conn, readBuffer), buf: value}, conn.SetDeadline(time.Now().Add(loadTimeout))
}

// access looks up n keys of the trace, and returns how many were there.
func (c *cache) access(trace *zipf, n int64) (hits int64, err error) {
	for done := int64(0); done < n; done += evictBatch {
		c.keys, c.out = c.keys[:0], c.out[:0]
		for range min(evictBatch, n-done) {
			key := fmt.Sprintf("key:%09d", trace.next())
			c.keys = append(c.keys, key)
			c.out = testkit.AppendCommand(c.out, "GET", key)
		}
		missed, err := c.lookUp()
		if err != nil {
			return 0, err
		}
		hits += int64(len(c.keys) - missed)
	}
	return hits, nil
}

// lookUp sends the GETs in c.out, and SETs for the keys that were missing.
func (c *cache) lookUp() (missed int, err error) {
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	c.out = c.out[:0]
	for _, key := range c.keys {
		reply, err := c.reply()
		if err != nil {
			return 0, err
		}
		if reply.Nil {
			c.out = testkit.AppendCommand(c.out, "SET", key, string(c.buf))
			missed++
		}
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return 0, err
	}
	for range missed {
		if _, err := c.reply(); err != nil {
			return 0, err
		}
	}
	return missed, nil
}

func (c *cache) reply() (testkit.Reply, error) {
	reply, err := testkit.ReadReply(c.in)
	if err == nil && reply.IsError() {
		err = errReply(reply.Text)
	}
	return reply, err
}

// zipf draws ranks from 0 to n-1, rank k with a probability in proportion to
// (k+1)^-s, for any s > 0, by rejection-inversion: invert the integral of x^-s,
// round, and reject the few that the rounding took too often.
// (W. Hörmann, G. Derflinger: Rejection-inversion to generate variates from
// monotone discrete distributions, 1996.)
type zipf struct {
	chance    *rng.Source
	s, n      float64
	low, high float64 // integral at 1.5 minus the weight of 1, and at n+0.5
}

func newZipf(chance *rng.Source, n, s float64) *zipf {
	z := &zipf{chance: chance, s: s, n: n}
	z.low, z.high = z.integral(1.5)-1, z.integral(n+0.5)
	return z
}

// integral is that of x^-s, from 1 on.
func (z *zipf) integral(x float64) float64 {
	if z.s == 1 {
		return math.Log(x)
	}
	return (math.Pow(x, 1-z.s) - 1) / (1 - z.s)
}

func (z *zipf) inverse(y float64) float64 {
	if z.s == 1 {
		return math.Exp(y)
	}
	return math.Pow(1+y*(1-z.s), 1/(1-z.s))
}

func (z *zipf) next() int64 {
	for {
		y := z.high + z.chance.Float64()*(z.low-z.high)
		k := min(max(math.Round(z.inverse(y)), 1), z.n)
		if y >= z.integral(k+0.5)-math.Pow(k, -z.s) {
			return int64(k) - 1
		}
	}
}
