package records

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// The journal of merges lies in the store of the keys, where no data backup reaches:
// an older copy of the data knows two people where there is one, and what the one
// said no to must hold for both. Of each merge there is a row under the reference
// that was given up. It says where the rows went, for as long as the person is here:
// the ids of decisions and requests that were given out before lead there by it.

// Merge is one merge, under way or done.
type Merge struct {
	No   uint64
	From tactful.Ref // given up
	Into tactful.Ref
	Time time.Time
}

var (
	mergeJournal  = store.Partition{Section: store.Merges, ID: [16]byte{'j', 'o', 'u', 'r', 'n', 'a', 'l'}}
	mergeHeadKey  = []byte{'h'} // State: the number of the last merge
	mergedKey     = []byte{'m'} // State, under the reference that was given up
	mergesSettled = store.Partition{Section: store.Duties, ID: [16]byte{'m', 'e', 'r', 'g', 'e', 's'}}
)

const (
	mergeOpen     = 'o' // Log: number and reference given up, of a merge under way
	mergeLearning = 'l' // Log: number and reference that is left, of one that is done but for the sums of the model
	mergeRowLen   = 1 + 8 + 16
)

func mergePartition(from tactful.Ref) store.Partition {
	return store.Partition{Section: store.Merges, ID: from}
}

func (m *Merge) key(kind byte, ref tactful.Ref) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{kind}, m.No), ref[:]...)
}

func (m *Merge) openKey() []byte { return m.key(mergeOpen, m.From) }

func (m *Merge) learningKey() []byte { return m.key(mergeLearning, m.Into) }

// tableWrite applies one conditional batch to the store of the keys.
func (r *Records) tableWrite(ctx context.Context, batch store.Batch) error {
	results, err := r.vault.Table().Write(ctx, []store.Batch{batch})
	if err == nil {
		err = firstError(results)
	}
	return kindly(err)
}

// BeginMerge writes a merge down, durably, before anything is done for it.
func (r *Records) BeginMerge(ctx context.Context, from, into tactful.Ref, now time.Time) (*Merge, error) {
	m := &Merge{From: from, Into: into, Time: now.UTC().Truncate(time.Millisecond)}
	err := retry("begin a merge", func() error {
		last, version, err := r.lastMerge(ctx)
		if err != nil {
			return err
		}
		m.No = last + 1
		return r.tableWrite(ctx, store.Batch{Partition: mergeJournal, Expect: version,
			State: []store.Row{r.mergeHead(m.No)}, Log: []store.Row{{Family: store.Log, Key: m.openKey(), Value: []byte{wireVersion}}}})
	})
	if err != nil {
		return nil, err
	}
	p := mergePartition(from)
	plain := appendMerge(nil, m)
	err = retry("begin a merge", func() error {
		answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: p, Family: store.State, Now: now}})
		if err != nil {
			return kindly(err)
		}
		return r.tableWrite(ctx, store.Batch{Partition: p, Expect: answers[0].Version, State: []store.Row{sealedRow(r.vault.Tenant(), p, store.State, mergedKey, plain, time.Time{})}})
	})
	return m, err
}

func (r *Records) mergeHead(no uint64) store.Row {
	return sealedRow(r.vault.Tenant(), mergeJournal, store.State, mergeHeadKey, binary.AppendUvarint([]byte{wireVersion}, no), time.Time{})
}

// LastMerge returns the number of the last merge that the journal knows.
func (r *Records) LastMerge(ctx context.Context) (uint64, error) {
	last, _, err := r.lastMerge(ctx)
	return last, err
}

func (r *Records) lastMerge(ctx context.Context) (uint64, store.Version, error) {
	answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: mergeJournal, Family: store.State, From: mergeHeadKey, To: after(mergeHeadKey), Now: time.Unix(0, 0)}})
	if err != nil {
		return 0, 0, fmt.Errorf("read the journal of merges: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return 0, answers[0].Version, nil
	}
	plain, err := r.vault.Tenant().Open(nil, mergeJournal, store.State, mergeHeadKey, answers[0].Rows[0].Value)
	if err != nil {
		return 0, 0, unreadable("journal of merges", err)
	}
	in := read(plain)
	n := in.uvarint()
	if err := in.end(); err != nil {
		return 0, 0, unreadable("journal of merges", err)
	}
	return n, answers[0].Version, nil
}

