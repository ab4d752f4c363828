package records

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// ScanReceipts visits the receipts of decisions between two moments, those about
// nobody last, in no other order; their ids and the reports on them are not
// read. Of people for whom leave says so nothing is opened.
func (r *Records) ScanReceipts(ctx context.Context, from, to, now time.Time, leave func(tactful.Ref) bool, visit func(*tactful.Receipt) error) error {
	first, ok := appendMilli([]byte{receiptType}, from)
	last, ok2 := appendMilli([]byte{receiptType}, to)
	if !ok || !ok2 {
		return tactful.InvalidField("since", "is out of range", "ask for a time of these years")
	}
	for _, section := range []store.Section{store.Subjects, store.House} {
		span := store.Range{Section: section, Family: store.Log, From: first, To: last, Now: now}
		var batch []heldReceipts
		flush := func() error {
			defer func() { batch = batch[:0] }()
			return r.openReceipts(ctx, section, batch, visit)
		}
		for cursor := (store.Cursor{}); !cursor.Done; {
			var err error
			cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
				if section == store.Subjects && leave(p.ID) {
					return nil
				}
				held := heldReceipts{partition: p}
				for _, row := range rows {
					if len(row.Key) == receiptKeyLen {
						held.rows = append(held.rows, store.Row{Family: row.Family, Key: bytes.Clone(row.Key), Value: bytes.Clone(row.Value)})
					}
				}
				if batch = append(batch, held); len(batch) == scanChunk {
					return flush()
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("scan receipts: %w", kindly(err))
			}
		}
		if err := flush(); err != nil {
			return fmt.Errorf("scan receipts: %w", err)
		}
	}
	return nil
}

// heldReceipts are rows of one partition, read and not yet opened.
type heldReceipts struct {
	partition store.Partition
	rows      []store.Row
}

func (r *Records) openReceipts(ctx context.Context, section store.Section, batch []heldReceipts, visit func(*tactful.Receipt) error) error {
	refs := make([]tactful.Ref, len(batch))
	for i := range batch {
		refs[i] = batch[i].partition.ID
	}
	if section == store.Subjects {
		sealers, err := r.vault.Passing(ctx, refs)
		if err != nil {
			return err
		}
		for i := range batch {
			if sealers[i] == nil { // shredded since
				continue
			}
			for _, row := range batch[i].rows {
				receipt, err := openReceipt(sealers[i], batch[i].partition, row)
				if err != nil {
					return err
				}
				if err := visit(receipt); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i := range batch {
		for _, row := range batch[i].rows {
			sealer, err := r.vault.House(r.placeOf(tactful.Ref{}, row.Key[1:]).day)
			if err != nil {
				return err
			}
			receipt, err := openReceipt(sealer, batch[i].partition, row)
			if err != nil {
				return err
			}
			if err := visit(receipt); err != nil {
				return err
			}
		}
	}
	return nil
}
