package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/noise"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func settings() *Settings {
	var s Settings
	s.Defaults()
	return &s
}

// seeded gives the same bits in every run.
func seeded(seed uint64) *noise.Source {
	return noise.NewSource(rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}))
}

func shelf(n int) []Group {
	groups := make([]Group, n)
	for i := range groups {
		groups[i] = Group{Name: fmt.Sprintf("item-%d", i), Title: fmt.Sprintf("Thing %d", i)}
	}
	return groups
}

func ask(t *testing.T, q Question) (Question, Family) {
	t.Helper()
	q, f, err := q.Settle(noon)
	if err != nil {
		t.Fatal(err)
	}
	return q, f
}

// TestWhetherSomebodyIsInAReportIsHardlyToBeTold is the difference attack: all
// that a month's budget buys is asked of two crowds that differ in one person,
// who bought everything that the attacker looks at, and who may know everybody
// else. Over 1,000 trials the attacker wins by no more than epsilon allows.
func TestWhetherSomebodyIsInAReportIsHardlyToBeTold(t *testing.T) {
	for _, c := range []struct {
		report string
		groups []Group
	}{
		{Popular, shelf(24)},
		{Campaigns, steps(6, Shown, "clicked", "dismissed", "converted")},
		{Experiments, steps(4, Exposed, "conversion", "click", "creepy", "opt_out", "complaint")},
	} {
		t.Run(c.report, func(t *testing.T) { attackReport(t, c.report, c.groups) })
	}
}

// steps are the groups of so many campaigns, or variants.
func steps(n int, of ...string) (groups []Group) {
	for i := range n {
		for _, o := range of {
			groups = append(groups, Group{Name: fmt.Sprintf("thing-%d", i), Of: o})
		}
	}
	return groups
}

// attackReport plays the attack on 24 groups.
func attackReport(t *testing.T, name string, groups []Group) {
	const trials = 1000
	begin := uint64(len(name)) << 20 // noise of its own for each
	set := settings()
	q, f := ask(t, Question{Report: name})
	cost := set.Each(f.Name)
	// The target bought exactly as many items as count, so that none is lost by lot,
	// and nobody else bought those: the attacker's best case.
	target := make([]int32, set.Items)
	for i := range target {
		target[i] = int32(i)
	}
	crowd := func(with bool) *Tally {
		tally := NewTally(groups, set.Items, seeded(1))
		for p := range 200 {
			if err := tally.Add([]int32{int32(20 + p%4)}); err != nil {
				t.Fatal(err)
			}
		}
		if with {
			if err := tally.Add(target); err != nil {
				t.Fatal(err)
			}
		}
		return tally
	}
	worlds := map[bool]*Tally{true: crowd(true), false: crowd(false)}
	score := func(seed uint64, with, noised bool) float64 {
		sum := 0.0
		tally := worlds[with]
		tally.source = seeded(seed)
		for range set.Answers {
			counts := tally.counts
			if noised {
				var err error
				if counts, _, err = tally.noised(cost); err != nil { // more than an answer shows: all counts, none cut
					t.Fatal(err)
				}
			}
			for _, at := range target { // the likelihood ratio of Gaussian noise is this sum
				sum += float64(counts[at])
			}
		}
		return sum
	}
	advantage := func(noised bool) float64 {
		var with, without [trials]float64
		for i := range trials {
			with[i], without[i] = score(begin+uint64(2*i+1), true, noised), score(begin+uint64(2*i+2), false, noised)
		}
		// The cut is chosen on the first half and used on the second.
		best, cut := -1.0, 0.0
		win := func(from, to int, cut float64) float64 {
			hits, alarms := 0, 0
			for i := from; i < to; i++ {
				if with[i] > cut {
					hits++
				}
				if without[i] > cut {
					alarms++
				}
			}
			return float64(hits-alarms) / float64(to-from)
		}
		for _, x := range with[:trials/2] {
			if w := win(0, trials/2, x-0.5); w > best {
				best, cut = w, x-0.5
			}
		}
		return win(trials/2, trials, cut)
	}
	if plain := advantage(false); plain < 0.999 {
		t.Fatalf("without noise the attack wins %.3f: it is too weak to show anything", plain)
	}
	allowed := (math.Exp(set.Epsilon) - 1 + 2*set.Delta) / (math.Exp(set.Epsilon) + 1)
	slack := 3.1 * math.Sqrt(2*.25/(trials/2))
	got := advantage(true)
	t.Logf("%s, epsilon %g a month: the attacker's advantage is %.3f, allowed %.3f; without noise 1", f.Name, set.Epsilon, got, allowed)
	if got > allowed+slack {
		t.Errorf("advantage %.3f, allowed %.3f", got, allowed)
	}
	a, err := NewTally(groups, set.Items, seeded(9)).Answer(q, f, set, noon)
	if err != nil {
		t.Fatal(err)
	}
	if a.Epsilon*math.Sqrt(float64(set.Answers)) > 2*set.Epsilon || a.Cost*noise.Cost(set.Answers) > set.Budget() {
		t.Errorf("%d answers of epsilon %.3f cost %d of %d", set.Answers, a.Epsilon, a.Cost*noise.Cost(set.Answers), set.Budget())
	}
}

