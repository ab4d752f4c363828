package ledger

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/tactful/tactful"
)

// NonceBytes is the size of the random nonce in front of a record.
const NonceBytes = 32

// LeafOf is the leaf of a record: without the nonce, a record of few possible
// values could be guessed from it.
func LeafOf(nonce [NonceBytes]byte, record []byte) Leaf {
	return sha256.Sum256(append(nonce[:], record...))
}

// Proof shows that one record is in the ledger. Whoever has it and the public
// key needs nothing else.
type Proof struct {
	Head   string // signed text
	Index  uint64
	Path   []Hash // siblings from the leaf up
	Nonce  [NonceBytes]byte
	Record []byte
}

// maxPath is the height of the tallest tree there can be.
const maxPath = 62

// Prove makes the proof of a record that has an index.
func (l *Ledger) Prove(ctx context.Context, nonce [NonceBytes]byte, record []byte) (Proof, error) {
	head, text, err := l.Head(ctx)
	if err != nil {
		return Proof{}, err
	}
	places, err := l.Find(ctx, []Leaf{LeafOf(nonce, record)})
	if err != nil {
		return Proof{}, fmt.Errorf("find the leaf: %w", err)
	}
	if places[0] < 0 || uint64(places[0]) >= head.Size {
		return Proof{}, tactful.Errorf(tactful.NotFound, "this record is not in the ledger")
	}
	p := Proof{Head: text, Index: uint64(places[0]), Nonce: nonce, Record: record}
	if p.Path, err = l.path(ctx, p.Index, head.Size); err != nil {
		return Proof{}, fmt.Errorf("prove a leaf: %w", err)
	}
	if _, err := p.Check(l.public()); err != nil {
		return Proof{}, errDamaged("the way from a leaf to the root")
	}
	return p, nil
}

func (l *Ledger) path(ctx context.Context, index, size uint64) ([]Hash, error) {
	nodes, err := proof.Inclusion(index, size)
	if err != nil {
		return nil, err
	}
	hashes, err := l.nodes(ctx, nodes.IDs)
	if err != nil {
		return nil, err
	}
	rehashed, err := nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	if err != nil {
		return nil, err
	}
	path := make([]Hash, len(rehashed))
	for i, h := range rehashed {
		path[i] = Hash(h)
	}
	return path, nil
}

// Check computes the root from the record and compares it with the signed
// head, which it returns.
func (p *Proof) Check(public ed25519.PublicKey) (Head, error) {
	head, err := OpenHead(p.Head, public)
	if err != nil {
		return Head{}, err
	}
	bad := &tactful.Error{Kind: tactful.Invalid, Field: "proof", Detail: "does not show that this record is in the ledger", Remedy: "the record, the nonce or the path was changed; ask for the proof again"}
	if p.Index >= head.Size || len(p.Path) > maxPath {
		return Head{}, bad
	}
	path := make([][]byte, len(p.Path))
	for i := range p.Path {
		path[i] = p.Path[i][:]
	}
	leaf := LeafOf(p.Nonce, p.Record).hash()
	if err := proof.VerifyInclusion(rfc6962.DefaultHasher, p.Index, head.Size, leaf[:], path, head.Root[:]); err != nil {
		return Head{}, bad
	}
	return head, nil
}
