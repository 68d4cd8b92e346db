package sigrun

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"sigrun/internal/clock"
	"sigrun/internal/config"
	"sigrun/internal/logs"
	"sigrun/internal/netio"
	"sigrun/internal/server"
	"sigrun/internal/version"
	"sigrun/internal/vfs"
)

// Options say what a server is to be like. The zero value is a server in memory
// without a socket.
type Options struct {
	// Addr is where to listen for TCP connections, such as "127.0.0.1:0" for a
	// free port. Empty means nowhere.
	Addr string
	// UnixSocket is the path of a Unix socket to listen at. Empty means nowhere.
	UnixSocket string
	// Dir is the folder of the data files, which must exist. Empty means that
	// files are kept in memory and end with the server.
	Dir string
	// Settings are what a config file would say, by name: "maxmemory": "100mb".
	// What differs from the defaults of the program: there is no port and there
	// are no save points.
	Settings map[string]string
	// Clock is the time that the server goes by. nil means the machine's.
	Clock *Clock
	// Logger gets the lines of the server's log. nil drops them.
	Logger *slog.Logger
}

// Clock is a clock for tests: it stands still until it is told to move.
type Clock struct{ manual *clock.Manual }

// NewClock returns a clock that stands at now.
func NewClock(now time.Time) *Clock { return &Clock{clock.NewManual(now.UnixMicro())} }

// Advance moves the clock by d, which is what lets keys expire. It may move
// backwards, as clocks of machines do.
func (c *Clock) Advance(d time.Duration) { c.manual.Advance(d) }

// Now is where the clock stands.
func (c *Clock) Now() time.Time { return time.UnixMicro(c.manual.Wall()) }

// forServer turns the options into those of the server itself.
func (o *Options) forServer() (so server.Options, err error) {
	so.FS = vfs.FS(vfs.NewMem())
	dir := "/"
	if o.Dir != "" {
		so.FS = vfs.OS("")
		if dir, err = filepath.Abs(o.Dir); err != nil {
			return so, err
		}
	}
	so.Config = config.New(config.Options{FS: config.Files(so.FS), WorkDir: dir, Version: version.Valkey})
	if err := o.applySettings(so.Config); err != nil {
		return so, err
	}
	if o.Clock != nil {
		so.Clock = o.Clock.manual
	}
	if o.Addr == "" && o.UnixSocket == "" && so.Config.Int(config.Port) == 0 || o.Clock != nil {
		// Nothing for event loops to do; or a clock that they can't be paced by.
		so.Driver = netio.DriverNet
	}
	if o.Logger != nil {
		so.Logf = logTo(o.Logger)
	}
	return so, nil
}

// applySettings sets what o wants, first what is the default of a server inside
// another program.
func (o *Options) applySettings(cfg *config.Store) error {
	for id, text := range map[config.ID]string{config.Port: "0", config.Save: ""} {
		if err := cfg.Assign(id, text); err != nil {
			panic("BUG: " + id.Name() + " " + text + ": " + err.Error())
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		id, known := config.Lookup(name)
		if !known {
			return fmt.Errorf("there is no setting %q", name)
		}
		if err := cfg.Assign(id, o.Settings[name]); err != nil {
			return fmt.Errorf("setting %q: %w", name, err)
		}
	}
	return nil
}

// slogLevels are what the levels of the server's log become.
var slogLevels = map[logs.Level]slog.Level{
	logs.Debug: slog.LevelDebug - 4, logs.Verbose: slog.LevelDebug, logs.Notice: slog.LevelInfo, logs.Warning: slog.LevelWarn,
}

// logTo writes log lines to l.
func logTo(l *slog.Logger) func(level logs.Level, format string, args ...any) {
	return func(level logs.Level, format string, args ...any) {
		if to := slogLevels[level]; l.Enabled(context.Background(), to) {
			l.Log(context.Background(), to, fmt.Sprintf(format, args...))
		}
	}
}
