package hash

import (
	"hash/crc64"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckValues(t *testing.T) {
	p := []byte("123456789")
	if got := CRC16(p); got != 0x31c3 {
		t.Errorf("CRC16: got %#x", got)
	}
	if got := CRC64(p); got != 0xe9c6d914c4b8d9ca {
		t.Errorf("CRC64: got %#x", got)
	}
}

// TestCRC64Model compares with the standard library's CRC, which inverts
// before and after.
func TestCRC64Model(t *testing.T) {
	table := crc64.MakeTable(jones)
	rapid.Check(t, func(t *rapid.T) {
		crc := rapid.Uint64().Draw(t, "crc")
		p := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "p")
		cut := rapid.IntRange(0, len(p)).Draw(t, "cut")
		want := ^crc64.Update(^crc, table, p)
		if got := UpdateCRC64(UpdateCRC64(crc, p[:cut]), p[cut:]); got != want {
			t.Fatalf("got %#x, want %#x", got, want)
		}
	})
}

func TestKeySlot(t *testing.T) {
	for key, want := range map[string]uint16{ // as CLUSTER KEYSLOT answers
		"":             0,
		"foo":          12182,
		"{foo}":        12182,
		"a{foo}b{bar}": 12182,
		"{}foo":        9500,
		"foo{}{bar}":   8363,
		"foo{{bar}}":   4015,
		"foo{bar":      15278,
		"foo}bar{":     11073,
		"{":            4092,
		"\x00\xff":     7920,
	} {
		if got := KeySlot([]byte(key)); got != want {
			t.Errorf("KeySlot(%q): got %d, want %d", key, got, want)
		}
	}
}

func TestAllocs(t *testing.T) {
	key := []byte("user:{1000}:profile")
	if n := testing.AllocsPerRun(100, func() { _ = KeySlot(key); _ = CRC64(key) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkCRC64(b *testing.B) {
	p := make([]byte, 64<<10)
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		_ = CRC64(p)
	}
}

func BenchmarkKeySlot(b *testing.B) {
	key := []byte("user:1000:profile")
	for b.Loop() {
		_ = KeySlot(key)
	}
}
