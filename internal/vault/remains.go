package vault

import (
	"crypto/sha256"

	"github.com/tactful/tactful"
)

// remains holds the keys of what is left when somebody has been erased: two
// kinds of hashes. Each has a key of its own, so that neither leads to the alias
// partitions, or to the other.
type remains struct {
	tombstone *keyedHash
	suppress  *keyedHash
}

func newRemains(t *tenant) (r remains, err error) {
	for _, h := range []struct {
		use  string
		into **keyedHash
	}{{"tombstone-hmac", &r.tombstone}, {"suppress-hmac", &r.suppress}} {
		key, err := t.derive(h.use, sha256.Size)
		if err != nil {
			return remains{}, err
		}
		*h.into = newKeyedHash(key)
	}
	return r, nil
}

// Tombstone names a reference that is no more. It recognises the reference in
// an older copy of the data; it does not lead to it.
func (v *Vault) Tombstone(ref tactful.Ref) [16]byte {
	return v.tenant.remains.tombstone.sum(0, string(ref[:]))
}

// Suppressed names the partition id of an external id on the suppression list.
func (v *Vault) Suppressed(aliasID [16]byte) [16]byte {
	return v.tenant.remains.suppress.sum(0, string(aliasID[:]))
}
