package engine

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/rights"
)

// Verdicts are what every guard said of every candidate of one decision of the
// past, as its receipt keeps it.
type Verdicts struct {
	ID         string
	Time       time.Time
	Placement  tactful.Placement
	Level      tactful.Level
	Policy     string // version of the effective policy of then
	Kept       bool   // false: the receipt is from before verdicts were kept
	Guards     []string
	Count      int         // of the candidates
	Candidates []Verdicted // those that were shown first, then what somebody spoke against
}

// Verdicted is one candidate of it.
type Verdicted struct {
	Item     string // of an offer, campaign/creative
	Title    string // "" where the item is not listed any more
	Place    int    // in the list, from 1; 0: not in it
	Guard    string // the first that stopped it, "" if none did
	Sentence string // for the customer: the reason it was shown with, or why it was left out
	Verdicts []Judged
}

// Verdicts returns the verdicts that a receipt keeps. Of a decision about a real
// person only an operator asks, with a name and a reason, and it is a look.
func (e *Engine) Verdicts(ctx context.Context, id, language string) (*Verdicts, error) {
	if err := e.enter(); err != nil {
		return nil, err
	}
	defer e.leave()
	r, err := e.openReceipt(ctx, id, explainable)
	if err != nil {
		return nil, err
	}
	out := &Verdicts{ID: r.ID, Time: r.Time, Placement: r.Placement, Level: r.Level, Policy: r.PolicyVersion}
	if j := r.Judged; j != nil {
		out.Kept, out.Guards, out.Count = true, j.Guards, j.Count
		out.Candidates = e.verdicted(r, language)
	}
	return out, nil
}

// verdicted gives each candidate its name, its place and its verdicts.
func (e *Engine) verdicted(r *tactful.Receipt, language string) []Verdicted {
	places := make(map[string]int, len(r.Shown))
	for i := range r.Shown {
		places[r.Shown[i].Item] = i + 1
	}
	names, titles := e.judgedNames(r.Judged)
	all := make([]Verdicted, len(names))
	for at, name := range names {
		x := &all[at]
		x.Item, x.Title, x.Place = name, titles[at], places[name]
		if x.Place > 0 {
			x.Sentence = r.Shown[x.Place-1].Reason.Sentence
		}
		delete(places, name) // of one item that was a candidate twice
	}
	for i := range r.Judged.Rulings { // in the order of the guards
		line := &r.Judged.Rulings[i]
		detail := e.detailOf(line, r.PolicyVersion)
		ruling, _ := decision.ParseRuling(line.Ruling)
		for _, at := range line.At {
			x := &all[at]
			x.Verdicts = append(x.Verdicts, Judged{Guard: line.Guard, Ruling: line.Ruling, Detail: detail})
			if (decision.Verdict{Ruling: ruling}).Stops() && x.Guard == "" {
				x.Guard = line.Guard
				x.Sentence = e.explainer.LeftOut(line.Guard, line.Detail, language)
			}
		}
	}
	if len(r.Judged.Items) == 0 { // offers name only what somebody spoke about
		for i := range r.Shown {
			if name := r.Shown[i].Item; places[name] > 0 {
				all = append(all, Verdicted{Item: name, Place: i + 1, Sentence: r.Shown[i].Reason.Sentence})
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Verdicted) int {
		return cmp.Or(cmp.Compare(rank(&x), rank(&y)), cmp.Compare(x.Place, y.Place))
	})
	return all
}

// rank puts what was shown first, and what nobody spoke about last.
func rank(x *Verdicted) int {
	switch {
	case x.Place > 0:
		return 0
	case x.Guard != "":
		return 1
	case len(x.Verdicts) > 0:
		return 2
	}
	return 3
}

// judgedNames returns the names and titles of a receipt's candidates.
func (e *Engine) judgedNames(j *tactful.Judged) (names, titles []string) {
	items := e.ground.Load().items
	for _, no := range j.Items {
		name, title := fmt.Sprintf("item number %d", no), ""
		if item := items.ByNo(no); item != nil {
			name, title = item.ID, item.Title
		}
		names, titles = append(names, name), append(titles, title)
	}
	for _, name := range j.Offers {
		names, titles = append(names, name), append(titles, "")
	}
	return names, titles
}

// detailOf says what a guard's code means. The codes of the business's rules are
// those of its rules of then.
func (e *Engine) detailOf(line *tactful.Ruled, policy string) string {
	for _, g := range e.guards {
		if g.Name() != line.Guard {
			continue
		}
		if _, own := g.(guard.Policy); own && policy != e.policyVersion {
			return fmt.Sprintf("a rule of policy version %s, which is not in use any more (its number there: %d)", policy, line.Detail)
		}
		return g.Detail(line.Detail)
	}
	return ""
}

// copyJudged gives the verdicts of a receipt in the words of a copy.
func (e *Engine) copyJudged(r *tactful.Receipt) (out rights.Judged) {
	j := r.Judged
	if j == nil {
		return out
	}
	names, _ := e.judgedNames(j)
	out = rights.Judged{Guards: j.Guards, Count: j.Count, Offers: j.Offers}
	if len(j.Items) > 0 {
		out.Items = names
	}
	for i := range j.Rulings {
		line := &j.Rulings[i]
		ruled := rights.Ruled{Guard: line.Guard, Ruling: line.Ruling, Detail: e.detailOf(line, r.PolicyVersion)}
		for _, at := range line.At {
			ruled.At = append(ruled.At, names[at])
		}
		out.Rulings = append(out.Rulings, ruled)
	}
	return out
}
