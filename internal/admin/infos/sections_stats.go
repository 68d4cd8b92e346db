package infos

import (
	"fmt"
	"slices"
	"strconv"

	"sigrun/internal/config"
	"sigrun/internal/exec"
	"sigrun/internal/offheap"
	"sigrun/internal/rng"
	"sigrun/internal/version"
)

var persistenceRows = []row{
	{"loading", flag(loading)},
	{"async_loading", zero},
	{"current_cow_peak", zero},
	{"current_cow_size", zero},
	{"current_cow_size_age", zero},
	{"current_fork_perc", fixed(func(r *report) float64 { return 100 * ratio(r.rdb.KeysSaved, r.rdb.KeysTotal) })},
	{"current_save_keys_processed", num(func(r *report) int64 { return r.rdb.KeysSaved })},
	{"current_save_keys_total", num(func(r *report) int64 { return r.rdb.KeysTotal })},
	{"rdb_changes_since_last_save", num(func(r *report) int64 { return r.rdb.Dirty })},
	{"rdb_bgsave_in_progress", flag(func(r *report) bool { return r.rdb.Saving })},
	{"rdb_last_save_time", num(func(r *report) int64 { return r.rdb.LastSave })},
	{"rdb_last_bgsave_status", status(func(r *report) bool { return r.rdb.LastOK }, "err")},
	{"rdb_last_bgsave_time_sec", num(func(r *report) int64 { return r.rdb.LastSeconds })},
	{"rdb_current_bgsave_time_sec", num(func(r *report) int64 { return r.rdb.CurrentSeconds })},
	{"rdb_saves", num(func(r *report) int64 { return r.rdb.Saves })},
	{"rdb_last_cow_size", zero},
	{"rdb_last_load_keys_expired", num(func(r *report) int64 { return r.rdb.ExpiredAtLoad })},
	{"rdb_last_load_keys_loaded", num(func(r *report) int64 { return r.rdb.LoadedKeys })},
	{"aof_enabled", flag(aofOn)},
	{"aof_rewrite_in_progress", flag(func(r *report) bool { return r.aof.RewriteRunning || r.rdb.RewriteRunning })},
	{"aof_rewrite_scheduled", flag(func(r *report) bool { return r.rdb.RewriteWaits })},
	{"aof_last_rewrite_time_sec", num(func(r *report) int64 { return r.aof.LastRewrite })},
	{"aof_current_rewrite_time_sec", num(func(r *report) int64 { return r.aof.CurrentRewrite })},
	{"aof_last_bgrewrite_status", status(func(r *report) bool { return r.aof.LastRewriteOK }, "err")},
	{"aof_rewrites", num(func(r *report) int64 { return r.aof.Rewrites })},
	{"aof_rewrites_consecutive_failures", num(func(r *report) int64 { return r.aof.RewriteFails })},
	{"aof_last_write_status", status(func(r *report) bool { return r.aof.LastWriteOK }, "err")},
	{"aof_last_cow_size", zero},
	{"module_fork_in_progress", zero},
	{"module_fork_last_cow_size", zero},
	{"slot_migration_fork_in_progress", zero},
	{"aof_current_size", when(aofOn, num(func(r *report) int64 { return r.aof.CurrentSize }))},
	{"aof_base_size", when(aofOn, num(func(r *report) int64 { return r.aof.BaseSize }))},
	{"aof_pending_rewrite", when(aofOn, flag(func(r *report) bool { return r.rdb.RewriteWaits }))},
	{"aof_buffer_length", when(aofOn, num(func(r *report) int64 { return int64(r.aof.BufferLength) }))},
	{"aof_pending_bio_fsync", when(aofOn, num(func(r *report) int64 { return int64(r.aof.PendingSyncs) }))},
	{"aof_delayed_fsync", when(aofOn, num(func(r *report) int64 { return int64(r.aof.DelayedSyncs) }))},
	{"loading_start_time", when(loading, num(func(r *report) int64 { return r.load.Began }))},
	{"loading_total_bytes", when(loading, num(func(r *report) int64 { return r.load.Total }))},
	{"loading_rdb_used_mem", when(loading, num(func(r *report) int64 { return r.load.UsedMem }))},
	{"loading_loaded_bytes", when(loading, num(func(r *report) int64 { return r.load.Loaded }))},
	{"loading_loaded_perc", when(loading, fixed(func(r *report) float64 { return 100 * ratio(r.load.Loaded, r.load.Expected()) }))},
	{"loading_eta_seconds", when(loading, num(func(r *report) int64 { return r.load.Remaining(r.wall / 1e6) }))},
}

