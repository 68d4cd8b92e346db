package config

import "math"

// replicationRows are the settings of replication.
var replicationRows = []row{
	{id: DualChannelReplicationEnabled, name: "dual-channel-replication-enabled", kind: boolKind{}, def: "no", flags: Debug},
	{id: ImportMode, name: "import-mode", kind: boolKind{}, def: "no", flags: Debug},
	{id: MinReplicasMaxLag, name: "min-replicas-max-lag", alias: "min-slaves-max-lag", kind: integer(0, math.MaxInt32), def: "10"},
	{id: MinReplicasToWrite, name: "min-replicas-to-write", alias: "min-slaves-to-write", kind: integer(0, math.MaxInt32), def: "0"},
	{id: PrimaryAuth, name: "primaryauth", alias: "masterauth", kind: optional, flags: Sensitive},
	{id: PrimaryUser, name: "primaryuser", alias: "masteruser", kind: optional, flags: Sensitive},
	{id: PropagationErrorBehavior, name: "propagation-error-behavior", kind: enum("ignore", "panic", "panic-on-replicas"), def: "ignore"},
	{id: ReplBacklogSize, name: "repl-backlog-size", kind: offset(1, math.MaxInt64).clampedTo(16<<10, math.MaxInt64), def: "10485760"},
	{id: ReplBacklogTTL, name: "repl-backlog-ttl", kind: integer(0, math.MaxInt64), def: "3600"},
	{id: ReplDisableTCPNoDelay, name: "repl-disable-tcp-nodelay", kind: boolKind{}, def: "no"},
	{id: ReplDisklessLoad, name: "repl-diskless-load", kind: enum("disabled", "on-empty-db", "swapdb", "flush-before-load"), def: "disabled", flags: DenyLoading | Debug},
	{id: ReplDisklessSync, name: "repl-diskless-sync", kind: boolKind{}, def: "yes", flags: Debug},
	{id: ReplDisklessSyncDelay, name: "repl-diskless-sync-delay", kind: integer(0, math.MaxInt32), def: "5"},
	{id: ReplDisklessSyncMaxReplicas, name: "repl-diskless-sync-max-replicas", kind: integer(0, math.MaxInt32), def: "0"},
	{id: ReplMPTCP, name: "repl-mptcp", kind: boolKind{}, def: "no", flags: Immutable},
	{id: ReplPingReplicaPeriod, name: "repl-ping-replica-period", alias: "repl-ping-slave-period", kind: integer(1, math.MaxInt32), def: "10"},
	{id: ReplTimeout, name: "repl-timeout", kind: integer(1, math.MaxInt32), def: "60"},
	{id: ReplicaAnnounceIP, name: "replica-announce-ip", alias: "slave-announce-ip", kind: optional},
	{id: ReplicaAnnouncePort, name: "replica-announce-port", alias: "slave-announce-port", kind: integer(0, 65535), def: "0"},
	{id: ReplicaAnnounced, name: "replica-announced", kind: boolKind{}, def: "yes"},
	{id: ReplicaIgnoreDiskWriteErrors, name: "replica-ignore-disk-write-errors", kind: boolKind{}, def: "no"},
	{id: ReplicaLazyFlush, name: "replica-lazy-flush", alias: "slave-lazy-flush", kind: boolKind{}, def: "yes"},
	{id: ReplicaPriority, name: "replica-priority", alias: "slave-priority", kind: integer(0, math.MaxInt32), def: "100"},
	{id: ReplicaReadOnly, name: "replica-read-only", alias: "slave-read-only", kind: boolKind{}, def: "yes", flags: Debug},
	{id: ReplicaServeStaleData, name: "replica-serve-stale-data", alias: "slave-serve-stale-data", kind: boolKind{}, def: "yes"},
	{id: ReplicaOf, name: "replicaof", alias: "slaveof", kind: replicaOfKind{}, flags: Immutable | MultiArg},
	{id: SlotMigrationMaxFailoverReplBytes, name: "slot-migration-max-failover-repl-bytes", kind: sizeOrMinus(-1, math.MaxInt64), def: "0"},
}