// SkipMerges lets the journal count on from a number that the data knows: keys that
// are older than the data must not give a number twice.
func (r *Records) SkipMerges(ctx context.Context, no uint64) error {
	return retry("count merges", func() error {
		last, version, err := r.lastMerge(ctx)
		if err != nil || last >= no {
			return err
		}
		return r.tableWrite(ctx, store.Batch{Partition: mergeJournal, Expect: version, State: []store.Row{r.mergeHead(no)}})
	})
}

// merge reads the row of one reference; nil if it was never given up.
func (r *Records) merge(ctx context.Context, from tactful.Ref) (*Merge, error) {
	p := mergePartition(from)
	answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: p, Family: store.State, From: mergedKey, To: after(mergedKey), Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read the journal of merges: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return nil, nil
	}
	return r.openMerge(p, answers[0].Rows[0])
}

func (r *Records) openMerge(p store.Partition, row store.Row) (*Merge, error) {
	plain, err := r.vault.Tenant().Open(nil, p, store.State, mergedKey, row.Value)
	var m *Merge
	if err == nil {
		m, err = decodeMerge(plain)
	}
	if err == nil && m.From != tactful.Ref(p.ID) {
		err = errWire
	}
	if err != nil {
		return nil, unreadable("row of the journal of merges", err)
	}
	return m, nil
}

func appendMerge(dst []byte, m *Merge) []byte {
	return appendTime(append(append(binary.AppendUvarint(append(dst, wireVersion), m.No), m.Into[:]...), m.From[:]...), m.Time)
}

func decodeMerge(plain []byte) (*Merge, error) {
	r := read(plain)
	m := &Merge{No: r.uvarint()}
	copy(m.Into[:], r.take(16))
	copy(m.From[:], r.take(16))
	m.Time = r.time()
	return m, r.end()
}

// OpenMerges returns the merges under way, in the order of their numbers.
func (r *Records) OpenMerges(ctx context.Context) ([]*Merge, error) {
	answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: mergeJournal, Family: store.Log, From: []byte{mergeOpen}, To: []byte{mergeOpen + 1}, Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read the journal of merges: %w", kindly(err))
	}
	var open []*Merge
	for _, row := range answers[0].Rows {
		if len(row.Key) != mergeRowLen {
			return nil, unreadable("row of the journal of merges", errWire)
		}
		no, from := binary.BigEndian.Uint64(row.Key[1:]), tactful.Ref(row.Key[9:])
		m, err := r.merge(ctx, from)
		if err != nil {
			return nil, err
		}
		if m == nil || m.No != no { // cut short before anything began, or erased since
			if err := r.EndMerge(ctx, &Merge{No: no, From: from}); err != nil {
				return nil, err
			}
			continue
		}
		open = append(open, m)
	}
	return open, nil
}