func loading(r *report) bool { return r.engine.State()&exec.Loading != 0 }
func aofOn(r *report) bool   { return r.aof.Enabled }

var statsRows = []row{
	{"total_connections_received", num(func(r *report) int64 { return r.engine.Counts.Accepted.Load() })},
	{"total_commands_processed", num(func(r *report) int64 { return int64(r.totals.Calls) })},
	{"instantaneous_ops_per_sec", num(func(r *report) int64 { return int64(r.host.Rates.Calls.PerSecond()) })},
	{"total_net_input_bytes", num(func(r *report) int64 { return int64(r.in) })},
	{"total_net_output_bytes", num(func(r *report) int64 { return int64(r.out) })},
	{"total_net_repl_input_bytes", zero},
	{"total_net_repl_output_bytes", zero},
	{"total_net_cluster_slot_import_bytes", zero},
	{"total_net_cluster_slot_export_bytes", zero},
	{"instantaneous_input_kbps", fixed(func(r *report) float64 { return r.host.Rates.NetIn.PerSecond() / 1024 })},
	{"instantaneous_output_kbps", fixed(func(r *report) float64 { return r.host.Rates.NetOut.PerSecond() / 1024 })},
	{"instantaneous_input_repl_kbps", constant("0.00")},
	{"instantaneous_output_repl_kbps", constant("0.00")},
	{"rejected_connections", num(func(r *report) int64 { return r.engine.Counts.Rejected.Load() })},
	{"sync_full", zero},
	{"sync_partial_ok", zero},
	{"sync_partial_err", zero},
	{"expired_keys", num(func(r *report) int64 { return int64(r.totals.Keys.Expired) })},
	{"expired_fields", num(func(r *report) int64 { return int64(r.totals.Keys.Parts) })},
	{"expired_stale_perc", fixed(func(r *report) float64 { return float64(r.host.Cycle.StalePerMille.Load()) / 10 })},
	{"expired_keys_with_volatile_items_stale_perc", constant("0.00")},
	{"expired_time_cap_reached_count", num(func(r *report) int64 { return r.host.Cycle.ExpireCapped.Load() })},
	{"expire_cycle_cpu_milliseconds", num(func(r *report) int64 { return r.host.Cycle.ExpireMicros.Load() / 1000 })},
	{"evicted_keys", num(func(r *report) int64 { return int64(r.totals.Keys.Evicted) })},
	{"evicted_clients", num(func(r *report) int64 { return r.host.Cycle.EvictedClients.Load() })},
	{"evicted_scripts", zero},
	{"total_eviction_exceeded_time", num(func(r *report) int64 {
		return r.host.Cycle.EvictionNanos.Load()/1e6 + exceeded(r)
	})},
	{"current_eviction_exceeded_time", num(exceeded)},
	{"keyspace_hits", num(func(r *report) int64 { return int64(r.totals.Keys.Hits) })},
	{"keyspace_misses", num(func(r *report) int64 { return int64(r.totals.Keys.Misses) })},
	{"pubsub_channels", zero},
	{"pubsub_patterns", zero},
	{"pubsubshard_channels", zero},
	{"latest_fork_usec", zero},
	{"total_forks", zero},
	{"migrate_cached_sockets", zero},
	{"slave_expires_tracked_keys", zero},
	{"active_defrag_hits", zero},
	{"active_defrag_misses", zero},
	{"active_defrag_key_hits", zero},
	{"active_defrag_key_misses", zero},
	{"total_active_defrag_time", zero},
	{"current_active_defrag_time", zero},
	{"tracking_total_keys", zero},
	{"tracking_total_items", zero},
	{"tracking_total_prefixes", zero},
	{"unexpected_error_replies", zero},
	{"total_error_replies", num(func(r *report) int64 { return int64(r.totals.ErrorSum) })},
	{"dump_payload_sanitizations", zero},
	{"total_reads_processed", num(func(r *report) int64 { _, reads, _ := loopWork(r); return reads })},
	{"total_writes_processed", num(func(r *report) int64 { _, _, writes := loopWork(r); return writes })},
	{"io_threaded_reads_processed", zero},
	{"io_threaded_writes_processed", zero},
	{"io_threaded_freed_objects", zero},
	{"io_threaded_accept_processed", zero},
	{"io_threaded_poll_processed", zero},
	{"io_threaded_total_prefetch_batches", zero},
	{"io_threaded_total_prefetch_entries", zero},
	{"client_query_buffer_limit_disconnections", num(func(r *report) int64 { return r.engine.Counts.InLimit.Load() })},
	{"client_output_buffer_limit_disconnections", num(func(r *report) int64 { return r.engine.Counts.OutLimit.Load() })},
	{"reply_buffer_shrinks", zero},
	{"reply_buffer_expands", zero},
	{"eventloop_cycles", num(func(r *report) int64 { turns, _, _ := loopWork(r); return turns })},
	{"eventloop_duration_sum", num(func(r *report) int64 { return busyMicros(r) })},
	{"eventloop_duration_cmd_sum", num(commandMicros)},
	{"instantaneous_eventloop_cycles_per_sec", num(func(r *report) int64 { return int64(r.host.Rates.Turns.PerSecond()) })},
	{"instantaneous_eventloop_duration_usec", num(turnMicros)},
	{"acl_access_denied_auth", num(func(r *report) int64 { return r.engine.Counts.AuthFail.Load() })},
	{"acl_access_denied_cmd", zero},
	{"acl_access_denied_key", zero},
	{"acl_access_denied_channel", zero},
	{"acl_access_denied_tls_cert", zero},
	{"acl_access_denied_db", zero},
}

