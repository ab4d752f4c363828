package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful/store"
)

// StoredTrial is a flag or an experiment as it is registered, sealed under the
// tenant key. All lie in one partition, so that what may not be at the same time,
// such as two experiments of one layer on the same people, is judged as of one
// moment.
type StoredTrial struct {
	Flag bool // else an experiment
	Name string
	Body []byte // as package engine writes it
}

var trialsPartition = store.Partition{Section: store.Experiments}

func (t *StoredTrial) key() []byte {
	if t.Flag {
		return append([]byte{'f'}, t.Name...)
	}
	return append([]byte{'e'}, t.Name...)
}

// MaxTrialName is how long a name may be: a key holds it whole.
const MaxTrialName = store.MaxKeyBytes - 1

// ReadTrials returns all of them, and the version under which they stand.
func (r *Records) ReadTrials(ctx context.Context) ([]StoredTrial, store.Version, error) {
	answers, err := r.data.Read(ctx, []store.Query{{Partition: trialsPartition, Family: store.State}})
	if err != nil {
		return nil, 0, fmt.Errorf("read experiments: %w", kindly(err))
	}
	var all []StoredTrial
	for _, row := range answers[0].Rows {
		plain, err := r.vault.Tenant().Open(nil, trialsPartition, store.State, row.Key, row.Value)
		if err == nil && (len(row.Key) < 2 || len(plain) == 0 || plain[0] != wireVersion) {
			err = errWire
		}
		if err != nil {
			return nil, 0, unreadable("experiment", err)
		}
		all = append(all, StoredTrial{Flag: row.Key[0] == 'f', Name: string(row.Key[1:]), Body: plain[1:]})
	}
	return all, answers[0].Version, nil
}

// WriteTrials stores some if nothing has changed since they were read.
func (r *Records) WriteTrials(ctx context.Context, expect store.Version, changed []StoredTrial) (store.Version, error) {
	batch := store.Batch{Partition: trialsPartition, Expect: expect}
	for i := range changed {
		t := &changed[i]
		if t.Name == "" || len(t.Name) > MaxTrialName {
			return 0, unreadable("experiment", errWire)
		}
		batch.State = append(batch.State, sealedRow(r.vault.Tenant(), trialsPartition, store.State, t.key(), append([]byte{wireVersion}, t.Body...), time.Time{}))
	}
	version, err := r.write(ctx, batch)
	if err != nil {
		return 0, fmt.Errorf("write experiments: %w", err)
	}
	return version, nil
}
