package report

import (
	"errors"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Settings bound what reports may tell. The zero value, after Defaults, is the
// careful choice.
type Settings struct {
	Epsilon float64 `yaml:"epsilon" doc:"what all answers of one family within a month may tell of one person (differential privacy; smaller tells less)"`
	Delta   float64 `yaml:"delta" doc:"chance with which that bound may fail; far below one in the number of people"`
	Answers int     `yaml:"answers" doc:"different questions that one family answers in a month; more questions mean more noise in each"`
	Items   int     `yaml:"items" doc:"items of one person that count in a report about items, drawn by lot"`

	Bestsellers Shelf `yaml:"bestsellers" doc:"the list of what is popular, made once a month from counts with noise"`
	Lists       Lists `yaml:"lists" doc:"public lists of what goes with an item"`
}

// Shelf sets up the public list of bestsellers. The zero value orders by exact
// counts, which are public in what they order.
type Shelf struct {
	Noised  bool     `yaml:"noised" doc:"popular items are ordered by a list that is made once a month from counts with noise; false: by exact counts, after each fit"`
	Days    int      `yaml:"days" doc:"how many days before the release count"`
	Curated []string `yaml:"curated" doc:"ids of items that are shown as popular where a list would keep too little of the true one"`
}

// Defaults fills what is not set.
func (s *Settings) Defaults() {
	if s.Epsilon == 0 {
		s.Epsilon = 1
	}
	if s.Delta == 0 {
		s.Delta = 1e-6
	}
	if s.Answers == 0 {
		s.Answers = 4
	}
	if s.Items == 0 {
		s.Items = 20
	}
	if s.Bestsellers.Days == 0 {
		s.Bestsellers.Days = 365
	}
	s.Lists.Defaults()
}

// Validate returns all faults, joined.
func (s *Settings) Validate() error {
	var faults []error
	fault := func(field, remedy string) {
		faults = append(faults, tactful.InvalidField("reports."+field, "is out of range", remedy))
	}
	if !(s.Epsilon >= 0.01 && s.Epsilon <= 8) {
		fault("epsilon", "use .01 to 8; above 3 it protects little")
	}
	if !(s.Delta >= 1e-12 && s.Delta <= 1e-4) {
		fault("delta", "use 1e-12 to 1e-4")
	}
	if s.Answers < 1 || s.Answers > 1000 {
		fault("answers", "use 1 to 1000")
	}
	if s.Items < 1 || s.Items > 1000 {
		fault("items", "use 1 to 1000")
	}
	if s.Bestsellers.Days < 1 || s.Bestsellers.Days > 730 {
		fault("bestsellers.days", "use 1 to 730")
	}
	if len(s.Bestsellers.Curated) > mostCurated {
		fault("bestsellers.curated", "name at most 200 items")
	}
	return errors.Join(append(faults, s.Lists.Validate())...)
}

// Budget is what one family may tell of one person in a month.
func (s *Settings) Budget() noise.Cost { return noise.CostFor(s.Epsilon, s.Delta) }

// AnswersOf is how many questions a family answers in a month: the list of
// bestsellers and the map are made once, with all there is.
func (s *Settings) AnswersOf(family string) int {
	if family == Bestsellers || family == Places {
		return 1
	}
	return s.Answers
}

// Each is what one answer of a family costs.
func (s *Settings) Each(family string) noise.Cost {
	return max(1, s.Budget()/noise.Cost(s.AnswersOf(family)))
}

const mostCurated = 200

// EpsilonOf says what so much zCDP means at delta.
func EpsilonOf(rho, delta float64) float64 { return noise.Cost(rho * 1e9).Epsilon(delta) }
