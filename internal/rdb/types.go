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

	firstForeign   = 12 // Redis 7.4
	lastForeign    = 79
	firstChecksum  = 5   // older files end with the EOF opcode
	firstOwnType   = 22  // types and opcodes from here to lastOwnOpcode mean
	lastOwnOpcode  = 243 // other things in files with the other magic
	headerLen      = 9
	magicRedis     = "REDIS0"
	magicValkey    = "VALKEY"
	checksumLen    = 8
	slotImportName = 40 // bytes in the name of a slot import job
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
	opSlotImport    = 243 // Valkey 9.0: a slot import under way
	opSlotInfo      = 244 // Redis 7.4: sizes of a slot; a hint
	opFunction      = 245 // source of a function library
	opFunctionPreGA = 246 // of the candidates for Redis 7.0; refused
	opModuleAux     = 247 // a module's own data
	opIdle          = 248 // seconds since the next key was used
	opFreq          = 249 // the next key's use counter
	opAux           = 250 // name and value about the file
	opResizeDB      = 251 // number of keys, and of those with expiry; a hint
	opExpireMs      = 252 // the next key's expiry, 8 bytes of milliseconds
	opExpire        = 253 // the same, 4 bytes of seconds
	opSelectDB      = 254 // database of the keys that follow
	opEOF           = 255 // checksum follows
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
}

// KnownType reports whether typ is a type of Version or older.
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
