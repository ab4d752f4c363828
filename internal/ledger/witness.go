package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// The witness is the last head, kept a second time in the store of the keys. A
// ledger that was cut, rewritten or restored from an older copy is shorter than
// its witness, or differs from it; then the witness stays as it is, until
// somebody says why with Accept. Accepted losses are kept beside it.
var witnessPartition = store.Partition{Section: store.Ledger, ID: [16]byte{'w', 'i', 't', 'n', 'e', 's', 's'}}

var witnessKey = []byte{1}

const lossType = 'x'

// Loss is a part of the ledger that somebody said may be missing.
type Loss struct {
	Time   time.Time
	Size   uint64 // what had been signed
	Reason string
}

// witness reads the head beside the keys; nil if there is none.
func (l *Ledger) witness(ctx context.Context) (*Head, string, store.Version, error) {
	answers, err := l.beside.Read(ctx, []store.Query{{Partition: witnessPartition, Family: store.State, Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, "", 0, fmt.Errorf("read the witness: %w", err)
	}
	if len(answers[0].Rows) == 0 {
		return nil, "", answers[0].Version, nil
	}
	text := string(answers[0].Rows[0].Value)
	head, err := OpenHead(text, l.public())
	if err != nil || len(answers[0].Rows) != 1 || !bytes.Equal(answers[0].Rows[0].Key, witnessKey) {
		return nil, text, answers[0].Version, errDamaged("the head beside the keys")
	}
	return &head, text, answers[0].Version, nil
}

// remember moves the witness on to a head that continues it.
func (l *Ledger) remember(ctx context.Context, head Head) error {
	for range appendTries {
		seen, _, version, err := l.witness(ctx)
		if err != nil {
			return err
		}
		if seen != nil {
			if seen.Size >= head.Size {
				return nil // as it is; a loss is for verify to tell
			}
			if missing, err := l.missing(ctx, *seen); err != nil || missing != "" {
				return err
			}
		}
		err = l.witnessed(ctx, head, version, nil)
		if errors.Is(err, store.ErrConflict) {
			continue
		}
		return err
	}
	return nil // others move it on
}

func (l *Ledger) witnessed(ctx context.Context, head Head, version store.Version, along []store.Row) error {
	results, err := l.beside.Write(ctx, []store.Batch{{
		Partition: witnessPartition, Expect: version, Log: along,
		State: []store.Row{{Family: store.State, Key: witnessKey, Value: []byte(l.signer.sign(&head))}},
	}})
	if err == nil {
		err = results[0].Err
	}
	if err != nil {
		return fmt.Errorf("keep the head beside the keys: %w", err)
	}
	return nil
}

// missing says what is wrong with the ledger as seen from an earlier head; ""
// if the ledger continues it. It looks at heads only; Verify computes.
func (l *Ledger) missing(ctx context.Context, seen Head) (string, error) {
	last, err := l.lastHead(ctx)
	if err != nil {
		return "", err
	}
	switch {
	case last == nil:
		return fmt.Sprintf("the ledger is gone: %d leaves were signed until %s", seen.Size, seen.Time.Format(time.RFC3339)), nil
	case last.Size < seen.Size:
		return fmt.Sprintf("the ledger was cut: it has %d leaves, and %d were signed until %s", last.Size, seen.Size, seen.Time.Format(time.RFC3339)), nil
	}
	answers, err := l.data.Read(ctx, []store.Query{exactly(sizeKey(headType, seen.Size))})
	if err != nil {
		return "", fmt.Errorf("read the ledger: %w", err)
	}
	if len(answers[0].Rows) > 0 {
		if head, err := OpenHead(string(answers[0].Rows[0].Value), l.public()); err == nil && head.Root == seen.Root {
			return "", nil
		}
	}
	return fmt.Sprintf("the ledger was rewritten: its first %d leaves are not those signed until %s", seen.Size, seen.Time.Format(time.RFC3339)), nil
}

// Missing compares the ledger with the head beside the keys, by heads alone:
// quick enough for every start. "" means that nothing is missing.
func (l *Ledger) Missing(ctx context.Context) (string, error) {
	seen, _, _, err := l.witness(ctx)
	if err != nil || seen == nil {
		return "", err
	}
	return l.missing(ctx, *seen)
}

const maxReasonBytes = 500

// Accept takes the ledger as it is for the one to go on with, after a data
// store was restored from an older copy. The loss and its reason stay on record.
func (l *Ledger) Accept(ctx context.Context, reason string, now time.Time) (Loss, error) {
	if reason == "" || len(reason) > maxReasonBytes {
		return Loss{}, tactful.InvalidField("reason", "is missing or too long", fmt.Sprintf("say in 1 to %d bytes why leaves are missing", maxReasonBytes))
	}
	seen, _, version, err := l.witness(ctx)
	if err != nil && tactful.KindOf(err) != tactful.Internal {
		return Loss{}, err
	}
	head, err := l.lastHead(ctx)
	if err != nil {
		return Loss{}, err
	}
	if head == nil {
		return Loss{}, tactful.Errorf(tactful.NotFound, "the ledger has not begun")
	}
	loss := Loss{Time: now.UTC().Truncate(time.Millisecond), Reason: reason}
	if seen != nil {
		loss.Size = seen.Size
	}
	row := store.Row{Key: sizeKey(lossType, uint64(loss.Time.UnixMilli())), Value: []byte(fmt.Sprintf("%d %s", loss.Size, reason))}
	if err := l.witnessed(ctx, *head, version, []store.Row{row}); err != nil {
		return Loss{}, err
	}
	return loss, nil
}

// losses reads what was accepted.
func (l *Ledger) losses(ctx context.Context) ([]Loss, error) {
	answers, err := l.beside.Read(ctx, []store.Query{{Partition: witnessPartition, Family: store.Log, Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read accepted losses: %w", err)
	}
	var all []Loss
	for _, row := range answers[0].Rows {
		loss := Loss{}
		if len(row.Key) != 9 || row.Key[0] != lossType {
			return nil, errDamaged("an accepted loss")
		}
		var at uint64
		for _, b := range row.Key[1:] {
			at = at<<8 | uint64(b)
		}
		loss.Time = time.UnixMilli(int64(at)).UTC()
		if n, err := fmt.Sscanf(string(row.Value), "%d", &loss.Size); n != 1 || err != nil {
			return nil, errDamaged("an accepted loss")
		}
		loss.Reason = string(row.Value)[len(fmt.Sprint(loss.Size))+1:]
		all = append(all, loss)
	}
	return all, nil
}
