package rdb

// Versions of the format. A file starts with "REDIS" and four digits up to
// version 11, with "VALKEY" and three digits from version 80. What lies between
// belongs to Redis 7.4 and later, whose types differ.
const (
	// Version is what this package writes: that of Valkey 9.0 and 9.1.
	Version = 80
	// VersionRedis72 is what Redis 7.2 and Valkey up to 8.1 write. It has no
	// hash with field expiry.
	VersionRedis72 = 11

	// FirstOwnType is the first of the types and opcodes, up to 243, that mean
	// other things in files of Redis 7.4 and later, see foreign.go.
	FirstOwnType  = 22
	lastOwnOpcode = 243

	newest         = 81 // Valkey 9.2
	firstForeign   = 12 // Redis 7.4
	firstKeyMeta   = 13 // Redis 8.6
	firstTemplates = 15 // Redis 8.10
	lastRedis      = 15
	lastForeign    = 79
	firstChecksum  = 5 // older files end with the EOF opcode
	headerLen      = 9
	magicRedis     = "REDIS0"
	magicValkey    = "VALKEY"
	// magicCompressed begins the envelope that Valkey 9.2 puts around files.
	magicCompressed = "VCS"
	checksumLen     = 8
	slotImportName  = 40 // bytes in the name of a slot import job
)

// Type bytes: what kind of value follows the key, and in which form.
const (
	TypeString          = 0
	TypeList            = 1  // count, elements
	TypeSet             = 2  // count, members
	TypeZset            = 3  // count, then member and score as text
	TypeHash            = 4  // count, then field and value
	TypeZset2           = 5  // count, then member and score in binary
	TypeModulePreGA     = 6  // of the candidates for Redis 4.0; refused
	TypeModule2         = 7  // module id, tagged parts
	TypeHashZipmap      = 9  // Redis before 2.6
	TypeListZiplist     = 10 // Redis before 3.2
	TypeSetIntset       = 11
	TypeZsetZiplist     = 12 // Redis before 7.0
	TypeHashZiplist     = 13 // Redis before 7.0
	TypeListQuicklist   = 14 // count, ziplists; Redis 3.2 to 6.2
	TypeStream          = 15 // Redis 5.0 to 6.2
	TypeHashListpack    = 16
	TypeZsetListpack    = 17
	TypeListQuicklist2  = 18 // count, then container kind and listpack or element
	TypeStream2         = 19 // with first and deleted ids, entries read; Redis 7.0
	TypeSetListpack     = 20
	TypeStream3         = 21 // with the consumers' active time; Redis 7.2
	TypeHashFieldExpiry = 22 // count, then field, value, expiry; Valkey 9.0 only
)

// Opcodes stand where a type byte may stand.
const (
	OpUpdate        = 242 // Valkey 9.2: a command, in streams to replicas
	OpSlotImport    = 243 // Valkey 9.0: a slot import under way
	OpSlotInfo      = 244 // Redis 7.4: sizes of a slot; a hint
	OpFunction      = 245 // source of a function library
	OpFunctionPreGA = 246 // of the candidates for Redis 7.0; refused
	OpModuleAux     = 247 // a module's own data
	OpIdle          = 248 // seconds since the next key was used
	OpFreq          = 249 // the next key's use counter
	OpAux           = 250 // name and value about the file
	OpResizeDB      = 251 // number of keys, and of those with expiry; a hint
	OpExpireMs      = 252 // the next key's expiry, 8 bytes of milliseconds
	OpExpire        = 253 // the same, 4 bytes of seconds
	OpSelectDB      = 254 // database of the keys that follow
	OpEOF           = 255 // checksum follows
)

// First bytes of lengths, see Reader.length.
const (
	len6  = 0x00
	len14 = 0x40
	len32 = 0x80
	len64 = 0x81

	encInt8  = 0xc0
	encInt16 = 0xc1
	encInt32 = 0xc2
	encLZF   = 0xc3
)

// typeInfo is what this package knows of a type byte.
type typeInfo struct {
	name string                // as valkey-check-rdb names it
	skip func(r *Reader) error // reads over one value
}

// types is indexed by type byte. Its holes are no types of this format.
var types = [...]typeInfo{
	TypeString:          {"string", skipString},
	TypeList:            {"list-linked", repeated(skipString)},
	TypeSet:             {"set-hashtable", repeated(skipString)},
	TypeZset:            {"zset-v1", repeated(skipString, skipDouble)},
	TypeHash:            {"hash-hashtable", repeated(skipString, skipString)},
	TypeZset2:           {"zset-v2", repeated(skipString, fixed(8))},
	TypeModulePreGA:     {"module-pre-release", refuseModulePreGA},
	TypeModule2:         {"module-value", skipModule},
	TypeHashZipmap:      {"hash-zipmap", skipString},
	TypeListZiplist:     {"list-ziplist", skipString},
	TypeSetIntset:       {"set-intset", skipString},
	TypeZsetZiplist:     {"zset-ziplist", skipString},
	TypeHashZiplist:     {"hash-ziplist", skipString},
	TypeListQuicklist:   {"quicklist", repeated(skipString)},
	TypeStream:          {"stream", skipStream(1)},
	TypeHashListpack:    {"hash-listpack", skipString},
	TypeZsetListpack:    {"zset-listpack", skipString},
	TypeListQuicklist2:  {"quicklist-v2", repeated(skipLen, skipString)},
	TypeStream2:         {"stream-v2", skipStream(2)},
	TypeSetListpack:     {"set-listpack", skipString},
	TypeStream3:         {"stream-v3", skipStream(3)},
	TypeHashFieldExpiry: {"hash-volatile-items", repeated(skipString, skipString, fixed(8))},

	TypeRedisHashCandidate: {"hash-hashtable-md-pre-release", repeated(skipLen, skipString, skipString)},
	TypeRedisPackCandidate: {"hash-listpack-md-pre-release", skipString},
	TypeRedisHash:          {"hash-hashtable-md", inTurn(fixed(8), repeated(skipLen, skipString, skipString))},
	TypeRedisPack:          {"hash-listpack-md", inTurn(fixed(8), skipString)},
	TypeRedisStream4:       {"stream-v4", skipStream(4)},
	TypeRedisStream5:       {"stream-v5", skipStream(5)},
	TypeRedisTemplatePack:  {"hash-tmpl-lp", inTurn(skipTemplate, skipString)},
	TypeRedisPackRef:       {"hash-tmpl-lp-ref", skipString},
	TypeRedisTemplateArray: {"hash-tmpl-array", skipTemplateArray},
	TypeRedisArrayRef:      {"hash-tmpl-array-ref", skipArrayRef},
}

// Fits reports whether files of version may hold values of typ, a type that this
// program writes.
func Fits(typ byte, version int) bool { return typ < FirstOwnType || version >= Version }

// KnownType reports whether typ is a type, by the number that it has in this
// program.
func KnownType(typ byte) bool {
	return int(typ) < len(types) && types[typ].skip != nil
}

// TypeName is the name of typ in the reports of check-rdb, "unknown" if typ is
// no known type.
func TypeName(typ byte) string {
	if !KnownType(typ) {
		return "unknown"
	}
	return types[typ].name
}
