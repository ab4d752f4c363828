package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
)

const (
	nonceBytes  = 12
	nonceBuffer = 340 * nonceBytes
	seedBytes   = 32
)

// nonceSource hands out random 96-bit nonces cheaply. It stretches its seed
// with AES-CTR and mixes fresh entropy in at every refill, so that it can never
// fail in the middle of a write and a copied machine parts ways at once.
type nonceSource struct {
	mu      sync.Mutex
	entropy io.Reader
	seed    [seedBytes]byte
	buffer  [nonceBuffer]byte
	next    int
}

func newNonceSource(entropy io.Reader) (*nonceSource, error) {
	s := &nonceSource{entropy: entropy, next: nonceBuffer}
	if _, err := io.ReadFull(entropy, s.seed[:]); err != nil {
		return nil, fmt.Errorf("seed nonces: %w", err)
	}
	return s, nil
}

// fill writes one nonce to out.
func (s *nonceSource) fill(out []byte) {
	s.mu.Lock()
	if s.next == nonceBuffer {
		s.refill()
	}
	copy(out, s.buffer[s.next:s.next+nonceBytes])
	s.next += nonceBytes
	s.mu.Unlock()
}

func (s *nonceSource) refill() {
	var fresh [seedBytes]byte
	// A source that fails leaves zeros here; the seed, which was read in full
	// at the start, still makes the next stretch different from all before.
	_, _ = io.ReadFull(s.entropy, fresh[:])
	s.seed = sha256.Sum256(append(append([]byte("tactful-nonce-seed"), s.seed[:]...), fresh[:]...))
	key := sha256.Sum256(append([]byte("tactful-nonce-key"), s.seed[:]...))
	clear(s.buffer[:])
	if block, err := aes.NewCipher(key[:]); err == nil { // 32 bytes are always a key
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(s.buffer[:], s.buffer[:])
	}
	s.next = 0
}

// lockedReader lets one entropy source serve many goroutines.
type lockedReader struct {
	mu     sync.Mutex
	source io.Reader
}

func (r *lockedReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.source.Read(p)
}
