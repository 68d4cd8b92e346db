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
