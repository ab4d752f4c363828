package campaign

import (
	"slices"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

// person is somebody who agreed, with what they did, newest first.
func person(pieces ...decision.Piece) *decision.Case {
	return &decision.Case{
		Now: noon, Request: &tactful.Request{Placement: tactful.ForYou, Language: "de-AT", Region: "AT"},
		Permit:   decision.Permit{Level: tactful.Personal, Purpose: tactful.Offers, Allowed: true, ConsentID: "c"},
		Evidence: decision.Evidence{Pieces: pieces},
		Labels:   &decision.Labels{Sensitive: decision.Classes(0).With(0), Of: []decision.Classes{0, 0, 0, 0, decision.Classes(0).With(0)}},
		Wishes:   &decision.Wishes{Topics: map[string]tactful.TopicWish{"Garden": tactful.WishMore, "Kitchen": tactful.WishLess}},
	}
}

var (
	spade = &tactful.Item{ID: "spade", No: 1, Categories: []string{"Garden", "Tools"}}
	pan   = &tactful.Item{ID: "pan", No: 2, Categories: []string{"Kitchen"}}
	pills = &tactful.Item{ID: "pills", No: 4, Categories: []string{"Garden"}}
)

func did(a tactful.Action, item *tactful.Item, ago time.Duration) decision.Piece {
	return decision.Piece{Item: item.No, Listed: item, Action: a, Provenance: tactful.Observed, Origin: decision.FromHistory, Time: noon.Add(-ago), Weight: 1}
}

func TestWhoIsInAnAudience(t *testing.T) {
	garden := Filter{Deed: &Deed{Did: Looked, Category: "Garden", Within: 14 * day}}
	weightless := did(tactful.Viewed, spade, day)
	weightless.Weight = 0
	session := did(tactful.Viewed, spade, 0)
	session.Origin = decision.FromRequest
	refused := person(did(tactful.Viewed, spade, day))
	refused.Permit = decision.Permit{Level: tactful.Context, Purpose: tactful.Offers}
	frozen := person(did(tactful.Viewed, spade, day))
	frozen.Permit.Frozen = true
	for _, test := range []struct {
		name   string
		f      *Filter
		c      *decision.Case
		in     bool
		pieces []int32
		topic  string
	}{
		{"no filter is everybody", nil, person(), true, nil, ""},
		{"who looked at the category", &garden, person(did(tactful.Viewed, pan, day), did(tactful.Viewed, spade, day)), true, []int32{1}, ""},
		{"who looked at one inside it", &Filter{Deed: &Deed{Did: Looked, Category: "Tools"}}, person(did(tactful.Clicked, spade, day)), true, []int32{0}, ""},
		{"who looked at another", &garden, person(did(tactful.Viewed, pan, day)), false, nil, ""},
		{"who looked too long ago", &garden, person(did(tactful.Viewed, spade, 15*day)), false, nil, ""},
		{"who bought since has not only looked", &garden, person(did(tactful.Purchased, spade, day)), false, nil, ""},
		{"who took it out", &garden, person(weightless), false, nil, ""},
		{"who has it on the page only", &garden, person(session), false, nil, ""},
		{"who did not agree", &garden, refused, false, nil, ""},
		{"whose data is restricted", &garden, frozen, false, nil, ""},
		{"what is sensitive chooses nobody", &garden, person(did(tactful.Viewed, pills, day)), false, nil, ""},
		{"the item itself", &Filter{Deed: &Deed{Did: Bought, Item: "pan"}}, person(did(tactful.Purchased, pan, 300*day)), true, []int32{0}, ""},
		{"what is in the basket", &Filter{Deed: &Deed{Did: Basket, Item: "pan"}}, person(did(tactful.Added, pan, day)), true, []int32{0}, ""},
		{"what was saved", &Filter{Deed: &Deed{Did: Saved, Item: "pan"}}, person(did(tactful.Viewed, pan, day)), false, nil, ""},
		{"a language of the audience", &Filter{Languages: []string{"en", "de"}}, person(), true, nil, ""},
		{"another", &Filter{Languages: []string{"d", "fr"}}, person(), false, nil, ""},
		{"a region", &Filter{Regions: []string{"AT"}}, person(), true, nil, ""},
		{"another region", &Filter{Regions: []string{"DE"}}, person(), false, nil, ""},
		{"what they want more of", &Filter{Prefers: "Garden"}, person(), true, nil, "Garden"},
		{"what they want less of", &Filter{Prefers: "Kitchen"}, person(), false, nil, ""},
		{"not", &Filter{Not: &garden}, person(), true, nil, ""},
		{"not, of somebody who did not agree", &Filter{Not: &garden}, refused, false, nil, ""},
		{"all of it", &Filter{All: []Filter{garden, {Regions: []string{"AT"}}}}, person(did(tactful.Viewed, spade, day)), true, []int32{0}, ""},
		{"not all of it", &Filter{Any: []Filter{{All: []Filter{garden, {Regions: []string{"DE"}}}}, {Prefers: "Garden"}}}, person(did(tactful.Viewed, spade, day)), true, nil, "Garden"},
		{"either gives its reasons", &Filter{Any: []Filter{garden, {Deed: &Deed{Did: Looked, Item: "pan"}}}}, person(did(tactful.Viewed, pan, day), did(tactful.Viewed, spade, day)), true, []int32{0, 1}, ""},
		{"an empty filter is nobody", &Filter{}, person(), false, nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			fit, in := test.f.Fits(test.c)
			if in != test.in || in && (!slices.Equal(fit.Pieces, test.pieces) || fit.Topic != test.topic) {
				t.Errorf("in: %v, by %+v", in, fit)
			}
		})
	}
}

