package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Provenance refuses what does not rest on things the person told us or did
// with us. What we only concluded may add to a suggestion, but never be its
// reason nor outweigh what is known; evidence of unknown provenance or origin
// serves nothing.
type Provenance struct{}

var _ Guard = Provenance{}

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
	if candidate.Item == nil || candidate.Origin == tactful.OriginUnknown || candidate.Origin > tactful.Match {
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
	if inferred > known {
		return provenanceInferred
	}
	return 0
}
