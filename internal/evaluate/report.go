package evaluate

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/linear"
)

// Options says what Evaluate measures.
type Options struct {
	Length    int             // of the lists; 0 is 20
	Exponent  float64         // b: a person with n items weighs n^-b
	Settings  linear.Settings // of the model
	Baselines Baselines
	Progress  linear.Progress // of the model's fit
}

// Baselines says which plain models are measured beside ours.
type Baselines uint8

// Choices of Baselines.
const (
	NoBaselines    Baselines = iota
	PlainBaselines           // popularity, item-kNN, and dense EASE where the catalogue is small
)

// DefaultOptions measures the model as it is shipped.
func DefaultOptions() Options {
	return Options{Length: 20, Exponent: linear.DefaultExponent, Settings: linear.DefaultSettings()}
}

// Report is one table of one run.
type Report struct {
	People    int          `json:"people"`
	Items     int          `json:"items"`
	TrainSize int          `json:"train"`
	TestSize  int          `json:"test"`
	Length    int          `json:"length"`
	Rows      []Row        `json:"rows"`
	PeakBytes int64        `json:"peakBytes"` // of the process, after the last row
	Hash      string       `json:"model"`     // of the model file
	Options   ReportedWith `json:"settings"`
}

// ReportedWith is the part of Options that decides the numbers.
type ReportedWith struct {
	K        int     `json:"k"`
	Exponent float64 `json:"exponent"`
	Ridge    float64 `json:"ridge"`
	Dropout  float64 `json:"dropout"`
	Rank     float64 `json:"rank"`
	Support  uint32  `json:"support"`
	Explore  float64 `json:"explore"`
}

// Row is one model: its accuracy and what its fit cost.
type Row struct {
	Name string        `json:"name"`
	Wall time.Duration `json:"fitNanoseconds"`
	CPU  time.Duration `json:"fitProcessorNanoseconds"`
	Measures
}

// Evaluate fits on train, ranks the full catalogue for everybody in test with
// their training items left out, and compares. The same input gives the same
// accuracy on every machine; only the costs differ.
func Evaluate(ctx context.Context, clock tactful.Clock, train, test *Pairs, o Options) (*Report, error) {
	if o.Length == 0 {
		o.Length = 20
	}
	r := &Report{Items: max(train.Items, test.Items) - 1, TrainSize: train.Count(), TestSize: test.Count(), Length: o.Length,
		Options: reported(o.Exponent, o.Settings)}
	for _, items := range train.People {
		if len(items) > 0 {
			r.People++
		}
	}
	models := []named{{"local ridge", func() (func() Ranker, error) {
		m, err := FitPairs(ctx, train, linear.NewParameters(1, o.Exponent), o.Settings, o.Progress)
		if err != nil {
			return nil, err
		}
		r.Hash = m.Hash()
		return RankWith(m), nil
	}}}
	if o.Baselines == PlainBaselines {
		models = append(models, plainModels(ctx, train)...)
	}
	for _, m := range models {
		began := clock.Now()
		before, _ := used()
		ranker, err := m.fit()
		if err != nil {
			return nil, fmt.Errorf("fit %s: %w", m.name, err)
		}
		after, _ := used()
		row := Row{Name: m.name, Wall: clock.Now().Sub(began), CPU: after - before}
		if row.Measures, err = Measure(ctx, train, test, o.Length, ranker); err != nil {
			return nil, err
		}
		r.Rows = append(r.Rows, row)
	}
	_, r.PeakBytes = used()
	return r, nil
}

// ProcessorTime returns what all threads of this process have used so far, 0
// where the system does not say. Other work on the machine changes it less than
// the time on the wall.
func ProcessorTime() time.Duration {
	cpu, _ := used()
	return cpu
}

// PeakBytes returns the largest resident size of this process so far, 0 where
// the system does not say.
func PeakBytes() int64 {
	_, peak := used()
	return peak
}

func reported(exponent float64, s linear.Settings) ReportedWith {
	return ReportedWith{s.K, exponent, s.Ridge, s.Dropout, s.Rank, s.Support, s.Explore}
}

type named struct {
	name string
	fit  func() (func() Ranker, error)
}

func plainModels(ctx context.Context, train *Pairs) []named {
	models := []named{
		{"popularity", func() (func() Ranker, error) { return Popularity(train), nil }},
		{"item-kNN (cosine, k=100, shrink 10)", func() (func() Ranker, error) { return ItemKNN(ctx, train, 100, 10) }},
	}
	if train.Items <= MaxDense {
		models = append(models, named{"dense EASE (l=500)", func() (func() Ranker, error) { return EASE(ctx, train, 500) }})
	}
	return models
}

// WriteTable prints the report for people.
func (r *Report) WriteTable(w io.Writer) error {
	o := r.Options
	fmt.Fprintf(w, "%d people, %d items, %d training pairs, %d held out; full ranking, training items left out\n",
		r.People, r.Items, r.TrainSize, r.TestSize)
	fmt.Fprintf(w, "k=%d b=%g p=%g l=%g rank=%g support=%d explore=%g, model %.12s\n\n",
		o.K, o.Exponent, o.Dropout, o.Ridge, o.Rank, o.Support, o.Explore, r.Hash)
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintf(t, "model\tRecall@%d\tNDCG@%d\titems in lists\tfit\tprocessor\n", r.Length, r.Length)
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%.4f\t%.4f\t%d\t%.1fs\t%.1fs\n", row.Name, row.Recall, row.NDCG, row.Coverage, row.Wall.Seconds(), row.CPU.Seconds())
	}
	fmt.Fprintf(t, "\npeak memory of the process: %d MB\n", r.PeakBytes>>20)
	return t.Flush()
}
