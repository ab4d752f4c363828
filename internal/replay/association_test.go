package replay

import (
	"context"
	"testing"

	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/model"
)

func unguarded(t *trial, ctx context.Context) (*model.Model, error) {
	return t.fit(ctx, [2][]*linear.Contribution{})
}

func TestListsDoNotCarryALeaningFurther(t *testing.T) {
	p := audience(7)
	got, err := associationOnce(context.Background(), p, 7, defaults(), (*trial).guarded)
	if err != nil {
		t.Fatal(err)
	}
	if got.plain.mean < 0.005 || got.ours.mean > associationGoal || got.short > 0 {
		t.Errorf("%+v", got)
	}
}

// A planted build without blindness and calibration carries it further.
func TestABuildThatIsNotBlindFailsAssociation(t *testing.T) {
	set := defaults()
	set.Diverse, set.Fair = guard.DiverseRules{Calibration: -1, Breadth: -1}, guard.FairRules{Popularity: -1, Rare: -1}
	got, err := associationOnce(context.Background(), audience(7), 7, set, unguarded)
	if err != nil {
		t.Fatal(err)
	}
	if got.ours.mean <= associationGoal {
		t.Errorf("%+v", got)
	}
}

// With people enough the worst category is no chance: ours is within the goal, and
// the planted build is not.
func TestTheWorstCategoryTellsABuildThatIsNotBlindFromOurs(t *testing.T) {
	p := crowdedAudience(7)
	ours, err := associationOnce(context.Background(), p, 7, defaults(), (*trial).guarded)
	if err != nil {
		t.Fatal(err)
	}
	set := defaults()
	set.Diverse, set.Fair = guard.DiverseRules{Calibration: -1, Breadth: -1}, guard.FairRules{Popularity: -1, Rare: -1}
	leaky, err := associationOnce(context.Background(), p, 7, set, unguarded)
	if err != nil {
		t.Fatal(err)
	}
	if ours.ours.worst > associationWorst || leaky.ours.worst <= associationWorst {
		t.Errorf("ours %+.4f, the planted one %+.4f", ours.ours.worst, leaky.ours.worst)
	}
	t.Logf("ours %+.4f, the planted one %+.4f", ours.ours.worst, leaky.ours.worst)
}

func TestAMarketWithTwoSidesShowsBoth(t *testing.T) {
	ours, plain, short, err := twoSided(context.Background(), 7, defaults())
	if err != nil {
		t.Fatal(err)
	}
	if ours < marketLeast || plain > marketLeast-0.05 || short > 0 {
		t.Errorf("ours %.3f, plain %.3f, %d not full", ours, plain, short)
	}
}

func TestWhatAPanelToldChangesNoList(t *testing.T) {
	changed, compared, err := swapped(context.Background(), options(t), 7)
	if err != nil {
		t.Fatal(err)
	}
	if changed != 0 || compared != 2*swapPeople {
		t.Errorf("%d of %d changed", changed, compared)
	}
}