func TestOnePersonCountsInAFewGroupsAndInEachOnce(t *testing.T) {
	for _, c := range []struct {
		name       string
		most       int
		in         []int32
		sum, least int64
	}{
		{"what somebody did ten times counts once", 5, []int32{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 1},
		{"of more groups than the bound some count, drawn by lot", 5, []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 5, 0},
		{"what is in no group is left out", 5, []int32{-1, -1, 3}, 1, 0},
		{"nobody can be in nothing and count", 5, nil, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := NewTally(shelf(10), c.most, seeded(1))
			if err := tally.Add(c.in); err != nil {
				t.Fatal(err)
			}
			sum := int64(0)
			for _, n := range tally.counts {
				if n > 1 {
					t.Errorf("one person counts %d times in one group", n)
				}
				sum += n
			}
			if sum != c.sum {
				t.Errorf("counts in %d groups, want %d", sum, c.sum)
			}
		})
	}
	if err := NewTally(shelf(3), 1, seeded(1)).Add([]int32{7}); err == nil {
		t.Error("a group that is not there is counted")
	}
}

func TestWhichGroupsCountDoesNotDependOnThem(t *testing.T) {
	const draws = 20_000
	tally := NewTally(shelf(8), 2, seeded(5))
	for range draws {
		if err := tally.Add([]int32{0, 1, 2, 3, 4, 5, 6, 7}); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range tally.counts {
		if want := draws / 4.0; math.Abs(float64(n)-want) > 4.5*math.Sqrt(want*.75) {
			t.Errorf("group %d counted %d times, want about %.0f", i, n, want)
		}
	}
}

func TestTheBudgetIsHeldAndRenews(t *testing.T) {
	set := settings()
	l := &Ledger{}
	for n := range set.Answers {
		if err := l.Charge(set, Popular, noon); err != nil {
			t.Fatalf("answer %d: %v", n+1, err)
		}
		text, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if l, err = DecodeLedger(text); err != nil { // as after a restart
			t.Fatal(err)
		}
	}
	err := l.Charge(set, Popular, noon)
	var told *tactful.Error
	if !errors.As(err, &told) || told.Kind != tactful.Refused || !strings.Contains(told.Remedy, "2026-12-01") {
		t.Errorf("beyond the budget: %v", err)
	}
	if err := l.Charge(set, Popular, noon.AddDate(0, 0, 4)); err == nil {
		t.Error("the budget is whole again within the month")
	}
	if err := l.Charge(set, Popular, noon.AddDate(0, 1, 0)); err != nil {
		t.Errorf("next month: %v", err)
	}
	if left := l.Left(set, noon); left >= set.Each(Popular) {
		t.Errorf("a later month gave back %d", left)
	}
	if got := set.Budget().Epsilon(set.Delta); got > set.Epsilon {
		t.Errorf("the budget is epsilon %g, more than %g", got, set.Epsilon)
	}
	if r := Renews(time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC)); r.Format(Dated) != "2027-01-01" {
		t.Errorf("renews %s", r)
	}
}

