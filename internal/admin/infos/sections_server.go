package infos

import (
	"runtime"
	"strconv"
	"strings"

	"sigrun/internal/config"
	"sigrun/internal/version"
)

var serverRows = []row{
	{"redis_version", constant(version.Redis)},
	{"server_name", constant(version.Server)},
	{"valkey_version", constant(version.Valkey)},
	{"valkey_release_stage", constant("ga")},
	{"redis_git_sha1", constant("00000000")},
	{"redis_git_dirty", zero},
	{"redis_build_id", constant("0000000000000000")},
	{"server_mode", when(func(r *report) bool { return !r.cfg.Bool(config.ExtendedRedisCompatibility) }, mode)},
	{"redis_mode", when(func(r *report) bool { return r.cfg.Bool(config.ExtendedRedisCompatibility) }, mode)},
	{"os", text(func(r *report) string { return r.host.Machine.OS })},
	{"arch_bits", num(func(*report) int64 { return strconv.IntSize })},
	{"monotonic_clock", constant("Go runtime")},
	{"multiplexing_api", text(func(*report) string { return multiplexing })},
	{"gcc_version", constant("0.0.0")},
	{"process_id", num(func(r *report) int64 { return int64(r.host.PID) })},
	{"process_supervised", constant("no")},
	{"run_id", text(func(r *report) string { return r.host.RunID })},
	{"tcp_port", setting(config.Port)},
	{"server_time_usec", num(func(r *report) int64 { return r.wall })},
	{"uptime_in_seconds", num(func(r *report) int64 { return r.uptime() })},
	{"uptime_in_days", num(func(r *report) int64 { return r.uptime() / (24 * 3600) })},
	{"hz", setting(config.Hz)},
	{"configured_hz", setting(config.Hz)},
	{"clients_hz", setting(config.Hz)},
	{"lru_clock", num(func(r *report) int64 { return r.wall / 1e6 & (1<<24 - 1) })},
	{"executable", text(func(r *report) string { return r.host.Executable })},
	{"config_file", text(func(r *report) string { return r.cfg.File() })},
	{"io_threads_active", flag(func(r *report) bool { return r.net.Active() > 1 })},
	{"availability_zone", setting(config.AvailabilityZone)},
}

// multiplexing is how sockets are waited for.
var multiplexing = map[bool]string{true: "epoll", false: "net"}[runtime.GOOS == "linux"]

var mode = text(func(r *report) string {
	switch {
	case r.cfg.Sentinel():
		return "sentinel"
	case r.cfg.Bool(config.ClusterEnabled):
		return "cluster"
	}
	return "standalone"
})

// listeners are the lines about where clients may connect.
func listeners(r *report) {
	n := 0
	add := func(name, rest string) {
		r.line("listener"+strconv.Itoa(n), []byte("name="+name+rest))
		n++
	}
	if port := r.cfg.Int(config.Port); port != 0 {
		add("tcp", ",bind="+strings.Join(r.cfg.Addresses(config.Bind), ",bind=")+",port="+strconv.FormatInt(port, 10))
	}
	if path := r.cfg.String(config.UnixSocket); path != "" {
		add("unix", ",bind="+path)
	}
}

var tlsRows = []row{
	{"tls_server_cert_serial", constant("none")},
	{"tls_server_cert_expires_in_seconds", zero},
	{"tls_client_cert_serial", constant("none")},
	{"tls_client_cert_expires_in_seconds", zero},
	{"tls_ca_cert_serial", constant("none")},
	{"tls_ca_cert_expires_in_seconds", zero},
}

var clientRows = []row{
	{"connected_clients", num(func(r *report) int64 { return r.engine.Counts.Clients.Load() })},
	{"cluster_connections", zero},
	{"maxclients", setting(config.MaxClients)},
	{"client_recent_max_input_buffer", num(func(r *report) int64 { return int64(r.clients.maxIn) })},
	{"client_recent_max_output_buffer", num(func(r *report) int64 { return int64(r.clients.maxOut) })},
	{"blocked_clients", num(func(r *report) int64 { return r.engine.Counts.Blocked.Load() + r.engine.Paused() })},
	{"tracking_clients", zero},
	{"pubsub_clients", zero},
	{"watching_clients", num(func(r *report) int64 { return int64(r.clients.watching) })},
	{"clients_in_timeout_table", num(func(r *report) int64 { return r.engine.Counts.Timeouts.Load() })},
	{"total_watched_keys", num(func(r *report) int64 { return int64(r.clients.watchedKeys) })},
	{"total_blocking_keys", num(func(r *report) int64 { return r.engine.Keyspace.WaitedFor() })},
	{"total_blocking_keys_on_nokey", num(func(r *report) int64 { return r.engine.Keyspace.WaitedForEnd() })},
	{"paused_reason", text(pausedReason)},
	{"paused_actions", text(pausedActions)},
	{"paused_timeout_milliseconds", num(pausedFor)},
}

func pausedReason(r *report) string {
	if pausedFor(r) > 0 {
		return "client_pause"
	}
	return "none"
}

func pausedActions(r *report) string {
	switch _, all := r.engine.PauseState(); {
	case pausedFor(r) == 0:
		return "none"
	case all:
		return "all"
	}
	return "write"
}

// pausedFor is how many milliseconds clients will still be paused.
func pausedFor(r *report) int64 {
	until, _ := r.engine.PauseState()
	return max(until-r.wall/1000, 0)
}

var cpuRows = []row{
	{"used_cpu_sys", micros(func(r *report) int64 { return r.cpu.System })},
	{"used_cpu_user", micros(func(r *report) int64 { return r.cpu.User })},
	{"used_cpu_sys_children", micros(func(r *report) int64 { return r.cpu.ChildrenSystem })},
	{"used_cpu_user_children", micros(func(r *report) int64 { return r.cpu.ChildrenUser })},
}

// loopTimes are the lines about how long the event loops have been busy. The first
// one is the main thread.
func loopTimes(r *report) {
	if thread := r.host.Machine.Thread; thread != nil {
		if system, user, ok := thread(r.net.Loops()[0].Thread()); ok {
			r.line("used_cpu_sys_main_thread", appendMicros(nil, system))
			r.line("used_cpu_user_main_thread", appendMicros(nil, user))
		}
	}
	for i, l := range r.net.Loops() {
		name := "used_active_time_main_thread"
		if i > 0 {
			name = "used_active_time_io_thread_" + strconv.Itoa(i)
		}
		r.line(name, appendMicros(nil, l.BusyNanos()/1000))
	}
}

var clusterRows = []row{
	{"cluster_enabled", flag(func(r *report) bool { return r.cfg.Bool(config.ClusterEnabled) })},
}

var engineRows = []row{
	{"engines_count", zero},
	{"engines_total_used_memory", zero},
	{"engines_total_memory_overhead", zero},
}
