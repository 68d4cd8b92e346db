package sigrun_test

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"sigrun"
)

// A test that needs a database starts one, without ports or files to clean up.
func Example() {
	ctx := context.Background()
	s, err := sigrun.Start(sigrun.Options{Settings: map[string]string{"maxmemory": "50mb"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	client := redis.NewClient(&redis.Options{Dialer: s.Dial})
	defer client.Close()
	client.Set(ctx, "greeting", "hello", 0)
	fmt.Println(client.Get(ctx, "greeting").Val())
	// Output: hello
}

// A test of what happens later need not wait for it.
func ExampleClock() {
	ctx := context.Background()
	clock := sigrun.NewClock(time.Now())
	s, err := sigrun.Start(sigrun.Options{Clock: clock})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	client := redis.NewClient(&redis.Options{Dialer: s.Dial})
	defer client.Close()
	client.Set(ctx, "session", "alice", time.Hour)
	clock.Advance(59 * time.Minute)
	fmt.Println(client.Exists(ctx, "session").Val())
	clock.Advance(2 * time.Minute)
	fmt.Println(client.Exists(ctx, "session").Val())
	// Output:
	// 1
	// 0
}
