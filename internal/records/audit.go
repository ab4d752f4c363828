package records

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// Audited is what an audit found of one subject's consents. It names nobody.
type Audited struct {
	Leaves [][sha256.Size]byte // of the records that fit their nonces
	Faults []string
}

// bundle is the rows of one subject that an audit looks at.
type bundle struct {
	records, nonces, standing []store.Row
}

// AuditConsents opens every consent record of a shard with its nonce, and
// compares the standing with them: what permits must be on record. Where
// something does not fit, the subject is read again while its writers wait, so
// that work under way is no fault. Shards is a power of two up to 256.
func (r *Records) AuditConsents(ctx context.Context, shard, shards int, now time.Time, visit func(Audited) error) error {
	bundles := map[tactful.Ref]*bundle{}
	parts := []struct {
		family   store.Family
		from, to []byte
		into     func(*bundle) *[]store.Row
	}{
		{store.State, standingKey, after(standingKey), func(b *bundle) *[]store.Row { return &b.standing }},
		{store.Log, []byte{consentType}, []byte{consentType + 1}, func(b *bundle) *[]store.Row { return &b.records }},
		{store.Log, []byte{nonceType}, []byte{nonceType + 1}, func(b *bundle) *[]store.Row { return &b.nonces }},
	}
	for _, part := range parts {
		span := store.Range{Section: store.Subjects, Family: part.family, From: part.from, To: part.to, Shard: shard, Shards: shards, Now: now}
		for cursor := (store.Cursor{}); !cursor.Done; {
			var err error
			cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
				b := bundles[p.ID]
				if b == nil {
					b = &bundle{}
					bundles[p.ID] = b
				}
				for _, row := range rows { // what a scan hands out is good during the visit only
					*part.into(b) = append(*part.into(b), store.Row{Family: row.Family, Key: bytes.Clone(row.Key), Value: bytes.Clone(row.Value)})
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("audit consents: %w", kindly(err))
			}
		}
	}
	refs := make([]tactful.Ref, 0, len(bundles))
	for ref := range bundles {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, func(a, b tactful.Ref) int { return bytes.Compare(a[:], b[:]) })
	for chunk := range slices.Chunk(refs, scanChunk) {
		sealers, err := r.vault.Passing(ctx, chunk)
		if err != nil {
			return fmt.Errorf("audit consents: %w", err)
		}
		for i, ref := range chunk {
			found := r.audit(sealers[i], ref, bundles[ref])
			if len(found.Faults) > 0 {
				if found, err = r.auditAlone(ctx, ref, now); err != nil {
					return fmt.Errorf("audit consents: %w", err)
				}
			}
			if err := visit(found); err != nil {
				return err
			}
		}
	}
	return nil
}

// auditAlone audits one subject while nobody writes to it.
func (r *Records) auditAlone(ctx context.Context, ref tactful.Ref, now time.Time) (Audited, error) {
	release := r.holds.exclude(ref)
	defer release()
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{
		stateQuery(ref, standingKey, after(standingKey), now), logQuery(p, consentType, 0, now), logQuery(p, nonceType, 0, now),
	})
	if err != nil {
		return Audited{}, kindly(err)
	}
	b := &bundle{standing: answers[0].Rows, records: answers[1].Rows, nonces: answers[2].Rows}
	if len(b.standing)+len(b.records)+len(b.nonces) == 0 {
		return Audited{}, nil // erased since
	}
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil {
		return Audited{}, err
	}
	return r.audit(sealers[0], ref, b), nil
}

