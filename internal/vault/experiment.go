package vault

import "crypto/sha256"

// TestingKey is the key that says who is in which test of variants, and with
// which. It is made from the tenant secret, so that everybody stays where they are
// for as long as that lives, and serves nothing else.
func (v *Vault) TestingKey() ([]byte, error) { return v.tenant.derive("experiments", sha256.Size) }