// MergesSince returns the merges with numbers above no of people who are still
// here, in the order of their numbers.
func (r *Records) MergesSince(ctx context.Context, no uint64) ([]*Merge, error) {
	var list []*Merge
	span := store.Range{Section: store.Merges, Family: store.State, From: mergedKey, To: after(mergedKey)}
	for cursor := (store.Cursor{}); !cursor.Done; {
		var err error
		cursor, err = r.vault.Table().Scan(ctx, span, cursor, func(p store.Partition, rows []store.Row) error {
			m, err := r.openMerge(p, rows[0])
			if err == nil && m.No > no {
				list = append(list, m)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read the journal of merges: %w", kindly(err))
		}
	}
	slices.SortFunc(list, func(a, b *Merge) int {
		if a.No < b.No {
			return -1
		}
		return 1
	})
	return list, nil
}

// EndMerge takes a merge out of those under way.
func (r *Records) EndMerge(ctx context.Context, m *Merge) error {
	return r.strike(ctx, m.openKey(), nil)
}

// LearnMerge takes a merge out of those under way whose sums are still to be made
// right, by LearntMerge.
func (r *Records) LearnMerge(ctx context.Context, m *Merge) error {
	return r.strike(ctx, m.openKey(), m.learningKey())
}

// LearntMerge says that the sums of the model are right.
func (r *Records) LearntMerge(ctx context.Context, m *Merge) error {
	return r.strike(ctx, m.learningKey(), nil)
}

// strike takes a line out of the journal, and puts another in its place.
func (r *Records) strike(ctx context.Context, key, next []byte) error {
	return retry("note a step of a merge", func() error {
		_, version, err := r.lastMerge(ctx)
		if err != nil {
			return err
		}
		batch := store.Batch{Partition: mergeJournal, Expect: version, Delete: []store.FamilyKey{{Family: store.Log, Key: key}}}
		if next != nil {
			batch.Log = []store.Row{{Family: store.Log, Key: next, Value: []byte{wireVersion}}}
		}
		return r.tableWrite(ctx, batch)
	})
}

// LearningMerges returns the merges that are done but for the sums: number and
// reference that is left.
func (r *Records) LearningMerges(ctx context.Context) ([]*Merge, error) {
	answers, err := r.vault.Table().Read(ctx, []store.Query{{Partition: mergeJournal, Family: store.Log, From: []byte{mergeLearning}, To: []byte{mergeLearning + 1}, Now: time.Unix(0, 0)}})
	if err != nil {
		return nil, fmt.Errorf("read the journal of merges: %w", kindly(err))
	}
	list := make([]*Merge, len(answers[0].Rows))
	for i, row := range answers[0].Rows {
		if len(row.Key) != mergeRowLen {
			return nil, unreadable("row of the journal of merges", errWire)
		}
		list[i] = &Merge{No: binary.BigEndian.Uint64(row.Key[1:]), Into: tactful.Ref(row.Key[9:])}
	}
	return list, nil
}

// ForgetMerge removes what is known of a reference that was given up, for an
// erasure, and returns what it emptied.
func (r *Records) ForgetMerge(ctx context.Context, from tactful.Ref) (store.Partition, error) {
	p := mergePartition(from)
	if err := r.vault.Table().Drop(ctx, p); err != nil {
		return p, fmt.Errorf("forget a merge: %w", kindly(err))
	}
	return p, nil
}

// PurgeMerges makes what ForgetMerge removed unreadable on the medium, and the lines
// of the journal that named it.
func (r *Records) PurgeMerges(ctx context.Context, emptied []store.Partition) error {
	purger, ok := r.vault.Table().(store.Purger)
	if !ok || len(emptied) == 0 {
		return nil
	}
	for _, partitions := range [][]store.Partition{emptied, {mergeJournal}} { // apart: they lie far from each other
		if err := purger.Purge(ctx, partitions); err != nil {
			return fmt.Errorf("purge merges: %w", kindly(err))
		}
	}
	return nil
}

// movedTo says under which reference the rows of one lie that was given up; the
// zero Ref if it was not.
func (r *Records) movedTo(ctx context.Context, ref tactful.Ref) (tactful.Ref, error) {
	to := tactful.Ref{}
	for range MaxJoined { // as many as may follow each other
		m, err := r.merge(ctx, ref)
		if err != nil || m == nil {
			return to, err
		}
		to, ref = m.Into, m.Into
	}
	return to, nil
}

// SettledMerges returns the number up to which this data store has carried out
// merges; false if it does not say, as a store from before there were any.
func (r *Records) SettledMerges(ctx context.Context) (n uint64, said bool, err error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: mergesSettled, Family: store.State, From: settledKey, To: after(settledKey), Now: time.Unix(0, 0)}})
	if err != nil {
		return 0, false, fmt.Errorf("read the last merge: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return 0, false, nil
	}
	plain, err := r.vault.Tenant().Open(nil, mergesSettled, store.State, settledKey, answers[0].Rows[0].Value)
	if err != nil {
		return 0, false, unreadable("number of the last merge", err)
	}
	in := read(plain)
	n = in.uvarint()
	if err := in.end(); err != nil {
		return 0, false, unreadable("number of the last merge", err)
	}
	return n, true, nil
}

// SettleMerges says that this store has carried out the merges up to no.
func (r *Records) SettleMerges(ctx context.Context, no uint64) error {
	return retry("note the last merge", func() error {
		answers, err := r.data.Read(ctx, []store.Query{{Partition: mergesSettled, Family: store.State, Now: time.Unix(0, 0)}})
		if err != nil {
			return kindly(err)
		}
		row := sealedRow(r.vault.Tenant(), mergesSettled, store.State, settledKey, binary.AppendUvarint([]byte{wireVersion}, no), time.Time{})
		_, err = r.write(ctx, store.Batch{Partition: mergesSettled, Expect: answers[0].Version, State: []store.Row{row}})
		return err
	})
}

// pendingFor makes of the marks of one subject those of another, so that no leaf
// loses its place in the queue before the ledger.
func pendingFor(into tactful.Ref, keys []store.FamilyKey) []store.Batch {
	var rows []store.Row
	for _, k := range keys {
		if len(k.Key) == pendingKeyLen {
			rows = append(rows, store.Row{Family: store.Log, Key: append(append([]byte{pendingType}, into[:]...), bytes.Clone(k.Key[17:])...), Value: []byte{wireVersion}})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	return []store.Batch{{Partition: pendingPartition(into), Expect: store.Blind, Log: rows}}
}