func (r *Records) audit(sealer *vault.Sealer, ref tactful.Ref, b *bundle) Audited {
	var a Audited
	fault := func(sentence string) { a.Faults = append(a.Faults, sentence) }
	if sealer == nil {
		fault("somebody's rows are there, and their key is not")
		return a
	}
	nonces := make(map[string]store.Row, len(b.nonces))
	for _, row := range b.nonces {
		nonces[string(row.Key[1:])] = row
	}
	records := make(map[string]tactful.Consent, len(b.records))
	for _, row := range b.records {
		nonce, ok := nonces[string(row.Key[1:])]
		if !ok {
			fault("a consent record has no nonce")
			continue
		}
		delete(nonces, string(row.Key[1:]))
		e, err := openEvidence(sealer, ref, row, nonce)
		if err != nil {
			fault("a consent record or its nonce was changed")
			continue
		}
		if key, err := r.consentKey(&e.Consent); err != nil || !bytes.Equal(key, row.Key) {
			fault("a consent record lies under another name than its own")
			continue
		}
		records[e.Consent.ID] = e.Consent
		a.Leaves = append(a.Leaves, e.Leaf())
	}
	for range nonces {
		fault("a nonce has no consent record")
	}
	if len(b.standing) == 0 {
		fault("somebody has consent records and no standing")
		return a
	}
	plain, err := sealer.Open(nil, subjectPartition(ref), store.State, standingKey, b.standing[0].Value)
	if err != nil {
		fault("a standing was changed")
		return a
	}
	s, err := decodeStanding(plain)
	if err != nil {
		fault("a standing was changed")
		return a
	}
	for _, stands := range s.Consents.Purposes {
		record, ok := records[stands.ID]
		if stands.Answer != tactful.Granted {
			stands.Time = record.Time // a no that is said again moves on without a record
		}
		if !ok || record != stands {
			fault("a standing rests on a record that is not there or says something else")
		}
	}
	return a
}

// AdoptConsents gives nonces to records of before there was a ledger, and
// reports how many. It is for the first start with one: later, a record
// without a nonce is a fault.
func (r *Records) AdoptConsents(ctx context.Context, shard, shards int, now time.Time) (int, error) {
	adopted := 0
	span := store.Range{Section: store.Subjects, Family: store.Log, From: []byte{consentType}, To: []byte{consentType + 1}, Shard: shard, Shards: shards, Now: now}
	owners := map[tactful.Ref][][]byte{}
	for cursor := (store.Cursor{}); !cursor.Done; {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			for _, row := range rows {
				owners[p.ID] = append(owners[p.ID], bytes.Clone(row.Key))
			}
			return nil
		})
		if err != nil {
			return adopted, fmt.Errorf("adopt consents: %w", kindly(err))
		}
	}
	for ref, keys := range owners {
		n, err := r.adoptOf(ctx, ref, keys)
		if err != nil {
			return adopted, fmt.Errorf("adopt consents: %w", err)
		}
		adopted += n
	}
	return adopted, nil
}

func (r *Records) adoptOf(ctx context.Context, ref tactful.Ref, keys [][]byte) (int, error) {
	release := r.holds.hold(ref)
	defer release()
	sealers, err := r.vault.Passing(ctx, []tactful.Ref{ref})
	if err != nil || sealers[0] == nil {
		return 0, err
	}
	p := subjectPartition(ref)
	there, err := r.data.Read(ctx, []store.Query{logQuery(p, nonceType, 0, time.Unix(0, 0))})
	if err != nil {
		return 0, kindly(err)
	}
	has := make(map[string]bool, len(there[0].Rows))
	for _, row := range there[0].Rows {
		has[string(row.Key[1:])] = true
	}
	batch := store.Batch{Partition: p, Expect: store.Blind}
	marked := make([]store.Row, 0, len(keys))
	for _, key := range keys {
		if len(key) != consentKeyLen {
			continue
		}
		marked = append(marked, store.Row{Family: store.Log, Key: key})
		if has[string(key[1:])] {
			continue
		}
		nonce, err := r.nonceRow(sealers[0], p, key)
		if err != nil {
			return 0, err
		}
		batch.Log = append(batch.Log, nonce)
	}
	if len(batch.Log) == 0 {
		return 0, nil
	}
	results, err := r.data.Write(ctx, append(pendingMarks(ref, marked), batch))
	if err != nil {
		return 0, kindly(err)
	}
	return len(batch.Log), kindly(firstError(results))
}
