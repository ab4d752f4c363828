package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// A receipt id is reference, time and random bytes, sealed. It says where the
// receipt is to us, and nothing to anybody else.
const (
	receiptRandom = 8
	receiptKeyLen = 1 + 6 + receiptRandom
	receiptIDLen  = 16 + receiptKeyLen - 1
	houseShards   = 16
)

// MaxFeedback is how many reports one decision keeps.
const MaxFeedback = 64

// receiptPlace is where a receipt lives.
type receiptPlace struct {
	ref       tactful.Ref // zero: a decision about nobody
	partition store.Partition
	day       uint16 // of House partitions
	key       []byte
}

// newReceiptID makes the id of a decision about ref, or about nobody for the
// zero Ref, and says where its receipt belongs.
func (r *Records) newReceiptID(ref tactful.Ref, at time.Time) (string, receiptPlace, error) {
	plain := append(make([]byte, 0, receiptIDLen), ref[:]...)
	plain, ok := appendMilli(plain, at)
	if !ok {
		return "", receiptPlace{}, tactful.Errorf(tactful.Internal, "a decision outside of time")
	}
	plain = plain[:receiptIDLen]
	if err := r.draw(plain[receiptIDLen-receiptRandom:]); err != nil {
		return "", receiptPlace{}, fmt.Errorf("make receipt id: %w", err)
	}
	id, err := r.vault.SealID(plain)
	if err != nil {
		return "", receiptPlace{}, fmt.Errorf("make receipt id: %w", err)
	}
	return id, r.placeOf(ref, plain[len(ref):]), nil
}

// locate reads a receipt id. What was not made here is NotFound. Where the history
// was joined to another since, the receipt lies there.
func (r *Records) locate(ctx context.Context, id string) (receiptPlace, error) {
	ref, tail, err := r.openReceiptID(id)
	if err != nil {
		return receiptPlace{}, err
	}
	if !ref.IsZero() {
		sealers, err := r.vault.Sealers(ctx, []tactful.Ref{ref})
		if err != nil {
			return receiptPlace{}, fmt.Errorf("fetch key of a receipt: %w", err)
		}
		if sealers[0] == nil {
			to, err := r.movedTo(ctx, ref)
			if err != nil {
				return receiptPlace{}, err
			}
			if !to.IsZero() {
				ref = to
			}
		}
	}
	return r.placeOf(ref, tail), nil
}

func (r *Records) openReceiptID(id string) (ref tactful.Ref, tail []byte, err error) {
	plain, err := r.vault.OpenID(id)
	if err != nil || len(plain) != receiptIDLen {
		return tactful.Ref{}, nil, errNoReceipt()
	}
	return tactful.Ref(plain[:16]), plain[16:], nil
}

// holdPlace is locate for writers: until release the receipt stays where it is.
func (r *Records) holdPlace(ctx context.Context, id string) (place receiptPlace, release func(), err error) {
	for {
		if place, err = r.locate(ctx, id); err != nil {
			return place, nil, err
		}
		release = r.holds.hold(place.ref)
		again, err := r.locate(ctx, id)
		if err == nil && again.ref == place.ref {
			return place, release, nil
		}
		release()
		if err != nil {
			return place, nil, err
		}
	}
}

// placeOf says where the receipt with this time and random part lives.
func (r *Records) placeOf(ref tactful.Ref, tail []byte) receiptPlace {
	place := receiptPlace{ref: ref, key: append([]byte{receiptType}, tail...)}
	if !ref.IsZero() {
		place.partition = subjectPartition(ref)
		return place
	}
	var ms int64
	for _, b := range tail[:6] {
		ms = ms<<8 | int64(b)
	}
	place.day = uint16(ms / (secondsPerDay * 1000))
	place.partition = store.Partition{Section: store.House, ID: r.vault.HouseID(place.day, tail[len(tail)-1]%houseShards)}
	return place
}

func errNoReceipt() error { return tactful.Errorf(tactful.NotFound, "there is no such receipt") }

func (r *Records) receiptSealer(ctx context.Context, place receiptPlace) (*vault.Sealer, error) {
	if place.ref.IsZero() {
		return r.vault.House(place.day)
	}
	sealers, err := r.vault.Sealers(ctx, []tactful.Ref{place.ref})
	if err != nil {
		return nil, fmt.Errorf("fetch key of a receipt: %w", err)
	}
	if sealers[0] == nil {
		return nil, errNoReceipt()
	}
	return sealers[0], nil
}

