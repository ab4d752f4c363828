package records

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Beside each consent record lies a random nonce, under the same name and the
// same key. SHA-256(nonce || record) is the record's leaf in the ledger: once
// both are shredded, the leaf fits everything and tells nothing.
//
// The same call leaves a pending mark for the sequencer, which gives the leaf
// its index in the ledger's tree. A mark too many does no harm: what it points
// to is looked at while the subject's writers wait.
const (
	nonceType     = 'n'
	pendingType   = 'p'
	releaseType   = 'x'
	nonceLen      = sha256.Size
	suffixLen     = 6 + 8 // time and hash, as in the record's key
	pendingShards = 16
	consentKeyLen = 1 + suffixLen
)

// Evidence is one consent record as it is sealed, with what makes its leaf.
type Evidence struct {
	Consent tactful.Consent
	Record  []byte // the bytes that are sealed
	Nonce   [nonceLen]byte
}

// Leaf is SHA-256(nonce || record).
func (e *Evidence) Leaf() [sha256.Size]byte { return leafOf(e.Nonce[:], e.Record) }

func leafOf(nonce, record []byte) [sha256.Size]byte {
	h := sha256.New()
	_, _ = h.Write(nonce) // a hash never fails to write
	_, _ = h.Write(record)
	return [sha256.Size]byte(h.Sum(nil))
}

// DecodeConsent reads the bytes of a record, as a proof carries them.
func DecodeConsent(record []byte) (tactful.Consent, error) {
	c, err := decodeConsent(record)
	if err != nil {
		return tactful.Consent{}, tactful.InvalidField("record", "cannot be read", "it was changed, or is of a later version")
	}
	return c, nil
}

// nonceRow is the row beside a consent record.
func (r *Records) nonceRow(sealer *vault.Sealer, p store.Partition, consentKey []byte) (store.Row, error) {
	var nonce [nonceLen]byte
	if err := r.draw(nonce[:]); err != nil {
		return store.Row{}, err
	}
	return sealedRow(sealer, p, store.Log, nonceKey(consentKey), nonce[:], time.Time{}), nil
}

func nonceKey(consentKey []byte) []byte { return append([]byte{nonceType}, consentKey[1:]...) }

func pendingPartition(ref tactful.Ref) store.Partition { return pendingShard(ref[0] % pendingShards) }

func pendingShard(shard byte) store.Partition {
	p := store.Partition{Section: store.Ledger}
	copy(p.ID[:], "pending")
	p.ID[15] = shard
	return p
}

func pendingKey(ref tactful.Ref, consentKey []byte) []byte {
	return append(append([]byte{pendingType}, ref[:]...), consentKey[1:]...)
}

const pendingKeyLen = 1 + 16 + suffixLen

