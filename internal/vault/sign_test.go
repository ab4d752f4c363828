package vault

import (
	"bytes"
	"crypto/ed25519"
	"testing"
)

func TestSigningKeysDifferByUseAndBySecretAndStayTheSame(t *testing.T) {
	v, _ := newVault(t)
	other, _ := newVault(t)
	key := func(v *Vault, use string) ed25519.PrivateKey {
		k, err := v.SigningKey(use)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	mine := key(v, "heads")
	if !bytes.Equal(mine, key(v, "heads")) {
		t.Error("the key of one use changes")
	}
	if bytes.Equal(mine, key(v, "receipts")) || bytes.Equal(mine, key(other, "heads")) {
		t.Error("two uses, or two secrets, share a key")
	}
	if !ed25519.Verify(mine.Public().(ed25519.PublicKey), []byte("x"), ed25519.Sign(mine, []byte("x"))) {
		t.Error("the key does not sign")
	}
}
