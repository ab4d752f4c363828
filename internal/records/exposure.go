package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/vault"
	"github.com/tactful/tactful/store"
)

// An exposure says that a person got a variant of a test, since when and which. It
// is one row a person and test, sealed under the person's key; leaving deletes it.
// A mark without the variant stays instead, for its term: who left stays out of the
// test, and is counted as gone once, however often they come back.
const (
	exposureType   = 'x'
	exposureKeyLen = 1 + 16 + 1
	exposedMark    = 1
	leftMark       = 2
)

// TestID names a test in the rows of people: the first bytes of its lock.
type TestID [16]byte

// Exposure is one row.
type Exposure struct {
	Test TestID
	Arm  string    // "" for one who left
	Time time.Time // of the first use, or of leaving
	Left bool
}

func (x *Exposure) key() []byte {
	mark := byte(exposedMark)
	if x.Left {
		mark = leftMark
	}
	return append(append([]byte{exposureType}, x.Test[:]...), mark)
}

func appendExposure(dst []byte, x *Exposure) []byte {
	return appendText(appendTime(append(dst, wireVersion), x.Time), x.Arm)
}

func decodeExposure(plain []byte) (Exposure, error) {
	r := read(plain)
	x := Exposure{Time: r.time(), Arm: r.text()}
	if err := r.end(); err != nil {
		return Exposure{}, err
	}
	return x, nil
}

func exposureQuery(ref tactful.Ref, now time.Time) store.Query {
	q := logQuery(subjectPartition(ref), exposureType, 0, now)
	q.Reverse = false
	return q
}

func openExposures(sealer *vault.Sealer, p store.Partition, rows []store.Row) ([]Exposure, error) {
	out := make([]Exposure, len(rows))
	for i, row := range rows {
		if len(row.Key) != exposureKeyLen {
			return nil, unreadable("exposure", errWire)
		}
		plain, err := sealer.Open(nil, p, store.Log, row.Key, row.Value)
		if err == nil {
			out[i], err = decodeExposure(plain)
		}
		if err != nil {
			return nil, unreadable("exposure", err)
		}
		out[i].Test, out[i].Left = TestID(row.Key[1:17]), row.Key[17] == leftMark
	}
	return out, nil
}

// Exposures returns what a person got of tests, and which they left.
func (r *Records) Exposures(ctx context.Context, ref tactful.Ref, now time.Time) ([]Exposure, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read exposures: %w", err)
	}
	answers, err := r.data.Read(ctx, []store.Query{exposureQuery(ref, now)})
	if err != nil {
		return nil, fmt.Errorf("read exposures: %w", kindly(err))
	}
	return openExposures(sealer, subjectPartition(ref), answers[0].Rows)
}

// Expose records exposures if the subject's State still has the version with which
// their permission was read: nobody who has left meanwhile is recorded. Nothing is
// learned from it.
func (r *Records) Expose(ctx context.Context, ref tactful.Ref, expect store.Version, list []Exposure, expires time.Time) error {
	if expect == store.Absent || expect == store.Blind {
		return errNoSubject()
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("record exposures: %w", err)
	}
	batch := store.Batch{Partition: subjectPartition(ref), Expect: expect}
	for i := range list {
		batch.Log = append(batch.Log, sealedRow(sealer, batch.Partition, store.Log, list[i].key(), appendExposure(nil, &list[i]), expires))
	}
	if _, err := r.write(ctx, batch); err != nil {
		return fmt.Errorf("record exposures: %w", err)
	}
	return nil
}

// Leave deletes a person's exposures, those of one test or of all, and returns
// what it deleted. A mark of each test that was left stays until expires; of one that
// is named it is set also if there was no exposure.
func (r *Records) Leave(ctx context.Context, ref tactful.Ref, test *TestID, expires, now time.Time) (left []Exposure, err error) {
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("leave tests: %w", err)
	}
	p := subjectPartition(ref)
	err = retry("leave tests", func() error {
		left = nil
		answers, err := r.data.Read(ctx, []store.Query{stateQuery(ref, standingKey, after(standingKey), now), exposureQuery(ref, now)})
		if err != nil {
			return kindly(err)
		}
		if answers[0].Version == store.Absent {
			return errNoSubject()
		}
		all, err := openExposures(sealer, p, answers[1].Rows)
		if err != nil {
			return err
		}
		batch := store.Batch{Partition: p, Expect: answers[0].Version}
		out := map[TestID]bool{} // tests that were left before, or are now
		leave := func(id TestID) {
			if mark := (Exposure{Test: id, Time: now, Left: true}); !out[id] {
				batch.Log = append(batch.Log, sealedRow(sealer, p, store.Log, mark.key(), appendExposure(nil, &mark), expires))
			}
			out[id] = true
		}
		for i := range all {
			if all[i].Left {
				out[all[i].Test] = true
			}
		}
		for i := range all {
			if all[i].Left || test != nil && all[i].Test != *test {
				continue
			}
			batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.Log, Key: all[i].key()})
			if !out[all[i].Test] {
				left = append(left, all[i])
			}
			leave(all[i].Test)
		}
		if test != nil {
			leave(*test)
		}
		if len(batch.Delete)+len(batch.Log) == 0 {
			return nil
		}
		_, err = r.write(ctx, batch)
		return err
	})
	return left, err
}

// Exposed is one person with their exposures.
type Exposed struct {
	Ref  tactful.Ref
	List []Exposure
}

// ExposureShards is how many slices ScanExposures knows.
const ExposureShards = 16

// ScanExposures returns everybody of a shard who has exposures.
func (r *Records) ScanExposures(ctx context.Context, shard int, now time.Time) ([]Exposed, error) {
	span := store.Range{Section: store.Subjects, Family: store.Log, From: []byte{exposureType}, To: []byte{exposureType + 1}, Shard: shard, Shards: ExposureShards, Now: now}
	var refs []tactful.Ref
	var rows [][]store.Row
	cursor := store.Cursor{}
	for !cursor.Done {
		var err error
		cursor, err = r.data.Scan(ctx, span, cursor, func(p store.Partition, found []store.Row) error {
			refs, rows = append(refs, p.ID), append(rows, found)
			return ctx.Err()
		})
		if err != nil {
			return nil, fmt.Errorf("scan exposures: %w", kindly(err))
		}
	}
	var out []Exposed
	for from := 0; from < len(refs); from += scanChunk {
		to := min(from+scanChunk, len(refs))
		sealers, err := r.vault.Passing(ctx, refs[from:to])
		if err != nil {
			return nil, fmt.Errorf("scan exposures: %w", err)
		}
		for i, sealer := range sealers {
			if sealer == nil { // shredded since
				continue
			}
			ref := refs[from+i]
			list, err := openExposures(sealer, subjectPartition(ref), rows[from+i])
			if err != nil {
				return nil, fmt.Errorf("scan exposures: %w", err)
			}
			out = append(out, Exposed{Ref: ref, List: list})
		}
	}
	return out, nil
}

// Feedback returns every report of a person, whichever decision it is on.
func (r *Records) Feedback(ctx context.Context, ref tactful.Ref, now time.Time) ([]tactful.Feedback, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", err)
	}
	p := subjectPartition(ref)
	answers, err := r.data.Read(ctx, []store.Query{logQuery(p, feedbackType, 0, now)})
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", kindly(err))
	}
	return openFeedback(sealer, p, answers[0].Rows)
}
