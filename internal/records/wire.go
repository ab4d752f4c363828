package records

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"time"

	"github.com/tactful/tactful"
)

// errWire says that bytes are not what their encoder writes. Every value has
// exactly one spelling; anything else is refused.
var errWire = errors.New("records: row is not readable")

// Bytes of a row begin with the version of its layout.
const wireVersion = 1

func appendText(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// appendTime writes a time in milliseconds; the zero time has a form of its own.
func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, 0)
	}
	return binary.AppendUvarint(dst, zigzag(t.UnixMilli())+1)
}

func appendSigned(dst []byte, n int64) []byte { return binary.AppendUvarint(dst, zigzag(n)) }

func zigzag(n int64) uint64 { return uint64(n<<1) ^ uint64(n>>63) }

func unzigzag(u uint64) int64 { return int64(u>>1) ^ -int64(u&1) }

// readerOf takes bytes apart. The first fault sticks; what it returns afterwards
// is empty.
type readerOf[T ~string | ~[]byte] struct {
	rest T
	bad  bool
}

// reader cuts text from one string, so that a row costs one allocation.
type reader struct{ readerOf[string] }

// read begins a row and checks its version.
func read(plain []byte) reader { return readText(string(plain)) }

func readText(plain string) reader {
	return reader{begin(plain)}
}

// begin begins a row and checks its version.
func begin[T ~string | ~[]byte](plain T) readerOf[T] {
	r := readerOf[T]{rest: plain}
	if r.byte() != wireVersion {
		r.fail()
	}
	return r
}

func (r *readerOf[T]) fail() { r.bad, r.rest = true, r.rest[:0] }

// end returns errWire if anything was wrong or is left over.
func (r *readerOf[T]) end() error {
	if r.bad || len(r.rest) > 0 {
		return errWire
	}
	return nil
}

func (r *readerOf[T]) byte() byte {
	if len(r.rest) == 0 {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

// below reads a byte that must be less than limit.
func (r *readerOf[T]) below(limit byte) byte {
	b := r.byte()
	if b >= limit {
		r.fail()
		return 0
	}
	return b
}

func (r *readerOf[T]) uvarint() uint64 {
	var n uint64
	for i := 0; i < len(r.rest) && i < binary.MaxVarintLen64; i++ {
		b := r.rest[i]
		if b < 0x80 {
			if (i == binary.MaxVarintLen64-1 && b > 1) || (i > 0 && b == 0) { // too large, or a longer spelling
				break
			}
			r.rest = r.rest[i+1:]
			return n | uint64(b)<<(7*i)
		}
		n |= uint64(b&0x7f) << (7 * i)
	}
	r.fail()
	return 0
}

func (r *readerOf[T]) signed() int64 { return unzigzag(r.uvarint()) }

func (r *readerOf[T]) take(n uint64) T {
	if n > uint64(len(r.rest)) {
		r.fail()
		return r.rest
	}
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *readerOf[T]) text() T { return r.take(r.uvarint()) }

// count reads a number of things that take at least size bytes each, so that a
// wrong number cannot make anyone allocate.
func (r *readerOf[T]) count(size int) int {
	n := r.uvarint()
	if n > uint64(len(r.rest)/size) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *readerOf[T]) time() time.Time {
	u := r.uvarint()
	if u == 0 {
		return time.Time{}
	}
	ms := unzigzag(u - 1)
	if ms <= firstMilli || ms > lastMilli {
		r.fail()
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// The years 1 to 9999, without their first moment, which is the zero time.
const (
	firstMilli = -62135596800_000
	lastMilli  = 253402300799_999
)

func (r *readerOf[T]) float() float64 {
	s := r.take(8)
	if len(s) < 8 {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64([]byte(s)))
}

// hexText writes text that is lower-case hex of 16 digits or more in half the
// space, and other text as it is.
func appendHexText(dst []byte, s string) []byte {
	if isHex(s) {
		head := len(dst)
		packed, err := hex.AppendDecode(binary.AppendUvarint(dst, uint64(len(s)/2)<<1|1), []byte(s))
		if err == nil {
			return packed
		}
		dst = dst[:head]
	}
	return append(binary.AppendUvarint(dst, uint64(len(s))<<1), s...)
}

func (r *reader) hexText() string {
	n := r.uvarint()
	s := r.take(n >> 1)
	if n&1 == 1 {
		s = hex.EncodeToString([]byte(s))
	}
	if isHex(s) != (n&1 == 1) {
		r.fail()
		return ""
	}
	return s
}

func isHex(s string) bool {
	if len(s) < 16 || len(s)%2 != 0 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// unreadable is what a caller hears about a row that opens but does not read,
// or does not open at all.
func unreadable(what string, cause error) error {
	return &tactful.Error{Kind: tactful.Internal, Detail: "a stored " + what + " is damaged", Err: cause}
}
