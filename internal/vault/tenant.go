package vault

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"github.com/tactful/tactful"
)

// tenant holds every key that is derived from the tenant secret. Each has one
// use, so that what one of them gives away helps with none of the others.
type tenant struct {
	shared  *sealing
	secret  []byte
	sealer  *Sealer
	visits  *Sealer
	alias   *keyedHash
	message *keyedHash
	house   *keyedHash
	tokens  *subtle.AESSIV
	remains remains

	mu   sync.RWMutex
	days map[uint16]*Sealer
}

const maxHouseDays = 1024 // sealers of house days kept at once

func newTenant(secret []byte, shared *sealing) (*tenant, error) {
	t := &tenant{shared: shared, secret: secret, days: make(map[uint16]*Sealer)}
	sealing, err := t.derive("tenant-seal", keyBytes)
	if err != nil {
		return nil, err
	}
	if t.sealer, err = shared.sealer(sealing); err != nil {
		return nil, err
	}
	visiting, err := t.derive("visit-seal", keyBytes)
	if err != nil {
		return nil, err
	}
	if t.visits, err = shared.sealer(visiting); err != nil {
		return nil, err
	}
	for _, h := range []struct {
		use  string
		into **keyedHash
	}{{"alias-hmac", &t.alias}, {"message-hmac", &t.message}, {"house-id", &t.house}} {
		key, err := t.derive(h.use, sha256.Size)
		if err != nil {
			return nil, err
		}
		*h.into = newKeyedHash(key)
	}
	siv, err := t.derive("receipt-id", subtle.AESSIVKeySize)
	if err != nil {
		return nil, err
	}
	if t.tokens, err = subtle.NewAESSIV(siv); err != nil {
		return nil, fmt.Errorf("make token cipher: %w", err)
	}
	if t.remains, err = newRemains(t); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *tenant) derive(use string, size int) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, t.secret, nil, "tactful/1/"+use, size)
	if err != nil {
		return nil, fmt.Errorf("derive tenant key: %w", err)
	}
	return key, nil
}

// Tenant seals what is about nobody: the catalogue, aliases, duties.
func (v *Vault) Tenant() *Sealer { return v.tenant.sealer }

// Visits seals the tickets that browsers hold of visits to the privacy centre.
// Its key serves nothing else.
func (v *Vault) Visits() *Sealer { return v.tenant.visits }

// House seals the receipts of decisions about nobody. Every day has a key of
// its own, so that random nonces stay safe however many such decisions are made.
func (v *Vault) House(day uint16) (*Sealer, error) {
	t := v.tenant
	t.mu.RLock()
	sealer := t.days[day]
	t.mu.RUnlock()
	if sealer != nil {
		return sealer, nil
	}
	key, err := t.derive(fmt.Sprintf("house-seal/%d", day), keyBytes)
	if err != nil {
		return nil, err
	}
	if sealer, err = t.shared.sealer(key); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.days) >= maxHouseDays {
		clear(t.days)
	}
	t.days[day] = sealer
	return sealer, nil
}

// AliasID names the partition of an external id. Nobody without the tenant
// secret can tell whose it is, or try out ids against it.
func (v *Vault) AliasID(a tactful.Alias) [16]byte {
	return v.tenant.alias.sum(byte(a.Kind), a.ID)
}

// MessageID is the stored form of a sender's message id.
func (v *Vault) MessageID(id string) [16]byte { return v.tenant.message.sum(0, id) }

// HouseID names a partition of decisions about nobody.
func (v *Vault) HouseID(day uint16, shard uint8) [16]byte {
	return v.tenant.house.sum(shard, string(binary.BigEndian.AppendUint16(nil, day)))
}

// MaxIDBytes bounds what SealID takes, and so what OpenID reads.
const MaxIDBytes = 64

// SealID turns bytes into a token for URLs: it can be neither read nor guessed
// nor forged, and the same bytes always give the same token. At most MaxIDBytes.
func (v *Vault) SealID(plain []byte) (string, error) {
	if len(plain) > MaxIDBytes {
		return "", fmt.Errorf("vault: id of %d bytes is too long", len(plain))
	}
	sealed, err := v.tenant.tokens.EncryptDeterministically(plain, nil)
	if err != nil {
		return "", fmt.Errorf("seal id: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// OpenID reads a token that SealID made. Every other text is NotFound, without
// a word about why.
func (v *Vault) OpenID(token string) ([]byte, error) {
	unknown := tactful.Errorf(tactful.NotFound, "there is no such id")
	if len(token) > base64.RawURLEncoding.EncodedLen(MaxIDBytes+tagBytes) {
		return nil, unknown
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The decoder passes over line breaks; a token has exactly one spelling.
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) != len(token) {
		return nil, unknown
	}
	plain, err := v.tenant.tokens.DecryptDeterministically(sealed, nil)
	if err != nil {
		return nil, unknown
	}
	return plain, nil
}

// keyedHash is HMAC-SHA-256 under one key, cut to 128 bits.
type keyedHash struct{ pool sync.Pool }

func newKeyedHash(key []byte) *keyedHash {
	return &keyedHash{pool: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

func (k *keyedHash) sum(kind byte, text string) [16]byte {
	h := k.pool.Get().(hash.Hash)
	defer k.pool.Put(h)
	h.Reset()
	var work [1 + tactful.MaxAliasBytes]byte
	_, _ = h.Write(append(append(work[:0], kind), text...)) // a hash never fails to write
	var full [sha256.Size]byte
	return [16]byte(h.Sum(full[:0]))
}