// pendingMarks is the blind batch of marks that goes along with new records.
func pendingMarks(ref tactful.Ref, log []store.Row) []store.Batch {
	var rows []store.Row
	for _, row := range log {
		if row.Key[0] == consentType {
			// The mark is its key; there is nothing to seal.
			rows = append(rows, store.Row{Family: store.Log, Key: pendingKey(ref, row.Key), Value: []byte{wireVersion}})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return []store.Batch{{Partition: pendingPartition(ref), Expect: store.Blind, Log: rows}}
}

// PendingLeaf is a record that waits for its index.
type PendingLeaf struct {
	Leaf [sha256.Size]byte
	ref  tactful.Ref
	key  []byte // of the consent record
}

// PendingCursor is where to go on in the marks of all shards; the zero value begins.
type PendingCursor struct {
	shard byte
	after []byte
	Done  bool
}

// Pending reads the next marks and the leaves of what they point to. Marks that
// point to nothing are cleared. Marks whose rows do not open are passed over
// and counted: they wait for somebody to look.
func (r *Records) Pending(ctx context.Context, from PendingCursor, limit int) (leaves []PendingLeaf, damaged int, next PendingCursor, err error) {
	next = from
	for !next.Done {
		answers, err := r.data.Read(ctx, []store.Query{{
			Partition: pendingShard(next.shard), Family: store.Log, From: append([]byte{pendingType}, next.after...), To: []byte{pendingType + 1},
			Limit: max(limit, 1), Now: time.Unix(0, 0),
		}})
		if err != nil {
			return nil, 0, from, fmt.Errorf("read pending leaves: %w", kindly(err))
		}
		rows := answers[0].Rows
		if answers[0].More {
			last := rows[len(rows)-1].Key
			next.after = append(bytes.Clone(last[1:]), 0)
		} else if next.shard++; next.shard == pendingShards {
			next.shard, next.after, next.Done = 0, nil, true
		} else {
			next.after = nil
		}
		if len(rows) == 0 {
			continue
		}
		leaves, damaged, err = r.resolve(ctx, rows)
		return leaves, damaged, next, err
	}
	return nil, 0, next, nil
}

func (r *Records) resolve(ctx context.Context, rows []store.Row) (leaves []PendingLeaf, damaged int, err error) {
	marks := make([]PendingLeaf, 0, len(rows))
	for _, row := range rows {
		if len(row.Key) != pendingKeyLen {
			damaged++
			continue
		}
		marks = append(marks, PendingLeaf{ref: tactful.Ref(row.Key[1:17]), key: append([]byte{consentType}, row.Key[17:]...)})
	}
	found, err := r.leaves(ctx, marks)
	if err != nil {
		return nil, damaged, err
	}
	var stale []PendingLeaf
	for i, mark := range marks {
		switch found[i] {
		case leafThere:
			leaves = append(leaves, mark)
		case leafDamaged:
			damaged++
		case leafMissing:
			// Perhaps its writer is about to write it: look again when no writer is under way.
			release := r.holds.exclude(mark.ref)
			again, err := r.leaves(ctx, marks[i:i+1])
			if err == nil && again[0] == leafMissing {
				err = r.clearPending(ctx, marks[i:i+1])
			}
			release()
			if err != nil {
				return nil, damaged, err
			}
			if again[0] == leafThere {
				stale = append(stale, marks[i])
			}
		}
	}
	return append(leaves, stale...), damaged, nil
}

type leafState uint8

const (
	leafMissing leafState = iota
	leafThere
	leafDamaged
)

// leaves computes the leaves of marks, with one read.
func (r *Records) leaves(ctx context.Context, marks []PendingLeaf) ([]leafState, error) {
	refs, queries := make([]tactful.Ref, len(marks)), make([]store.Query, 0, 2*len(marks))
	for i, m := range marks {
		refs[i] = m.ref
		for _, key := range [][]byte{m.key, nonceKey(m.key)} {
			queries = append(queries, store.Query{Partition: subjectPartition(m.ref), Family: store.Log, From: key, To: after(key), Limit: 1, Now: time.Unix(0, 0)})
		}
	}
	sealers, err := r.vault.Passing(ctx, refs)
	if err != nil {
		return nil, fmt.Errorf("read pending leaves: %w", err)
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("read pending leaves: %w", kindly(err))
	}
	states := make([]leafState, len(marks))
	for i, m := range marks {
		record, nonce := answers[2*i].Rows, answers[2*i+1].Rows
		if sealers[i] == nil || len(record) == 0 && len(nonce) == 0 {
			continue
		}
		states[i] = leafDamaged
		if len(record) == 0 || len(nonce) == 0 {
			continue
		}
		if e, err := openEvidence(sealers[i], m.ref, record[0], nonce[0]); err == nil {
			states[i], marks[i].Leaf = leafThere, e.Leaf()
		}
	}
	return states, nil
}

// openEvidence opens a record with its nonce, and checks that the record lies
// where it belongs.
func openEvidence(sealer *vault.Sealer, ref tactful.Ref, record, nonce store.Row) (Evidence, error) {
	p := subjectPartition(ref)
	var e Evidence
	var err error
	if e.Record, err = sealer.Open(nil, p, store.Log, record.Key, record.Value); err != nil {
		return e, unreadable("consent record", err)
	}
	if e.Consent, err = decodeConsent(e.Record); err != nil {
		return e, unreadable("consent record", err)
	}
	plain, err := sealer.Open(nil, p, store.Log, nonce.Key, nonce.Value)
	if err == nil && len(plain) != nonceLen {
		err = errWire
	}
	if err != nil {
		return e, unreadable("nonce", err)
	}
	copy(e.Nonce[:], plain)
	return e, nil
}

// ClearPending removes marks whose leaves have their index.
func (r *Records) ClearPending(ctx context.Context, leaves []PendingLeaf) error {
	var shards [pendingShards][]PendingLeaf
	for _, m := range leaves {
		shards[m.ref[0]%pendingShards] = append(shards[m.ref[0]%pendingShards], m)
	}
	for _, list := range shards {
		if err := r.clearPending(ctx, list); err != nil {
			return err
		}
	}
	return nil
}

// clearPending removes marks of one shard.
func (r *Records) clearPending(ctx context.Context, list []PendingLeaf) error {
	if len(list) == 0 {
		return nil
	}
	keys := make([]store.FamilyKey, len(list))
	for i, m := range list {
		keys[i] = store.FamilyKey{Family: store.Log, Key: pendingKey(m.ref, m.key)}
	}
	return retry("clear pending leaves", func() error { return r.deleteMarks(ctx, pendingPartition(list[0].ref), keys) })
}

// dropPending removes every pending mark of one subject.
func (r *Records) dropPending(ctx context.Context, ref tactful.Ref) error {
	keys, err := r.pendingKeys(ctx, ref)
	if err != nil || len(keys) == 0 {
		return err
	}
	return retry("drop pending leaves", func() error { return r.deleteMarks(ctx, pendingPartition(ref), keys) })
}

func (r *Records) pendingKeys(ctx context.Context, ref tactful.Ref) ([]store.FamilyKey, error) {
	from := append([]byte{pendingType}, ref[:]...)
	answers, err := r.data.Read(ctx, []store.Query{{
		Partition: pendingPartition(ref), Family: store.Log, From: from, To: append(bytes.Clone(from), bytes.Repeat([]byte{0xff}, suffixLen+1)...),
		Now: time.Unix(0, 0),
	}})
	if err != nil {
		return nil, kindly(err)
	}
	keys := make([]store.FamilyKey, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		keys[i] = store.FamilyKey{Family: store.Log, Key: row.Key}
	}
	return keys, nil
}

// ConsentEvidence returns the newest consent records of a subject with their
// nonces, newest first. Limit 0 means all.
func (r *Records) ConsentEvidence(ctx context.Context, ref tactful.Ref, limit int, now time.Time) ([]Evidence, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, consentType, limit, now), logQuery(p, nonceType, limit, now)})
	if err != nil {
		return nil, fmt.Errorf("read consents: %w", kindly(err))
	}
	nonces := make(map[string]store.Row, len(answers[1].Rows))
	for _, row := range answers[1].Rows {
		nonces[string(row.Key[1:])] = row
	}
	out := make([]Evidence, 0, len(answers[0].Rows))
	for _, row := range answers[0].Rows {
		nonce, ok := nonces[string(row.Key[1:])]
		if !ok {
			continue // written between the two reads
		}
		e, err := openEvidence(sealer, ref, row, nonce)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Leaves of erased people. The tree keeps them; these notes say that nobody
// answers for them any more, so that a record taken away without an erasure is
// seen. They lie beside the keys: an older copy of the data store brings back
// leaves whose records no key opens, and must find the notes.
func releasedPartition(leaf [sha256.Size]byte) store.Partition {
	p := store.Partition{Section: store.Ledger}
	copy(p.ID[:], "released")
	p.ID[15] = leaf[0] % pendingShards
	return p
}

// releaseLeaves notes the leaves of a subject whose key is about to be
// shredded. A note is sealed: nobody without the tenant's key can make one.
func (r *Records) releaseLeaves(ctx context.Context, ref tactful.Ref) error {
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return err
	}
	return r.release(ctx, sealers[0], ref)
}

