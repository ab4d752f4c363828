package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// StoredLabel is what operators decided about one item and one class. It is
// sealed under the tenant key; its place says the number of the item and the class.
type StoredLabel struct {
	Item    tactful.ItemNo
	Class   string
	Version store.Version // of the item's rows; not stored in the row
	Body    []byte        // as package label writes it
}

func labelPartition(no tactful.ItemNo) store.Partition {
	p := store.Partition{Section: store.Labels}
	binary.BigEndian.PutUint32(p.ID[12:], uint32(no))
	return p
}

// ReadLabels returns what was decided about an item, and the version of its rows.
func (r *Records) ReadLabels(ctx context.Context, no tactful.ItemNo) ([]StoredLabel, store.Version, error) {
	p := labelPartition(no)
	answers, err := r.data.Read(ctx, []store.Query{{Partition: p, Family: store.State}})
	if err != nil {
		return nil, 0, fmt.Errorf("read labels: %w", kindly(err))
	}
	all, err := r.openLabels(p, answers[0].Rows)
	return all, answers[0].Version, err
}

func (r *Records) openLabels(p store.Partition, rows []store.Row) (all []StoredLabel, err error) {
	for _, row := range rows {
		plain, err := r.vault.Tenant().Open(nil, p, store.State, row.Key, row.Value)
		if err == nil && (len(plain) == 0 || plain[0] != wireVersion) {
			err = errWire
		}
		if err != nil {
			return nil, unreadable("label", err)
		}
		all = append(all, StoredLabel{Item: tactful.ItemNo(binary.BigEndian.Uint32(p.ID[12:])), Class: string(row.Key), Body: plain[1:]})
	}
	return all, nil
}

// WriteLabel stores a decision if the item's rows still have the version they
// were read with, absent for the first; else Conflict.
func (r *Records) WriteLabel(ctx context.Context, l *StoredLabel) error {
	p := labelPartition(l.Item)
	key := []byte(l.Class)
	row := sealedRow(r.vault.Tenant(), p, store.State, key, append([]byte{wireVersion}, l.Body...), time.Time{})
	if _, err := r.write(ctx, store.Batch{Partition: p, Expect: l.Version, State: []store.Row{row}}); err != nil {
		return fmt.Errorf("write a label: %w", err)
	}
	return nil
}

// ScanLabels visits everything that was decided.
func (r *Records) ScanLabels(ctx context.Context, visit func(StoredLabel) error) error {
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, store.Range{Section: store.Labels, Family: store.State}, cursor, func(p store.Partition, rows []store.Row) error {
			all, err := r.openLabels(p, rows)
			if err != nil {
				return err
			}
			for _, l := range all {
				if err := visit(l); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("scan labels: %w", kindly(err))
		}
	}
	return nil
}
