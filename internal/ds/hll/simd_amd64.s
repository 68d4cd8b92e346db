#include "textflag.h"

// Three bytes to every four, and back.
DATA spread<>+0(SB)/8, $0xff050403ff020100
DATA spread<>+8(SB)/8, $0xff0b0a09ff080706
GLOBL spread<>(SB), RODATA|NOPTR, $16

DATA gather<>+0(SB)/8, $0x0908060504020100
DATA gather<>+8(SB)/8, $0xffffffff0e0d0c0a
GLOBL gather<>(SB), RODATA|NOPTR, $16

// Where each of four registers is among three bytes in a word of 32 bits, and among
// four.
DATA packed<>+0(SB)/4, $0x0000003f
DATA packed<>+4(SB)/4, $0x00000fc0
DATA packed<>+8(SB)/4, $0x0003f000
DATA packed<>+12(SB)/4, $0x00fc0000
GLOBL packed<>(SB), RODATA|NOPTR, $16

DATA spaced<>+0(SB)/4, $0x0000003f
DATA spaced<>+4(SB)/4, $0x00003f00
DATA spaced<>+8(SB)/4, $0x003f0000
DATA spaced<>+12(SB)/4, $0x3f000000
GLOBL spaced<>(SB), RODATA|NOPTR, $16

// func mergeAVX2(s *Set, regs *byte)
TEXT ·mergeAVX2(SB), NOSPLIT, $0-16
	MOVQ s+0(FP), DI
	MOVQ regs+8(FP), SI
	MOVQ $511, CX
	VBROADCASTI128 spread<>(SB), Y15
	VPBROADCASTD spaced<>+0(SB), Y14
	VPBROADCASTD spaced<>+4(SB), Y13
	VPBROADCASTD spaced<>+8(SB), Y12
	VPBROADCASTD spaced<>+12(SB), Y11

chunk:
	VMOVDQU (SI), X0
	VINSERTI128 $1, 12(SI), Y0, Y0
	VPSHUFB Y15, Y0, Y0
	VPSLLD $2, Y0, Y1
	VPSLLD $4, Y0, Y2
	VPSLLD $6, Y0, Y3
	VPAND Y14, Y0, Y0
	VPAND Y13, Y1, Y1
	VPAND Y12, Y2, Y2
	VPAND Y11, Y3, Y3
	VPOR Y1, Y0, Y0
	VPOR Y3, Y2, Y2
	VPOR Y2, Y0, Y0
	VPMAXUB (DI), Y0, Y0
	VMOVDQU Y0, (DI)
	ADDQ $24, SI
	ADDQ $32, DI
	DECQ CX
	JNZ chunk
	VZEROUPPER
	RET

// func packAVX2(regs *byte, s *Set)
TEXT ·packAVX2(SB), NOSPLIT, $0-16
	MOVQ regs+0(FP), DI
	MOVQ s+8(FP), SI
	MOVQ $511, CX
	VBROADCASTI128 gather<>(SB), Y15
	VPBROADCASTD packed<>+0(SB), Y14
	VPBROADCASTD packed<>+4(SB), Y13
	VPBROADCASTD packed<>+8(SB), Y12
	VPBROADCASTD packed<>+12(SB), Y11

chunk:
	VMOVDQU (SI), Y0
	VPSRLD $2, Y0, Y1
	VPSRLD $4, Y0, Y2
	VPSRLD $6, Y0, Y3
	VPAND Y14, Y0, Y0
	VPAND Y13, Y1, Y1
	VPAND Y12, Y2, Y2
	VPAND Y11, Y3, Y3
	VPOR Y1, Y0, Y0
	VPOR Y3, Y2, Y2
	VPOR Y2, Y0, Y0
	VPSHUFB Y15, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VMOVDQU X0, (DI)
	VMOVDQU X1, 12(DI)
	ADDQ $32, SI
	ADDQ $24, DI
	DECQ CX
	JNZ chunk
	VZEROUPPER
	RET

// TALLY counts in a register of bytes which of the bytes of Y12 equal those of
// another.
#define TALLY(value, counter, scratch) \
	VPCMPEQB value, Y12, scratch;  \
	VPSUBB scratch, counter, counter

// STORESUM stores the sum of the four numbers in Y, whose lower half is X.
#define STORESUM(X, Y, off) \
	VEXTRACTI128 $1, Y, X12; \
	VPADDQ X12, X, X;        \
	VPSRLDQ $8, X, X12;      \
	VPADDQ X12, X, X;        \
	VMOVQ X, off(DX)

// func tallyAVX2(s *Set, first uint8, counts *[4]int64)
TEXT ·tallyAVX2(SB), NOSPLIT, $0-24
	MOVQ s+0(FP), SI
	MOVBQZX first+8(FP), AX
	MOVQ counts+16(FP), DX
	VMOVQ AX, X8
	VPBROADCASTB X8, Y8
	VPCMPEQB Y15, Y15, Y15
	VPSUBB Y15, Y8, Y9
	VPSUBB Y15, Y9, Y10
	VPSUBB Y15, Y10, Y11
	VPXOR Y15, Y15, Y15
	VPXOR Y4, Y4, Y4
	VPXOR Y5, Y5, Y5
	VPXOR Y6, Y6, Y6
	VPXOR Y7, Y7, Y7
	MOVQ $4, BX

quarter: // a byte can count so far
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	MOVQ $128, CX

chunk:
	VMOVDQU (SI), Y12
	TALLY(Y8, Y0, Y13)
	TALLY(Y9, Y1, Y14)
	TALLY(Y10, Y2, Y13)
	TALLY(Y11, Y3, Y14)
	ADDQ $32, SI
	DECQ CX
	JNZ chunk

	VPSADBW Y15, Y0, Y0
	VPSADBW Y15, Y1, Y1
	VPSADBW Y15, Y2, Y2
	VPSADBW Y15, Y3, Y3
	VPADDQ Y0, Y4, Y4
	VPADDQ Y1, Y5, Y5
	VPADDQ Y2, Y6, Y6
	VPADDQ Y3, Y7, Y7
	DECQ BX
	JNZ quarter

	STORESUM(X4, Y4, 0)
	STORESUM(X5, Y5, 8)
	STORESUM(X6, Y6, 16)
	STORESUM(X7, Y7, 24)
	VZEROUPPER
	RET