// AppendReceipt gives the receipt of a decision about ref, or about nobody for
// the zero Ref, its id and stores it durably. It is forgotten at expires.
func (r *Records) AppendReceipt(ctx context.Context, ref tactful.Ref, receipt *tactful.Receipt, expires time.Time) error {
	id, place, err := r.newReceiptID(ref, receipt.Time)
	if err != nil {
		return err
	}
	receipt.ID = id
	release := r.holds.hold(place.ref)
	defer release()
	sealer, err := r.receiptSealer(ctx, place)
	if err != nil {
		return fmt.Errorf("append receipt: %w", err)
	}
	w := r.writers.Get().(*receiptWriter)
	w.receipt(receipt)
	row := sealedRow(sealer, place.partition, store.Log, place.key, w.dst, expires)
	w.forget()
	r.writers.Put(w)
	if err := r.blind(ctx, place.partition, row); err != nil {
		return fmt.Errorf("append receipt: %w", err)
	}
	return nil
}

func (r *Records) blind(ctx context.Context, p store.Partition, rows ...store.Row) error {
	results, err := r.data.Write(ctx, []store.Batch{{Partition: p, Expect: store.Blind, Log: rows}})
	if err != nil {
		return kindly(err)
	}
	return kindly(results[0].Err)
}

// Receipt returns a receipt with the reports on it, and whose it is. Malformed,
// unknown, expired and erased ids are all NotFound, without a difference.
func (r *Records) Receipt(ctx context.Context, id string, now time.Time) (*tactful.Receipt, tactful.Ref, error) {
	found, _, err := r.readReceipt(ctx, id, now)
	if err != nil {
		return nil, tactful.Ref{}, err
	}
	return found.receipt, found.place.ref, nil
}

type foundReceipt struct {
	receipt *tactful.Receipt
	place   receiptPlace
	expires time.Time
}

