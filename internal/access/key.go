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
	Kind    tactful.ActorKind // a service, or an operator: a human who looks
	Person  string            // the operator's name, "" if the key stands for itself
	Maker   Maker
	Waits   bool  // it opens nothing until a second operator has released it
	Agreed  Maker // who released it
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

// Actor is who acts with the key: a service under the key's name, an operator
// under the person's. An operator without a name, of before keys had to have one,
// opens nobody's data: what the key is called is no human's name.
func (k Key) Actor() tactful.Actor { return actorOf(k.Kind, k.Name, k.Person, k.ID) }

func actorOf(kind tactful.ActorKind, name, person, id string) tactful.Actor {
	if kind == tactful.ActorOperator {
		name = person
	}
	return tactful.Actor{Kind: kind, Name: name, Key: id}
}

// kindOf is what a key is that nobody called an operator's. Admin keys open
// everything and no page needs one: whoever holds one is a human.
func kindOf(scopes Scopes) tactful.ActorKind {
	if scopes&Admin != 0 {
		return tactful.ActorOperator
	}
	return tactful.ActorService
}

// newKey draws a key and returns it with its record.
func newKey(entropy io.Reader, n New, now time.Time) (string, Key, error) {
	name, scopes := n.Name, n.Scopes
	if name == "" || len(name) > MaxNameBytes || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return "", Key{}, tactful.InvalidField("name", "is empty, too long or has control characters", fmt.Sprintf("send 1 to %d bytes of plain text", MaxNameBytes))
	}
	if err := scopes.validate(); err != nil {
		return "", Key{}, err
	}
	kind, person, err := n.who()
	if err != nil {
		return "", Key{}, err
	}
	clean, err := cleanOrigins(scopes, n.Origins)
	if err != nil {
		return "", Key{}, err
	}
	var random [secretBytes + 8]byte
	if _, err := io.ReadFull(entropy, random[:]); err != nil {
		return "", Key{}, fmt.Errorf("draw a key: %w", err)
	}
	plain := "tk_" + string(scopes.letter()) + "_" + digits.EncodeToString(random[:secretBytes])
	return plain, Key{
		ID: hex.EncodeToString(random[secretBytes:]), Name: name, Kind: kind, Person: person, Maker: n.Maker, Waits: n.waits(kind), Scopes: scopes, Origins: clean,
		Created: now.UTC().Truncate(time.Second), Hash: hashOf(plain),
	}, nil
}

// who says whose key it will be.
func (n New) who() (tactful.ActorKind, string, error) {
	if n.Operator == "" && n.Scopes&Admin != 0 {
		return 0, "", tactful.InvalidField("operator", "is missing for a key with the scope admin", "send the name of the person who will use the key: it opens people's data, and they see under which name")
	}
	if n.Operator == "" {
		return kindOf(n.Scopes), "", nil
	}
	person := strings.TrimSpace(n.Operator)
	switch {
	case person == "" || len(person) > tactful.MaxActorName || !tactful.PlainLine(person):
		return 0, "", tactful.InvalidField("operator", "is empty, too long or no plain line of text", fmt.Sprintf("send the name of the person who will use the key, in at most %d bytes; customers will see it", tactful.MaxActorName))
	case n.Scopes&Browser != 0:
		return 0, "", tactful.InvalidField("operator", "is set for a browser key", "everyone can read a browser key, so it is nobody's: make another one for the person")
	}
	return tactful.ActorOperator, person, nil
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
	Kind    string   `json:"kind,omitempty"` // absent in rows of before there were kinds
	Person  string   `json:"operator,omitempty"`
	Maker   string   `json:"maker,omitempty"`
	MadeBy  string   `json:"maker_key,omitempty"`
	Waits   bool     `json:"waits,omitempty"`
	Agreed  string   `json:"agreed,omitempty"`
	With    string   `json:"agreed_key,omitempty"`
	Scopes  []string `json:"scopes"`
	Origins []string `json:"origins,omitempty"`
	Created int64    `json:"created"`
	Revoked int64    `json:"revoked,omitempty"`
	Hash    string   `json:"hash"`
}

func encodeKey(k Key) ([]byte, error) {
	row := keyRow{ID: k.ID, Name: k.Name, Kind: k.Kind.String(), Person: k.Person, Maker: k.Maker.Name, MadeBy: k.Maker.Key, Waits: k.Waits, Agreed: k.Agreed.Name, With: k.Agreed.Key, Scopes: k.Scopes.Words(), Origins: k.Origins, Created: k.Created.Unix(), Hash: k.Hash}
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
	kind := kindOf(scopes)
	switch row.Kind {
	case "":
	case tactful.ActorOperator.String():
		kind = tactful.ActorOperator
	case tactful.ActorService.String():
		if scopes&Admin != 0 {
			return Key{}, tactful.Errorf(tactful.Internal, "an API key row says that a service has the scope admin")
		}
	default:
		return Key{}, tactful.Errorf(tactful.Internal, "an API key row has an unknown kind")
	}
	k := Key{ID: row.ID, Name: row.Name, Kind: kind, Person: row.Person, Maker: Maker{row.Maker, row.MadeBy}, Waits: row.Waits, Agreed: Maker{row.Agreed, row.With}, Scopes: scopes, Origins: row.Origins, Created: time.Unix(row.Created, 0).UTC(), Hash: row.Hash}
	if row.Revoked != 0 {
		k.Revoked = time.Unix(row.Revoked, 0).UTC()
	}
	return k, nil
}
