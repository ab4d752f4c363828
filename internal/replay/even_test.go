package replay

import (
	"context"
	"testing"

	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/model"
)

// partial is a planted build that learned from those alone who have the secret,
// who are the smaller group.
func partial(t *trial, ctx context.Context) (*model.Model, error) {
	learner, err := learn.New(t.parameters, t.settings)
	if err != nil {
		return nil, err
	}
	for u := range t.all {
		if t.secret[u] {
			if err := learner.Apply(nil, &t.all[u]); err != nil {
				return nil, err
			}
		}
	}
	result, err := learner.Refit(ctx, 0, nil)
	return result.Model, err
}

func TestBothGroupsAreServedAlike(t *testing.T) {
	opt := options(t)
	opt.N = 2
	row, err := measureEven(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if row.Tactful < evenGoal || !row.Beside[0].Met || row.Beside[0].Value != 0 {
		t.Errorf("%+v", row)
	}
	// The positive control: people whose tastes differ much, and a build that
	// learned from one of the groups alone.
	apart := func(seed uint64) *population { return audienceOf(seed, audiencePeople, 5*audienceLean) }
	whole, err := associationOnce(t.Context(), apart(7), 7, defaults(), unguarded)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := evenFrom(t.Context(), opt, apart, defaults(), partial)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("ours %.3f; far apart, from all %.3f, from one group alone %.3f", row.Tactful, whole.ours.even(), alone.Tactful)
	if alone.Met || alone.Tactful > 0.8 || whole.ours.even() < evenGoal {
		t.Errorf("a build that learned from one group alone: %.3f, from all %.3f", alone.Tactful, whole.ours.even())
	}
}
