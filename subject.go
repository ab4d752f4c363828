package tactful

import (
	"encoding/hex"
	"fmt"
)

// Ref is the engine's own name for a subject: a random 128-bit reference that
// is never reused and says nothing about the person. The business's ids are
// aliases of it. A Ref never leaves the process in clear: receipts and links
// carry it encrypted.
type Ref [16]byte

// IsZero reports whether no subject is meant.
func (r Ref) IsZero() bool { return r == Ref{} }

// String hides the reference, so that no log or error can leak it by accident.
func (r Ref) String() string { return "subject" }

// Hex returns the 32 hex digits, for keys and tests.
func (r Ref) Hex() string { return hex.EncodeToString(r[:]) }

// AliasKind tells whose name an external id is.
type AliasKind uint8

// The kinds of alias. The zero value names nobody.
const (
	NoAlias   AliasKind = iota
	UserID              // the business's account id
	Anonymous           // a browser's or device's first-party id
)

// Alias is an external id of a subject. It is stored only as an HMAC.
type Alias struct {
	Kind AliasKind
	ID   string // 1..256 bytes
}

// MaxAliasBytes bounds an external id.
const MaxAliasBytes = 256

// Validate names the field if the alias cannot name anybody.
func (a Alias) Validate(field string) error {
	switch {
	case a.Kind != UserID && a.Kind != Anonymous:
		return InvalidField(field, "names nobody", "send a userId or an anonymousId")
	case a.ID == "":
		return InvalidField(field, "is empty", "send 1 to 256 bytes")
	case len(a.ID) > MaxAliasBytes:
		return InvalidField(field, fmt.Sprintf("has %d bytes", len(a.ID)), "send 1 to 256 bytes")
	}
	return nil
}

// String hides the id: an alias is subject data.
func (a Alias) String() string { return "alias" }
