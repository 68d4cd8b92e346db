#include "textflag.h"

// The bytes of four registers: words of their lower and their upper two. The lower
// word begins with the first bit of its registers, the upper one with the fifth
// bit, so the lower is shifted by four to make both alike.
DATA spread<>+0(SB)/8, $0x0504040302010100
DATA spread<>+8(SB)/8, $0x0b0a0a0908070706
GLOBL spread<>(SB), RODATA|NOPTR, $16

DATA align<>+0(SB)/4, $0x00010010
GLOBL align<>(SB), RODATA|NOPTR, $4

DATA even<>+0(SB)/4, $0x003f003f
GLOBL even<>(SB), RODATA|NOPTR, $4

DATA odd<>+0(SB)/4, $0x3f003f00
GLOBL odd<>(SB), RODATA|NOPTR, $4

DATA upper<>+0(SB)/4, $0xfc00fc00
GLOBL upper<>(SB), RODATA|NOPTR, $4

// The weights of registers in a pair, those of pairs in a word of 32 bits, and
// three bytes of every four.
DATA pairs<>+0(SB)/4, $0x40014001
GLOBL pairs<>(SB), RODATA|NOPTR, $4

DATA fours<>+0(SB)/4, $0x10000001
GLOBL fours<>(SB), RODATA|NOPTR, $4

DATA gather<>+0(SB)/8, $0x0908060504020100
DATA gather<>+8(SB)/8, $0xffffffff0e0d0c0a
GLOBL gather<>(SB), RODATA|NOPTR, $16

// MERGE merges 32 registers of SI into those of DI, chunk i of seven.
#define MERGE(i) \
	VMOVDQU (24*i)(SI), X0;               \
	VINSERTI128 $1, (24*i+12)(SI), Y0, Y0; \
	VPSHUFB Y15, Y0, Y0;                  \
	VPMULLW Y14, Y0, Y0;                  \
	VPSRLW $4, Y0, Y1;                    \
	VPSRLW $2, Y0, Y2;                    \
	VPAND Y13, Y1, Y1;                    \
	VPAND Y12, Y2, Y2;                    \
	VPOR Y2, Y1, Y1;                      \
	VPMAXUB (32*i)(DI), Y1, Y1;           \
	VMOVDQU Y1, (32*i)(DI)

// func mergeAVX2(s *Set, regs *byte)
TEXT ·mergeAVX2(SB), NOSPLIT, $0-16
	MOVQ s+0(FP), DI
	MOVQ regs+8(FP), SI
	MOVQ $73, CX
	VBROADCASTI128 spread<>(SB), Y15
	VPBROADCASTD align<>(SB), Y14
	VPBROADCASTD even<>(SB), Y13
	VPBROADCASTD odd<>(SB), Y12

chunks:
	MERGE(0)
	MERGE(1)
	MERGE(2)
	MERGE(3)
	MERGE(4)
	MERGE(5)
	MERGE(6)
	ADDQ $168, SI
	ADDQ $224, DI
	DECQ CX
	JNZ chunks
	VZEROUPPER
	RET

// TOPS reads 32 packed registers and makes words of them that begin with the upper
// register of a pair, in A, and with the lower one, in B.
#define TOPS(base, X, A, B) \
	VMOVDQU (base), X;               \
	VINSERTI128 $1, 12(base), A, A; \
	VPSHUFB Y15, A, A;                     \
	VPMULLW Y14, A, A;                     \
	VPSLLW $6, A, B

// UNITE makes 32 packed registers of DI the larger of themselves, those of SI and
// those of DX. It writes no byte beyond them.
#define UNITE \
	TOPS(DI, X0, Y0, Y1);   \
	TOPS(SI, X2, Y2, Y3);   \
	TOPS(DX, X4, Y4, Y5);   \
	VPMAXUW Y2, Y0, Y0;        \
	VPMAXUW Y3, Y1, Y1;        \
	VPMAXUW Y4, Y0, Y0;        \
	VPMAXUW Y5, Y1, Y1;        \
	VPAND Y13, Y0, Y0;         \
	VPSRLW $4, Y0, Y0;         \
	VPSRLW $10, Y1, Y1;        \
	VPOR Y1, Y0, Y0;           \
	VPMADDWD Y12, Y0, Y0;      \
	VPSHUFB Y11, Y0, Y0;       \
	VEXTRACTI128 $1, Y0, X1;   \
	VMOVDQU X0, (DI);          \
	VMOVQ X1, 12(DI);          \
	VPEXTRD $2, X1, 20(DI)

// func uniteAVX2(dst, a, b *byte)
TEXT ·uniteAVX2(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ $511, CX
	VBROADCASTI128 spread<>(SB), Y15
	VPBROADCASTD align<>(SB), Y14
	VPBROADCASTD upper<>(SB), Y13
	VPBROADCASTD fours<>(SB), Y12
	VBROADCASTI128 gather<>(SB), Y11

chunks:
	UNITE
	ADDQ $24, DI
	ADDQ $24, SI
	ADDQ $24, DX
	DECQ CX
	JNZ chunks
	VZEROUPPER
	RET

// PACK packs 32 registers of SI into DI, chunk i of seven.
#define PACK(i) \
	VMOVDQU (32*i)(SI), Y0;     \
	VPMADDUBSW Y14, Y0, Y0;     \
	VPMADDWD Y13, Y0, Y0;       \
	VPSHUFB Y15, Y0, Y0;        \
	VMOVDQU X0, (24*i)(DI);     \
	VEXTRACTI128 $1, Y0, X1;    \
	VMOVDQU X1, (24*i+12)(DI)

// func packAVX2(regs *byte, s *Set)
TEXT ·packAVX2(SB), NOSPLIT, $0-16
	MOVQ regs+0(FP), DI
	MOVQ s+8(FP), SI
	MOVQ $73, CX
	VBROADCASTI128 gather<>(SB), Y15
	VPBROADCASTD pairs<>(SB), Y14
	VPBROADCASTD fours<>(SB), Y13

chunks:
	PACK(0)
	PACK(1)
	PACK(2)
	PACK(3)
	PACK(4)
	PACK(5)
	PACK(6)
	ADDQ $224, SI
	ADDQ $168, DI
	DECQ CX
	JNZ chunks
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
