package lzf

// Append appends the n bytes that src stands for to dst. Unless src is whole
// and yields exactly n bytes it returns dst with its old length and ErrCorrupt;
// nothing is allocated for a length that src can't yield. dst and src must not
// overlap.
func Append(dst, src []byte, n int) ([]byte, error) {
	if got, err := Len(src); err != nil || got != n {
		return dst, ErrCorrupt
	}
	start := len(dst)
	dst = grow(dst, n)
	out := dst[start : start+n]
	to := 0
	for at := 0; at < len(src); {
		ctrl := int(src[at])
		at++
		if ctrl < maxLiteral {
			to += copy(out[to:], src[at:at+ctrl+1])
			at += ctrl + 1
			continue
		}
		length := ctrl >> 5
		if length == 7 {
			length += int(src[at])
			at++
		}
		distance := (ctrl&0x1f)<<8 + int(src[at]) + 1
		at++
		to = repeat(out, to, distance, length+2)
	}
	return dst, nil
}

// repeat copies n bytes of out from distance bytes before to, and returns the
// position behind them. Each copy doubles what the next may take.
func repeat(out []byte, to, distance, n int) int {
	from, end := to-distance, to+n
	for to < end {
		to += copy(out[to:end], out[from:to])
	}
	return end
}

// Len returns how many bytes src stands for, or ErrCorrupt when an instruction
// is cut off or reaches back beyond the start. It costs no memory.
func Len(src []byte) (int, error) {
	n := 0
	for at := 0; at < len(src); {
		ctrl := int(src[at])
		at++
		if ctrl < maxLiteral {
			at += ctrl + 1
			if at > len(src) {
				return 0, ErrCorrupt
			}
			n += ctrl + 1
			continue
		}
		length := ctrl >> 5
		if length == 7 {
			if at >= len(src) {
				return 0, ErrCorrupt
			}
			length += int(src[at])
			at++
		}
		if at >= len(src) || (ctrl&0x1f)<<8+int(src[at])+1 > n {
			return 0, ErrCorrupt
		}
		at++
		n += length + 2
	}
	return n, nil
}

// grow returns dst longer by n bytes, whose content is undefined.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst[:len(dst)+n]
	}
	out := make([]byte, len(dst)+n)
	copy(out, dst)
	return out
}
