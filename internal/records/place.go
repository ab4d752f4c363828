package records

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/store"
)

// Whereabouts is all that is kept of where somebody was: how coarsely they agreed
// to be placed, and the last cell with its hour. There is no row of where they were
// before, and none with coordinates. A standing without a yes to location removes it.
type Whereabouts struct {
	Precision uint8  // as package place numbers them
	Cell      uint64 // of S2's grid; 0: not known
	Hour      time.Time
}

// WritePlace replaces what is kept; the zero value removes it. It ends by itself
// at expires. Somebody else's change in between is a Conflict.
func (r *Records) WritePlace(ctx context.Context, ref tactful.Ref, expect store.Version, w Whereabouts, expires time.Time) error {
	release := r.holds.hold(ref)
	defer release()
	sealer, err := r.sealer(ctx, ref)
	if err != nil {
		return fmt.Errorf("write a place: %w", err)
	}
	batch := store.Batch{Partition: subjectPartition(ref), Expect: expect}
	if w == (Whereabouts{}) {
		batch.Delete = []store.FamilyKey{{Family: store.State, Key: placeKey}}
	} else {
		batch.State = []store.Row{sealedRow(sealer, batch.Partition, store.State, placeKey, appendPlace(nil, w), expires)}
	}
	if _, err := r.write(ctx, batch); err != nil {
		return fmt.Errorf("write a place: %w", err)
	}
	return nil
}

// ScanPlaces visits where every subject of a shard was last. Consent must be
// asked again for each.
func (r *Records) ScanPlaces(ctx context.Context, shard, shards int, now time.Time, visit func(tactful.Ref, Whereabouts) error) error {
	return r.scan(ctx, placeKey, shard, shards, now, func(ref tactful.Ref, plain []byte) error {
		w, err := decodePlace(plain)
		if err != nil {
			return unreadable("place", err)
		}
		return visit(ref, w)
	})
}

// unplaced adds to a change of standing the end of what is known of where
// somebody is, unless location is still granted.
func unplaced(batch *store.Batch, s *Standing) {
	if s.Consents.Purposes[tactful.LocationUse].Answer != tactful.Granted {
		batch.Delete = append(batch.Delete, store.FamilyKey{Family: store.State, Key: placeKey})
	}
}

func appendPlace(dst []byte, w Whereabouts) []byte {
	return appendTime(binary.AppendUvarint(append(dst, wireVersion, w.Precision), w.Cell), w.Hour)
}

func decodePlace(plain []byte) (Whereabouts, error) {
	r := read(plain)
	w := Whereabouts{Precision: r.below(3), Cell: r.uvarint(), Hour: r.time()}
	return w, r.end()
}
