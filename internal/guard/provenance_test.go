package guard

import (
	"slices"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func known(p decision.Piece, how tactful.Provenance) decision.Piece {
	p.Provenance = how
	return p
}

func both(first, second float64) decision.Candidate {
	return decision.Candidate{Item: shade, Score: first + second, Origin: tactful.Ranked,
		Contributions: []decision.Contribution{{Piece: 0, Value: first, Support: 50}, {Piece: 1, Value: second, Support: 50}}}
}

func wanting(x decision.Candidate, w tactful.TopicWish) decision.Candidate {
	x.Wish, x.Topic = w, "Home"
	return x
}

var provenanceSamples = []sample{
	{"what was observed is let through", with(tactful.ForYou, permitted(), known(bought, tactful.Observed)), from(shade, 50), allow()},
	{"what was declared is let through", with(tactful.ForYou, permitted(), known(bought, tactful.Declared)), from(shade, 50), allow()},
	{"a guess alone is refused", with(tactful.ForYou, permitted(), known(bought, tactful.Inferred)), from(shade, 50), withhold(provenanceInferred)},
	{"a guess as the largest part is refused", with(tactful.ForYou, permitted(), known(bought, tactful.Inferred), bought), both(0.6, 0.5), withhold(provenanceInferred)},
	{"a guess as the smaller part is let through", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)), both(0.5, 0.4), allow()},
	{"guesses that together outweigh what is known are refused", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)),
		decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 0, Value: 0.5}, {Piece: 1, Value: 0.3}, {Piece: 1, Value: 0.3}}}, withhold(provenanceInferred)},
	{"a guess about a topic of which the person wants less is refused", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)), wanting(both(0.5, 0.4), tactful.WishLess), withhold(provenanceAgainst)},
	{"a guess about a topic of which the person wants more is let through", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)), wanting(both(0.5, 0.4), tactful.WishMore), allow()},
	{"what is known of a topic of which the person wants less is let through", with(tactful.ForYou, permitted(), bought, bought), wanting(both(0.5, 0.4), tactful.WishLess), allow()},
	{"unknown provenance is refused", with(tactful.ForYou, permitted(), known(bought, tactful.ProvenanceUnknown)), from(shade, 50), withhold(provenanceUnknown)},
	{"a provenance that does not exist is refused", with(tactful.ForYou, permitted(), known(bought, 9)), from(shade, 50), withhold(provenanceUnknown)},
	{"evidence that is not in the case is refused", with(tactful.ForYou, permitted()), from(shade, 50), withhold(provenanceNowhere)},
	{"evidence of no origin is refused", with(tactful.ForYou, permitted(), set(bought, func(p *decision.Piece) { p.Origin = 0 })), from(shade, 50), withhold(provenanceNowhere)},
	{"a candidate of no origin is refused", with(tactful.ForYou, permitted()), only(shade, tactful.OriginUnknown, 50), withhold(provenanceOrigin)},
	{"a candidate without an item is refused", with(tactful.ForYou, permitted()), only(nil, tactful.Filler, 50), withhold(provenanceOrigin)},
	{"filler rests on nothing and is let through", with(tactful.ForYou, permitted()), only(shade, tactful.Filler, 50), allow()},
}

// TestAGuessStandsBehindWhatThePersonSaid has guesses lift items to the top of a
// list in which others rest on what the person said.
func TestAGuessStandsBehindWhatThePersonSaid(t *testing.T) {
	c := with(tactful.ForYou, permitted(), known(bought, tactful.Declared), known(bought, tactful.Observed), known(bought, tactful.Inferred))
	c.Request.Count = 5
	resting := func(item *tactful.Item, on ...int32) decision.Candidate {
		x := decision.Candidate{Item: item, Score: 1, Origin: tactful.Ranked}
		for _, piece := range on {
			x.Contributions = append(x.Contributions, decision.Contribution{Piece: piece, Value: 0.5, Support: 50})
		}
		return x
	}
	candidates := []decision.Candidate{resting(lamp, 1, 2), resting(lampXL, 1), resting(coffee, 1, 2), resting(beans, 0), resting(shade, 1, 2)}
	for _, x := range []struct {
		name  string
		fixed []bool
		want  []int
	}{
		{"guesses move behind what was said, in their order", nil, []int{1, 3, 0, 2, 4}},
		{"what the shop put first stays", []bool{true}, []int{0, 1, 3, 2, 4}},
		{"what the shop put in the middle stays", []bool{false, false, true}, []int{1, 3, 2, 0, 4}},
	} {
		var r Rulings
		if err := Run([]Guard{Provenance{}}, &c, candidates, &r); err != nil {
			t.Fatal(err)
		}
		if got := Arrange(&c, candidates, []int{0, 1, 2, 3, 4}, x.fixed, &r); !slices.Equal(got, x.want) || len(r.Failures()) > 0 {
			t.Errorf("%s: %v %v", x.name, got, r.Failures())
		}
	}
	// Where nobody said anything, a guess that does not outweigh what is known may lead.
	c.Evidence.Pieces[0].Provenance = tactful.Observed
	var r Rulings
	if err := Run([]Guard{Provenance{}}, &c, candidates, &r); err != nil {
		t.Fatal(err)
	}
	if got := Arrange(&c, candidates, []int{0, 1, 2, 3, 4}, nil, &r); !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
		t.Errorf("without anything said: %v", got)
	}
}
