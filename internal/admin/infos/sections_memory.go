package infos

import (
	"sigrun/internal/config"
	"sigrun/internal/version"
)

var memoryRows = []row{
	{"used_memory", num(used)},
	{"used_memory_human", human(used)},
	{"used_memory_rss", num(resident)},
	{"used_memory_rss_human", human(resident)},
	{"used_memory_peak", num(peak)},
	{"used_memory_peak_human", human(peak)},
	{"used_memory_peak_perc", percent(func(r *report) float64 { return 100 * ratio(used(r), peak(r)) })},
	{"used_memory_overhead", num(overhead)},
	{"used_memory_startup", num(func(r *report) int64 { return r.mem.Startup })},
	{"used_memory_dataset", num(dataset)},
	{"used_memory_dataset_perc", percent(func(r *report) float64 {
		return 100 * ratio(dataset(r), max(used(r)-r.mem.Startup, dataset(r)))
	})},
	{"allocator_allocated", num(used)},
	{"allocator_active", num(provided)},
	{"allocator_resident", num(resident)},
	{"allocator_muzzy", zero},
	{"total_system_memory", num(func(r *report) int64 { return r.host.Machine.TotalMemory })},
	{"total_system_memory_human", human(func(r *report) int64 { return r.host.Machine.TotalMemory })},
	{"used_memory_lua", zero},
	{"used_memory_vm_eval", zero},
	{"used_memory_lua_human", constant("0B")},
	{"used_memory_scripts_eval", zero},
	{"number_of_cached_scripts", zero},
	{"number_of_functions", zero},
	{"number_of_libraries", zero},
	{"used_memory_vm_functions", zero},
	{"used_memory_vm_total", zero},
	{"used_memory_vm_total_human", constant("0B")},
	{"used_memory_functions", zero},
	{"used_memory_scripts", zero},
	{"used_memory_scripts_human", constant("0B")},
	{"maxmemory", setting(config.MaxMemory)},
	{"maxmemory_human", human(func(r *report) int64 { return r.cfg.Int(config.MaxMemory) })},
	{"maxmemory_policy", setting(config.MaxMemoryPolicy)},
	{"allocator_frag_ratio", fixed(func(r *report) float64 { return ratio(provided(r), used(r)) })},
	{"allocator_frag_bytes", num(func(r *report) int64 { return provided(r) - used(r) })},
	{"allocator_rss_ratio", fixed(func(r *report) float64 { return ratio(resident(r), provided(r)) })},
	{"allocator_rss_bytes", num(func(r *report) int64 { return resident(r) - provided(r) })},
	{"rss_overhead_ratio", constant("1.00")},
	{"rss_overhead_bytes", zero},
	{"mem_fragmentation_ratio", fixed(func(r *report) float64 { return ratio(resident(r), used(r)) })},
	{"mem_fragmentation_bytes", num(func(r *report) int64 { return resident(r) - used(r) })},
	{"mem_not_counted_for_evict", zero},
	{"mem_replication_backlog", zero},
	{"mem_total_replication_buffers", zero},
	{"mem_replicas_repl_buffer", zero},
	{"mem_clients_slaves", zero},
	{"mem_clients_normal", num(func(r *report) int64 { return int64(r.clients.memory) })},
	{"mem_cluster_links", zero},
	{"mem_cluster_slot_import", zero},
	{"mem_cluster_slot_export", zero},
	{"mem_aof_buffer", num(func(r *report) int64 { return int64(r.aof.BufferLength) })},
	{"mem_allocator", constant("sigrun-" + version.Sigrun)},
	{"mem_overhead_db_hashtable_rehashing", zero},
	{"active_defrag_running", zero},
	{"lazyfree_pending_objects", num(func(r *report) int64 { return int64(r.engine.Keyspace.PendingFrees()) })},
	{"lazyfreed_objects", num(func(r *report) int64 { return r.host.Cycle.LazyFreed.Load() + r.engine.Keyspace.LazyFreed() })},
}

func used(r *report) int64     { return r.mem.Used() }
func resident(r *report) int64 { return r.mem.Resident }
func peak(r *report) int64     { return max(r.mem.Peak, used(r)) }
func provided(r *report) int64 { return r.mem.Provided() }

// overhead is what is used for anything but keys and values.
func overhead(r *report) int64 {
	return min(r.mem.Startup+r.mem.Tables+int64(r.clients.memory), used(r))
}

func dataset(r *report) int64 { return used(r) - overhead(r) }
