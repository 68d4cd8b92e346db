// Command sigrun is the server and its tools in one binary.
package main

import (
	"fmt"
	"os"

	"sigrun/internal/config"
	"sigrun/internal/server"
)

func main() {
	args := os.Args[1:]
	if len(args) > 0 && args[0] == "server" {
		args = args[1:]
	}
	cfg, err := config.Load(args, config.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := server.Start(server.Options{Config: cfg})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s.Wait()
}
