//go:build tools

// Package tools pins modules that only tests and tools import.
package tools

import (
	_ "github.com/HdrHistogram/hdrhistogram-go"
	_ "github.com/anishathalye/porcupine"
	_ "github.com/redis/go-redis/v9"
	_ "github.com/valkey-io/valkey-go"
	_ "go.uber.org/goleak"
	_ "golang.org/x/sys/unix"
	_ "pgregory.net/rapid"
)
