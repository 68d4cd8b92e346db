package hyperloglogs

import (
	"encoding/binary"
	"fmt"
	"math"

	"sigrun/internal/command"
	"sigrun/internal/ds/hll"
)

// selfTestElements is how many elements PFSELFTEST counts.
const selfTestElements = 1_000_000

// runPFSelfTest answers PFSELFTEST: OK, if a sparse and a dense value agree on how
// many elements they hold and are about right, for every power of ten.
func runPFSelfTest(c *command.Ctx) error {
	s := takeScratch(c)
	defer s.give()
	s.ed.Reset()
	clear(s.set[:])
	dense := s.set.AppendDense(nil, s.ed.Bytes())
	seed := c.Tx.Rand().Uint64()
	var elem [8]byte
	next := uint64(1)
	for n := uint64(1); n <= selfTestElements; n++ {
		binary.LittleEndian.PutUint64(elem[:], n^seed)
		hll.DenseAdd(dense, elem[:])
		if _, err := s.ed.Add(elem[:]); err != nil {
			return selfTestFailed("%v", err)
		}
		if n == next {
			if err := compareCounts(n, dense, s.ed.Bytes()); err != nil {
				return err
			}
			next *= 10
		}
	}
	c.W.OK()
	return nil
}

// compareCounts fails unless two values of n elements count the same, and that is
// within six standard errors of n.
func compareCounts(n uint64, a, b []byte) error {
	x, errA := hll.Count(a)
	y, errB := hll.Count(b)
	standard := 1.04 / math.Sqrt(hll.Registers)
	limit := math.Ceil(6 * standard * float64(n))
	switch {
	case errA != nil || errB != nil || x != y:
		return selfTestFailed("dense/sparse disagree")
	case math.Abs(float64(x)-float64(n)) > limit:
		return selfTestFailed("Too big error. card:%d abserr:%d", n, max(x, n)-min(x, n))
	}
	return nil
}

func selfTestFailed(format string, args ...any) error {
	return command.ReplyError("ERR TESTFAILED " + fmt.Sprintf(format, args...))
}
