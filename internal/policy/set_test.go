package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/catalog"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/policy"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func wine() *tactful.Item {
	return &tactful.Item{ID: "wine", No: 1, Title: "Red wine", Categories: []string{"Food", "Wine"}, Labels: []string{"adult"}, Price: 2000, Currency: "EUR",
		Attributes: map[string]string{"colour": "red"}, Availability: tactful.InStock, Group: "wines"}
}

func evening() *decision.Case {
	return &decision.Case{Now: now, Request: &tactful.Request{Placement: tactful.ForYou, Region: "DE", Language: "de", Query: "wine", Items: []string{"cheese"}, Count: 5},
		Permit: decision.Permit{Level: tactful.Personal}, Visible: true,
		Labels: &decision.Labels{Names: []string{"alcohol", "health"}, Of: []decision.Classes{0, 1}}, Sought: 2}
}

func rules(t testing.TB, list ...policy.Rule) *policy.Set {
	t.Helper()
	for i := range list {
		if list[i].Name == "" {
			list[i].Name = fmt.Sprintf("r%d", i)
		}
		if list[i].Then == "" {
			list[i].Then = policy.Refuse
		}
		list[i].Why = "w"
	}
	set, err := policy.New(&policy.Settings{Rules: list, Changed: policy.Change{By: "Ada B.", Why: "the season is over"}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func verdict(set *policy.Set, c *decision.Case, x decision.Candidate) (v policy.Verdict) {
	set.Judge(c, []decision.Candidate{x}, func(_ int, said policy.Verdict) { v = said })
	return v
}

func TestWhatARuleCanSee(t *testing.T) {
	x := decision.Candidate{Item: wine(), Score: 0.5, Origin: tactful.Ranked, People: 30, Contributions: make([]decision.Contribution, 2)}
	for _, when := range []string{
		"item.id == 'wine'", "item.title.contains('wine')", "'Wine' in item.categories", "item.labels.exists(l, l == 'adult')", "item.price == 2000",
		"item.price > 19.5", "item.currency == 'EUR'", "item.availability == 'in_stock'", "item.group == 'wines'", "item.attributes.colour == 'red'",
		"item.attributes['colour'] == 'red'", "!has(item.attributes.size)", "item.title.matches('(?i)^red')", "'alcohol' in item.classes", "!('health' in item.classes)",
		"candidate.origin == 'ranked'", "candidate.score == 0.5", "candidate.people == 30", "candidate.pieces == 2",
		"request.placement == 'for_you'", "request.region == 'DE'", "request.language == 'de'", "request.query == 'wine'", "'cheese' in request.items",
		"request.count == 5", "request.visible", "'health' in request.sought", "level == 'personal'", "now.getHours('Europe/Berlin') == 13",
		"request.region == 'DE' && item.price > 1000 && candidate.people > 20", "request.region == 'FR' || item.price > 1000",
	} {
		if v := verdict(rules(t, policy.Rule{When: when}), evening(), x); v.Ruling != decision.Withhold || v.Failed {
			t.Errorf("%s: %+v, want it to hold", when, v)
		}
		if v := verdict(rules(t, policy.Rule{When: "!(" + when + ")"}), evening(), x); v.Ruling != decision.Allow {
			t.Errorf("not %s: %+v, want it to let through", when, v)
		}
	}
}

// TestARuleCannotNameThePerson keeps who somebody is, what they did and their
// session out of rules.
func TestARuleCannotNameThePerson(t *testing.T) {
	for _, name := range []string{"request.subject", "request.session", "subject", "person", "evidence", "permit.consent_id", "request.gpc"} {
		s := policy.Settings{Rules: []policy.Rule{{Name: "a", When: name + " == name", Then: policy.Refuse, Why: "w"}}, Changed: policy.Change{By: "Ada B.", Why: "the season is over"}}
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "undeclared reference") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARuleThatFailsHasRefused(t *testing.T) {
	x := decision.Candidate{Item: wine()}
	for _, test := range []struct {
		name, when string
		want       policy.Verdict
	}{
		{"an attribute that is not there", "item.attributes.size == 'L'", policy.Verdict{Ruling: decision.Withhold, Failed: true}},
		{"a category that is not there", "item.categories[7] == 'Wine'", policy.Verdict{Ruling: decision.Withhold, Failed: true}},
		{"a division by nothing", "1 / (item.price - 2000) > 0", policy.Verdict{Ruling: decision.Withhold, Failed: true}},
		{"a zone that is none", "now.getHours('Europe/Nowhere') > 3", policy.Verdict{Ruling: decision.Withhold, Failed: true}},
		{"beside what decides against it", "item.attributes.size == 'L' && request.region == 'FR'", policy.Verdict{Ruling: decision.Allow}},
		{"beside what does not", "item.attributes.size == 'L' && request.region == 'DE'", policy.Verdict{Ruling: decision.Withhold, Failed: true}},
		{"asked for first", "has(item.attributes.size) && item.attributes.size == 'L'", policy.Verdict{Ruling: decision.Allow}},
	} {
		for _, then := range []string{policy.Refuse, policy.Demote} {
			if v := verdict(rules(t, policy.Rule{When: test.when, Then: then}), evening(), x); v != test.want {
				t.Errorf("%s (%s): got %+v, want %+v", test.name, then, v, test.want)
			}
		}
	}
	if v := verdict(rules(t, policy.Rule{When: "item.price > 0"}), evening(), decision.Candidate{}); !v.Failed || v.Ruling != decision.Withhold {
		t.Errorf("no item: %+v", v)
	}
	if v := verdict(rules(t, policy.Rule{When: "request.count > 0"}), &decision.Case{}, x); !v.Failed {
		t.Errorf("no request: %+v", v)
	}
}

func TestRefusingOutranksDemotingAndTheFirstRuleSpeaks(t *testing.T) {
	x := decision.Candidate{Item: wine()}
	demote := func(when string) policy.Rule { return policy.Rule{When: when, Then: policy.Demote} }
	refuse := func(when string) policy.Rule { return policy.Rule{When: when} }
	for _, test := range []struct {
		name  string
		rules []policy.Rule
		want  policy.Verdict
	}{
		{"none holds", []policy.Rule{demote("false"), refuse("false")}, policy.Verdict{Ruling: decision.Allow}},
		{"one demotes", []policy.Rule{refuse("false"), demote("true")}, policy.Verdict{Ruling: decision.Demote, Rule: 1}},
		{"two demote", []policy.Rule{demote("true"), demote("true")}, policy.Verdict{Ruling: decision.Demote}},
		{"a later one refuses", []policy.Rule{demote("true"), refuse("item.price > 0")}, policy.Verdict{Ruling: decision.Withhold, Rule: 1}},
	} {
		if v := verdict(rules(t, test.rules...), evening(), x); v != test.want {
			t.Errorf("%s: got %+v, want %+v", test.name, v, test.want)
		}
	}
}

// TestPartsAreAskedAsOftenAsTheyMustBe compares each rule, split into its parts
// and remembered by item, with the same rule in one piece that depends on
// everything.
func TestPartsAreAskedAsOftenAsTheyMustBe(t *testing.T) {
	for when, asked := range map[string]string{
		"request.region == 'DE'":                          "once a decision",
		"'Wine' in item.categories && item.price > 10":    "once an item",
		"item.price > 10 && request.region == 'DE'":       "once an item",
		"item.price > 10 || request.region == 'DE'":       "each candidate",
		"candidate.people > 10 && item.price > 10":        "each candidate",
		"item.classes.size() > 0":                         "each candidate",
		"item.categories.exists(c, c == request.region)":  "each candidate",
		"item.categories.exists(c, c == 'Wine')":          "once an item",
		"[1, 2].exists(n, n == 3) || level == 'personal'": "once a decision",
	} {
		set := rules(t, policy.Rule{When: when})
		if _, got := set.Cost(0); got != asked {
			t.Errorf("%s is asked %s, want %s", when, got, asked)
		}
		whole := rules(t, policy.Rule{When: "(" + when + ") == (candidate.score == candidate.score)"})
		for range 3 {
			for _, price := range []int64{5, 20} {
				for _, region := range []string{"DE", "FR"} {
					item := wine()
					item.Price = price
					c, x := evening(), decision.Candidate{Item: item, People: uint32(price)}
					c.Request.Region = region
					if one, other := verdict(set, c, x), verdict(whole, c, x); one != other {
						t.Errorf("%s: %+v in parts, %+v in one piece", when, one, other)
					}
					if one, again := verdict(set, c, x), verdict(set, c, x); one != again {
						t.Errorf("%s: %+v, then %+v", when, one, again)
					}
				}
			}
		}
	}
}

func TestWhatIsNotKnownAnyMoreStaysOpen(t *testing.T) {
	x := &decision.Candidate{Item: wine()}
	unknown := func(name string) bool { return name == "request.region" }
	for when, want := range map[string]struct {
		ruling decision.Ruling
		open   int
	}{
		"item.price > 1":                                 {decision.Withhold, 0},
		"request.region == 'DE'":                         {decision.Allow, 1},
		"request.region == 'DE' && item.price < 1":       {decision.Allow, 0},
		"request.region == 'DE' && item.price > 1":       {decision.Allow, 1},
		"request.region == 'DE' || item.price > 1":       {decision.Withhold, 0},
		"!(request.region in ['DE', 'FR'])":              {decision.Allow, 1},
		"request.placement == 'for_you'":                 {decision.Withhold, 0},
		"item.categories.exists(c, c == 'none')":         {decision.Allow, 0},
		"item.categories.exists(c, c == request.region)": {decision.Allow, 1},
	} {
		v, open := rules(t, policy.Rule{When: when}).Try(evening(), x, unknown)
		if v.Ruling != want.ruling || len(open) != want.open {
			t.Errorf("%s: %+v, open %v", when, v, open)
		}
	}
}

func TestTheBoundsOfTheCostAreThoseOfTheCatalogue(t *testing.T) {
	long := strings.Repeat("x", 2000)
	for _, test := range []struct {
		field string
		item  tactful.Item
	}{
		{"categories", tactful.Item{Categories: make([]string, catalog.MaxCategories+1)}},
		{"title", tactful.Item{Title: long}},
	} {
		test.item.ID, test.item.Price = "a", -1
		if err := catalog.Validate([]tactful.Item{test.item}); err == nil {
			t.Errorf("%s has no bound in the catalogue", test.field)
		}
	}
	got := policy.Bounds()
	want := map[string][2]uint64{
		"item.id": {catalog.MaxIDBytes, 0}, "item.title": {catalog.MaxTitleBytes, 0}, "item.categories": {catalog.MaxNameBytes, catalog.MaxCategories},
		"item.labels": {catalog.MaxKeyBytes, catalog.MaxLabels}, "item.attributes": {catalog.MaxAttributeBytes, catalog.MaxAttributes}, "item.group": {catalog.MaxNameBytes, 0},
		"request.query": {tactful.MaxQueryBytes, 0}, "request.items": {catalog.MaxIDBytes, tactful.MaxRequestItems},
	}
	for name, bound := range want {
		if got[name] != bound {
			t.Errorf("%s is taken to be at most %v, the catalogue lets in %v", name, got[name], bound)
		}
	}
}

func TestJudgingFromManySidesAtOnceGivesTheSame(t *testing.T) {
	set := rules(t, policy.Rule{When: "item.price > 100 && request.region == 'DE'"})
	items := make([]*tactful.Item, 50)
	for i := range items {
		items[i] = wine()
		items[i].Price = int64(i) * 10
	}
	done := make(chan string)
	for worker := range 4 {
		go func() {
			fault := ""
			for n := range 200 {
				i := (n*7 + worker) % len(items)
				c := evening()
				if worker%2 == 1 {
					c.Request.Region = "FR"
				}
				want := decision.Allow
				if worker%2 == 0 && items[i].Price > 100 {
					want = decision.Withhold
				}
				if v := verdict(set, c, decision.Candidate{Item: items[i]}); v.Ruling != want {
					fault = fmt.Sprintf("item %d: %+v", i, v)
				}
			}
			done <- fault
		}()
	}
	for range 4 {
		if fault := <-done; fault != "" {
			t.Error(fault)
		}
	}
}

func BenchmarkJudge200Candidates(b *testing.B) {
	candidates := make([]decision.Candidate, 200)
	for i := range candidates {
		item := wine()
		item.Price = int64(i)
		candidates[i] = decision.Candidate{Item: item, Score: 1}
	}
	for name, when := range map[string]string{
		"case":      "request.region == 'FR'",
		"item":      "'Beer' in item.categories && item.price > 5000",
		"both":      "'Wine' in item.categories && request.region == 'DE'",
		"candidate": "candidate.people > 10",
	} {
		b.Run(name, func(b *testing.B) {
			set, c := rules(b, policy.Rule{When: when}), evening()
			verdicts := make([]policy.Verdict, len(candidates))
			b.ReportAllocs()
			for b.Loop() {
				set.Judge(c, candidates, func(i int, v policy.Verdict) { verdicts[i] = v })
			}
		})
	}
}
