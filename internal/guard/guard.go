package guard

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/policy"
)

// Guard keeps one promise.
type Guard interface {
	Name() string    // one word everywhere: file, receipt, metric, config, test
	Promise() string // one English sentence
	File() string    // where it is decided, from the module's root
	// Judge writes one verdict per candidate; out comes zeroed, which refuses.
	Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error
	Detail(code uint8) string // what a verdict's Detail means, in English
}

// All returns the guards in the receipt's order.
func All(set *Settings) []Guard {
	fair := set.Fair
	fair.Breadth = set.Diverse.Breadth
	return []Guard{
		Consent{},
		Provenance{},
		Minor{},
		Declared{},
		Sensitive{},
		Inference{Rules: set.Inference},
		Specific{Support: set.Support},
		Stranger{},
		Harm{},
		Purchased{Rules: set.Purchased},
		Frequency{Rules: set.Frequency},
		Quiet{Rules: set.Quiet},
		NewDiverse(set.Diverse),
		Fair{Rules: fair},
		Fresh{Rules: set.Fresh},
		Coercive{},
		Location{Rules: set.Location},
		policyOf(&set.Policy), // last: what the business adds
	}
}

// Settings of the guards.
type Settings struct {
	Support   uint32        `yaml:"support" doc:"A reason must fit at least so many distinct people, or it is told more coarsely."`
	Purchased PurchaseRules `yaml:"purchased" doc:"For how long an item is not pushed after somebody bought it, sent it back or sent it away."`

	Frequency FrequencyRules `yaml:"frequency" doc:"How often offers are shown and messages sent. Campaigns can only be stricter."`
	Quiet     QuietRules     `yaml:"quiet" doc:"When nothing is sent, by the clocks of each person's zone."`

	Policy  policy.Settings `yaml:"policy" doc:"The business's own rules. There is no setting that turns a guard off."`
	Diverse DiverseRules    `yaml:"diverse" doc:"How a list is mixed."`

	Inference InferenceRules `yaml:"inference" doc:"How much lists may tell of what is sensitive."`

	Fair FairRules `yaml:"fair" doc:"What a list may favour."`

	Harm map[string]HarmPolicy `yaml:"harm" doc:"What becomes of items of a harm class: never; searched, only for a search about the class itself, and then last; demote, after everything else; note, with a note. A class that is not here: never."`

	// Fresh is what the engine sets from the evidence rules and the terms of events.
	Fresh FreshRules `yaml:"-"`

	// Location is what the engine sets from its settings of places.
	Location LocationRules `yaml:"-"`
}

// PurchaseRules say for how long an item is not pushed.
type PurchaseRules struct {
	Repurchase time.Duration            `yaml:"repurchase" doc:"After buying an item it is not pushed for this long."`
	Categories map[string]time.Duration `yaml:"categories" doc:"The same by category, the most specific one counts; 0 for what is bought again and again."`
	Learn      bool                     `yaml:"learn" doc:"Learn the interval of the other categories from those who permit it: a median of at least as many people as a reason must fit."`
	Returned   time.Duration            `yaml:"returned" doc:"After sending an item back or refusing it."`
	Dismissed  time.Duration            `yaml:"dismissed" doc:"After sending a suggestion of it away."`
	Basket     time.Duration            `yaml:"basket" doc:"After putting it into the basket."`
}

const day = 24 * time.Hour

// Defaults fills what is not set, except Fresh.
func (s *Settings) Defaults() {
	fill := func(at *time.Duration, otherwise time.Duration) {
		if *at == 0 {
			*at = otherwise
		}
	}
	if s.Support == 0 {
		s.Support = 20
	}
	for class, policy := range map[string]HarmPolicy{
		"misinformation": HarmSearched, "conspiracy": HarmSearched, "self_harm": HarmNever, "hate": HarmNever,
		"weapons": HarmSearched, "fraud": HarmNever, "adult": HarmSearched,
	} {
		if _, said := s.Harm[class]; !said {
			if s.Harm == nil {
				s.Harm = map[string]HarmPolicy{}
			}
			s.Harm[class] = policy
		}
	}
	fill(&s.Purchased.Repurchase, 365*day)
	fill(&s.Purchased.Returned, 730*day)
	fill(&s.Purchased.Dismissed, 30*day)
	fill(&s.Purchased.Basket, 7*day)
	s.Frequency.defaults()
	s.Quiet.defaults()
	s.Inference.defaults()
	s.Diverse.defaults()
	s.Fair.defaults()
}

