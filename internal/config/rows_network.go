package config

import "math"

// networkRows are the settings of sockets, connections and what a client may buffer.
var networkRows = []row{
	{id: Bind, name: "bind", kind: bindKind{}, def: "* -::*", flags: MultiArg},
	{id: BindSourceAddr, name: "bind-source-addr", kind: optional},
	{id: ClientOutputBufferLimit, name: "client-output-buffer-limit", kind: outputLimitsKind{}, def: "normal 0 0 0 replica 268435456 67108864 60 pubsub 33554432 8388608 60", flags: MultiArg},
	{id: ClientQueryBufferLimit, name: "client-query-buffer-limit", kind: size(1048576, math.MaxInt64), def: "1073741824", flags: Debug},
	{id: IOThreads, name: "io-threads", kind: integer(1, 256), def: "1", flags: Debug},
	{id: IOThreadsAlwaysActive, name: "io-threads-always-active", kind: boolKind{}, def: "no", flags: Hidden},
	{id: MaxNewConnectionsPerCycle, name: "max-new-connections-per-cycle", kind: unsigned(1, 1000), def: "10"},
	{id: MaxNewTLSConnectionsPerCycle, name: "max-new-tls-connections-per-cycle", kind: unsigned(1, 1000), def: "1"},
	{id: MaxClients, name: "maxclients", kind: unsigned(1, math.MaxUint32), def: "10000"},
	{id: MaxMemoryClients, name: "maxmemory-clients", kind: sizeOrPercent(-100, math.MaxInt64), def: "0"},
	{id: MinIOThreadsAvoidCopyReply, name: "min-io-threads-avoid-copy-reply", kind: integer(0, math.MaxInt32), def: "7", flags: Hidden},
	{id: MinStringSizeAvoidCopyReply, name: "min-string-size-avoid-copy-reply", kind: integer(0, math.MaxInt32), def: "16384", flags: Hidden},
	{id: MinStringSizeAvoidCopyReplyThreaded, name: "min-string-size-avoid-copy-reply-threaded", kind: integer(0, math.MaxInt32), def: "65536", flags: Hidden},
	{id: MPTCP, name: "mptcp", kind: boolKind{}, def: "no", flags: Immutable},
	{id: Port, name: "port", kind: integer(0, 65535), def: "6379"},
	{id: PrefetchBatchMaxSize, name: "prefetch-batch-max-size", kind: integer(0, 128), def: "16"},
	{id: ProtectedMode, name: "protected-mode", kind: boolKind{}, def: "yes"},
	{id: ProtoMaxBulkLen, name: "proto-max-bulk-len", kind: offset(1048576, math.MaxInt64), def: "536870912", flags: Debug},
	{id: RDMABind, name: "rdma-bind", kind: bindKind{}, flags: MultiArg},
	{id: RDMACompletionVector, name: "rdma-completion-vector", kind: integer(-1, 1024), def: "-1", flags: Immutable},
	{id: RDMAPort, name: "rdma-port", kind: integer(0, 65535), def: "0"},
	{id: RDMARXSize, name: "rdma-rx-size", kind: integer(64<<10, 16<<20), def: "1048576", flags: Immutable},
	{id: SocketMarkID, name: "socket-mark-id", kind: unsigned(0, math.MaxUint32), def: "0", flags: Immutable},
	{id: TCPBacklog, name: "tcp-backlog", kind: integer(0, math.MaxInt32), def: "511", flags: Immutable},
	{id: TCPKeepAlive, name: "tcp-keepalive", kind: integer(0, math.MaxInt32), def: "300"},
	{id: Timeout, name: "timeout", kind: integer(0, math.MaxInt32), def: "0"},
	{id: TrackingTableMaxKeys, name: "tracking-table-max-keys", kind: unsigned(0, math.MaxInt64), def: "1000000"},
	{id: UnixSocket, name: "unixsocket", kind: optional, flags: Immutable},
	{id: UnixSocketGroup, name: "unixsocketgroup", kind: optional, flags: Immutable},
	{id: UnixSocketPerm, name: "unixsocketperm", kind: octal(0, 0o777), def: "0", flags: Immutable},
}
