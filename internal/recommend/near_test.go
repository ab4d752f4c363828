package recommend

import (
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func TestABranchNearByDoublesTheScoreExactlyAndLiftsNothingElse(t *testing.T) {
	g := shop(t, 60, 90, nil)
	for _, item := range g.snapshot.All() {
		if item.No%3 == 0 {
			item.Attributes = map[string]string{"branch": "bern, luzern"}
		}
	}
	pieces := []decision.Piece{piece(g, 1, 1), piece(g, 2, 0.3), piece(g, 7, 0.6)}
	before := scores(candidates(t, g, ask(tactful.ForYou, personal(), pieces...), nil))
	c := ask(tactful.ForYou, personal(), pieces...)
	c.Where = &decision.Where{Near: []string{"luzern"}, Attribute: "branch"}
	lifted := 0
	for _, x := range candidates(t, g, c, nil) {
		was, met := before[x.Item.ID]
		want := was
		if x.Item.No%3 == 0 && x.Origin == tactful.Ranked {
			want *= decision.NearFactor
			lifted++
		}
		if met && x.Score != want || (x.Near != "") != (x.Item.No%3 == 0 && x.Origin == tactful.Ranked) {
			t.Errorf("%s (%s) scores %v, before %v; near %q", x.Item.ID, x.Origin, x.Score, was, x.Near)
		}
		sum := 0.0
		for _, k := range x.Contributions {
			sum += k.Value
		}
		if sum != x.Score {
			t.Errorf("%s scores %v, its contributions sum to %v", x.Item.ID, x.Score, sum)
		}
	}
	if lifted == 0 {
		t.Error("nothing was lifted: the test has no positive control")
	}
}