// Validate names all faults.
func (s *Settings) Validate() error {
	var faults []error
	if s.Support < 2 || s.Support > math.MaxInt32 {
		faults = append(faults, tactful.InvalidField("support", fmt.Sprintf("is %d", s.Support), "set 2 or more; 20 is the default"))
	}
	for _, class := range slices.Sorted(maps.Keys(s.Harm)) {
		if !s.Harm[class].Known() {
			faults = append(faults, tactful.InvalidField("harm."+class, "is not a policy", "write never, searched, demote or note"))
		}
	}
	p := &s.Purchased
	span := func(field string, d time.Duration, least time.Duration) {
		if d < least || d > 100*366*day {
			faults = append(faults, tactful.InvalidField("purchased."+field, "is out of range", fmt.Sprintf("set a time from %v to 100 years", least)))
		}
	}
	span("repurchase", p.Repurchase, time.Hour)
	span("returned", p.Returned, time.Hour)
	span("dismissed", p.Dismissed, time.Hour)
	span("basket", p.Basket, time.Hour)
	names := make([]string, 0, len(p.Categories))
	for name := range p.Categories {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		span(fmt.Sprintf("categories[%q]", name), p.Categories[name], 0)
	}
	faults = append(faults, s.Frequency.validate()...)
	faults = append(faults, s.Quiet.validate()...)
	faults = append(faults, s.Inference.validate()...)
	faults = append(faults, s.Diverse.validate()...)
	faults = append(faults, s.Fair.validate()...)
	faults = append(faults, s.Fresh.validate()...)
	faults = append(faults, under("policy.", s.Policy.Validate())...)
	return errors.Join(faults...)
}

// under writes faults with the whole path of their settings.
func under(path string, err error) (faults []error) {
	var many interface{ Unwrap() []error }
	var one *tactful.Error
	switch {
	case errors.As(err, &many):
		for _, fault := range many.Unwrap() {
			faults = append(faults, under(path, fault)...)
		}
	case errors.As(err, &one):
		placed := *one
		placed.Field = path + one.Field
		faults = append(faults, &placed)
	case err != nil:
		faults = append(faults, err)
	}
	return faults
}

// pieceOf returns the piece behind a contribution, nil if there is none.
func pieceOf(c *decision.Case, k *decision.Contribution) *decision.Piece {
	if k.Piece < 0 || int(k.Piece) >= len(c.Evidence.Pieces) {
		return nil
	}
	return &c.Evidence.Pieces[k.Piece]
}

// piecesKept is how many pieces are judged once instead of at every contribution.
const piecesKept = 512

// judgePieces rules on each candidate by the pieces that contribute to it:
// fault returns 0 for a piece that may be used, else the Detail. Where no
// piece is at fault, no contribution has to be looked at.
func judgePieces(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict, fault func(*decision.Piece) uint8) {
	pieces := c.Evidence.Pieces
	var codes [piecesKept]uint8
	clean := len(pieces) <= piecesKept
	for i := range min(len(pieces), piecesKept) {
		codes[i] = fault(&pieces[i])
		clean = clean && codes[i] == 0
	}
	for i := range candidates {
		out[i] = decision.Verdict{Ruling: decision.Allow}
		if clean {
			continue
		}
		for j := range candidates[i].Contributions {
			k := &candidates[i].Contributions[j]
			code := uint8(detailFailed)
			if k.Piece >= 0 && k.Piece < piecesKept && int(k.Piece) < len(pieces) {
				code = codes[k.Piece]
			} else if p := pieceOf(c, k); p != nil {
				code = fault(p)
			}
			if code != 0 && k.Value != 0 {
				out[i] = decision.Verdict{Ruling: decision.Withhold, Detail: code}
				break
			}
		}
	}
}
