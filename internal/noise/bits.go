package noise

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"math/bits"
)

// Source draws exact samples from a stream of unpredictable bytes: crypto/rand
// in the product, a seeded cipher in replays. Not for use by several goroutines.
type Source struct {
	r   *bufio.Reader
	err error // of the stream; everything drawn afterwards is refused
}

// NewSource reads from r. Bytes are read ahead.
func NewSource(r io.Reader) *Source { return &Source{r: bufio.NewReaderSize(r, 4096)} }

// word returns 64 random bits. After an error it returns zeros, and every
// exported method says the error instead of an answer.
func (s *Source) word() uint64 {
	var b [8]byte
	if s.err == nil {
		if _, err := io.ReadFull(s.r, b[:]); err != nil {
			s.err = fmt.Errorf("draw random bits: %w", err)
			b = [8]byte{}
		}
	}
	return binary.LittleEndian.Uint64(b[:])
}

// below returns a uniform number in [0, n), n > 0, by rejection.
func (s *Source) below(n uint64) uint64 {
	if n&(n-1) == 0 {
		return s.word() & (n - 1)
	}
	mask := ^uint64(0) >> bits.LeadingZeros64(n)
	for s.err == nil {
		if x := s.word() & mask; x < n {
			return x
		}
	}
	return 0
}

// belowBig is below for numbers of any size.
func (s *Source) belowBig(n *big.Int) *big.Int {
	if n.IsUint64() {
		return new(big.Int).SetUint64(s.below(n.Uint64()))
	}
	length := n.BitLen()
	b := make([]byte, (length+63)/64*8)
	x := new(big.Int)
	for s.err == nil {
		for i := 0; i < len(b); i += 8 {
			binary.BigEndian.PutUint64(b[i:], s.word())
		}
		x.SetBytes(b)
		x.Rsh(x, uint(len(b)*8-length))
		if x.Cmp(n) < 0 {
			return x
		}
	}
	return x.SetInt64(0)
}

// expOnce is true with probability exp(-num/den) for 0 <= num <= den, den > 0
// (algorithm 1 of the paper: the series of the exponential, term by term).
func (s *Source) expOnce(num, den uint64) bool {
	for k := uint64(1); s.err == nil; k++ {
		hi, lo := bits.Mul64(den, k)
		if hi != 0 {
			return s.expOnceBig(new(big.Int).SetUint64(num), new(big.Int).SetUint64(den), k)
		}
		if s.below(lo) >= num {
			return k&1 == 1
		}
	}
	return false
}

// expOnceBig goes on with expOnce at term k, where den·k no longer fits a word.
func (s *Source) expOnceBig(num, den *big.Int, k uint64) bool {
	bound := new(big.Int)
	for ; s.err == nil; k++ {
		bound.Mul(den, bound.SetUint64(k))
		if s.belowBig(bound).Cmp(num) >= 0 {
			return k&1 == 1
		}
	}
	return false
}

// exp is true with probability exp(-num/den), den > 0.
func (s *Source) exp(num, den uint64) bool {
	for ; num > den; num -= den {
		if s.err != nil || !s.expOnce(1, 1) {
			return false
		}
	}
	return s.expOnce(num, den)
}

// expBig is exp for numbers of any size. It draws once for each whole unit of
// the exponent and stops at the first failure, so a huge exponent costs nothing.
func (s *Source) expBig(num, den *big.Int) bool {
	if num.IsUint64() && den.IsUint64() {
		return s.exp(num.Uint64(), den.Uint64())
	}
	whole, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	for one := big.NewInt(1); whole.Sign() > 0; whole.Sub(whole, one) {
		if s.err != nil || !s.expOnce(1, 1) {
			return false
		}
	}
	return s.expOnceBig(rest, den, 1)
}