func (r *Records) readReceipt(ctx context.Context, id string, now time.Time) (foundReceipt, *vault.Sealer, error) {
	place, err := r.locate(ctx, id)
	if err != nil {
		return foundReceipt{}, nil, err
	}
	sealer, err := r.receiptSealer(ctx, place)
	if err != nil {
		return foundReceipt{}, nil, err // as it is: all that is not found reads alike
	}
	first := feedbackPrefix(place.key)
	answers, err := r.data.Read(ctx, []store.Query{
		{Partition: place.partition, Family: store.Log, From: place.key, To: after(place.key), Limit: 1, Now: now},
		{Partition: place.partition, Family: store.Log, From: first, To: prefixEnd(first), Now: now},
	})
	if err != nil {
		return foundReceipt{}, nil, fmt.Errorf("read receipt: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return foundReceipt{}, nil, errNoReceipt()
	}
	row := answers[0].Rows[0]
	receipt, err := openReceipt(sealer, place.partition, row)
	if err != nil {
		return foundReceipt{}, nil, err
	}
	receipt.ID = id
	if receipt.Feedback, err = openFeedback(sealer, place.partition, answers[1].Rows); err != nil {
		return foundReceipt{}, nil, err
	}
	return foundReceipt{receipt: receipt, place: place, expires: row.Expires}, sealer, nil
}

func openReceipt(sealer *vault.Sealer, p store.Partition, row store.Row) (*tactful.Receipt, error) {
	plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
	if err != nil {
		return nil, unreadable("receipt", err)
	}
	receipt, err := decodeReceipt(plain)
	if err != nil {
		return nil, unreadable("receipt", err)
	}
	return receipt, nil
}

// Receipts returns the newest receipts of a subject with the reports on them,
// newest first. Limit 0 means all.
func (r *Records) Receipts(ctx context.Context, ref tactful.Ref, limit int, now time.Time) ([]*tactful.Receipt, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, receiptType, limit, now)})
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", kindly(err))
	}
	rows := answers[0].Rows
	if len(rows) == 0 {
		return nil, nil
	}
	reports, err := r.reportsBetween(ctx, p, rows[len(rows)-1].Key, rows[0].Key, now)
	if err != nil {
		return nil, err
	}
	out := make([]*tactful.Receipt, len(rows))
	for i, row := range rows {
		if len(row.Key) != receiptKeyLen {
			return nil, unreadable("receipt", errWire)
		}
		if out[i], err = openReceipt(sealer, p, row); err != nil {
			return nil, err
		}
		if out[i].ID, err = r.vault.SealID(append(append(make([]byte, 0, receiptIDLen), ref[:]...), row.Key[1:]...)); err != nil {
			return nil, fmt.Errorf("read receipts: %w", err)
		}
		if out[i].Feedback, err = openFeedback(sealer, p, reports[string(row.Key[1:])]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Reports on decisions.

// feedbackPrefix begins the keys of all reports on one receipt.
func feedbackPrefix(receiptKey []byte) []byte {
	return append([]byte{feedbackType}, receiptKey[1:]...)
}

// prefixEnd is behind every key with this prefix; feedback kinds are small numbers.
func prefixEnd(prefix []byte) []byte { return append(slices.Clone(prefix), 0xff) }

// reportsBetween reads the reports on a stretch of receipts, by receipt.
func (r *Records) reportsBetween(ctx context.Context, p store.Partition, oldest, newest []byte, now time.Time) (map[string][]store.Row, error) {
	answers, err := r.data.Read(ctx, []store.Query{{
		Partition: p, Family: store.Log, From: feedbackPrefix(oldest), To: prefixEnd(feedbackPrefix(newest)), Now: now,
	}})
	if err != nil {
		return nil, fmt.Errorf("read receipts: %w", kindly(err))
	}
	by := make(map[string][]store.Row)
	for _, row := range answers[0].Rows {
		if len(row.Key) != feedbackKeyLen {
			return nil, unreadable("report", errWire)
		}
		name := string(row.Key[1:receiptKeyLen])
		by[name] = append(by[name], row)
	}
	return by, nil
}

const feedbackKeyLen = receiptKeyLen + 1 + 8 // kind, hash of the item

// AppendFeedback stores a report beside its receipt, for as long as that is
// kept. The same report twice is one; a decision keeps MaxFeedback of them.
func (r *Records) AppendFeedback(ctx context.Context, id string, f tactful.Feedback, now time.Time) error {
	if f.Kind == tactful.FeedbackUnknown || f.Kind >= tactful.Feedbacks {
		return tactful.InvalidField("kind", "is missing or unknown", "send shown, clicked, dismissed, converted, creepy or wrong")
	}
	place, release, err := r.holdPlace(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	found, sealer, err := r.readReceipt(ctx, id, now)
	if err != nil {
		return err
	}
	wasShown := func(s tactful.Shown) bool { return s.Item == f.Item }
	if f.Item != "" && !slices.ContainsFunc(found.receipt.Shown, wasShown) {
		return tactful.InvalidField("item", "was not in this list", "send an item of the list, or none for all of it")
	}
	said := func(g tactful.Feedback) bool { return g.Kind == f.Kind && g.Item == f.Item }
	if slices.ContainsFunc(found.receipt.Feedback, said) {
		return nil
	}
	if len(found.receipt.Feedback) >= MaxFeedback {
		return tactful.Errorf(tactful.Refused, "this decision has %d reports already", MaxFeedback)
	}
	hash := r.vault.MessageID(f.Item)
	key := append(append(feedbackPrefix(place.key), byte(f.Kind)), hash[:8]...)
	row := sealedRow(sealer, place.partition, store.Log, key, appendFeedback(nil, f), found.expires)
	if err := r.blind(ctx, place.partition, row); err != nil {
		return fmt.Errorf("append report: %w", err)
	}
	return nil
}

func appendFeedback(dst []byte, f tactful.Feedback) []byte {
	return appendTime(appendText(append(dst, wireVersion, byte(f.Kind)), f.Item), f.Time)
}

func decodeFeedback(plain []byte) (tactful.Feedback, error) {
	r := read(plain)
	f := tactful.Feedback{Kind: tactful.FeedbackKind(r.below(tactful.Feedbacks)), Item: r.text(), Time: r.time()}
	if err := r.end(); err != nil {
		return tactful.Feedback{}, err
	}
	return f, nil
}

// openFeedback opens reports and puts them in the order in which they came.
func openFeedback(sealer *vault.Sealer, p store.Partition, rows []store.Row) ([]tactful.Feedback, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]tactful.Feedback, len(rows))
	for i, row := range rows {
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err == nil {
			out[i], err = decodeFeedback(plain)
		}
		if err != nil {
			return nil, unreadable("report", err)
		}
	}
	slices.SortStableFunc(out, func(a, b tactful.Feedback) int { return a.Time.Compare(b.Time) })
	return out, nil
}
