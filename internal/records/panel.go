package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Panel is what a person told about themselves so that others are protected:
// one value for each attribute. It is a row of its own that nothing reads but
// ReadPanel and ScanPanels: no decision, no history, no export of evidence. A
// standing without a yes to protection removes it, and so does Drop; a merge
// does not carry it over.
type Panel map[string]string

// MaxPanel is how many attributes one person may have told.
const MaxPanel = 16

// ReadPanel returns what a person told, the standing that goes with it, and
// through Standing.Version what a change must expect.
func (r *Records) ReadPanel(ctx context.Context, ref tactful.Ref, now time.Time) (Panel, *Standing, error) {
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return nil, nil, fmt.Errorf("read a panel: %w", err)
	}
	answers, err := r.data.Read(ctx, []store.Query{
		stateQuery(ref, standingKey, after(standingKey), now), stateQuery(ref, panelKey, after(panelKey), now),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("read a panel: %w", kindly(err))
	}
	if len(answers[0].Rows) == 0 {
		return nil, nil, errNoSubject()
	}
	if answers[0].Version != answers[1].Version { // the contract holds within one answer only
		return nil, nil, fmt.Errorf("read a panel: %w", kindly(store.ErrConflict))
	}
	p := subjectPartition(ref)
	plain, err := sealer.Open(nil, p, store.State, standingKey, answers[0].Rows[0].Value)
	if err != nil {
		return nil, nil, unreadable("standing", err)
	}
	standing, err := decodeStanding(plain)
	if err != nil {
		return nil, nil, unreadable("standing", err)
	}
	standing.Version = answers[0].Version
	told := Panel{}
	for _, row := range answers[1].Rows {
		if plain, err = sealer.Open(nil, p, store.State, panelKey, row.Value); err == nil {
			told, err = decodePanel(plain)
		}
		if err != nil {
			return nil, nil, unreadable("panel", err)
		}
	}
	return told, standing, nil
}

// WritePanel replaces what a person told; an empty panel removes the row. It
// ends by itself at expires, with the yes it was told under. Somebody else's
// change in between is a Conflict: read again and repeat.
func (r *Records) WritePanel(ctx context.Context, ref tactful.Ref, expect store.Version, told Panel, expires time.Time) (store.Version, error) {
	if len(told) > MaxPanel {
		return 0, tactful.Errorf(tactful.Refused, "a person tells at most %d attributes", MaxPanel)
	}
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("write a panel: %w", err)
	}
	batch := store.Batch{Partition: subjectPartition(ref), Expect: expect}
	if len(told) == 0 {
		batch.Delete = []store.FamilyKey{{Family: store.State, Key: panelKey}}
	} else {
		batch.State = []store.Row{sealedRow(sealer, batch.Partition, store.State, panelKey, appendPanel(nil, told), expires)}
	}
	version, err := r.writeMarked(ctx, ref, batch)
	if err != nil {
		return 0, fmt.Errorf("write a panel: %w", err)
	}
	return version, nil
}

// ScanPanels visits what every subject of a shard told. Shards is a power of
// two up to 256. The purpose must be checked again for each: that somebody told
// says nothing of what they permit now.
func (r *Records) ScanPanels(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, Panel) error) error {
	return r.scan(ctx, panelKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		told, err := decodePanel(plain)
		if err != nil {
			return unreadable("panel", err)
		}
		return visit(ref, told)
	})
}

// withdrawn adds to a change of standing the end of what was told for the
// panel, unless protection is still granted.
func withdrawn(batch *store.Batch, s *Standing) {
	if s.Consents.Purposes[tactful.Protection].Answer != tactful.Granted {
		batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.State, Key: panelKey})
	}
}

func appendPanel(dst []byte, told Panel) []byte {
	dst = binary.AppendUvarint(append(dst, wireVersion), uint64(len(told)))
	for _, attribute := range slices.Sorted(maps.Keys(told)) {
		dst = appendText(appendText(dst, attribute), told[attribute])
	}
	return dst
}

func decodePanel(plain []byte) (Panel, error) {
	r := read(plain)
	n := r.count(2)
	told := make(Panel, n)
	last := ""
	for i := range n {
		attribute := r.text()
		if i > 0 && attribute <= last {
			r.fail()
		}
		told[attribute] = r.text()
		last = attribute
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	return told, nil
}
