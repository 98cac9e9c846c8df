//go:build !purego

#include "textflag.h"

// func eight(c *float64, stride int, a []float64, panel [][4]float64)
//
// Y0 to Y7 hold the sums of a row each, Y8 the panel's row k, and each of
// Y9 to Y15 one element of a, repeated.
TEXT ·eight(SB), NOSPLIT, $0-64
	MOVQ c+0(FP), DI
	MOVQ stride+8(FP), SI
	MOVQ a_base+16(FP), R8
	MOVQ panel_base+40(FP), R13
	MOVQ panel_len+48(FP), CX
	SHLQ $3, SI              // bytes from one row of c to the next
	LEAQ (SI)(SI*2), DX      // three rows
	LEAQ (DI)(SI*4), BX      // row 4
	LEAQ (CX*8), R9          // bytes from one row of a to the next
	LEAQ (R9)(R9*2), R10
	LEAQ (R8)(R9*4), R11     // row 4

	VMOVUPD (DI), Y0
	VMOVUPD (DI)(SI*1), Y1
	VMOVUPD (DI)(SI*2), Y2
	VMOVUPD (DI)(DX*1), Y3
	VMOVUPD (BX), Y4
	VMOVUPD (BX)(SI*1), Y5
	VMOVUPD (BX)(SI*2), Y6
	VMOVUPD (BX)(DX*1), Y7

	TESTQ CX, CX
	JZ    done

loop:
	VMOVUPD      (R13), Y8
	VBROADCASTSD (R8), Y9
	VBROADCASTSD (R8)(R9*1), Y10
	VBROADCASTSD (R8)(R9*2), Y11
	VBROADCASTSD (R8)(R10*1), Y12
	VMULPD       Y8, Y9, Y9
	VMULPD       Y8, Y10, Y10
	VMULPD       Y8, Y11, Y11
	VMULPD       Y8, Y12, Y12
	VADDPD       Y9, Y0, Y0
	VADDPD       Y10, Y1, Y1
	VADDPD       Y11, Y2, Y2
	VADDPD       Y12, Y3, Y3
	VBROADCASTSD (R11), Y13
	VBROADCASTSD (R11)(R9*1), Y14
	VBROADCASTSD (R11)(R9*2), Y15
	VBROADCASTSD (R11)(R10*1), Y9
	VMULPD       Y8, Y13, Y13
	VMULPD       Y8, Y14, Y14
	VMULPD       Y8, Y15, Y15
	VMULPD       Y8, Y9, Y9
	VADDPD       Y13, Y4, Y4
	VADDPD       Y14, Y5, Y5
	VADDPD       Y15, Y6, Y6
	VADDPD       Y9, Y7, Y7
	ADDQ         $8, R8
	ADDQ         $8, R11
	ADDQ         $32, R13
	DECQ         CX
	JNZ          loop

done:
	VMOVUPD Y0, (DI)
	VMOVUPD Y1, (DI)(SI*1)
	VMOVUPD Y2, (DI)(SI*2)
	VMOVUPD Y3, (DI)(DX*1)
	VMOVUPD Y4, (BX)
	VMOVUPD Y5, (BX)(SI*1)
	VMOVUPD Y6, (BX)(SI*2)
	VMOVUPD Y7, (BX)(DX*1)
	VZEROUPPER
	RET

// func hasAVX2() bool
TEXT ·hasAVX2(SB), NOSPLIT, $0-1
	MOVB $0, ret+0(FP)
	XORL AX, AX
	CPUID
	CMPL AX, $7              // is leaf 7 there?
	JLT  no
	MOVL $1, AX
	XORL CX, CX
	CPUID
	ANDL $0x18000000, CX     // OSXSAVE and AVX
	CMPL CX, $0x18000000
	JNE  no
	XORL CX, CX
	XGETBV
	ANDL $6, AX              // the system saves XMM and YMM
	CMPL AX, $6
	JNE  no
	MOVL $7, AX
	XORL CX, CX
	CPUID
	TESTL $0x20, BX          // AVX2
	JZ   no
	MOVB $1, ret+0(FP)

no:
	RET
