package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"

	"sigrun"
)

// The program is built with a profile of its hot path (cmd/sigrun/default.pgo),
// by which the compiler inlines what is called most. With -profile a new one is
// recorded: this program starts itself once more as a server that keeps a CPU
// profile, and puts the loads of the speed cells on it.

// profiledEnv makes this program a server and names the file of its profile.
const profiledEnv = "SIGRUN_BENCH_PROFILE"

// profileScale is the part of each load that is run.
const profileScale = 0.5

// recordProfile writes a profile of ours under the loads of the chosen cells.
func (r *rig) recordProfile(chosen []*cell, file string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if file, err = filepath.Abs(file); err != nil { // the server has another working directory
		return err
	}
	r.opts.scale *= profileScale
	m := maker{name: "ours", command: []string{self}, env: []string{profiledEnv + "=" + file}, cores: r.server, dir: r.dir}
	s, err := m.start()
	if err != nil {
		return err
	}
	defer s.stop()
	loaded := map[string]bool{}
	for _, c := range chosen {
		l, ok := loads[c.name]
		if !ok {
			continue
		}
		if l.needs != "" && !loaded[l.needs] {
			if err := dataSets[l.needs](r, s); err != nil {
				return err
			}
			loaded[l.needs] = true
		}
		if _, _, err := r.loop(l).run(s.addr, func() {}); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	_, _ = s.control.do("SHUTDOWN", "NOSAVE") // its reply is the end of the connection
	return s.cmd.Wait()
}

// serveProfiled is the server that recordProfile starts. args are those of the
// program sigrun server.
func serveProfiled(file string, args []string) error {
	settings := map[string]string{}
	for i := 0; i+1 < len(args); i += 2 {
		settings[strings.TrimPrefix(args[i], "--")] = args[i+1]
	}
	addr := net.JoinHostPort(settings["bind"], settings["port"])
	for _, embedded := range []string{"bind", "port", "dir", "logfile"} {
		delete(settings, embedded)
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	s, err := sigrun.Start(sigrun.Options{Addr: addr, Settings: settings})
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	s.Wait()
	pprof.StopCPUProfile()
	return f.Close()
}
