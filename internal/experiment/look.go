package experiment

import (
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful/internal/noise"
)

// What may go wrong by chance. The metric and the guardrails have half each of
// the five in a hundred; the sample ratio its own, tighter.
const (
	metricAlpha    = .025
	guardAlpha     = .025
	imbalanceAlpha = .001
)

// Person is what one person in an experiment did: nothing says who.
type Person struct {
	Arm   string
	Since time.Time     // of the first use
	Did   [Metrics]bool // within the window
}

// Arm is what is counted of one variant.
type Arm struct {
	Variant string          `json:"variant"`
	People  uint64          `json:"people"` // with those who left
	Left    uint64          `json:"left"`   // took what they did with them
	Ended   uint64          `json:"ended"`  // whose window is over
	Counts  [Metrics]uint64 `json:"counts"` // people who did it
	Rate    float64         `json:"rate"`   // of the metric, among those whose window is over
	Low     float64         `json:"low"`    // bounds of the difference to control
	High    float64         `json:"high"`
}

// Verdict is what a look came to.
type Verdict string

// Verdicts.
const (
	Undecided  Verdict = "undecided"
	Better     Verdict = "better"     // an arm is above control
	Worse      Verdict = "worse"      // below it
	Harmful    Verdict = "harm"       // a guardrail was passed
	Mismatched Verdict = "mismatched" // the arms do not have the people that they should: nothing else is to be believed
	NoFinding  Verdict = "no finding" // it ended and nothing was found
)

// Look is one look at an experiment.
type Look struct {
	Time    time.Time `json:"time"`
	Arms    []Arm     `json:"arms"`
	Verdict Verdict   `json:"verdict"`
	Variant string    `json:"variant,omitempty"` // that the verdict is about
	Metric  Metric    `json:"metric,omitempty"`  // the same
	Over    bool      `json:"over"`              // the stopping rule says that it ends
	Why     string    `json:"why,omitempty"`     // in a sentence
}

// Observe looks: at what people did until now, and at how many left each arm, in
// the order of Names. What a person did counts within the window after their
// first use. Guardrails are watched over everybody, at once; the metric over those
// whose window is over, in the order in which that happened, so that the interval
// may be looked at always (see noise.Sequence).
func (d *Document) Observe(people []Person, left []uint64, began, now time.Time) Look {
	names := d.Names()
	arms := make([]Arm, len(names))
	sequences := make([]noise.Sequence, len(names))
	others := float64(len(names) - 1)
	for i, name := range names {
		arms[i].Variant = name
		sequences[i].Alpha = metricAlpha / 2 / others
		if i < len(left) {
			arms[i].Left = left[i]
			arms[i].People = left[i]
			arms[i].Counts[OptOut] = left[i]
		}
	}
	people = slices.Clone(people)
	slices.SortStableFunc(people, func(a, b Person) int { return a.Since.Compare(b.Since) })
	r := &d.Registration
	for i := range people {
		p := &people[i]
		at := slices.Index(names, p.Arm)
		if at < 0 || p.Since.After(now) {
			continue
		}
		arms[at].People++
		for m, did := range p.Did {
			if did {
				arms[at].Counts[m]++
			}
		}
		if p.Since.Add(r.Window).After(now) {
			continue
		}
		arms[at].Ended++
		value := 0.0
		if p.Did[r.Metric] {
			value = 1
		}
		sequences[at].Add(value)
	}
	look := Look{Time: now, Arms: arms, Verdict: Undecided}
	for i := range arms {
		if arms[i].Ended > 0 {
			arms[i].Rate = sequences[i].Mean()
		}
		arms[i].Low, arms[i].High = noise.Difference(&sequences[0], &sequences[i])
	}
	arms[0].Low, arms[0].High = 0, 0
	d.conclude(&look, began)
	return look
}

// conclude finds the verdict. Harm comes before all else: also where the ratio of
// people is off, which harm itself can cause.
func (d *Document) conclude(look *Look, began time.Time) {
	r, arms := &d.Registration, look.Arms
	total := uint64(0)
	people := make([]uint64, len(arms))
	for i := range arms {
		people[i] = arms[i].People
		total += arms[i].People
	}
	planned := total >= uint64(r.Stop.People) || !look.Time.Before(began.AddDate(0, 0, r.Stop.Days))
	if g, at := d.harm(arms); at > 0 {
		look.Verdict, look.Variant, look.Metric, look.Over = Harmful, arms[at].Variant, g.Metric, true
		look.Why = "the guardrail " + g.Metric.String() + " was passed by the variant " + arms[at].Variant
		return
	}
	if imbalance(people, d.Shares()) > math.Log(1/imbalanceAlpha) {
		look.Verdict, look.Over = Mismatched, planned
		look.Why = "the arms do not have the people that their weights ask for: something keeps people out of one, so no difference is to be believed"
		return
	}
	for i := 1; i < len(arms); i++ {
		switch {
		case look.Verdict != Undecided:
		case arms[i].Low > 0:
			look.Verdict, look.Variant, look.Metric = Better, arms[i].Variant, r.Metric
		case arms[i].High < 0:
			look.Verdict, look.Variant, look.Metric = Worse, arms[i].Variant, r.Metric
		}
	}
	if r.Metric.Harm() { // more of it is worse
		switch look.Verdict {
		case Better:
			look.Verdict = Worse
		case Worse:
			look.Verdict = Better
		case Undecided, Harmful, Mismatched, NoFinding:
		}
	}
	switch {
	case planned:
		look.Over, look.Why = true, "the planned people or days are reached"
		if look.Verdict == Undecided {
			look.Verdict = NoFinding
		}
	case r.Stop.Early && look.Verdict != Undecided:
		look.Over, look.Why = true, "the difference is known"
	}
}

// harm returns the first guardrail that an arm has passed, and the arm; 0 for none.
func (d *Document) harm(arms []Arm) (Guardrail, int) {
	r, shares := &d.Registration, d.Shares()
	bound := math.Log(float64(len(r.Guardrails)*(len(arms)-1)) / guardAlpha)
	for _, g := range r.Guardrails {
		for i := 1; i < len(arms); i++ {
			in, out := arms[i].Counts[g.Metric], arms[0].Counts[g.Metric]
			share := tolerated(shares[i], shares[0], g.Ratio)
			if !g.Metric.Harm() { // a floor: control has too large a part of what is good
				in, out, share = out, in, tolerated(shares[0], shares[i], 1/g.Ratio)
			}
			if Evidence(in, in+out, share) >= bound {
				return g, i
			}
		}
	}
	return Guardrail{}, 0
}
