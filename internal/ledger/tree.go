package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Leaf is SHA-256(nonce || record) of one consent record.
type Leaf [32]byte

// hash is the leaf's node in the tree.
func (l Leaf) hash() Hash { return Hash(rfc6962.DefaultHasher.HashLeaf(l[:])) }

// Ledger keeps the tree in one partition of the data store, and its last head
// a second time beside the keys. It is safe for concurrent use; the stores stay
// the caller's to close.
type Ledger struct {
	data    store.Store
	beside  store.Store // the key table's store: a data backup does not reach it
	signer  *signer
	factory compact.RangeFactory
}

// New makes a ledger over its stores. The key signs the heads.
func New(data, beside store.Store, key ed25519.PrivateKey) *Ledger {
	return &Ledger{data: data, beside: beside, signer: newSigner(key), factory: compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}}
}

// PublicKey is the key that heads are checked with, as text.
func (l *Ledger) PublicKey() string { return PublicKey(l.public()) }

func (l *Ledger) public() ed25519.PublicKey { return l.signer.key.Public().(ed25519.PublicKey) }

// The tree's partition:
//
//	State 1                size, and the hashes of the perfect trees it is made of
//	Log   n level index    nodes; level 0 are the leaves
//	Log   i node           the index of a leaf's node
//	Log   h size           signed heads, one for each batch
var treePartition = store.Partition{Section: store.Ledger, ID: [16]byte{'t', 'r', 'e', 'e'}}

var edgeKey = []byte{1}

const (
	nodeType  = 'n'
	indexType = 'i'
	headType  = 'h'
)

func nodeKey(id compact.NodeID) []byte {
	return binary.BigEndian.AppendUint64([]byte{nodeType, byte(id.Level)}, id.Index)
}

func indexKey(h Hash) []byte { return append([]byte{indexType}, h[:]...) }

// edge is the right edge of the tree: enough to go on.
type edge struct {
	version store.Version
	tree    *compact.Range
}

func (l *Ledger) readEdge(ctx context.Context) (edge, error) {
	answers, err := l.data.Read(ctx, []store.Query{{Partition: treePartition, Family: store.State, Now: time.Unix(0, 0)}})
	if err != nil {
		return edge{}, err
	}
	e := edge{version: answers[0].Version}
	var hashes [][]byte
	size := uint64(0)
	for _, row := range answers[0].Rows {
		if !bytes.Equal(row.Key, edgeKey) {
			return edge{}, errDamaged("the edge of the tree")
		}
		if size, hashes, err = decodeEdge(row.Value); err != nil {
			return edge{}, err
		}
	}
	if e.tree, err = l.factory.NewRange(0, size, hashes); err != nil {
		return edge{}, errDamaged("the edge of the tree")
	}
	return e, nil
}

func appendEdge(dst []byte, tree *compact.Range) []byte {
	dst = binary.BigEndian.AppendUint64(dst, tree.End())
	for _, h := range tree.Hashes() {
		dst = append(dst, h...)
	}
	return dst
}

func decodeEdge(plain []byte) (size uint64, hashes [][]byte, err error) {
	const word = 8
	if len(plain) < word || (len(plain)-word)%len(Hash{}) != 0 {
		return 0, nil, errDamaged("the edge of the tree")
	}
	size = binary.BigEndian.Uint64(plain)
	for rest := plain[word:]; len(rest) > 0; rest = rest[len(Hash{}):] {
		hashes = append(hashes, rest[:len(Hash{}):len(Hash{})])
	}
	if size > 1<<62 || len(hashes) != compact.RangeSize(0, size) {
		return 0, nil, errDamaged("the edge of the tree")
	}
	return size, hashes, nil
}

func errDamaged(what string) error {
	return &tactful.Error{Kind: tactful.Internal, Detail: what + " of the consent ledger is damaged", Remedy: "run `tactful ledger verify`; restore the data store from a backup"}
}

func (e *edge) root() (Hash, error) {
	if e.tree.End() == 0 {
		return Hash(rfc6962.DefaultHasher.EmptyRoot()), nil
	}
	root, err := e.tree.GetRootHash(nil)
	if err != nil {
		return Hash{}, err
	}
	return Hash(root), nil
}

// fits compares the edge with the head that was signed with it.
func (e *edge) fits(last *Head) error {
	root, err := e.root()
	switch {
	case err != nil:
		return err
	case last == nil && e.version == store.Absent:
		return nil
	case last == nil || last.Size != e.tree.End():
		return errDamaged("the last head")
	case root != last.Root:
		return errDamaged("the edge of the tree")
	}
	return nil
}

// MaxBatch is how many leaves one call takes.
const MaxBatch = 1024

const appendTries = 16

// Append gives each leaf that has no index yet the next one, in the order
// given, and signs the new head. Leaves that have one keep it, so that a batch
// may be given again after whatever happened. It returns the head after it.
func (l *Ledger) Append(ctx context.Context, leaves []Leaf, now time.Time) (Head, error) {
	if len(leaves) > MaxBatch {
		return Head{}, tactful.Errorf(tactful.Internal, "a batch of %d leaves is too large", len(leaves))
	}
	for range appendTries {
		head, err := l.append(ctx, leaves, now)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		if err != nil {
			return Head{}, fmt.Errorf("append to the ledger: %w", err)
		}
		return head, nil
	}
	return Head{}, tactful.Errorf(tactful.Conflict, "the ledger is changing too fast; try again")
}

