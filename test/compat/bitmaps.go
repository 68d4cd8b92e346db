package compat

// bitmapGroup is the group "bitmap".
var bitmapGroup = group{
	name:    "bitmap",
	clients: 1,
	commands: parseCommands(`
		BITCOUNT key
		BITCOUNT key index [index [BYTE|BIT]]
		BITFIELD key
		BITFIELD key [OVERFLOW (WRAP|SAT|FAIL)] (SET|INCRBY) field bit-offset fieldvalue GET field bit-offset
		BITFIELD key GET field bit-offset
		BITFIELD key SET field bit-offset fieldvalue [GET field bit-offset]
		BITFIELD key INCRBY field bit-offset fieldvalue OVERFLOW (WRAP|SAT|FAIL) INCRBY field bit-offset fieldvalue
		BITFIELD_RO key GET field bit-offset [GET field bit-offset]
		BITFIELD_RO key [OVERFLOW WRAP] SET field bit-offset fieldvalue
		BITOP (AND|OR|XOR|NOT|DIFF) key key...
		BITOP (AND|OR|XOR) key key key
		BITOP NOT key key
		BITPOS key bit
		BITPOS key bit index [index [BYTE|BIT]]
		GETBIT key bit-offset
		SETBIT key bit-offset bit
	`),
	beside: parseCommands(`
		DEL key
		SET key value
		SET key bitmap
		APPEND key bitmap
		OBJECT ENCODING key
		GET key
		PEXPIRE key ttl-ms
	`),
}