// exceeded is how many milliseconds memory has been over its limit.
func exceeded(r *report) int64 {
	since := r.host.Cycle.EvictionSince.Load()
	if since == 0 {
		return 0
	}
	return max(r.engine.Clock.Mono()-since, 0) / 1e6
}

// loopWork is what all event loops together have done: see netio.Loop.Work.
func loopWork(r *report) (turns, reads, writes int64) {
	for _, l := range r.net.Loops() {
		t, in, out := l.Work()
		turns, reads, writes = turns+int64(t), reads+int64(in), writes+int64(out)
	}
	return turns, reads, writes
}

// busyMicros is how long all event loops together have been running.
func busyMicros(r *report) (n int64) {
	for _, l := range r.net.Loops() {
		n += l.BusyNanos() / 1000
	}
	return n
}

// turnMicros is how long a turn of an event loop takes at present.
func turnMicros(r *report) int64 {
	turns := r.host.Rates.Turns.PerSecond()
	if turns == 0 {
		return 0
	}
	return int64(r.host.Rates.Busy.PerSecond() / turns / 1000)
}

// commandMicros is how long all commands together took.
func commandMicros(r *report) int64 {
	n := uint64(0)
	for i := range r.totals.Commands {
		n += r.totals.Commands[i].Nanos
	}
	return int64(n / 1000)
}

var replicationRows = []row{
	{"role", constant("master")},
	{"connected_slaves", zero},
	{"replicas_waiting_psync", zero},
	{"master_failover_state", constant("no-failover")},
	{"master_replid", text(func(r *report) string { return r.host.ReplID() })},
	{"master_replid2", constant(noReplID)},
	{"master_repl_offset", num(func(r *report) int64 { return int64(r.engine.Log.End()) })},
	{"second_repl_offset", constant("-1")},
	{"repl_backlog_active", zero},
	{"repl_backlog_size", setting(config.ReplBacklogSize)},
	{"repl_backlog_first_byte_offset", zero},
	{"repl_backlog_histlen", zero},
}

const noReplID = "0000000000000000000000000000000000000000"

