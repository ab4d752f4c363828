package engine

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/forgotten"
)

// ErasureReceipt is the record of one erasure: what was done, who was told, and
// what remains. It names nobody. The person and the business read the same one.
type ErasureReceipt struct {
	Kind       string             `json:"kind"` // receiptKind
	ID         string             `json:"id"`
	Controller string             `json:"controller"`
	State      string             `json:"state"` // "under way" or "done"
	Asked      time.Time          `json:"asked"`
	By         ErasureActor       `json:"by"`
	Finished   time.Time          `json:"finished,omitzero"`
	Changed    time.Time          `json:"changed"` // a receipt changes until every recipient has been told
	Steps      []ErasureStep      `json:"steps"`
	Recipients []ErasureRecipient `json:"recipients"`
	Remains    []ErasureRemains   `json:"remains"`

	Signed []byte `json:"-"` // this receipt as the signed document that is handed out
}

// ErasureActor is who asked for an erasure.
type ErasureActor struct {
	Kind string `json:"kind"`
	Name string `json:"name,omitempty"`
}

// ErasureStep is one step that is behind.
type ErasureStep struct {
	Step  string    `json:"step"`
	Time  time.Time `json:"time"`
	Count int       `json:"count"`
	What  string    `json:"what"` // what was done, and what is counted
}

// ErasureRecipient is somebody who is told.
type ErasureRecipient struct {
	Name     string    `json:"name"`
	Received string    `json:"received"`
	State    string    `json:"state"` // "told" or "waiting"
	Known    bool      `json:"known"` // whether we could tell them which of their ids it is
	Told     time.Time `json:"told,omitzero"`
	By       string    `json:"by,omitempty"` // the operator who told them by hand
	Tries    int       `json:"tries"`
	Trouble  string    `json:"trouble,omitempty"`
}

