package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

// Answer is a report as it is given, kept and given again. Nothing in it was
// computed from people but the rows, and each of them has its noise.
type Answer struct {
	Report  string     `json:"report"`
	Title   string     `json:"title"`
	Counts  string     `json:"counts"`
	Unit    string     `json:"unit"`
	Groups  int        `json:"groups"` // of one person that count
	From    string     `json:"from,omitempty"`
	Until   string     `json:"until"`
	Given   time.Time  `json:"given"`
	Epsilon float64    `json:"epsilon"` // of this answer alone, at Delta
	Delta   float64    `json:"delta"`
	Rho     float64    `json:"rho"`    // of this answer, zCDP
	Margin  float64    `json:"margin"` // each number is within this of what was counted, 19 times of 20
	Rows    []Row      `json:"rows"`
	Kept    float64    `json:"kept,omitempty"` // of a public list: the share of the true top 20 that it keeps, as its own numbers say
	Tells   string     `json:"tells"`
	Hides   string     `json:"hides"`
	Cost    noise.Cost `json:"cost"`
}

// Row is one number.
type Row struct {
	Name   string  `json:"name"`
	Of     string  `json:"of,omitempty"`
	Title  string  `json:"title,omitempty"`
	People int64   `json:"people"`          // with noise, not below 0
	Share  float64 `json:"share,omitempty"` // by the row it is compared with, from the numbers as they stand here
}

// mostRows is how many rows a ranked report has.
const mostRows = 50

// listedRows is how many items a public list orders; all others follow by number.
const listedRows = 200

// Published reports whether a public list keeps enough of the true one to be shown.
func (a *Answer) Published() bool { return a.Kept >= LeastKept+keptSlack }

// Variance is that of the noise on each count.
func Variance(most int, cost noise.Cost) (noise.Ratio, error) {
	return noise.VarianceFor(noise.Ratio{Num: uint64(most), Den: 1}, cost)
}

// Answer draws the noise of each group and makes the report.
func (t *Tally) Answer(q Question, f Family, s *Settings, now time.Time) (*Answer, error) {
	cost := s.Each(f.Name)
	counts, variance, err := t.noised(cost)
	if err != nil {
		return nil, err
	}
	a := &Answer{
		Report: f.Name, Title: f.Title, Counts: f.Counts, Unit: Unit, Groups: t.Most, Until: q.Until.Format(Dated), Given: now.UTC().Truncate(time.Second),
		Epsilon: cost.Epsilon(s.Delta), Delta: s.Delta, Rho: cost.Rho(), Cost: cost, Margin: math.Ceil(1.96 * math.Sqrt(variance.Float())), Tells: f.Tells, Hides: f.Hides,
	}
	if q.Days > 0 {
		a.From = q.From().Format(Dated)
	}
	for i, g := range t.groups {
		if f.Name == Popular && float64(counts[i]) <= a.Margin { // says nothing; every group was drawn for
			continue
		}
		a.Rows = append(a.Rows, Row{Name: g.Name, Of: g.Of, Title: g.Title, People: max(0, counts[i])})
	}
	if f.Ranked {
		slices.SortStableFunc(a.Rows, func(x, y Row) int { return cmp.Compare(y.People, x.People) })
		most := mostRows
		if f.Name == Bestsellers {
			most = listedRows
			if a.Kept, err = expectedKept(counts, variance.Float(), t.source); err != nil {
				return nil, err
			}
		}
		a.Rows = a.Rows[:min(len(a.Rows), most)]
	}
	a.compare()
	return a, nil
}

// noised draws for each group, in their order.
func (t *Tally) noised(cost noise.Cost) ([]int64, noise.Ratio, error) {
	variance, err := Variance(t.Most, cost)
	if err != nil {
		return nil, variance, err
	}
	counts := make([]int64, len(t.counts))
	for i, n := range t.counts {
		x, err := t.source.Gaussian(variance)
		if err != nil {
			return nil, variance, fmt.Errorf("draw noise: %w", err)
		}
		counts[i] = n + x
	}
	return counts, variance, nil
}

// Series that are compared.
const (
	All = "all"
	Yes = "yes"
	No  = "no"
)

// First rows of a campaign and of a variant: all others are a share of them.
const (
	Shown   = "shown"
	Exposed = "exposed"
)

// compare writes shares; it sees the noised numbers only, so it costs nothing.
func (a *Answer) compare() {
	base := int64(-1)
	for i := range a.Rows {
		r := &a.Rows[i]
		switch a.Report {
		case OptIn, Funnel: // of everybody, or of who viewed
			if i == 0 {
				base = r.People
			}
		case Campaigns, Experiments:
			if r.Of == Shown || r.Of == Exposed {
				base = r.People
			}
		default:
			return
		}
		if float64(base) > a.Margin {
			r.Share = math.Round(1000*min(1, float64(r.People)/float64(base))) / 1000
		}
	}
}

// Encode writes the answer as its row.
func (a *Answer) Encode() ([]byte, error) { return json.Marshal(a) }

// DecodeAnswer reads what Encode wrote.
func DecodeAnswer(text []byte) (*Answer, error) {
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	if _, err := ByName(a.Report); err != nil || a.Cost <= 0 {
		return nil, tactful.Errorf(tactful.Internal, "a kept answer is damaged")
	}
	return &a, nil
}
