package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// Head is what the ledger was at one moment: whoever keeps it can tell later
// that nothing before it was taken out or changed.
type Head struct {
	Origin string    // which ledger: a name made from its public key
	Size   uint64    // leaves
	Root   Hash      // over all of them
	Time   time.Time // when it was signed, UTC, milliseconds
	Before uint64    // size of the head before this one, so that a head taken out leaves a gap
}

// Hash is a node of the tree.
type Hash [sha256.Size]byte

// signer makes heads into signed notes. The text is a tlog checkpoint in a
// signed note, so that witnesses and tools of that world read it.
type signer struct {
	key    ed25519.PrivateKey
	origin string
}

const originPrefix = "tactful-consents-"

func newSigner(key ed25519.PrivateKey) *signer {
	return &signer{key: key, origin: originOf(key.Public().(ed25519.PublicKey))}
}

func originOf(public ed25519.PublicKey) string {
	sum := sha256.Sum256(public)
	return originPrefix + hex.EncodeToString(sum[:8])
}

// algorithm is Ed25519 in signed notes.
const algorithm = 1

// keyHash names a key inside a signature line.
func keyHash(origin string, public ed25519.PublicKey) [4]byte {
	sum := sha256.Sum256(append(append([]byte(origin), '\n', algorithm), public...))
	return [4]byte(sum[:4])
}

// PublicKey writes a key as signed notes do: name+hash+base64 of the key.
func PublicKey(public ed25519.PublicKey) string {
	origin := originOf(public)
	hash := keyHash(origin, public)
	return origin + "+" + hex.EncodeToString(hash[:]) + "+" + base64.StdEncoding.EncodeToString(append([]byte{algorithm}, public...))
}

// ParsePublicKey reads what PublicKey wrote, in its one spelling.
func ParsePublicKey(text string) (ed25519.PublicKey, error) {
	fault := tactful.InvalidField("key", "is not a public key of a ledger", "copy it whole, as `tactful ledger head` prints it")
	parts := strings.SplitN(strings.TrimSpace(text), "+", 3)
	if len(parts) != 3 {
		return nil, fault
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != algorithm {
		return nil, fault
	}
	public := ed25519.PublicKey(raw[1:])
	if PublicKey(public) != strings.TrimSpace(text) {
		return nil, fault
	}
	return public, nil
}

const headTime = "2006-01-02T15:04:05.000Z"

// body is the text that is signed.
func (h *Head) body() string {
	return fmt.Sprintf("%s\n%d\n%s\ntime %s\nbefore %d\n", h.Origin, h.Size, base64.StdEncoding.EncodeToString(h.Root[:]), h.Time.UTC().Format(headTime), h.Before)
}

// sign renders a head as a signed note.
func (s *signer) sign(h *Head) string {
	h.Origin = s.origin
	body := h.body()
	public := s.key.Public().(ed25519.PublicKey)
	hash := keyHash(s.origin, public)
	signature := append(hash[:], ed25519.Sign(s.key, []byte(body))...)
	return noted(body, s.origin, signature)
}

func noted(body, origin string, signature []byte) string {
	return body + "\n\u2014 " + origin + " " + base64.StdEncoding.EncodeToString(signature) + "\n"
}

// MaxHeadBytes bounds the text of a head.
const MaxHeadBytes = 1024

// OpenHead reads a signed head and checks its signature. It accepts exactly
// the bytes that were signed and written, nothing that merely reads alike.
func OpenHead(text string, public ed25519.PublicKey) (Head, error) {
	bad := func(why string) (Head, error) {
		return Head{}, &tactful.Error{Kind: tactful.Invalid, Field: "head", Detail: "is not a signed head of this ledger: " + why, Remedy: "use the head as it was given, and the key of the ledger it belongs to"}
	}
	if len(text) > MaxHeadBytes {
		return bad("it is too long")
	}
	body, tail, found := strings.Cut(text, "\n\n")
	if !found {
		return bad("there is no signature")
	}
	body += "\n"
	lines := strings.Split(body, "\n")
	if len(lines) != 6 || lines[5] != "" {
		return bad("it does not have its five lines")
	}
	h := Head{Origin: lines[0]}
	var err error
	if h.Size, err = strconv.ParseUint(lines[1], 10, 63); err != nil {
		return bad("its size is no number")
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != len(h.Root) {
		return bad("its root is no hash")
	}
	h.Root = Hash(root)
	if h.Time, err = time.Parse(headTime, strings.TrimPrefix(lines[3], "time ")); err != nil {
		return bad("its time is none")
	}
	if h.Before, err = strconv.ParseUint(strings.TrimPrefix(lines[4], "before "), 10, 63); err != nil {
		return bad("the size before is no number")
	}
	if h.Origin != originOf(public) {
		return bad("it names another ledger")
	}
	hash := keyHash(h.Origin, public)
	line, ok := strings.CutPrefix(tail, "\u2014 "+h.Origin+" ")
	if !ok || !strings.HasSuffix(line, "\n") {
		return bad("the signature line is malformed")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(line, "\n"))
	if err != nil || len(signature) != len(hash)+ed25519.SignatureSize || [4]byte(signature[:4]) != hash {
		return bad("the signature is not of this key")
	}
	if h.body() != body || noted(body, h.Origin, signature) != text || !ed25519.Verify(public, []byte(body), signature[4:]) {
		return bad("the signature does not fit the text")
	}
	return h, nil
}

func sizeKey(kind byte, size uint64) []byte { return binary.BigEndian.AppendUint64([]byte{kind}, size) }
