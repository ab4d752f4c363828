package guard

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Consent refuses what rests on a person's history without a live, recorded
// permission for this purpose, and what rests on the session below level
// context. Popular lists, pins and filler rest on nobody and pass.
//
// An offer needs the permission of its own channel, except a creative of the
// house that says the same to everybody, and a service message: what a customer
// has to know, which rests on nothing that they did.
//
// It does not compute the permission: the consent stage does, from the record
// at this moment. It checks that what was used fits it, whoever used it.
type Consent struct{}

var _ Guard = Consent{}

// Name is the guard's word.
func (Consent) Name() string { return "consent" }

// Promise is the sentence it keeps.
func (Consent) Promise() string {
	return "Nothing you did is used without your live, recorded permission for this purpose."
}

// File is where it is decided.
func (Consent) File() string { return "internal/guard/consent.go" }

// Details of the consent guard.
const (
	consentHistory uint8 = iota + 1
	consentSession
	consentNowhere
	consentChannel
)

// Detail says what a verdict's code means.
func (Consent) Detail(code uint8) string {
	switch code {
	case consentHistory:
		return "rests on the history, which is not permitted"
	case consentSession:
		return "rests on the session, above the chosen level"
	case consentNowhere:
		return "rests on evidence of unknown origin"
	case consentChannel:
		return "nobody agreed to offers by this channel"
	}
	return failedDetail(code)
}

// Judge rules on each candidate.
func (Consent) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	p := &c.Permit
	live := p.Allowed && !p.Frozen && p.Level >= tactful.Personal && p.Level <= tactful.Full && p.ConsentID != ""
	offers := len(candidates) > 0 && candidates[0].Offer != nil // checked one by one below
	history := live && (p.Purpose == tactful.Recommendations || offers)
	// The item of a page is the same for everybody on that page; a basket or a session is not.
	session := p.Level >= tactful.Context && p.Level <= tactful.Full ||
		p.Level == tactful.Generic && c.Request != nil && c.Request.Placement == tactful.Similar
	judgePieces(c, candidates, out, func(piece *decision.Piece) uint8 {
		switch piece.Origin {
		case decision.FromHistory:
			if !history {
				return consentHistory
			}
			return 0
		case decision.FromRequest:
			if !session {
				return consentSession
			}
			return 0
		case decision.FromNowhere:
		}
		return consentNowhere
	})
	for i := range candidates {
		x := &candidates[i]
		switch {
		case x.Offer == nil && !offers:
		case x.Offer != nil && live && p.Purpose != "" && p.Purpose == x.Offer.Channel.Purpose():
		case x.Offer != nil && x.Offer.Kind == decision.KindService && !x.Offer.Sells && !p.Frozen && len(x.Contributions) == 0: // what a customer has to know
		case x.Offer != nil && x.Offer.House && x.Offer.Channel == decision.ChannelSite && len(x.Contributions) == 0:
		default:
			out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: consentChannel}
		}
	}
	return nil
}

func failedDetail(code uint8) string {
	switch code {
	case 0:
		return ""
	case detailFailed:
		return "the guard could not judge, so it refused"
	case detailDropped:
		return "left out of the list as a whole"
	}
	return "unknown"
}