// commandStats are the lines about commands that were called or refused.
func commandStats(r *report) {
	for id, n := range r.totals.Commands {
		if n.Calls == 0 && n.Rejected == 0 && n.Failed == 0 {
			continue
		}
		micros := n.Nanos / 1000
		r.line("cmdstat_"+r.engine.Table.ByID(id).DisplayName(), fmt.Appendf(nil,
			"calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			n.Calls, micros, ratio(int64(micros), int64(n.Calls)), n.Rejected, n.Failed))
	}
}

// latencyStats are the lines about how long commands took.
func latencyStats(r *report) {
	if !r.cfg.Bool(config.LatencyTracking) {
		return
	}
	for id := range r.totals.Commands {
		h, _ := r.engine.Latency(id)
		if h == nil {
			continue
		}
		var b []byte
		for i, p := range r.cfg.Percentiles() {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendFloat(append(b, 'p'), p, 'g', -1, 64)
			b = strconv.AppendFloat(append(b, '='), float64(h.Percentile(p))/1000, 'f', 3, 64)
		}
		r.line("latency_percentiles_usec_"+r.engine.Table.ByID(id).DisplayName(), b)
	}
}

// errorStats are the lines about error replies, by their code.
func errorStats(r *report) {
	codes := make([]string, 0, len(r.totals.Errors))
	for code := range r.totals.Errors {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		r.line("errorstat_"+code, fmt.Appendf(nil, "count=%d", r.totals.Errors[code]))
	}
}

// databases are the lines about databases that are not empty.
func databases(r *report) {
	here := r.tx.DB()
	random := rng.NewRandom()
	for _, db := range r.engine.Keyspace.InUse() {
		r.tx.Select(db)
		if keys := r.tx.Len(); keys > 0 {
			r.line("db"+strconv.Itoa(db), fmt.Appendf(nil, "keys=%d,expires=%d,avg_ttl=%d,keys_with_volatile_items=%d",
				keys, r.tx.Volatile(), r.tx.AverageTTL(random), r.tx.Timed()))
		}
	}
	r.tx.Select(here)
}

var debugRows = []row{
	{"eventloop_duration_aof_sum", zero},
	{"eventloop_duration_cron_sum", num(func(r *report) int64 { return r.host.Cycle.ExpireMicros.Load() })},
	{"eventloop_duration_max", zero},
	{"eventloop_cmd_per_cycle_max", zero},
	{"io_threaded_reads_pending", zero},
	{"io_threaded_writes_pending", zero},
}

var sigrunRows = []row{
	{"sigrun_version", constant(version.Sigrun)},
	{"sigrun_loops", num(func(r *report) int64 { return int64(len(r.net.Loops())) })},
	{"sigrun_loops_active", num(func(r *report) int64 { return int64(r.net.Active()) })},
	{"sigrun_shards", num(func(r *report) int64 { return int64(r.engine.Keyspace.Shards()) })},
	{"sigrun_go_heap_bytes", num(func(r *report) int64 { return r.mem.Heap })},
	{"sigrun_go_live_bytes", num(func(r *report) int64 { return r.mem.Live })},
	{"sigrun_go_mapped_bytes", num(func(r *report) int64 { return r.mem.Runtime })},
	{"sigrun_gc_cpu_percent", fixed(func(r *report) float64 { return 100 * r.mem.GCShare })},
	{"sigrun_data_bytes", num(func(r *report) int64 { return r.mem.Data })},
	{"sigrun_data_mapped_bytes", num(func(r *report) int64 { return r.mem.Mapped })},
	{"sigrun_scavenged_bytes", num(func(r *report) int64 { return r.host.Cycle.ScavengedBytes.Load() })},
	{"sigrun_log_end", num(func(r *report) int64 { return int64(r.engine.Log.End()) })},
}

// purposes are the lines about what the data takes, by purpose.
func purposes(r *report) {
	for p, name := range offheap.PurposeNames {
		r.line("sigrun_data_"+name+"_bytes", strconv.AppendInt(nil, r.engine.Keyspace.UsedFor(offheap.Purpose(p)), 10))
	}
}
