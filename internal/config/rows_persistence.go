package config

import "math"

// persistenceRows are the settings of snapshots, the append-only file and where they live.
var persistenceRows = []row{
	{id: AOFChecksum, name: "aof-checksum", kind: boolKind{}, def: "no", flags: Hidden}, // Sigrun's own
	{id: AOFDisableAutoGC, name: "aof-disable-auto-gc", kind: boolKind{}, def: "no", flags: Hidden},
	{id: AOFLoadTruncated, name: "aof-load-truncated", kind: boolKind{}, def: "yes"},
	{id: AOFRewriteCPUList, name: "aof-rewrite-cpulist", alias: "aof_rewrite_cpulist", kind: optional, flags: Immutable},
	{id: AOFRewriteIncrementalFsync, name: "aof-rewrite-incremental-fsync", kind: boolKind{}, def: "yes"},
	{id: AOFTimestampEnabled, name: "aof-timestamp-enabled", kind: boolKind{}, def: "no"},
	{id: AOFUseRDBPreamble, name: "aof-use-rdb-preamble", kind: boolKind{}, def: "yes"},
	{id: AppendDirName, name: "appenddirname", kind: checked(baseName("appenddirname", "dirname")), def: "appendonlydir", flags: Immutable},
	{id: AppendFilename, name: "appendfilename", kind: checked(baseName("appendfilename", "filename")), def: "appendonly.aof", flags: Immutable},
	{id: AppendFsync, name: "appendfsync", kind: enum("everysec", "always", "no"), def: "everysec"},
	{id: AppendOnly, name: "appendonly", kind: boolKind{}, def: "no", flags: DenyLoading},
	{id: AutoAOFRewriteMinSize, name: "auto-aof-rewrite-min-size", kind: offset(0, math.MaxInt64), def: "67108864"},
	{id: AutoAOFRewritePercentage, name: "auto-aof-rewrite-percentage", kind: integer(0, math.MaxInt32), def: "100"},
	{id: BGSaveCPUList, name: "bgsave-cpulist", alias: "bgsave_cpulist", kind: optional, flags: Immutable},
	{id: DBFilename, name: "dbfilename", kind: checked(baseName("dbfilename", "filename")), def: "dump.rdb", flags: Protected},
	{id: Dir, name: "dir", kind: dirKind{}, flags: Protected | DenyLoading},
	{id: KeyLoadDelay, name: "key-load-delay", kind: integer(math.MinInt32, math.MaxInt32), def: "0", flags: Hidden},
	{id: LoadingProcessEventsIntervalBytes, name: "loading-process-events-interval-bytes", kind: integer(1024, math.MaxInt32), def: "2097152", flags: Hidden},
	{id: NoAppendFsyncOnRewrite, name: "no-appendfsync-on-rewrite", kind: boolKind{}, def: "no"},
	{id: RDBDelSyncFiles, name: "rdb-del-sync-files", kind: boolKind{}, def: "no"},
	{id: RDBKeySaveDelay, name: "rdb-key-save-delay", kind: integer(math.MinInt32, math.MaxInt32), def: "0", flags: Hidden},
	{id: RDBSaveIncrementalFsync, name: "rdb-save-incremental-fsync", kind: boolKind{}, def: "yes"},
	{id: RDBSkipModules, name: "rdb-skip-modules", kind: boolKind{}, def: "no", flags: Hidden},
	{id: RDBVersionCheck, name: "rdb-version-check", kind: enum("strict", "relaxed"), def: "strict"},
	{id: RDBChecksum, name: "rdbchecksum", kind: boolKind{}, def: "yes", flags: Immutable},
	{id: RDBCompression, name: "rdbcompression", kind: boolKind{}, def: "yes"},
	{id: Save, name: "save", kind: saveKind{}, def: "3600 1 300 100 60 10000", flags: MultiArg},
	{id: StopWritesOnBGSaveError, name: "stop-writes-on-bgsave-error", kind: boolKind{}, def: "yes"},
}