func TestQuestionsThatCannotBeAnsweredAreRefused(t *testing.T) {
	for name, q := range map[string]Question{
		"an unknown report":                  {Report: "everything"},
		"a day that is not over":             {Report: Popular, Until: noon.AddDate(0, 0, 1).Truncate(day)},
		"a moment of a day":                  {Report: Popular, Until: noon},
		"a day too long ago":                 {Report: Popular, Until: noon.AddDate(-20, 0, 0).Truncate(day)},
		"more days than the family has":      {Report: Guards, Days: 91},
		"fewer than one day":                 {Report: Popular, Days: -1},
		"half a week of trends":              {Report: Trends, Days: 10},
		"a stretch of what has no beginning": {Report: OptIn, Days: 5},
	} {
		if _, _, err := q.Settle(noon); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, _ := ask(t, Question{Report: Popular})
	b, _ := ask(t, Question{Report: Popular, Days: 30, Until: noon.Truncate(day)})
	if a.Key() != b.Key() {
		t.Errorf("the same question has two keys: %s and %s", a.Key(), b.Key())
	}
}

func TestSmallGroupsAreNotListedAndNothingIsBelowZero(t *testing.T) {
	set := settings()
	q, f := ask(t, Question{Report: Popular})
	tally := NewTally(shelf(500), set.Items, seeded(4))
	for range 5000 {
		if err := tally.Add([]int32{0, 1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := tally.Add([]int32{2}); err != nil {
		t.Fatal(err)
	}
	a, err := tally.Answer(q, f, set, noon)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Rows) < 2 || len(a.Rows) > mostRows || !strings.Contains("item-0 item-1", a.Rows[0].Name) || !strings.Contains("item-0 item-1", a.Rows[1].Name) {
		t.Fatalf("rows %v", a.Rows)
	}
	for _, r := range a.Rows {
		if float64(r.People) <= a.Margin {
			t.Errorf("%s has %d people, within the margin of %.0f", r.Name, r.People, a.Margin)
		}
	}
	if off := math.Abs(float64(a.Rows[0].People) - 5000); off > 3*a.Margin {
		t.Errorf("5,000 people were counted as %d, margin %.0f", a.Rows[0].People, a.Margin)
	}
	q, f = ask(t, Question{Report: Creepy})
	a, err = NewTally([]Group{{Name: "listed"}, {Name: "creepy"}, {Name: "wrong"}}, 0, seeded(7)).Answer(q, f, set, noon)
	if err != nil || len(a.Rows) != 3 {
		t.Fatal(a, err)
	}
	for _, r := range a.Rows {
		if r.People < 0 {
			t.Errorf("%s: %d people", r.Name, r.People)
		}
	}
}

func TestSharesAreOfTheSameCampaign(t *testing.T) {
	a := &Answer{Report: Campaigns, Margin: 10, Rows: []Row{
		{Name: "a", Of: Shown, People: 100}, {Name: "a", Of: "clicked", People: 20}, {Name: "b", Of: Shown, People: 9}, {Name: "b", Of: "clicked", People: 9}, {Name: "c", Of: Shown, People: 40}, {Name: "c", Of: "clicked", People: 60},
	}}
	a.compare()
	for i, want := range []float64{1, .2, 0, 0, 1, 1} { // within the margin nothing is said, above all is all
		if a.Rows[i].Share != want {
			t.Errorf("row %d: share %g, want %g", i, a.Rows[i].Share, want)
		}
	}
}

func TestWithoutRandomnessThereIsNoReport(t *testing.T) {
	q, f := ask(t, Question{Report: Popular})
	source := noise.NewSource(io.MultiReader())
	if a, err := NewTally(shelf(3), 2, source).Answer(q, f, settings(), noon); err == nil {
		t.Errorf("an answer without noise: %+v", a)
	}
}

func TestPicturesAreWellFormedAndSayTheirNumbers(t *testing.T) {
	for _, a := range []*Answer{
		{Report: Popular, Title: "Popular <items>", Until: "2026-11-26", From: "2026-10-27", Margin: 12, Rows: []Row{{Name: "a", Title: "Mug & <b>", People: 120}, {Name: "b", People: 40}}},
		{Report: Popular, Title: "Nothing", Until: "2026-11-26"},
		{Report: Trends, Title: "Trends", Until: "2026-11-26", From: "2026-11-12", Margin: 5, Rows: []Row{
			{Name: "2026-11-12", Of: "viewed", People: 10}, {Name: "2026-11-19", Of: "viewed", People: 20}, {Name: "2026-11-12", Of: "purchased", People: 1}, {Name: "2026-11-19", Of: "purchased", People: 2}}},
	} {
		var out bytes.Buffer
		if err := a.WriteSVG(&out); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", a.Title, err)
			}
		}
		for _, r := range a.Rows {
			if !strings.Contains(text, fmt.Sprint(r.People)) {
				t.Errorf("%s does not say %d", a.Title, r.People)
			}
		}
		if strings.Contains(text, "<b>") {
			t.Errorf("%s: a title is markup", a.Title)
		}
	}
}

func TestEachFamilyDeclaresItself(t *testing.T) {
	for _, f := range Families() {
		if len(f.Name) > 16 || f.Title == "" || f.Counts == "" || f.Tells == "" || f.Hides == "" || f.Source == 0 {
			t.Errorf("%+v", f)
		}
	}
}

func FuzzDecodeLedger(f *testing.F) {
	f.Add([]byte(`{"spent":{"2026-11":4400000}}`))
	f.Add([]byte(`{"spent":{"2026-11":-1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := DecodeLedger(text)
		if err != nil {
			return
		}
		if left := l.Left(settings(), noon); left < 0 || left > settings().Budget() {
			t.Errorf("%d is left", left)
		}
	})
}

func FuzzDecodeAnswer(f *testing.F) {
	f.Add([]byte(`{"report":"popular","until":"2026-11-26","cost":1,"rows":[{"name":"a","people":3}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := DecodeAnswer(text)
		if err != nil {
			return
		}
		if len(a.Table()) != len(a.Rows)+1 {
			t.Error("a row is missing")
		}
		_ = a.WriteSVG(io.Discard) // may refuse what cannot be drawn, not panic
	})
}
