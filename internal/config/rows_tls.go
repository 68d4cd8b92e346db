package config

import "math"

// tlsRows are the settings of TLS.
var tlsRows = []row{
	{id: TLSAuthClients, name: "tls-auth-clients", kind: enum("no", "yes", "optional"), def: "yes"},
	{id: TLSAuthClientsUser, name: "tls-auth-clients-user", kind: enum("CN", "URI", "off"), def: "off"},
	{id: TLSAutoReloadInterval, name: "tls-auto-reload-interval", kind: integer(0, math.MaxInt32), def: "0"},
	{id: TLSCACertDir, name: "tls-ca-cert-dir", kind: optional, flags: Volatile},
	{id: TLSCACertFile, name: "tls-ca-cert-file", kind: optional, flags: Volatile},
	{id: TLSCertFile, name: "tls-cert-file", kind: optional, flags: Volatile},
	{id: TLSCiphers, name: "tls-ciphers", kind: optional},
	{id: TLSCiphersuites, name: "tls-ciphersuites", kind: optional},
	{id: TLSClientCertFile, name: "tls-client-cert-file", kind: optional, flags: Volatile},
	{id: TLSClientKeyFile, name: "tls-client-key-file", kind: optional, flags: Volatile},
	{id: TLSClientKeyFilePass, name: "tls-client-key-file-pass", kind: optional, flags: Sensitive},
	{id: TLSCluster, name: "tls-cluster", kind: boolKind{}, def: "no"},
	{id: TLSDHParamsFile, name: "tls-dh-params-file", kind: optional, flags: Volatile},
	{id: TLSKeyFile, name: "tls-key-file", kind: optional, flags: Volatile},
	{id: TLSKeyFilePass, name: "tls-key-file-pass", kind: optional, flags: Sensitive},
	{id: TLSPort, name: "tls-port", kind: integer(0, 65535), def: "0"},
	{id: TLSPreferServerCiphers, name: "tls-prefer-server-ciphers", kind: boolKind{}, def: "no"},
	{id: TLSProtocols, name: "tls-protocols", kind: optional},
	{id: TLSReplication, name: "tls-replication", kind: boolKind{}, def: "no"},
	{id: TLSSessionCacheSize, name: "tls-session-cache-size", kind: integer(0, math.MaxInt32), def: "20480"},
	{id: TLSSessionCacheTimeout, name: "tls-session-cache-timeout", kind: integer(0, math.MaxInt32), def: "300"},
	{id: TLSSessionCaching, name: "tls-session-caching", kind: boolKind{}, def: "yes"},
}