func (r *Records) release(ctx context.Context, sealer *vault.Sealer, ref tactful.Ref) error {
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, consentType, 0, time.Unix(0, 0)), logQuery(p, nonceType, 0, time.Unix(0, 0))})
	if err != nil {
		return kindly(err)
	}
	nonces := make(map[string]store.Row, len(answers[1].Rows))
	for _, row := range answers[1].Rows {
		nonces[string(row.Key[1:])] = row
	}
	by := map[store.Partition][]store.Row{}
	for _, row := range answers[0].Rows {
		nonce, ok := nonces[string(row.Key[1:])]
		if !ok {
			continue
		}
		e, err := openEvidence(sealer, ref, row, nonce)
		if err != nil {
			continue // damaged: an erasure goes on, and verify tells of the leaf
		}
		leaf := e.Leaf()
		at := releasedPartition(leaf)
		key := append([]byte{releaseType}, leaf[:]...)
		by[at] = append(by[at], sealedRow(r.vault.Tenant(), at, store.Log, key, []byte{wireVersion}, time.Time{}))
	}
	batches := make([]store.Batch, 0, len(by))
	for at, rows := range by {
		batches = append(batches, store.Batch{Partition: at, Expect: store.Blind, Log: rows})
	}
	if len(batches) == 0 {
		return nil
	}
	results, err := r.vault.Table().Write(ctx, batches)
	if err != nil {
		return kindly(err)
	}
	return kindly(firstError(results))
}

const releasePage = 1024

// ScanReleased visits the leaves of erased people, and counts notes that do not
// open.
func (r *Records) ScanReleased(ctx context.Context, visit func(leaves [][sha256.Size]byte, damaged int) error) error {
	for shard := range byte(pendingShards) {
		p := releasedPartition([sha256.Size]byte{shard})
		from := []byte{}
		for {
			answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: p, Family: store.Log, From: from, Limit: releasePage, Now: time.Unix(0, 0)}})
			if err != nil {
				return fmt.Errorf("read released leaves: %w", kindly(err))
			}
			rows := answers[0].Rows
			var leaves [][sha256.Size]byte
			damaged := 0
			for _, row := range rows {
				plain, err := r.vault.Tenant().Open(nil, p, store.Log, row.Key, row.Value)
				if err != nil || len(row.Key) != 1+sha256.Size || row.Key[0] != releaseType || !bytes.Equal(plain, []byte{wireVersion}) {
					damaged++
					continue
				}
				leaves = append(leaves, [sha256.Size]byte(row.Key[1:]))
			}
			if len(rows) > 0 {
				if err := visit(leaves, damaged); err != nil {
					return err
				}
			}
			if !answers[0].More {
				break
			}
			from = after(rows[len(rows)-1].Key)
		}
	}
	return nil
}
