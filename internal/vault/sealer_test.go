package vault

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tactful/tactful/store"
)

func testSealer(t testing.TB) *Sealer {
	t.Helper()
	nonces, err := newNonceSource(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key := make([]byte, keyBytes)
	_, _ = rand.Read(key)
	sealer, err := newSealing(nonces).sealer(key)
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

func TestSealedRowsComeBackWhateverTheyHold(t *testing.T) {
	sealer := testSealer(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 300),
			rapid.Map(rapid.IntRange(0, 4000), func(n int) []byte { return []byte(strings.Repeat("ab", n)) }),
		).Draw(t, "plain")
		p := store.Partition{Section: store.Section(rapid.Byte().Draw(t, "section"))}
		key := rapid.SliceOfN(rapid.Byte(), 1, store.MaxKeyBytes).Draw(t, "key")
		prefix := []byte("before")
		sealed := sealer.Seal(bytes.Clone(prefix), p, store.Log, key, plain)
		if !bytes.HasPrefix(sealed, prefix) {
			t.Fatal("dst was overwritten")
		}
		if len(sealed) > len(prefix)+len(plain)+Overhead {
			t.Fatalf("%d bytes became %d", len(plain), len(sealed))
		}
		got, err := sealer.Open(bytes.Clone(prefix), p, store.Log, key, sealed[len(prefix):])
		if err != nil || !bytes.Equal(got, append(prefix, plain...)) {
			t.Fatalf("got %d bytes, %v", len(got), err)
		}
	})
}

func TestARowOpensOnlyWhereItWasWritten(t *testing.T) {
	sealer, other := testSealer(t), testSealer(t)
	here := store.Partition{Section: store.Subjects, ID: [16]byte{1}}
	key := []byte("e1")
	for _, plain := range [][]byte{[]byte("short"), bytes.Repeat([]byte("long "), 100)} {
		sealed := sealer.Seal(nil, here, store.Log, key, plain)
		if got, err := sealer.Open(nil, here, store.Log, key, sealed); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("control: %v", err)
		}
		for name, open := range map[string]func() ([]byte, error){
			"another subject's partition is refused": func() ([]byte, error) {
				return sealer.Open(nil, store.Partition{Section: store.Subjects, ID: [16]byte{2}}, store.Log, key, sealed)
			},
			"another section is refused": func() ([]byte, error) {
				return sealer.Open(nil, store.Partition{Section: store.House, ID: here.ID}, store.Log, key, sealed)
			},
			"the other family is refused": func() ([]byte, error) { return sealer.Open(nil, here, store.State, key, sealed) },
			"another row key is refused":  func() ([]byte, error) { return sealer.Open(nil, here, store.Log, []byte("e2"), sealed) },
			"a longer row key is refused": func() ([]byte, error) { return sealer.Open(nil, here, store.Log, []byte("e11"), sealed) },
			"another sealer is refused":   func() ([]byte, error) { return other.Open(nil, here, store.Log, key, sealed) },
			"a longer row is refused":     func() ([]byte, error) { return sealer.Open(nil, here, store.Log, key, append(bytes.Clone(sealed), 0)) },
		} {
			if got, err := open(); !errors.Is(err, ErrSealed) || len(got) != 0 {
				t.Errorf("%s: got %q, %v", name, got, err)
			}
		}
		for i := range sealed {
			for bit := range 8 {
				bad := bytes.Clone(sealed)
				bad[i] ^= 1 << bit
				if _, err := sealer.Open(nil, here, store.Log, key, bad); !errors.Is(err, ErrSealed) {
					t.Fatalf("bit %d of byte %d flipped: %v", bit, i, err)
				}
			}
			if _, err := sealer.Open(nil, here, store.Log, key, sealed[:i]); !errors.Is(err, ErrSealed) {
				t.Fatalf("cut to %d bytes: %v", i, err)
			}
		}
	}
}

func TestNoncesNeverRepeatEvenWhenEntropyDriesUp(t *testing.T) {
	source, err := newNonceSource(bytes.NewReader(make([]byte, seedBytes))) // nothing after the seed
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[[nonceBytes]byte]bool)
	for range 5000 {
		var nonce [nonceBytes]byte
		source.fill(nonce[:])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
	if _, err := newNonceSource(bytes.NewReader(make([]byte, seedBytes-1))); err == nil {
		t.Error("a source without a full seed was taken")
	}
}

// eventLike is 150 bytes that hardly compress, as an encoded event.
func eventLike() []byte {
	plain := make([]byte, 150)
	_, _ = rand.Read(plain[:90])
	copy(plain[90:], "web 85123A WHITE HANGING HEART T-LIGHT HOLDER 536365")
	return plain
}

func BenchmarkSeal150(b *testing.B) {
	sealer := testSealer(b)
	p, key, plain := store.Partition{Section: store.Subjects}, []byte("e-18-bytes-of-key-"), eventLike()
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		dst = sealer.Seal(dst[:0], p, store.Log, key, plain)
	}
}

func BenchmarkOpen150(b *testing.B) {
	sealer := testSealer(b)
	p, key := store.Partition{Section: store.Subjects}, []byte("e-18-bytes-of-key-")
	sealed := sealer.Seal(nil, p, store.Log, key, eventLike())
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if dst, err = sealer.Open(dst[:0], p, store.Log, key, sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzOpenSealed(f *testing.F) {
	sealer := testSealer(f)
	p, key := store.Partition{Section: store.Subjects}, []byte("e")
	f.Add([]byte{})
	f.Add(make([]byte, Overhead))
	f.Add(append([]byte{sealVersion, flagS2}, make([]byte, 60)...))
	f.Add(testSealer(f).Seal(nil, p, store.Log, key, []byte("under another key")))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if got, err := sealer.Open(nil, p, store.Log, key, sealed); err == nil || len(got) != 0 {
			t.Fatal("bytes that nobody sealed were opened")
		}
	})
}
