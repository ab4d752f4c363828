package learn

import (
	"fmt"
	"math"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/linear"
)

// CueSums count what people who agreed to protection touched, apart by whether
// they touched something of a sensitive class: integers, so that taking somebody
// out leaves what there would be without them. Nothing is served from them; they
// say which items speak for a class, so that lists do not.
type CueSums struct {
	labels  *decision.Labels
	classes []cueSum // by Class
}

// cueSum counts for one class; index 1 is for those who touched it.
type cueSum struct {
	people [2]int64
	all    [2]int64   // touches
	items  [2][]int64 // people by ItemNo
}

// NewCueSums counts for the sensitive classes of labels.
func NewCueSums(labels *decision.Labels) *CueSums {
	s := &CueSums{labels: labels, classes: make([]cueSum, len(labels.Names))}
	for at := range s.classes {
		if labels.Sensitive.Has(decision.Class(at)) {
			s.classes[at].items = [2][]int64{make([]int64, len(labels.Of)), make([]int64, len(labels.Of))}
		}
	}
	return s
}

// Add counts somebody in.
func (s *CueSums) Add(c *linear.Contribution) error { return s.count(c, 1) }

// Remove counts somebody out who was counted in.
func (s *CueSums) Remove(c *linear.Contribution) error { return s.count(c, -1) }

func (s *CueSums) count(c *linear.Contribution, by int64) error {
	if c.Empty() {
		return nil
	}
	touched := decision.Classes(0)
	for _, entry := range c.Items {
		if int(entry.No) >= len(s.labels.Of) {
			return tactful.Errorf(tactful.Internal, "a contribution names an item beyond the labels")
		}
		touched |= s.labels.At(entry.No)
	}
	for at := range s.classes {
		sum := &s.classes[at]
		if sum.items[0] == nil {
			continue
		}
		group := 0
		if touched.Has(decision.Class(at)) {
			group = 1
		}
		sum.people[group] += by
		for _, entry := range c.Items {
			if s.labels.At(entry.No).Has(decision.Class(at)) {
				continue // it is of the class, and no cue
			}
			sum.items[group][entry.No] += by
			sum.all[group] += by
			if sum.items[group][entry.No] < 0 {
				return fmt.Errorf("count cues: %w", tactful.Errorf(tactful.Internal, "somebody was taken out who was never in"))
			}
		}
	}
	return nil
}

// cuePrior is how many touches at the common share each item begins with, so
// that rare ones say little.
const cuePrior = 20

// faint is the log-odds below which an item says nothing: chance, in a panel.
const faint = 0.15

// Cues returns how much each item speaks for each class that at least least
// people of the panel touched, and as many did not. The shares are of touches,
// not of people: who buys much says nothing by that.
func (s *CueSums) Cues(least int) *decision.Cues {
	cues := &decision.Cues{}
	for at := range s.classes {
		sum := &s.classes[at]
		if sum.items[0] == nil || min(sum.people[0], sum.people[1]) < int64(max(least, 1)) {
			continue
		}
		odds := make([]float32, len(s.labels.Of))
		all := float64(sum.all[0] + sum.all[1])
		for no := range odds {
			without, with := float64(sum.items[0][no]), float64(sum.items[1][no])
			common := (with + without) / all
			if common == 0 {
				continue
			}
			value := math.Log((with+cuePrior*common)/(float64(sum.all[1])+cuePrior)) - math.Log((without+cuePrior*common)/(float64(sum.all[0])+cuePrior))
			if math.Abs(value) >= faint {
				odds[no] = float32(value)
			}
		}
		cues.Classes = append(cues.Classes, decision.Class(at))
		cues.Odds = append(cues.Odds, odds)
	}
	return cues
}
