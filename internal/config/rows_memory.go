package config

import "math"

// memoryRows are the settings of memory limits, eviction, expiry and defragmentation.
var memoryRows = []row{
	{id: ActiveDefragCycleMax, name: "active-defrag-cycle-max", kind: integer(1, 99), def: "25"},
	{id: ActiveDefragCycleMin, name: "active-defrag-cycle-min", kind: integer(1, 99), def: "1"},
	{id: ActiveDefragCycleUS, name: "active-defrag-cycle-us", kind: integer(0, 100000), def: "500"},
	{id: ActiveDefragIgnoreBytes, name: "active-defrag-ignore-bytes", kind: size(1, math.MaxInt64), def: "104857600"},
	{id: ActiveDefragMaxScanFields, name: "active-defrag-max-scan-fields", kind: unsigned(1, math.MaxInt64), def: "1000"},
	{id: ActiveDefragThresholdLower, name: "active-defrag-threshold-lower", kind: integer(0, 1000), def: "10"},
	{id: ActiveDefragThresholdUpper, name: "active-defrag-threshold-upper", kind: integer(0, 1000), def: "100"},
	{id: ActiveExpireEffort, name: "active-expire-effort", kind: integer(1, 10), def: "1"},
	{id: ActiveDefrag, name: "activedefrag", kind: boolKind{}, def: "no", flags: Debug},
	{id: ActiveRehashing, name: "activerehashing", kind: boolKind{}, def: "yes"},
	{id: DisableTHP, name: "disable-thp", kind: boolKind{}, def: "yes", flags: Immutable},
	{id: JemallocBGThread, name: "jemalloc-bg-thread", kind: boolKind{}, def: "yes"},
	{id: LazyFreeLazyEviction, name: "lazyfree-lazy-eviction", kind: boolKind{}, def: "yes", flags: Debug},
	{id: LazyFreeLazyExpire, name: "lazyfree-lazy-expire", kind: boolKind{}, def: "yes", flags: Debug},
	{id: LazyFreeLazyServerDel, name: "lazyfree-lazy-server-del", kind: boolKind{}, def: "yes", flags: Debug},
	{id: LazyFreeLazyUserDel, name: "lazyfree-lazy-user-del", kind: boolKind{}, def: "yes", flags: Debug},
	{id: LazyFreeLazyUserFlush, name: "lazyfree-lazy-user-flush", kind: boolKind{}, def: "yes", flags: Debug},
	{id: LFUDecayTime, name: "lfu-decay-time", kind: integer(0, math.MaxInt32), def: "1"},
	{id: LFULogFactor, name: "lfu-log-factor", kind: integer(0, math.MaxInt32), def: "10"},
	{id: MaxMemory, name: "maxmemory", kind: size(0, math.MaxUint64), def: "0"},
	{id: MaxMemoryEvictionTenacity, name: "maxmemory-eviction-tenacity", kind: integer(0, 100), def: "10"},
	{id: MaxMemoryPolicy, name: "maxmemory-policy", kind: enum("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction"), def: "noeviction"},
	{id: MaxMemorySamples, name: "maxmemory-samples", kind: integer(1, 64), def: "5"},
	{id: OOMScoreAdj, name: "oom-score-adj", kind: oomScoreAdjModes, def: "no"},
	{id: OOMScoreAdjValues, name: "oom-score-adj-values", kind: oomValuesKind{}, def: "0 200 800", flags: MultiArg},
	{id: ReplicaIgnoreMaxMemory, name: "replica-ignore-maxmemory", alias: "slave-ignore-maxmemory", kind: boolKind{}, def: "yes"},
}
