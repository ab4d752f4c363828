package vault

import (
	"crypto/ed25519"

	"github.com/tactful/tactful/store"
)

// SigningKey is the key that signs for one use, such as "ledger-head". It is
// made from the tenant secret, so that it lives as long as that does and needs
// no keeping of its own; each use has a key that no other use has.
func (v *Vault) SigningKey(use string) (ed25519.PrivateKey, error) {
	seed, err := v.tenant.derive("sign/"+use, ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// Table is the store of the keys, for the few rows about nobody that must not
// go back in time when the data store is restored from a backup.
func (v *Vault) Table() store.Store { return v.table }
