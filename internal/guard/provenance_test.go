package guard

import (
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

var provenanceSamples = []sample{
	{"what was observed is let through", with(tactful.ForYou, permitted(), known(bought, tactful.Observed)), from(shade, 50), allow()},
	{"what was declared is let through", with(tactful.ForYou, permitted(), known(bought, tactful.Declared)), from(shade, 50), allow()},
	{"a guess alone is refused", with(tactful.ForYou, permitted(), known(bought, tactful.Inferred)), from(shade, 50), withhold(provenanceInferred)},
	{"a guess as the largest part is refused", with(tactful.ForYou, permitted(), known(bought, tactful.Inferred), bought), both(0.6, 0.5), withhold(provenanceInferred)},
	{"a guess as the smaller part is let through", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)), both(0.5, 0.4), allow()},
	{"guesses that together outweigh what is known are refused", with(tactful.ForYou, permitted(), bought, known(bought, tactful.Inferred)),
		decision.Candidate{Item: shade, Origin: tactful.Ranked, Contributions: []decision.Contribution{{Piece: 0, Value: 0.5}, {Piece: 1, Value: 0.3}, {Piece: 1, Value: 0.3}}}, withhold(provenanceInferred)},
	{"unknown provenance is refused", with(tactful.ForYou, permitted(), known(bought, tactful.ProvenanceUnknown)), from(shade, 50), withhold(provenanceUnknown)},
	{"a provenance that does not exist is refused", with(tactful.ForYou, permitted(), known(bought, 9)), from(shade, 50), withhold(provenanceUnknown)},
	{"evidence that is not in the case is refused", with(tactful.ForYou, permitted()), from(shade, 50), withhold(provenanceNowhere)},
	{"evidence of no origin is refused", with(tactful.ForYou, permitted(), set(bought, func(p *decision.Piece) { p.Origin = 0 })), from(shade, 50), withhold(provenanceNowhere)},
	{"a candidate of no origin is refused", with(tactful.ForYou, permitted()), only(shade, tactful.OriginUnknown, 50), withhold(provenanceOrigin)},
	{"a candidate without an item is refused", with(tactful.ForYou, permitted()), only(nil, tactful.Filler, 50), withhold(provenanceOrigin)},
	{"filler rests on nothing and is let through", with(tactful.ForYou, permitted()), only(shade, tactful.Filler, 50), allow()},
}
