package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"sigrun/internal/admin/persists"
	"sigrun/internal/aof"
	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/logs"
	"sigrun/internal/server"
	"sigrun/internal/version"
	"sigrun/internal/vfs"
)

// runServer serves until it is told to stop.
func runServer(name string, args []string) int {
	if len(args) > 0 {
		switch {
		case isVersion(args[0]):
			printVersion("Valkey server")
			return 0
		case args[0] == "-h" || args[0] == "--help":
			serverUsage(os.Stdout, name)
			return 0
		case args[0] == "--check-system":
			return 0 // nothing about the system would harm this server: it never forks
		}
	}
	ownStrings(args)
	p, err := newProcess(args)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	p.name = strings.Clone(name)
	return p.serve()
}

// ownStrings copies all arguments and the environment: the title of the process will
// be written over their memory.
func ownStrings(args []string) {
	for _, list := range [][]string{args, os.Args} {
		for i := range list {
			list[i] = strings.Clone(list[i])
		}
	}
	for _, line := range os.Environ() {
		if name, value, ok := strings.Cut(line, "="); ok && name != "" {
			_ = os.Setenv(name, value) // makes another string of both
		}
	}
}

func serverUsage(w *os.File, name string) {
	fmt.Fprintf(w, "Usage: %s [FILE] [--name value]... [-]\n"+
		"  FILE           a valkey.conf or redis.conf; - reads one from standard input\n"+
		"  --name value   sets what a line \"name value\" in the file would\n"+
		"  -v, --version  -h, --help\n", name)
}

// process is a server as a process of its own.
type process struct {
	name string // of the program, as it was called
	cfg  *config.Store
	log  *logs.Logger
	fs   vfs.FS
	quit chan os.Signal
}

func newProcess(args []string) (*process, error) {
	p := &process{fs: vfs.OS(""), quit: make(chan os.Signal, 4)}
	dir, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	p.cfg, err = config.Load(args, config.Options{
		FS: config.Files(p.fs), WorkDir: dir, Stdin: os.Stdin, Version: version.Valkey,
		Log: func(level int64, line string) { p.logLater(level, line) },
	})
	if err != nil {
		return nil, err
	}
	return p, p.openLog()
}

// logLater logs what the settings have to say; before there is a log there is
// nothing that must be said.
func (p *process) logLater(level int64, line string) {
	if p.log != nil {
		p.log.Logf([]logs.Level{logs.Debug, logs.Verbose, logs.Notice, logs.Warning}[min(level, 3)], "%s", line)
	}
}

func (p *process) openLog() error {
	o := logs.Options{PID: os.Getpid(), Clock: clock.Real, File: p.cfg.String(config.LogFile), FS: p.fs, Stdout: os.Stdout}
	if o.File != "" && !filepath.IsAbs(o.File) {
		o.File = filepath.Join(p.cfg.String(config.Dir), o.File)
	}
	if o.File != "" {
		f, err := vfs.OpenAppend(p.fs, o.File, 0o644)
		if err != nil {
			return fmt.Errorf("Can't open the log file: %s", vfs.Reason(err))
		}
		if p.cfg.Bool(config.CrashLogEnabled) {
			err = vfs.SetCrashOutput(f)
		}
		_ = f.Close()
		if err != nil {
			return fmt.Errorf("Can't log crashes: %w", err)
		}
	}
	if p.cfg.Bool(config.SyslogEnabled) {
		var err error
		if o.Syslog, err = logs.Syslog(int(p.cfg.Int(config.SyslogFacility)), p.cfg.String(config.SyslogIdent)); err != nil {
			return err
		}
	}
	p.log = logs.New(o)
	p.log.SetLevel(int(p.cfg.Int(config.LogLevel)))
	p.log.SetForm(logs.Form(p.cfg.Int(config.LogFormat)), logs.Stamp(p.cfg.Int(config.LogTimestampFormat)))
	return nil
}

func (p *process) logf(level aof.Level, format string, args ...any) {
	p.log.Logf(logs.Level(level), format, args...)
}

// serve starts the server and waits for its end.
func (p *process) serve() int {
	p.announce()
	if err := p.writePID(); err != nil {
		p.logf(aof.Warning, "Failed to write PID file: %s", vfs.Reason(err))
	}
	o := server.Options{Config: p.cfg, FS: p.fs, Logf: p.logf, Logger: p.log, OwnProcess: true, Title: p.name, Exit: os.Exit}
	if p.cfg.Bool(config.CrashLogEnabled) {
		crashOnSignal(o)
	}
	o.Loading = func(s *server.Server) {
		signal.Notify(p.quit, syscall.SIGINT, syscall.SIGTERM)
		signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
		go p.stopOnSignal(s)
	}
	traceOnSignal(o)
	s, err := server.Start(o)
	if err != nil {
		return 1
	}
	s.Wait()
	return 0
}

// announce writes the first lines of the log, which tools wait for.
func (p *process) announce() {
	p.logf(aof.Notice, "oO0OoO0OoO0Oo Valkey is starting oO0OoO0OoO0Oo")
	p.logf(aof.Notice, "Valkey version=%s, bits=%d, commit=00000000, modified=0, pid=%d, just started",
		version.Valkey, strconv.IntSize, os.Getpid())
	p.logf(aof.Notice, "Sigrun version=%s, %s", version.Sigrun, runtime.Version())
	if p.cfg.File() != "" || len(os.Args) > 2 {
		p.logf(aof.Notice, "Configuration loaded")
	} else {
		p.logf(aof.Warning, "Warning: no config file specified, using the default config.")
	}
	port := p.cfg.Int(config.Port)
	if p.cfg.Bool(config.AlwaysShowLogo) {
		p.log.Raw(fmt.Sprintf("\n    Sigrun %s (Valkey %s) %d bit\n    Running in standalone mode\n    Port: %d\n    PID: %d\n\n",
			version.Sigrun, version.Valkey, strconv.IntSize, port, os.Getpid()))
		return
	}
	p.logf(aof.Notice, "Running mode=standalone, port=%d.", port)
}

func (p *process) writePID() error {
	path := p.cfg.String(config.PIDFile)
	if path == "" {
		return nil
	}
	return vfs.WriteFileAtomic(p.fs, path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644)
}

// crashOnSignal has a server report signals that others send and that stand for
// failures.
func crashOnSignal(o server.Options) {
	failures := make(chan os.Signal, 1)
	signal.Notify(failures, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGABRT)
	go func() { o.CrashBy((<-failures).(syscall.Signal)) }()
}

// traceOnSignal has a server log what it is doing when somebody asks by SIGALRM.
func traceOnSignal(o server.Options) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGALRM)
	go func() {
		for range asked {
			o.TraceBy("SIGALRM")
		}
	}()
}

// stopOnSignal shuts the server down as the settings say.
func (p *process) stopOnSignal(s *server.Server) {
	for sig := range p.quit {
		id, name := config.ShutdownOnSIGTERM, "SIGTERM"
		if sig == syscall.SIGINT {
			id, name = config.ShutdownOnSIGINT, "SIGINT"
		}
		bits := p.cfg.Int(id)
		s.ShutdownBySignal(name, persists.ShutdownOptions{
			Save: bits&config.ShutdownSave != 0, NoSave: bits&config.ShutdownNoSave != 0,
			Now: bits&config.ShutdownNow != 0, Force: bits&config.ShutdownForce != 0,
		})
	}
}
