package label

import (
	"embed"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

//go:embed measured/*.tsv
var truths embed.FS

// Truth says what somebody decided by hand that items are.
type Truth struct {
	tax  *Taxonomy
	rows map[[2]string]decision.Classes
}

// Truths are the names of those that ship.
func Truths() []string { return []string{"completejourney", "shop"} }

// TruthOf reads one that ships.
func TruthOf(name string, t *Taxonomy) (*Truth, error) {
	text, err := truths.ReadFile("measured/" + name + ".tsv")
	if err != nil {
		return nil, tactful.Errorf(tactful.NotFound, "nobody decided by hand what these items are")
	}
	return readTruth(string(text), t)
}

func readTruth(text string, t *Taxonomy) (*Truth, error) {
	truth := &Truth{tax: t, rows: map[[2]string]decision.Classes{}}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) < 2 || len(fields) > 3 {
			return nil, tactful.Errorf(tactful.Invalid, "a row is not what and classes")
		}
		key := [2]string{fields[0], "*"}
		if len(fields) == 3 {
			key[1] = fields[1]
		}
		var classes decision.Classes
		if said := fields[len(fields)-1]; said != "-" {
			for name := range strings.SplitSeq(said, ",") {
				class, known := t.Class(name)
				if !known {
					return nil, tactful.Errorf(tactful.Invalid, "a row has a class that the taxonomy has not")
				}
				classes = classes.With(class)
			}
		}
		truth.rows[key] = classes
	}
	return truth, nil
}

// Unseen is a truth that has its items with it: they were decided about before
// anybody looked at their labels, and no word was written with them in view.
func Unseen(t *Taxonomy) (items []tactful.Item, truth *Truth, err error) {
	if truth, err = TruthOf("unseen", t); err != nil {
		return nil, nil, err
	}
	for key := range truth.rows {
		items = append(items, tactful.Item{ID: key[0], Title: key[1], Price: -1})
	}
	slices.SortFunc(items, func(a, b tactful.Item) int { return strings.Compare(a.ID, b.ID) })
	return items, truth, nil
}

// HeldOut cuts three tenths of what is measured, by a seed and the name under which
// things are alike. The words that ship were written before the cut; whoever
// changes them looks at the rest only.
func HeldOut(seed uint64, name string) bool {
	h := fnv.New64a()
	_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, seed))
	_, _ = h.Write([]byte(name))
	return h.Sum64()%10 < 3
}

// Of returns what an item is by its group and kind, or its code alone.
func (t *Truth) Of(what, kind string) decision.Classes {
	if classes, said := t.rows[[2]string{what, kind}]; said {
		return classes
	}
	return t.rows[[2]string{what, "*"}]
}

// Figure is how well one class was found.
type Figure struct {
	Class     string  `json:"class"`
	Items     int     `json:"items"`     // that are of it
	Found     int     `json:"found"`     // of these, with the label
	Wrong     int     `json:"wrong"`     // with the label, and not of it
	Guessed   int     `json:"guessed"`   // labels that the classifier alone proposes
	Recall    float64 `json:"recall"`    // 1 where there are none
	Precision float64 `json:"precision"` // 1 where there are none
}

// Measured is how well a labeller finds what somebody decided by hand.
type Measured struct {
	Items   int      `json:"items"`
	Labels  int      `json:"labels"`  // classes given, in all
	Figures []Figure `json:"figures"` // classes that some item is of or was given, the most frequent first
	All     Figure   `json:"all"`
}

// Meter compares labels with the truth.
type Meter struct {
	labeller *Labeller
	figures  []Figure
	items    int
}

// NewMeter makes a meter.
func NewMeter(l *Labeller) *Meter {
	m := &Meter{labeller: l, figures: make([]Figure, len(l.tax.names))}
	for i, name := range l.tax.names {
		m.figures[i].Class = name
	}
	return m
}

// Add looks at one item.
func (m *Meter) Add(item *tactful.Item, is decision.Classes) {
	m.items++
	reasons := m.labeller.Of(item, nil)
	said := Set(reasons)
	for i := range m.figures {
		f, class := &m.figures[i], decision.Class(i)
		switch {
		case is.Has(class) && said.Has(class):
			f.Items, f.Found = f.Items+1, f.Found+1
		case is.Has(class):
			f.Items++
		case said.Has(class):
			f.Wrong++
		}
	}
	for _, r := range reasons {
		if r.Source == Classifier {
			m.figures[r.Class].Guessed++
		}
	}
}

// Sum returns the figures.
func (m *Meter) Sum() Measured {
	out := Measured{Items: m.items, All: Figure{Class: "all"}}
	for _, f := range m.figures {
		if f.Items+f.Wrong == 0 {
			continue
		}
		out.Labels += f.Found + f.Wrong
		out.All.Items, out.All.Found, out.All.Wrong, out.All.Guessed = out.All.Items+f.Items, out.All.Found+f.Found, out.All.Wrong+f.Wrong, out.All.Guessed+f.Guessed
		out.Figures = append(out.Figures, f.rated())
	}
	slices.SortStableFunc(out.Figures, func(a, b Figure) int { return b.Items - a.Items })
	out.All = out.All.rated()
	return out
}

func (f Figure) rated() Figure {
	f.Recall, f.Precision = 1, 1
	if f.Items > 0 {
		f.Recall = float64(f.Found) / float64(f.Items)
	}
	if f.Found+f.Wrong > 0 {
		f.Precision = float64(f.Found) / float64(f.Found+f.Wrong)
	}
	return f
}
