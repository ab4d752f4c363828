package records

import (
	"context"
	"fmt"
	"time"

	"github.com/tactful/tactful/store"
)

// StoredBefore says of each event whether one of its name is stored already.
// It is one read; what is stored a moment later is not seen.
func (r *Records) StoredBefore(ctx context.Context, entries []SubjectEvents, now time.Time) ([][]bool, error) {
	stored := make([][]bool, len(entries))
	var queries []store.Query
	for i, entry := range entries {
		stored[i] = make([]bool, len(entry.Events))
		for j := range entry.Events {
			name, err := r.EventKey(&entry.Events[j])
			if err != nil {
				return nil, err
			}
			key := eventRowKey(name)
			queries = append(queries, store.Query{Partition: subjectPartition(entry.Ref), Family: store.Log, From: key, To: after(key), Limit: 1, Now: now})
		}
	}
	if len(queries) == 0 {
		return stored, nil
	}
	answers, err := r.data.Read(ctx, queries)
	if err != nil {
		return nil, fmt.Errorf("look for events: %w", kindly(err))
	}
	n := 0
	for i := range stored {
		for j := range stored[i] {
			stored[i][j] = len(answers[n].Rows) > 0
			n++
		}
	}
	return stored, nil
}
