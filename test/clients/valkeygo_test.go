package clients

import (
	"strconv"
	"sync"
	"testing"

	"github.com/valkey-io/valkey-go"

	"sigrun/internal/testkit"
)

func valkeyGo(t *testing.T, addr string, option valkey.ClientOption) valkey.Client {
	option.InitAddress = []string{addr}
	c, err := valkey.NewClient(option)
	testkit.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// TestValkeyGo uses the client as it pipelines by itself: many goroutines share
// one connection.
func TestValkeyGo(t *testing.T) {
	s := testkit.StartSigrun(t)
	c := valkeyGo(t, s.Addr, valkey.ClientOption{DisableCache: true})
	ctx := t.Context()
	const workers, each = 50, 200
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			key := "own:" + strconv.Itoa(w)
			for i := range each {
				if n, err := c.Do(ctx, c.B().Incr().Key(key).Build()).AsInt64(); err != nil || n != int64(i+1) {
					t.Errorf("%s: %d, %v; want %d", key, n, err, i+1)
					return
				}
				if err := c.Do(ctx, c.B().Incr().Key("shared").Build()).Error(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if n, err := c.Do(ctx, c.B().Get().Key("shared").Build()).AsInt64(); err != nil || n != workers*each {
		t.Errorf("shared: %d, %v; want %d", n, err, workers*each)
	}
}

// TestValkeyGoDedicated holds a transaction on a connection of its own.
func TestValkeyGoDedicated(t *testing.T) {
	s := testkit.StartSigrun(t)
	c := valkeyGo(t, s.Addr, valkey.ClientOption{DisableCache: true})
	ctx := t.Context()
	testkit.NoError(t, c.Dedicated(func(d valkey.DedicatedClient) error {
		replies := d.DoMulti(ctx,
			d.B().Watch().Key("k").Build(),
			d.B().Multi().Build(),
			d.B().Set().Key("k").Value("v").Nx().Build(),
			d.B().Get().Key("k").Build(),
			d.B().Exec().Build(),
		)
		results, err := replies[len(replies)-1].ToArray()
		if err != nil {
			return err
		}
		if text, err := results[1].ToString(); err != nil || text != "v" {
			t.Errorf("GET in a transaction: %q, %v", text, err)
		}
		return nil
	}))
}
