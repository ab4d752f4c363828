package guard

import (
	"slices"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Provenance refuses what does not rest on things the person told us or did
// with us. What we only concluded may add to a suggestion, but never be its
// reason, nor outweigh what is known, nor speak for a topic of which the person
// said that they want less; evidence of unknown provenance or origin serves
// nothing. In the list, nothing that a guess has lifted stands before what rests
// on something the person said.
//
// Fields on biometrics, voice, face and third parties never come so far: the
// door refuses the event that has them (internal/ingest/screen.go).
type Provenance struct{}

var _ Arranger = Provenance{}

// Name is the guard's word.
func (Provenance) Name() string { return "provenance" }

// Promise is the sentence it keeps.
func (Provenance) Promise() string {
	return "Only what you told us or did with us is used; a guess never outranks it."
}

// File is where it is decided.
func (Provenance) File() string { return "internal/guard/provenance.go" }

// Details of the provenance guard.
const (
	provenanceUnknown uint8 = iota + 1
	provenanceNowhere
	provenanceInferred
	provenanceOrigin
	provenanceAgainst
	provenanceAfter
)

// Detail says what a verdict's code means.
func (Provenance) Detail(code uint8) string {
	switch code {
	case provenanceUnknown:
		return "rests on evidence of unknown provenance"
	case provenanceNowhere:
		return "rests on evidence that is not in the case"
	case provenanceInferred:
		return "rests more on a guess than on what is known"
	case provenanceOrigin:
		return "came into the list from nowhere"
	case provenanceAgainst:
		return "rests on a guess against what the person said"
	case provenanceAfter:
		return "moved back: a guess does not outrank what the person said"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Provenance) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	known := true // the usual case: every piece is, and only its place has to be checked
	for i := range c.Evidence.Pieces {
		p := &c.Evidence.Pieces[i]
		if p.Provenance != tactful.Declared && p.Provenance != tactful.Observed || p.Origin != decision.FromHistory && p.Origin != decision.FromRequest {
			known = false
			break
		}
	}
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if code := origin(c, &candidates[i], known); code != 0 {
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
		}
	}
	return nil
}

func origin(c *decision.Case, candidate *decision.Candidate, known bool) uint8 {
	if candidate.Item == nil && candidate.Offer == nil || candidate.Origin == tactful.OriginUnknown || candidate.Origin > tactful.Match {
		return provenanceOrigin
	}
	if known {
		last := int32(len(c.Evidence.Pieces))
		for j := range candidate.Contributions {
			if at := candidate.Contributions[j].Piece; at < 0 || at >= last {
				return provenanceNowhere
			}
		}
		return 0
	}
	return weigh(c, candidate)
}

// weigh sets what is known against what is only inferred.
func weigh(c *decision.Case, candidate *decision.Candidate) uint8 {
	var known, inferred float64
	for j := range candidate.Contributions {
		k := &candidate.Contributions[j]
		p := pieceOf(c, k)
		if p == nil || p.Origin == decision.FromNowhere || p.Origin > decision.FromHistory {
			return provenanceNowhere
		}
		switch p.Provenance {
		case tactful.Declared, tactful.Observed:
			known += max(k.Value, -k.Value)
		case tactful.Inferred:
			if j == 0 {
				return provenanceInferred // it would be the named reason
			}
			inferred += max(k.Value, -k.Value)
		case tactful.ProvenanceUnknown:
			return provenanceUnknown
		default:
			return provenanceUnknown
		}
	}
	switch {
	case inferred > known:
		return provenanceInferred
	case inferred > 0 && (candidate.Wish == tactful.WishLess || candidate.Wish == tactful.WishMuted):
		return provenanceAgainst
	}
	return 0
}

// Turn is after all that mixes and before what refuses, so that no mix puts a
// guess before what is known.
func (Provenance) Turn() Turn { return TurnKnown }

// Arrange moves what a guess has lifted behind the last item that rests on
// something the person said. What the shop put somewhere stays.
func (Provenance) Arrange(c *decision.Case, candidates []decision.Candidate, line Line, out []decision.Verdict) ([]int, error) {
	if !slices.ContainsFunc(c.Evidence.Pieces, func(p decision.Piece) bool { return p.Provenance == tactful.Inferred }) {
		return line.Order, nil
	}
	last := -1
	for at, i := range line.Order {
		if !line.fixed(at) && !line.demoted(i) && rests(c, &candidates[i], tactful.Declared) {
			last = at
		}
	}
	var moved []int
	free := 0 // the next position that may be filled
	for at := range last + 1 {
		i := line.Order[at]
		switch {
		case line.fixed(at) || line.demoted(i):
			continue
		case rests(c, &candidates[i], tactful.Inferred):
			moved = append(moved, i)
			continue
		}
		for line.fixed(free) || line.demoted(line.Order[free]) {
			free++
		}
		line.Order[free] = i
		free++
	}
	for _, i := range moved {
		for line.fixed(free) || line.demoted(line.Order[free]) {
			free++
		}
		line.Order[free] = i
		if out[i].Ruling == decision.Allow {
			out[i] = decision.Verdict{Ruling: decision.Demote, Detail: provenanceAfter}
		}
		free++
	}
	return line.Order, nil
}

// rests reports whether something of a provenance adds to a candidate.
func rests(c *decision.Case, candidate *decision.Candidate, on tactful.Provenance) bool {
	for j := range candidate.Contributions {
		k := &candidate.Contributions[j]
		if p := pieceOf(c, k); p != nil && k.Value != 0 && p.Provenance == on {
			return true
		}
	}
	return false
}
