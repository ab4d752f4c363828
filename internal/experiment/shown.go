package experiment

// Shown is an arm as it may be shown: counts of fewer people than Least are left
// out, and so is what would tell them.
type Shown struct {
	Variant string             `json:"variant"`
	People  *uint64            `json:"people,omitempty"`
	Left    *uint64            `json:"left,omitempty"`
	Ended   *uint64            `json:"ended,omitempty"`
	Counts  map[string]*uint64 `json:"counts"` // by metric; nil for few
	Rate    *float64           `json:"rate,omitempty"`
	Low     *float64           `json:"low,omitempty"`
	High    *float64           `json:"high,omitempty"`
}

// Least is how many people a number must be about to be shown.
const Least = 20

// Show returns the arms of a look as they may be shown. A count is left out when
// those who did it, or those who did not, are few; the interval where either rate
// is.
func (l *Look) Show() []Shown {
	out := make([]Shown, len(l.Arms))
	clear := make([]bool, len(l.Arms)) // its rate may be shown
	for i := range l.Arms {
		a := &l.Arms[i]
		out[i] = Shown{Variant: a.Variant, People: many(a.People, a.People), Left: many(a.Left, a.People), Ended: many(a.Ended, a.Ended), Counts: map[string]*uint64{}}
		for m := Conversion; m < Metrics; m++ {
			out[i].Counts[m.String()] = many(a.Counts[m], a.People)
		}
		did := uint64(a.Rate*float64(a.Ended) + .5)
		if clear[i] = many(a.Ended, a.Ended) != nil && many(did, a.Ended) != nil; clear[i] {
			rate := a.Rate
			out[i].Rate = &rate
		}
		if i > 0 && clear[0] && clear[i] {
			low, high := a.Low, a.High
			out[i].Low, out[i].High = &low, &high
		}
	}
	return out
}

// many returns the count if it, and what is left of all, is none or not few.
func many(n, all uint64) *uint64 {
	few := func(n uint64) bool { return n > 0 && n < Least }
	if few(n) || few(all) || few(all-min(n, all)) {
		return nil
	}
	return &n
}
