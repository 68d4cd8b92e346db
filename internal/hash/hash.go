// Package hash holds the checksums that Valkey's formats are made of: CRC-16
// for cluster slots and CRC-64 for RDB files and DUMP payloads. Both are parts
// of the format: every implementation must compute the same.
package hash

// Slots is the number of hash slots of a cluster.
const Slots = 16384

// KeySlot returns the cluster slot of key, 0 to Slots-1. If key holds a `{`
// with a `}` after it and at least one byte between, only the bytes between
// the first `{` and the first `}` behind it count, so that keys can be made to
// share a slot.
func KeySlot(key []byte) uint16 {
	for i, b := range key {
		if b != '{' {
			continue
		}
		for j, e := range key[i+1:] {
			if e != '}' {
				continue
			}
			if j > 0 {
				key = key[i+1 : i+1+j]
			}
			break
		}
		break
	}
	return CRC16(key) & (Slots - 1)
}

// CRC16 is the CRC-16 of p as XMODEM defines it: polynomial 0x1021, most
// significant bit first, initial value 0.
func CRC16(p []byte) uint16 {
	var crc uint16
	for _, b := range p {
		crc = crc<<8 ^ crc16Table[byte(crc>>8)^b]
	}
	return crc
}

var crc16Table = func() (t [256]uint16) {
	for i := range t {
		crc := uint16(i) << 8
		for range 8 {
			carry := crc & 0x8000
			crc <<= 1
			if carry != 0 {
				crc ^= 0x1021
			}
		}
		t[i] = crc
	}
	return t
}()
