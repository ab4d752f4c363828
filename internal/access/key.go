package access

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Key is what is known of an API key after its creation. The key itself is not.
type Key struct {
	ID      string // 16 hex digits, for Revoke and the log
	Name    string
	Scopes  Scopes
	Origins []string // only for browser keys
	Created time.Time
	Revoked time.Time // zero: in force
	Hash    string    // SHA-256 of the whole key, hex
}

// Limits of keys.
const (
	MaxNameBytes = 64
	MaxOrigins   = 32
	MaxKeys      = 1000
	secretBytes  = 20 // 160 bits, 32 digits of base32
)

var digits = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newKey draws a key and returns it with its record.
func newKey(entropy io.Reader, name string, scopes Scopes, origins []string, now time.Time) (string, Key, error) {
	if name == "" || len(name) > MaxNameBytes || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", Key{}, tactful.InvalidField("name", "is empty, too long or has control characters", fmt.Sprintf("send 1 to %d bytes of plain text", MaxNameBytes))
	}
	if err := scopes.validate(); err != nil {
		return "", Key{}, err
	}
	clean, err := cleanOrigins(scopes, origins)
	if err != nil {
		return "", Key{}, err
	}
	var random [secretBytes + 8]byte
	if _, err := io.ReadFull(entropy, random[:]); err != nil {
		return "", Key{}, fmt.Errorf("draw a key: %w", err)
	}
	plain := "tk_" + string(scopes.letter()) + "_" + digits.EncodeToString(random[:secretBytes])
	return plain, Key{
		ID: hex.EncodeToString(random[secretBytes:]), Name: name, Scopes: scopes, Origins: clean,
		Created: now.UTC().Truncate(time.Second), Hash: hashOf(plain),
	}, nil
}

func hashOf(presented string) string {
	sum := sha256.Sum256([]byte(presented))
	return hex.EncodeToString(sum[:])
}

// cleanOrigins checks that a browser key lists where it may be used from, as
// browsers write it in the Origin header.
func cleanOrigins(scopes Scopes, origins []string) ([]string, error) {
	if scopes != Browser {
		if len(origins) > 0 {
			return nil, tactful.InvalidField("origins", "is set for a key that is not for browsers", "leave it out, or use the browser scope alone")
		}
		return nil, nil
	}
	if len(origins) == 0 || len(origins) > MaxOrigins {
		return nil, tactful.InvalidField("origins", fmt.Sprintf("has %d entries", len(origins)), fmt.Sprintf("list 1 to %d, such as https://shop.example", MaxOrigins))
	}
	clean := make([]string, 0, len(origins))
	for i, origin := range origins {
		lower := strings.ToLower(origin)
		u, err := url.Parse(lower)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != lower {
			return nil, tactful.InvalidField(fmt.Sprintf("origins[%d]", i), "is no origin", "write scheme and host without a path, such as https://shop.example")
		}
		if !slices.Contains(clean, lower) {
			clean = append(clean, lower)
		}
	}
	return clean, nil
}

// keyRow is the sealed form. New fields may be added, none may change meaning.
type keyRow struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Scopes  []string `json:"scopes"`
	Origins []string `json:"origins,omitempty"`
	Created int64    `json:"created"`
	Revoked int64    `json:"revoked,omitempty"`
	Hash    string   `json:"hash"`
}

func encodeKey(k Key) ([]byte, error) {
	row := keyRow{ID: k.ID, Name: k.Name, Scopes: k.Scopes.Words(), Origins: k.Origins, Created: k.Created.Unix(), Hash: k.Hash}
	if !k.Revoked.IsZero() {
		row.Revoked = k.Revoked.Unix()
	}
	return json.Marshal(row)
}

// decodeKey refuses rows that could not have been written by encodeKey, so
// that a damaged row never becomes a wider grant.
func decodeKey(plain []byte) (Key, error) {
	var row keyRow
	if err := json.Unmarshal(plain, &row); err != nil {
		return Key{}, fmt.Errorf("decode an API key row: %w", err)
	}
	scopes, err := ParseScopes(row.Scopes)
	if err != nil {
		return Key{}, fmt.Errorf("decode an API key row: %w", err)
	}
	if _, err := cleanOrigins(scopes, row.Origins); err != nil {
		return Key{}, fmt.Errorf("decode an API key row: %w", err)
	}
	if sum, err := hex.DecodeString(row.Hash); err != nil || len(sum) != sha256.Size || hex.EncodeToString(sum) != row.Hash {
		return Key{}, tactful.Errorf(tactful.Internal, "an API key row has no valid hash")
	}
	k := Key{ID: row.ID, Name: row.Name, Scopes: scopes, Origins: row.Origins, Created: time.Unix(row.Created, 0).UTC(), Hash: row.Hash}
	if row.Revoked != 0 {
		k.Revoked = time.Unix(row.Revoked, 0).UTC()
	}
	return k, nil
}
