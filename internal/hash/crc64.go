package hash

import "encoding/binary"

// jones is the CRC-64 polynomial of David T. Jones, bits reversed.
const jones = 0x95ac9329ac4bc9b5

// crc64Tables[k][b] is the CRC of byte b followed by k zero bytes. Sixteen of
// them take a step of 16 bytes with independent lookups.
var crc64Tables = func() (t [16][256]uint64) {
	for b := range t[0] {
		crc := uint64(b)
		for range 8 {
			carry := crc & 1
			crc >>= 1
			if carry != 0 {
				crc ^= jones
			}
		}
		t[0][b] = crc
	}
	for k := 1; k < len(t); k++ {
		for b := range t[k] {
			prev := t[k-1][b]
			t[k][b] = prev>>8 ^ t[0][byte(prev)]
		}
	}
	return t
}()

// CRC64 is the CRC-64 of p as RDB files use it: Jones polynomial, least
// significant bit first, initial value 0, nothing inverted.
func CRC64(p []byte) uint64 { return UpdateCRC64(0, p) }

// UpdateCRC64 returns the CRC-64 of the bytes that crc stands for, followed by
// p. It starts from 0.
func UpdateCRC64(crc uint64, p []byte) uint64 {
	t := &crc64Tables
	for len(p) >= 16 {
		a := crc ^ binary.LittleEndian.Uint64(p)
		b := binary.LittleEndian.Uint64(p[8:16])
		crc = t[15][byte(a)] ^ t[14][byte(a>>8)] ^ t[13][byte(a>>16)] ^ t[12][byte(a>>24)] ^
			t[11][byte(a>>32)] ^ t[10][byte(a>>40)] ^ t[9][byte(a>>48)] ^ t[8][a>>56] ^
			t[7][byte(b)] ^ t[6][byte(b>>8)] ^ t[5][byte(b>>16)] ^ t[4][byte(b>>24)] ^
			t[3][byte(b>>32)] ^ t[2][byte(b>>40)] ^ t[1][byte(b>>48)] ^ t[0][b>>56]
		p = p[16:]
	}
	for _, b := range p {
		crc = crc>>8 ^ t[0][byte(crc)^b]
	}
	return crc
}
