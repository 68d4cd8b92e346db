package config

import "math"

// clusterRows are the settings of cluster mode.
var clusterRows = []row{
	{id: ClusterAllowPubSubShardWhenDown, name: "cluster-allow-pubsubshard-when-down", kind: boolKind{}, def: "yes"},
	{id: ClusterAllowReadsWhenDown, name: "cluster-allow-reads-when-down", kind: boolKind{}, def: "no"},
	{id: ClusterAllowReplicaMigration, name: "cluster-allow-replica-migration", kind: boolKind{}, def: "yes"},
	{id: ClusterAnnounceBusPort, name: "cluster-announce-bus-port", kind: integer(0, 65535), def: "0"},
	{id: ClusterAnnounceClientIPv4, name: "cluster-announce-client-ipv4", kind: optionalChecked(ipv4)},
	{id: ClusterAnnounceClientIPv6, name: "cluster-announce-client-ipv6", kind: optionalChecked(ipv6)},
	{id: ClusterAnnounceClientPort, name: "cluster-announce-client-port", kind: integer(0, 65535), def: "0"},
	{id: ClusterAnnounceClientTLSPort, name: "cluster-announce-client-tls-port", kind: integer(0, 65535), def: "0"},
	{id: ClusterAnnounceHostname, name: "cluster-announce-hostname", kind: optionalChecked(hostname)},
	{id: ClusterAnnounceHumanNodeName, name: "cluster-announce-human-nodename", kind: optionalChecked(humanNodeName)},
	{id: ClusterAnnounceIP, name: "cluster-announce-ip", kind: optionalChecked(announcedIP)},
	{id: ClusterAnnouncePort, name: "cluster-announce-port", kind: integer(0, 65535), def: "0"},
	{id: ClusterAnnounceTLSPort, name: "cluster-announce-tls-port", kind: integer(0, 65535), def: "0"},
	{id: ClusterBlacklistTTL, name: "cluster-blacklist-ttl", kind: unsigned(0, math.MaxUint64), def: "60"},
	{id: ClusterConfigFile, name: "cluster-config-file", kind: checked(clusterConfigFile), def: "nodes.conf", flags: Immutable},
	{id: ClusterConfigSaveBehavior, name: "cluster-config-save-behavior", kind: enum("sync", "best-effort"), def: "sync"},
	{id: ClusterDatabases, name: "cluster-databases", kind: integer(1, math.MaxInt32), def: "1", flags: Immutable},
	{id: ClusterEnabled, name: "cluster-enabled", kind: boolKind{}, def: "no", flags: Immutable},
	{id: ClusterLinkSendBufLimit, name: "cluster-link-sendbuf-limit", kind: size(0, math.MaxUint64), def: "0"},
	{id: ClusterManualFailoverTimeout, name: "cluster-manual-failover-timeout", kind: integer(1, math.MaxInt32), def: "5000"},
	{id: ClusterMessageGossipPerc, name: "cluster-message-gossip-perc", kind: integer(1, 100), def: "10", flags: Hidden},
	{id: ClusterMigrationBarrier, name: "cluster-migration-barrier", kind: integer(0, math.MaxInt32), def: "1"},
	{id: ClusterNodeTimeout, name: "cluster-node-timeout", kind: integer(0, math.MaxInt64), def: "15000"},
	{id: ClusterPingInterval, name: "cluster-ping-interval", kind: integer(0, math.MaxInt64), def: "0", flags: Hidden},
	{id: ClusterPort, name: "cluster-port", kind: integer(0, 65535), def: "0", flags: Immutable},
	{id: ClusterPreferredEndpointType, name: "cluster-preferred-endpoint-type", kind: enum("ip", "hostname", "unknown-endpoint"), def: "ip"},
	{id: ClusterReplicaNoFailover, name: "cluster-replica-no-failover", alias: "cluster-slave-no-failover", kind: boolKind{}, def: "no"},
	{id: ClusterReplicaValidityFactor, name: "cluster-replica-validity-factor", alias: "cluster-slave-validity-factor", kind: integer(0, math.MaxInt32), def: "10"},
	{id: ClusterRequireFullCoverage, name: "cluster-require-full-coverage", kind: boolKind{}, def: "yes"},
	{id: ClusterSlotMigrationLogMaxLen, name: "cluster-slot-migration-log-max-len", kind: unsigned(0, math.MaxInt64), def: "1000"},
	{id: ClusterSlotStatsEnabled, name: "cluster-slot-stats-enabled", kind: boolKind{}, def: "no"},
}