func (l *Ledger) append(ctx context.Context, leaves []Leaf, now time.Time) (Head, error) {
	e, err := l.readEdge(ctx) // first: whatever gets an index afterwards changes the version
	if err != nil {
		return Head{}, err
	}
	last, err := l.lastHead(ctx)
	if err != nil {
		return Head{}, err
	}
	places, err := l.Find(ctx, leaves)
	if err != nil {
		return Head{}, err
	}
	size := e.tree.End()
	if err := e.fits(last); err != nil {
		if now, again := l.readEdge(ctx); again == nil && now.version != e.version {
			return Head{}, store.ErrConflict // somebody was faster, between the two reads
		}
		return Head{}, err
	}
	batch := store.Batch{Partition: treePartition, Expect: e.version}
	taken := make(map[Hash]bool, len(leaves))
	for i, leaf := range leaves {
		node := leaf.hash()
		if places[i] >= 0 || taken[node] {
			continue
		}
		taken[node] = true
		batch.Log = append(batch.Log, store.Row{Key: indexKey(node), Value: binary.BigEndian.AppendUint64(nil, e.tree.End())})
		batch.Log = append(batch.Log, store.Row{Key: nodeKey(compact.NewNodeID(0, e.tree.End())), Value: node[:]})
		err := e.tree.Append(node[:], func(id compact.NodeID, hash []byte) {
			if id.Level > 0 {
				batch.Log = append(batch.Log, store.Row{Key: nodeKey(id), Value: bytes.Clone(hash)})
			}
		})
		if err != nil {
			return Head{}, err
		}
	}
	if last != nil && len(batch.Log) == 0 {
		return *last, l.remember(ctx, *last)
	}
	head := Head{Size: e.tree.End(), Time: now.UTC().Truncate(time.Millisecond), Before: size}
	if head.Root, err = e.root(); err != nil {
		return Head{}, err
	}
	if last != nil && head.Time.Before(last.Time) {
		head.Time = last.Time // the clock was set back; heads stay in order
	}
	batch.Log = append(batch.Log, store.Row{Key: sizeKey(headType, head.Size), Value: []byte(l.signer.sign(&head))})
	batch.State = []store.Row{{Family: store.State, Key: edgeKey, Value: appendEdge(nil, e.tree)}}
	results, err := l.data.Write(ctx, []store.Batch{batch})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return Head{}, err
	}
	return head, l.remember(ctx, head)
}

// Find returns the index of each leaf, -1 where it has none yet.
func (l *Ledger) Find(ctx context.Context, leaves []Leaf) ([]int64, error) {
	places := make([]int64, len(leaves))
	queries := make([]store.Query, len(leaves))
	for i, leaf := range leaves {
		queries[i] = exactly(indexKey(leaf.hash()))
	}
	if len(queries) == 0 {
		return places, nil
	}
	answers, err := l.data.Read(ctx, queries)
	if err != nil {
		return nil, err
	}
	for i, answer := range answers {
		places[i] = -1
		for _, row := range answer.Rows {
			if len(row.Value) != 8 || row.Value[0]>>6 != 0 {
				return nil, errDamaged("an index")
			}
			places[i] = int64(binary.BigEndian.Uint64(row.Value))
		}
	}
	return places, nil
}

// exactly reads one Log row of the tree.
func exactly(key []byte) store.Query {
	return store.Query{Partition: treePartition, Family: store.Log, From: key, To: append(key[:len(key):len(key)], 0), Limit: 1, Now: time.Unix(0, 0)}
}

// lastHead reads the newest head; nil if the ledger has not begun.
func (l *Ledger) lastHead(ctx context.Context) (*Head, error) {
	answers, err := l.data.Read(ctx, []store.Query{{
		Partition: treePartition, Family: store.Log, From: []byte{headType}, To: []byte{headType + 1}, Limit: 1, Reverse: true, Now: time.Unix(0, 0),
	}})
	if err != nil || len(answers[0].Rows) == 0 {
		return nil, err
	}
	row := answers[0].Rows[0]
	head, err := OpenHead(string(row.Value), l.public())
	if err != nil || !bytes.Equal(row.Key, sizeKey(headType, head.Size)) {
		return nil, errDamaged("the last head")
	}
	return &head, nil
}

// Begun reports whether there is a head at all.
func (l *Ledger) Begun(ctx context.Context) (bool, error) {
	answers, err := l.data.Read(ctx, []store.Query{{Partition: treePartition, Family: store.State, Limit: 1, Now: time.Unix(0, 0)}})
	if err != nil {
		return false, fmt.Errorf("look for the ledger: %w", err)
	}
	return answers[0].Version != store.Absent, nil
}

// Head returns the newest head with its signed text.
func (l *Ledger) Head(ctx context.Context) (Head, string, error) {
	head, err := l.lastHead(ctx)
	if err != nil {
		return Head{}, "", fmt.Errorf("read the ledger: %w", err)
	}
	if head == nil {
		return Head{}, "", tactful.Errorf(tactful.NotFound, "the ledger has not begun")
	}
	answers, err := l.data.Read(ctx, []store.Query{exactly(sizeKey(headType, head.Size))})
	if err != nil || len(answers[0].Rows) == 0 {
		return Head{}, "", fmt.Errorf("read the ledger: %w", errors.Join(err, errDamaged("the last head")))
	}
	return *head, string(answers[0].Rows[0].Value), nil
}

// isDamage tells damage, which a report names, from a failure to read.
func isDamage(err error) bool {
	var known *tactful.Error
	return errors.As(err, &known) && known.Kind == tactful.Internal
}
