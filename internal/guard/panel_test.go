package guard

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// told is a guard of the test: it does what it is told.
type told struct {
	name  string
	judge func(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error
}

func (g told) Name() string        { return g.name }
func (g told) Promise() string     { return "" }
func (g told) File() string        { return "" }
func (g told) Detail(uint8) string { return "" }
func (g told) Judge(c *decision.Case, candidates []decision.Candidate, out []decision.Verdict) error {
	return g.judge(c, candidates, out)
}

func always(name string, rulings ...decision.Ruling) Guard {
	return told{name, func(_ *decision.Case, _ []decision.Candidate, out []decision.Verdict) error {
		for i := range out {
			out[i].Ruling = rulings[i%len(rulings)]
		}
		return nil
	}}
}

func three() []decision.Candidate {
	return []decision.Candidate{only(lamp, tactful.Filler, 1), only(shade, tactful.Filler, 1), only(coffee, tactful.Filler, 1)}
}

func TestRunWithoutAGuardFails(t *testing.T) {
	var rulings Rulings
	if err := Run(nil, &decision.Case{}, three(), &rulings); tactful.KindOf(err) != tactful.Refused {
		t.Fatalf("got %v", err)
	}
	for _, ruling := range rulings.Overall() {
		if !(decision.Verdict{Ruling: ruling}).Stops() {
			t.Error("something leaves unjudged")
		}
	}
}

func TestAGuardThatFailsRefusesEverything(t *testing.T) {
	for name, judge := range map[string]func(*decision.Case, []decision.Candidate, []decision.Verdict) error{
		"an error": func(_ *decision.Case, _ []decision.Candidate, out []decision.Verdict) error {
			out[0].Ruling = decision.Allow
			return errors.New("broken")
		},
		"a panic": func(_ *decision.Case, c []decision.Candidate, out []decision.Verdict) error {
			out[0].Ruling = decision.Allow
			return fmt.Errorf("%d", len(c[len(c)].Item.ID))
		},
		"silence":          func(*decision.Case, []decision.Candidate, []decision.Verdict) error { return nil },
		"an unknown word":  always("", 99).Judge,
		"an unruled entry": always("", decision.Unruled).Judge,
	} {
		t.Run(name, func(t *testing.T) {
			var rulings Rulings
			candidates := three()
			guards := []Guard{always("kind", decision.Allow), told{"broken", judge}, always("after", decision.Allow)}
			if err := Run(guards, &decision.Case{}, candidates, &rulings); err != nil {
				t.Fatal(err)
			}
			for i, ruling := range rulings.Overall() {
				if ruling != decision.Withhold {
					t.Errorf("candidate %d got %d", i, ruling)
				}
				if g, _ := rulings.Stopped(i); g == nil || g.Name() != "broken" {
					t.Errorf("candidate %d: stopped by %v", i, g)
				}
			}
			withheld := rulings.Withheld(candidates)
			if len(withheld) != 1 || withheld[0].Guard != "broken" || withheld[0].Count != 3 {
				t.Errorf("withheld: %+v", withheld)
			}
			if failed := name == "an error" || name == "a panic"; failed != (len(rulings.Failures()) == 1) {
				t.Errorf("failures: %v", rulings.Failures())
			}
		})
	}
}

func TestTheWorstRulingHoldsAndEveryReasonIsKept(t *testing.T) {
	guards := []Guard{
		always("first", decision.Allow, decision.Coarsen, decision.Withhold),
		always("second", decision.Demote, decision.Withhold, decision.Withhold),
		always("third", decision.Coarsen, decision.Allow, decision.Demote),
	}
	var rulings Rulings
	candidates := three()
	for range 2 { // the second time on used scratch
		if err := Run(guards, &decision.Case{}, candidates, &rulings); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]decision.Ruling{decision.Demote, decision.Withhold, decision.Withhold}, rulings.Overall()); diff != "" {
		t.Error(diff)
	}
	if v := rulings.Verdict(1, 2); v.Ruling != decision.Withhold {
		t.Errorf("the second guard's reason is lost: %+v", v)
	}
	if diff := cmp.Diff([]tactful.Withheld{{Guard: "first", Count: 1, Items: []string{"coffee"}}, {Guard: "second", Count: 1, Items: []string{"shade"}}}, rulings.Withheld(candidates)); diff != "" {
		t.Error(diff)
	}
}

func TestAReceiptNamesAFewItemsOnly(t *testing.T) {
	var candidates []decision.Candidate
	for range 30 {
		candidates = append(candidates, only(lamp, tactful.Filler, 1))
	}
	var rulings Rulings
	if err := Run([]Guard{always("strict", decision.Withhold)}, &decision.Case{}, candidates, &rulings); err != nil {
		t.Fatal(err)
	}
	if w := rulings.Withheld(candidates); w[0].Count != 30 || len(w[0].Items) != itemsKept {
		t.Errorf("got %d of %d", len(w[0].Items), w[0].Count)
	}
}

// busy is 200 candidates with 50 contributions each, over a history of 100.
func busy() (*decision.Case, []decision.Candidate) {
	var pieces []decision.Piece
	for no := range 100 {
		item := &tactful.Item{No: tactful.ItemNo(no + 1), Categories: []string{"Home", fmt.Sprint("Shelf ", no%9)}}
		if no%4 == 0 {
			item.Group = fmt.Sprint("group ", no)
		}
		ago := 9 * day
		if no%2 == 1 {
			ago = 900 * day // stale, so it adds nothing, yet has to be looked at
		}
		pieces = append(pieces, aged(did(tactful.Purchased, item, ago)))
	}
	c := with(tactful.ForYou, permitted(), pieces...)
	c.Crowds = map[string]uint32{"Home": 900}
	// One piece in eleven is of a class that the person asked for, one of a harmful
	// one, and so are some candidates: every contribution has to be looked at.
	c.Labels = &decision.Labels{Sensitive: 1, Harm: 2, Demoted: 2, Of: make([]decision.Classes, 400)}
	for no := range c.Labels.Of {
		c.Labels.Of[no] = decision.Classes(max(0, no%11-8))
	}
	c.Asked = 1
	var candidates []decision.Candidate
	for i := range 200 {
		item := &tactful.Item{ID: fmt.Sprint(i), No: tactful.ItemNo(i + 80)}
		if i%4 == 0 {
			item.Group = fmt.Sprint("group ", i)
		}
		x := decision.Candidate{Item: item, Origin: tactful.Ranked, Score: 1}
		for k := range 50 {
			x.Contributions = append(x.Contributions, decision.Contribution{Piece: int32(k * 2), Value: 0.02, Support: uint32(i % 40)})
		}
		candidates = append(candidates, x)
	}
	return &c, candidates
}

func TestJudgingDoesNotAllocatePerVerdict(t *testing.T) {
	c, candidates := busy()
	guards := All(settings())
	var rulings Rulings
	allocs := testing.AllocsPerRun(20, func() {
		if err := Run(guards, c, candidates, &rulings); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for %d verdicts", allocs, len(candidates)*len(guards))
	}
}

func BenchmarkAllGuardsOn200Candidates(b *testing.B) {
	c, candidates := busy()
	guards := All(settings())
	var rulings Rulings
	b.ReportAllocs()
	for b.Loop() {
		if err := Run(guards, c, candidates, &rulings); err != nil {
			b.Fatal(err)
		}
	}
}
