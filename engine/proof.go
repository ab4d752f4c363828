package engine

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/ledger"
	"github.com/tactful/tactful/internal/records"
)

// ProofKind names the form of a ConsentProof.
const ProofKind = "tactful-consent-proof/1"

// ConsentProof shows that one consent record is in the ledger. It is complete:
// whoever has it and the ledger's public key can check it without us, with
// CheckConsentProof or by hand: leaf = SHA-256(nonce || record), then RFC 6962.
type ConsentProof struct {
	Kind      string        `json:"kind"`
	PublicKey string        `json:"publicKey"` // compare it with the one that was published
	Head      string        `json:"head"`      // signed
	Index     uint64        `json:"index"`
	Path      []string      `json:"path"` // base64, from the leaf up
	Nonce     string        `json:"nonce"`
	Record    string        `json:"record"` // base64 of the bytes that are in the ledger
	Says      ConsentRecord `json:"says"`   // the same record, to be read
}

// ConsentRecord is a consent record in words.
type ConsentRecord struct {
	ID            string     `json:"id"`
	Purpose       string     `json:"purpose"`
	Answer        string     `json:"answer"`
	NoticeVersion string     `json:"noticeVersion,omitempty"`
	NoticeHash    string     `json:"noticeHash,omitempty"`
	Language      string     `json:"language,omitempty"`
	Method        string     `json:"method,omitempty"`
	Jurisdiction  string     `json:"jurisdiction,omitempty"`
	Time          time.Time  `json:"time"`
	Expires       *time.Time `json:"expires,omitempty"`
	EnteredBy     string     `json:"enteredBy,omitempty"` // operators, who entered it for the person
	AgreedBy      string     `json:"agreedBy,omitempty"`
}

// InWords writes a record for people.
func InWords(c tactful.Consent) ConsentRecord {
	r := ConsentRecord{
		ID: c.ID, Purpose: string(c.Purpose), Answer: c.Answer.String(), NoticeVersion: c.NoticeVersion, NoticeHash: c.NoticeHash,
		Language: c.Language, Method: c.Method, Jurisdiction: c.Jurisdiction, Time: c.Time.UTC(),
		EnteredBy: c.EnteredBy, AgreedBy: c.AgreedBy,
	}
	if !c.Expires.IsZero() {
		expires := c.Expires.UTC()
		r.Expires = &expires
	}
	return r
}

// ProveConsent makes the proof that a person's record is in the ledger.
func (e *Engine) ProveConsent(ctx context.Context, a tactful.Alias, recordID string) (ConsentProof, error) {
	if err := e.enter(); err != nil {
		return ConsentProof{}, err
	}
	defer e.leave()
	found, err := e.evidence(ctx, a, recordID)
	if err != nil {
		return ConsentProof{}, err
	}
	if err := e.sequence(ctx); err != nil {
		return ConsentProof{}, err
	}
	p, err := e.ledger.Prove(ctx, found.Nonce, found.Record)
	if err != nil {
		return ConsentProof{}, err
	}
	proof := ConsentProof{
		Kind: ProofKind, PublicKey: e.ledger.PublicKey(), Head: p.Head, Index: p.Index, Path: make([]string, len(p.Path)),
		Nonce: base64.StdEncoding.EncodeToString(p.Nonce[:]), Record: base64.StdEncoding.EncodeToString(p.Record), Says: InWords(found.Consent),
	}
	for i, hash := range p.Path {
		proof.Path[i] = base64.StdEncoding.EncodeToString(hash[:])
	}
	return proof, nil
}

// CheckedProof is what a good proof shows.
type CheckedProof struct {
	Says  ConsentRecord
	Index uint64
	Size  uint64    // of the ledger when the head was signed
	Time  time.Time // when it was
	Known bool      // the key was given by who checks, and not taken from the proof itself
}

// MaxProofBytes bounds what is read of a proof.
const MaxProofBytes = 64 * 1024

// CheckConsentProof checks a proof without any store: the signature, the way
// from the record to the root, and that what can be read is what is proved.
// Without a key it takes the proof's own, which shows only that the proof fits
// itself.
func CheckConsentProof(text []byte, key string) (CheckedProof, error) {
	bad := func(detail string) error {
		return tactful.InvalidField("proof", detail, "use the file as `tactful ledger prove` wrote it")
	}
	if len(text) > MaxProofBytes {
		return CheckedProof{}, bad("is too large")
	}
	var p ConsentProof
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || d.More() || p.Kind != ProofKind {
		return CheckedProof{}, bad("cannot be read")
	}
	checked := CheckedProof{Known: key != "", Index: p.Index}
	if key == "" {
		key = p.PublicKey
	}
	public, err := ledger.ParsePublicKey(key)
	if err != nil {
		return CheckedProof{}, err
	}
	in := ledger.Proof{Head: p.Head, Index: p.Index}
	nonce, err := fromBase64(p.Nonce)
	if err != nil || len(nonce) != len(in.Nonce) {
		return CheckedProof{}, bad("has no nonce")
	}
	copy(in.Nonce[:], nonce)
	if in.Record, err = fromBase64(p.Record); err != nil {
		return CheckedProof{}, bad("has no record")
	}
	for _, step := range p.Path {
		hash, err := fromBase64(step)
		if err != nil || len(hash) != len(ledger.Hash{}) {
			return CheckedProof{}, bad("has a path that is none")
		}
		in.Path = append(in.Path, ledger.Hash(hash))
	}
	head, err := in.Check(public)
	if err != nil {
		return CheckedProof{}, err
	}
	c, err := records.DecodeConsent(in.Record)
	if err != nil {
		return CheckedProof{}, err
	}
	checked.Says, checked.Size, checked.Time = InWords(c), head.Size, head.Time
	want, _ := json.Marshal(checked.Says)
	if said, _ := json.Marshal(p.Says); !bytes.Equal(said, want) {
		return CheckedProof{}, bad("says something else in words than the record that is proved")
	}
	return checked, nil
}

// fromBase64 takes the one spelling that there is of any bytes.
func fromBase64(text string) ([]byte, error) {
	plain, err := base64.StdEncoding.Strict().DecodeString(text)
	if err == nil && base64.StdEncoding.EncodeToString(plain) != text {
		err = base64.CorruptInputError(0)
	}
	return plain, err
}
