package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"

	"github.com/tactful/tactful/store"
)

// A sealed row is: version, flag, nonce (12 bytes), AES-256-GCM of the body.
// Version, flag, section, partition id, family and row key are authenticated
// with it, so that a row opens only where it was written.
const (
	sealVersion   = 1
	flagPlain     = 0
	flagS2        = 1
	headBytes     = 2 + nonceBytes
	tagBytes      = 16
	compressAbove = 64               // shorter rows do not get smaller
	maxPlainBytes = 16 * 1024 * 1024 // what a compressed row may claim to hold
	keyBytes      = 32
)

// Overhead is how many bytes Seal adds to a row that does not compress.
const Overhead = headBytes + tagBytes

// ErrSealed says that a row does not open: another key, another place, or
// changed bytes. It does not say which.
var ErrSealed = errors.New("vault: sealed row does not open")

// Sealer seals and opens rows under one key. It is safe for concurrent use.
type Sealer struct {
	aead   cipher.AEAD
	shared *sealing
}

// sealing is what all sealers of a vault share.
type sealing struct {
	nonces  *nonceSource
	scratch sync.Pool // of *scratch
}

// scratch holds the bytes that one Seal or Open needs besides its result.
type scratch struct {
	aad  []byte
	body []byte
}

func newSealing(nonces *nonceSource) *sealing {
	return &sealing{nonces: nonces, scratch: sync.Pool{New: func() any { return new(scratch) }}}
}

func (s *sealing) sealer(key []byte) (*Sealer, error) {
	if len(key) != keyBytes {
		return nil, fmt.Errorf("vault: data key has %d bytes", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return &Sealer{aead: gcm, shared: s}, nil
}

// Seal appends the sealed row to dst and returns it. The row is compressed
// where that helps. It allocates only to make dst larger; plain must not lie in
// dst's spare capacity.
func (s *Sealer) Seal(dst []byte, p store.Partition, f store.Family, key, plain []byte) []byte {
	work := s.shared.scratch.Get().(*scratch)
	defer s.shared.scratch.Put(work)
	flag, body := byte(flagPlain), plain
	if len(plain) > compressAbove {
		need := s2.MaxEncodedLen(len(plain))
		work.body = slices.Grow(work.body[:0], max(need, 0))
		if small := s2.Encode(work.body[:max(need, 0)], plain); len(small) < len(plain) {
			flag, body = flagS2, small
		}
	}
	start := len(dst)
	dst = slices.Grow(dst, Overhead+len(body))[:start+headBytes]
	dst[start], dst[start+1] = sealVersion, flag
	nonce := dst[start+2 : start+headBytes]
	s.shared.nonces.fill(nonce)
	work.aad = appendPlace(work.aad[:0], flag, p, f, key)
	return s.aead.Seal(dst, nonce, body, work.aad)
}

// Open appends the row's plain bytes to dst and returns it. It refuses, with
// ErrSealed, bytes that were not sealed by this key for this very place; dst is
// then returned as it came.
func (s *Sealer) Open(dst []byte, p store.Partition, f store.Family, key, sealed []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != sealVersion || sealed[1] > flagS2 {
		return dst, ErrSealed
	}
	work := s.shared.scratch.Get().(*scratch)
	defer s.shared.scratch.Put(work)
	flag := sealed[1]
	work.aad = appendPlace(work.aad[:0], flag, p, f, key)
	nonce, body := sealed[2:headBytes], sealed[headBytes:]
	if flag == flagPlain {
		dst = slices.Grow(dst, len(body)-tagBytes) // the cipher alone would grow it to the byte, every time
		out, err := s.aead.Open(dst, nonce, body, work.aad)
		if err != nil {
			return dst, ErrSealed
		}
		return out, nil
	}
	small, err := s.aead.Open(work.body[:0], nonce, body, work.aad)
	if err != nil {
		return dst, ErrSealed
	}
	work.body = small
	size, err := s2.DecodedLen(small)
	if err != nil || size > maxPlainBytes {
		return dst, ErrSealed
	}
	start := len(dst)
	out := slices.Grow(dst, size)[:start+size]
	if _, err := s2.Decode(out[start:], small); err != nil {
		return dst, ErrSealed
	}
	return out, nil
}

// appendPlace writes what a sealed row is bound to. Everything before the key
// has a fixed length, so that no two places read alike.
func appendPlace(dst []byte, flag byte, p store.Partition, f store.Family, key []byte) []byte {
	dst = append(dst, sealVersion, flag, byte(p.Section))
	dst = append(dst, p.ID[:]...)
	dst = append(dst, byte(f))
	return append(dst, key...)
}
