package config

import "math"

// encodingRows are the settings of the thresholds between encodings of values.
var encodingRows = []row{
	{id: HashMaxListpackEntries, name: "hash-max-listpack-entries", alias: "hash-max-ziplist-entries", kind: unsigned(0, math.MaxInt64), def: "512"},
	{id: HashMaxListpackValue, name: "hash-max-listpack-value", alias: "hash-max-ziplist-value", kind: size(0, math.MaxInt64), def: "64"},
	{id: HLLSparseMaxBytes, name: "hll-sparse-max-bytes", kind: size(0, math.MaxInt64), def: "3000"},
	{id: ListCompressDepth, name: "list-compress-depth", kind: integer(0, math.MaxInt32), def: "0", flags: Debug},
	{id: ListMaxListpackSize, name: "list-max-listpack-size", alias: "list-max-ziplist-size", kind: integer(math.MinInt32, math.MaxInt32), def: "-2"},
	{id: SanitizeDumpPayload, name: "sanitize-dump-payload", kind: enum("no", "yes", "clients"), def: "no", flags: Hidden | Debug},
	{id: SetMaxIntsetEntries, name: "set-max-intset-entries", kind: unsigned(0, math.MaxInt64), def: "512"},
	{id: SetMaxListpackEntries, name: "set-max-listpack-entries", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: SetMaxListpackValue, name: "set-max-listpack-value", kind: unsigned(0, math.MaxInt64), def: "64"},
	{id: StreamNodeMaxBytes, name: "stream-node-max-bytes", kind: size(0, math.MaxInt64), def: "4096"},
	{id: StreamNodeMaxEntries, name: "stream-node-max-entries", kind: integer(0, math.MaxInt64), def: "100"},
	{id: ZSetMaxListpackEntries, name: "zset-max-listpack-entries", alias: "zset-max-ziplist-entries", kind: unsigned(0, math.MaxInt64), def: "128"},
	{id: ZSetMaxListpackValue, name: "zset-max-listpack-value", alias: "zset-max-ziplist-value", kind: size(0, math.MaxInt64), def: "64"},
}
