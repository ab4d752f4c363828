package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/files"
)

// Ring wraps and unwraps keys. A key service may stand behind it one day.
type Ring interface {
	Wrap(plain, aad []byte) ([]byte, error)
	Unwrap(wrapped, aad []byte) ([]byte, error)
}

var _ Ring = (*Keyring)(nil)

// Keyring is a Tink key set that wraps data keys. It holds one key, or two
// while a rotation is under way: the newest wraps, both unwrap. It is safe for
// concurrent use; only Vault.Rotate changes it.
type Keyring struct {
	fsys files.FS
	path string // "" for a ring that came from the environment
	now  atomic.Pointer[ringKeys]
}

// ringKeys is one immutable state of a ring.
type ringKeys struct {
	handle  *keyset.Handle
	aead    tink.AEAD
	primary uint32
	count   int
}

const (
	maxRingBytes = 1 << 20
	gcmKeyType   = "type.googleapis.com/google.crypto.tink.AesGcmKey"
	tinkPrefix   = 1 // first byte of what Tink seals; the key's id follows in four bytes
)

// EnvironmentRing reads a ring from a value that the caller took from the
// environment: the JSON key set in base64. Such a ring cannot be rotated from
// here. Put a second key into the value and make it primary: Open then wraps
// every key anew, and the first key may be taken out of the value.
func EnvironmentRing(value string) (*Keyring, error) {
	if len(value) > maxRingBytes {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring in the environment is too long")
	}
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value))
	if err != nil {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring in the environment is not base64")
	}
	keys, err := parseRing(text)
	if err != nil {
		return nil, fmt.Errorf("read key ring from environment: %w", err)
	}
	ring := &Keyring{}
	ring.now.Store(keys)
	return ring, nil
}

// Wrap seals a key under the newest key of the ring.
func (k *Keyring) Wrap(plain, aad []byte) ([]byte, error) {
	return k.now.Load().aead.Encrypt(plain, aad)
}

// Unwrap opens what any key of the ring has wrapped with the same aad.
func (k *Keyring) Unwrap(wrapped, aad []byte) ([]byte, error) {
	return k.now.Load().aead.Decrypt(wrapped, aad)
}

// Rotating reports whether the ring still holds a key that is to be retired.
func (k *Keyring) Rotating() bool { return k.now.Load().count > 1 }

// Kept reports whether the ring lives in a file that Rotate may rewrite.
func (k *Keyring) Kept() bool { return k.path != "" }

// current reports whether the newest key wrapped these bytes.
func (k *Keyring) current(wrapped []byte) bool {
	return len(wrapped) > 5 && wrapped[0] == tinkPrefix &&
		binary.BigEndian.Uint32(wrapped[1:5]) == k.now.Load().primary
}

// grow adds a new key, makes it the one that wraps, and saves the ring before
// anything is wrapped with it.
func (k *Keyring) grow() error {
	manager := keyset.NewManagerFromHandle(k.now.Load().handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make ring key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return fmt.Errorf("choose ring key: %w", err)
	}
	return k.replace(manager)
}

// retire destroys every key but the newest, in the file first.
func (k *Keyring) retire() error {
	keys := k.now.Load()
	manager := keyset.NewManagerFromHandle(keys.handle)
	for _, info := range keys.handle.KeysetInfo().GetKeyInfo() {
		if info.GetKeyId() == keys.primary {
			continue
		}
		if err := manager.Delete(info.GetKeyId()); err != nil {
			return fmt.Errorf("retire ring key: %w", err)
		}
	}
	return k.replace(manager)
}

func (k *Keyring) replace(manager *keyset.Manager) error {
	handle, err := manager.Handle()
	if err != nil {
		return fmt.Errorf("build key ring: %w", err)
	}
	keys, err := newRingKeys(handle)
	if err != nil {
		return err
	}
	text, err := keys.text()
	if err != nil {
		return err
	}
	if err := replaceFile(k.fsys, k.path, text); err != nil {
		return fmt.Errorf("save key ring: %w", err)
	}
	k.now.Store(keys)
	return nil
}

// freshRing makes a ring with one new key from Tink's own generator.
func freshRing() (*ringKeys, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make key ring: %w", err)
	}
	return newRingKeys(handle)
}

// parseRing reads a JSON key set and refuses everything that this package
// would not have written itself.
func parseRing(text []byte) (*ringKeys, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		// Tink's errors may quote what they could not read, and that is key material.
		return nil, tactful.Errorf(tactful.Invalid, "this is not a Tink key set in JSON")
	}
	return newRingKeys(handle)
}

func newRingKeys(handle *keyset.Handle) (*ringKeys, error) {
	info := handle.KeysetInfo()
	for _, key := range info.GetKeyInfo() {
		if key.GetTypeUrl() != gcmKeyType || key.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK ||
			key.GetStatus() != tinkpb.KeyStatusType_ENABLED {
			return nil, tactful.Errorf(tactful.Invalid, "the key ring must hold enabled AES-GCM keys with Tink's prefix and nothing else")
		}
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, tactful.Errorf(tactful.Invalid, "the key ring holds a key that cannot be used")
	}
	return &ringKeys{handle: handle, aead: primitive, primary: info.GetPrimaryKeyId(), count: len(info.GetKeyInfo())}, nil
}

func (r *ringKeys) text() ([]byte, error) {
	var out bytes.Buffer
	if err := insecurecleartextkeyset.Write(r.handle, keyset.NewJSONWriter(&out)); err != nil {
		return nil, fmt.Errorf("write key ring: %w", err)
	}
	return out.Bytes(), nil
}