func TestWhenACampaignRuns(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	night := Schedule{Zone: berlin, From: 22 * 60, Until: 2 * 60, Days: [7]bool{time.Saturday: true}}
	dates := Schedule{Zone: berlin, Start: at("2026-03-01 00:00"), End: at("2026-05-01 00:00")}
	for _, test := range []struct {
		name string
		s    Schedule
		when time.Time
		open bool
	}{
		{"always", Schedule{}, noon, true},
		{"before it starts", dates, at("2026-02-28 23:59"), false},
		{"on its first day", dates, at("2026-03-01 00:00"), true},
		{"on its last day", dates, at("2026-04-30 23:59"), true},
		{"after its last day", dates, at("2026-05-01 00:00"), false},
		{"over midnight, before it", night, at("2026-11-28 23:00"), true}, // a Saturday
		{"over midnight, after it", night, at("2026-11-29 01:59"), true},
		{"over midnight, of the wrong day", night, at("2026-11-28 01:00"), false},
		{"at its end", night, at("2026-11-29 02:00"), false},
		{"in summer time too", Schedule{Zone: berlin, From: 9 * 60, Until: 10 * 60}, time.Date(2026, 7, 1, 7, 30, 0, 0, time.UTC), true},
		{"and in winter an hour later", Schedule{Zone: berlin, From: 9 * 60, Until: 10 * 60}, time.Date(2026, 1, 15, 7, 30, 0, 0, time.UTC), false},
	} {
		if got := test.s.Open(test.when); got != test.open {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}

func TestBudgetsAreLeasedInSlices(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		b     Budget
		most  int64
		slice int64
	}{
		{Budget{}, 0, 0},
		{Budget{Count: 20000}, 20000, 200},
		{Budget{Count: 7}, 7, 1},
		{Budget{Count: 1 << 40}, 1 << 40, 1000},
		{Budget{Money: 1000, Cost: 3}, 333, 3},
		{Budget{Count: 10, Money: 1000, Cost: 3}, 10, 1},
	} {
		if most, bounded := test.b.Most(); most != test.most || bounded != (test.most > 0) || test.b.Slice() != test.slice {
			t.Errorf("%+v: %d %d", test.b, most, test.b.Slice())
		}
	}
	late := time.Date(2026, 12, 31, 23, 30, 0, 0, time.UTC) // the new year in Berlin
	for per, want := range map[string]string{"day": "2027-01-01", "week": "2026-W53", "month": "2027-01", "campaign": "all"} {
		if got := (&Budget{Per: per}).Period(late, berlin); got != want {
			t.Errorf("%s: %s, want %s", per, got, want)
		}
	}
}