// ErasureRemains is something that is left after an erasure, and until when.
type ErasureRemains struct {
	What   string    `json:"what"`
	Why    string    `json:"why"`
	Hashes []string  `json:"hashes,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

const receiptKind = "tactful.erasure/1"

// stepWords say what each step did.
var stepWords = map[forgotten.Step]string{
	forgotten.Freeze:  "all processing of the person's data stopped; counted: their ids",
	forgotten.Cancel:  "what waited in queues in their name was taken out; counted: queues that held something",
	forgotten.Unlearn: "the model became one that never saw them; counted: their items that had been in it",
	forgotten.Purge:   "their rows were removed from the data, from its files too; counted: rows",
	forgotten.Tell:    "it was written down who is to be told; counted: recipients",
	forgotten.Shred:   "the key to everything of theirs was destroyed, so that no copy opens; counted: keys",
	forgotten.Scan:    "everything was looked for again; counted: what was found",
}

// ErasureReceipt returns the receipt of one erasure as it stands.
func (e *Engine) ErasureReceipt(ctx context.Context, id string) (ErasureReceipt, error) {
	if err := e.enter(); err != nil {
		return ErasureReceipt{}, err
	}
	defer e.leave()
	parsed, ok := forgotten.ParseID(id)
	if !ok {
		return ErasureReceipt{}, tactful.Errorf(tactful.NotFound, "there is no such erasure")
	}
	return e.erasureReceipt(ctx, parsed)
}

func (e *Engine) erasureReceipt(ctx context.Context, id forgotten.ID) (ErasureReceipt, error) {
	u, err := e.forgotten.Read(ctx, id, e.clock.Now())
	if err == nil && u.Kind != "" {
		err = tactful.Errorf(tactful.NotFound, "there is no such erasure")
	}
	if err != nil {
		return ErasureReceipt{}, err
	}
	return e.writeReceipt(u)
}

// maxErasures is how many receipts one call returns.
const maxErasures = 1000

// ErasureReceipts returns receipts, newest first; those under way stand before
// all others. The limit is at most maxErasures.
func (e *Engine) ErasureReceipts(ctx context.Context, limit int) ([]ErasureReceipt, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	limit = min(max(limit, 1), maxErasures)
	under, err := e.forgotten.Open(ctx)
	if err != nil {
		return nil, err
	}
	list, err := e.forgotten.List(ctx, 0, limit, e.clock.Now())
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(append(under, list...), func(u *forgotten.Erasure) bool { return u.Former })
	receipts := make([]ErasureReceipt, 0, min(limit, len(list)))
	for _, u := range list[:min(limit, len(list))] {
		r, err := e.writeReceipt(u)
		if err != nil {
			return nil, err
		}
		receipts = append(receipts, r)
	}
	return receipts, nil
}

// PublicKey checks what this installation signs: receipts of erasures and
// webhooks.
func (e *Engine) PublicKey() ed25519.PublicKey {
	public, _ := e.signer.Public().(ed25519.PublicKey)
	return public
}

func (e *Engine) writeReceipt(u *forgotten.Erasure) (ErasureReceipt, error) {
	r := ErasureReceipt{
		Kind: receiptKind, ID: u.ID.String(), Controller: e.cfg.Controller, State: "under way", Asked: u.Begun.UTC(),
		By: ErasureActor{Kind: u.By.Kind.String(), Name: u.By.Name}, Changed: u.Changed.UTC(),
		Steps: []ErasureStep{}, Recipients: []ErasureRecipient{}, Remains: []ErasureRemains{},
	}
	for _, done := range u.Steps {
		r.Steps = append(r.Steps, ErasureStep{Step: done.Step.String(), Time: done.Time.UTC(), Count: done.Count, What: stepWords[done.Step]})
	}
	for _, t := range u.Tell {
		to := ErasureRecipient{Name: t.Recipient, Received: t.Received, State: "waiting", Known: t.Known, Tries: t.Tries, Trouble: t.Trouble}
		if !t.Told.IsZero() {
			to.State, to.Told, to.By = "told", t.Told.UTC(), t.By
		}
		r.Recipients = append(r.Recipients, to)
	}
	if !u.Finished.IsZero() {
		r.State, r.Finished = "done", u.Finished.UTC()
		r.Remains = e.remains(u)
	}
	var err error
	r.Signed, err = e.sign(&r)
	return r, err
}

// remains lists what is left. Whoever adds something that outlives an erasure
// adds it here.
func (e *Engine) remains(u *forgotten.Erasure) []ErasureRemains {
	kept := u.Finished.Add(e.cfg.Erasure.Receipts).UTC()
	out := []ErasureRemains{
		{What: "this receipt", Why: "it proves the erasure; it names nobody", Until: kept},
		{What: "tombstone", Why: "a keyed hash of the random reference that stood for the person; in an older copy of the data it recognises them, so that they are erased there again before anything is served",
			Hashes: []string{hex.EncodeToString(u.Tombstone[:])}, Until: kept},
	}
	if len(u.Suppressed) > 0 {
		s := ErasureRemains{What: "suppression", Why: "keyed hashes of the person's ids, under a key that serves nothing else, only so that a yes from before the erasure, sent again, does not count, whatever makes them known again",
			Until: u.Until.UTC()}
		for _, hash := range u.Suppressed {
			s.Hashes = append(s.Hashes, hex.EncodeToString(hash[:]))
		}
		out = append(out, s)
	}
	out = append(out, ErasureRemains{What: "older backups", Until: u.Backups.UTC(),
		Why: "copies of the data from before the erasure, made by the controller's own backups: the key is gone, so nothing of the person opens in them; a model file in them may still be shaped by the person, and is refused and fitted anew when such a copy is opened"})
	out = append(out,
		ErasureRemains{What: "consent ledger leaves", Why: "salted hashes of the person's answers, whose salt and text were destroyed: they keep the ledger provable and tell nothing"},
		ErasureRemains{What: "counts of looks and of requests", Why: "that somebody's data was opened or asked for on a day, and by which key; not whose"})
	for _, t := range u.Tell {
		if t.Told.IsZero() && t.ID != "" {
			out = append(out, ErasureRemains{What: "an id at a recipient", Why: "what " + t.Recipient + " calls the person, sealed, until they have been told", Until: kept})
		}
	}
	return out
}

// SignedErasure is the document that is handed out. The signature is over
// receiptPrefix and the bytes of the receipt without white space between them.
type SignedErasure struct {
	Receipt   json.RawMessage `json:"receipt"`
	PublicKey string          `json:"publicKey"` // Ed25519, base64
	Signature string          `json:"signature"` // Ed25519, base64
}

const receiptPrefix = "tactful erasure receipt\n"

func (e *Engine) sign(r *ErasureReceipt) ([]byte, error) {
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return json.Marshal(SignedErasure{
		Receipt: plain, PublicKey: base64.StdEncoding.EncodeToString(e.PublicKey()),
		Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(e.signer, append([]byte(receiptPrefix), plain...))),
	})
}

// maxReceiptBytes bounds what VerifyErasure reads.
const maxReceiptBytes = 1 << 20

// VerifyErasure reads a signed receipt and checks it with the key, or with the
// key in the document if none is given: then it only shows that nothing was
// changed since, not who signed.
func VerifyErasure(document []byte, key ed25519.PublicKey) (ErasureReceipt, error) {
	bad := func(detail string) (ErasureReceipt, error) {
		return ErasureReceipt{}, &tactful.Error{Kind: tactful.Refused, Detail: detail, Remedy: "take the document as it was handed out"}
	}
	var signed SignedErasure
	if len(document) > maxReceiptBytes || json.Unmarshal(document, &signed) != nil || len(signed.Receipt) == 0 {
		return bad("this is not a receipt of an erasure")
	}
	stated, err := base64.StdEncoding.Strict().DecodeString(signed.PublicKey)
	if err != nil || len(stated) != ed25519.PublicKeySize {
		return bad("the receipt's public key cannot be read")
	}
	if key == nil {
		key = stated
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(signed.Signature)
	if err != nil {
		return bad("the receipt's signature cannot be read")
	}
	var plain bytes.Buffer
	plain.WriteString(receiptPrefix)
	if err := json.Compact(&plain, signed.Receipt); err != nil {
		return bad("this is not a receipt of an erasure")
	}
	if !bytes.Equal(stated, key) || !ed25519.Verify(key, plain.Bytes(), signature) {
		return bad("the signature does not belong to this receipt and this key")
	}
	var r ErasureReceipt
	if err := json.Unmarshal(signed.Receipt, &r); err != nil || r.Kind != receiptKind {
		return bad("this is not a receipt of an erasure")
	}
	r.Signed = document
	return r, nil
}
