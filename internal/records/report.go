package records

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Reports lie beside the keys, sealed under the tenant key: a copy of the data
// that is put back gives no budget back, and knows no other answers. Of one
// family, the ledger and its answers are one partition, so that an answer and
// what it costs are written in one.
var (
	reportLedgerKey = []byte{1}
	reportAnswerKey = byte(2) // and a hash of the question
)

// StoredReport is what a family has told and, if it was asked before, the answer.
type StoredReport struct {
	Version store.Version
	Ledger  []byte // nil: nothing was ever told
	Answer  []byte // nil: it was not asked
}

func reportPartition(family string) store.Partition {
	p := store.Partition{Section: store.Reports}
	copy(p.ID[:], family)
	return p
}

func answerKey(question string) []byte {
	sum := sha256.Sum256([]byte(question))
	return append([]byte{reportAnswerKey}, sum[:16]...)
}

// ReadReport returns the ledger of a family and the answer to a question; ""
// asks for the ledger alone.
func (r *Records) ReadReport(ctx context.Context, family, question string, now time.Time) (StoredReport, error) {
	p := reportPartition(family)
	queries := []store.Query{{Partition: p, Family: store.State, From: reportLedgerKey, To: after(reportLedgerKey), Now: now}}
	if question != "" {
		key := answerKey(question)
		queries = append(queries, store.Query{Partition: p, Family: store.State, From: key, To: after(key), Now: now})
	}
	answers, err := r.vault.Table().Read(ctx, queries)
	if err != nil {
		return StoredReport{}, fmt.Errorf("read reports: %w", kindly(err))
	}
	found := StoredReport{Version: answers[0].Version}
	for _, a := range answers {
		if a.Version < found.Version { // somebody wrote between the two: the older one, so that a write conflicts
			found.Version = a.Version
		}
		for _, row := range a.Rows {
			plain, err := r.vault.Tenant().Open(nil, p, store.State, row.Key, row.Value)
			if err == nil && (len(plain) == 0 || plain[0] != wireVersion) {
				err = errWire
			}
			if err != nil {
				return StoredReport{}, unreadable("report", err)
			}
			if bytes.Equal(row.Key, reportLedgerKey) {
				found.Ledger = plain[1:]
			} else {
				found.Answer = plain[1:]
			}
		}
	}
	return found, nil
}

// WriteReport stores an answer together with the ledger that it was charged to,
// if nobody wrote in between; else Conflict, and neither is stored.
func (r *Records) WriteReport(ctx context.Context, family, question string, s StoredReport, expires time.Time) error {
	p := reportPartition(family)
	seal := func(key, body []byte, expires time.Time) store.Row {
		return sealedRow(r.vault.Tenant(), p, store.State, key, append([]byte{wireVersion}, body...), expires)
	}
	results, err := r.vault.Table().Write(ctx, []store.Batch{{
		Partition: p, Expect: s.Version,
		State: []store.Row{seal(reportLedgerKey, s.Ledger, time.Time{}), seal(answerKey(question), s.Answer, expires)},
	}})
	if err == nil {
		err = firstError(results)
	}
	if err != nil {
		return fmt.Errorf("write a report: %w", kindly(err))
	}
	return nil
}

// ScanDecisions visits the receipts of decisions about people between two
// moments, person by person, with what was said about them. Of people for whom
// leave says so nothing is opened.
func (r *Records) ScanDecisions(ctx context.Context, from, to, now time.Time, leave func(tactful.Ref) bool, visit func([]*tactful.Receipt) error) error {
	first, ok := appendMilli([]byte{receiptType}, from)
	last, ok2 := appendMilli([]byte{receiptType}, to)
	if !ok || !ok2 {
		return tactful.InvalidField("from", "is out of range", "ask for a time of these years")
	}
	var batch []heldReceipts
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return r.openDecisions(ctx, batch, now, visit)
	}
	span := store.Range{Section: store.Subjects, Family: store.Log, From: first, To: last, Now: now}
	for cursor := (store.Cursor{}); !cursor.Done; {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			if leave(p.ID) {
				return nil
			}
			held := heldReceipts{partition: p}
			for _, row := range rows {
				if len(row.Key) == receiptKeyLen {
					held.rows = append(held.rows, store.Row{Family: row.Family, Key: bytes.Clone(row.Key), Value: bytes.Clone(row.Value)})
				}
			}
			if len(held.rows) > 0 {
				batch = append(batch, held)
			}
			if len(batch) == scanChunk {
				return flush()
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan decisions: %w", kindly(err))
		}
	}
	if err := flush(); err != nil {
		return fmt.Errorf("scan decisions: %w", err)
	}
	return nil
}

func (r *Records) openDecisions(ctx context.Context, batch []heldReceipts, now time.Time, visit func([]*tactful.Receipt) error) error {
	if len(batch) == 0 {
		return nil
	}
	refs, queries := make([]tactful.Ref, len(batch)), make([]store.Query, len(batch))
	for i, held := range batch {
		refs[i] = held.partition.ID
		first, last := held.rows[0].Key, held.rows[len(held.rows)-1].Key
		queries[i] = store.Query{Partition: held.partition, Family: store.Log, From: feedbackPrefix(first), To: prefixEnd(feedbackPrefix(last)), Now: now}
	}
	sealers, err := r.vault.Passing(ctx, refs)
	if err != nil {
		return err
	}
	said, err := r.data.Read(ctx, queries)
	if err != nil {
		return kindly(err)
	}
	for i, held := range batch {
		if sealers[i] == nil { // shredded since
			continue
		}
		by := map[string][]store.Row{}
		for _, row := range said[i].Rows {
			if len(row.Key) == feedbackKeyLen {
				by[string(row.Key[1:receiptKeyLen])] = append(by[string(row.Key[1:receiptKeyLen])], row)
			}
		}
		receipts := make([]*tactful.Receipt, len(held.rows))
		for j, row := range held.rows {
			if receipts[j], err = openReceipt(sealers[i], held.partition, row); err != nil {
				return err
			}
			if receipts[j].Feedback, err = openFeedback(sealers[i], held.partition, by[string(row.Key[1:])]); err != nil {
				return err
			}
		}
		if err := visit(receipts); err != nil {
			return err
		}
	}
	return nil
}
