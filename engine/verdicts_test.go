package engine

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/records"
)

func TestEveryGuardHasANumberInReceipts(t *testing.T) {
	w := newWorld(t, nil)
	words := records.GuardWords()
	for _, g := range w.guards {
		if !slices.Contains(words, g.Name()) {
			t.Errorf("%s has none: add it at the end of guardWords in internal/records", g.Name())
		}
	}
}

func TestAReceiptKeepsEveryVerdictAndOnlyAnOperatorWithAReasonReadsThem(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Guards.Policy = house("Ada B.", "gardens are out of season", houseRule("no-gardens", "'Garden' in item.categories", policy.Refuse),
			houseRule("toys-last", "'Toys' in item.categories", policy.Demote))
	})
	w.stock(24)
	w.crowd(60, 24)
	w.train()
	w.agree("anna", tactful.Personal)
	w.mustSend("anna", "purchased", 1, 2)
	d := w.decide(tactful.Request{Subject: user("anna"), Placement: tactful.ForYou, Count: 5})
	ada := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "she asks why she saw no pots"})
	v, err := w.Verdicts(ada, d.ID, "en")
	if err != nil {
		t.Fatal(err)
	}
	if !v.Kept || len(v.Guards) != len(w.guards) || v.Count != len(v.Candidates) || v.Policy != w.policyVersion {
		t.Fatalf("%+v", v)
	}
	stopped := map[string]int{}
	for i, x := range v.Candidates {
		if i < len(d.Suggestions) && (x.Item != d.Suggestions[i].Item.ID || x.Place != i+1 || x.Sentence != d.Suggestions[i].Reason.Sentence || x.Guard != "") {
			t.Errorf("place %d: %+v", i+1, x)
		}
		if x.Guard != "" {
			stopped[x.Guard]++
			if x.Sentence == "" || x.Title == "" || x.Verdicts[0].Detail == "" {
				t.Errorf("%+v", x)
			}
		}
		for _, said := range x.Verdicts {
			if said.Guard == "policy" && !strings.Contains(said.Detail, "no-gardens") && !strings.Contains(said.Detail, "toys-last") {
				t.Errorf("%+v", said)
			}
		}
	}
	for _, left := range d.Withheld {
		if stopped[left.Guard] != left.Count {
			t.Errorf("%s stopped %d, %d are kept", left.Guard, left.Count, stopped[left.Guard])
		}
	}
	if stopped["policy"] == 0 || stopped["purchased"] != 2 {
		t.Errorf("%v", stopped)
	}
	looks, err := w.Looks(ada, user("anna"), 5)
	if err != nil || !slices.ContainsFunc(looks, func(l tactful.Look) bool { return l.Name == "Ada B." && l.Opened&tactful.OpenedReceipts != 0 }) {
		t.Errorf("no look is on record: %+v, %v", looks, err)
	}

	for name, actor := range map[string]tactful.Actor{
		"a program":                  {Kind: tactful.ActorService, Key: "website"},
		"an operator with no reason": {Kind: tactful.ActorOperator, Name: "Ada B."},
	} {
		if _, err := w.Verdicts(tactful.WithActor(context.Background(), actor), d.ID, "en"); err == nil {
			t.Errorf("%s reads them", name)
		}
	}
	if _, err := w.Verdicts(ada, "nothing", "en"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("%v", err)
	}
	nobody := w.decide(tactful.Request{Placement: tactful.Popular, Count: 5})
	program := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorService, Key: "website"})
	if v, err := w.Verdicts(program, nobody.ID, "en"); err != nil || v.Count == 0 {
		t.Errorf("about nobody: %+v, %v", v, err)
	}
}

func TestARuleOfThenIsNotNamedByTheRulesOfNow(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Guards.Policy = house("Ada B.", "gardens are out of season", houseRule("no-gardens", "'Garden' in item.categories", policy.Refuse))
	})
	w.stock(12)
	d := w.decide(tactful.Request{Placement: tactful.Popular, Count: 12})
	w.policyVersion = "another"
	v, err := w.Verdicts(context.Background(), d.ID, "en")
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, x := range v.Candidates {
		for _, one := range x.Verdicts {
			if one.Guard == "policy" {
				said++
				if strings.Contains(one.Detail, "no-gardens") || !strings.Contains(one.Detail, v.Policy) {
					t.Errorf("%q", one.Detail)
				}
			}
		}
	}
	if said == 0 {
		t.Error("the rule refused nothing")
	}
}

func TestADryRunSeesAllThatRulesRefused(t *testing.T) {
	w := newWorld(t, func(c *Config) {
		c.Guards.Policy = house("Ada B.", "gardens are out of season", houseRule("no-gardens", "'Garden' in item.categories", policy.Refuse))
	})
	w.stock(60) // twenty in each category: far more than a receipt names
	w.decide(tactful.Request{Placement: tactful.Popular, Count: 50})
	d, err := w.DiffPolicy(context.Background(), nil, time.Hour)
	if err != nil || d.MayComeBack <= 5 || d.RefusedUnnamed != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestOffersKeepTheirVerdictsToo(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	w.mustSend("anna", "viewed", 3)
	w.clock.pass(time.Minute)
	for range 4 {
		w.offerFor("anna", "site", 3)
	}
	d := w.offerFor("anna", "site", 3)
	receipt, err := w.Receipt(context.Background(), d.ID)
	if err != nil || receipt.Judged == nil || receipt.Judged.Count == 0 {
		t.Fatalf("%+v, %v", receipt, err)
	}
	for _, line := range receipt.Judged.Rulings {
		for _, at := range line.At {
			if int(at) >= len(receipt.Judged.Offers) {
				t.Errorf("%+v is about nothing", line)
			}
		}
	}
	ada := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Reason: "she asks why there is no offer"})
	v, err := w.Verdicts(ada, d.ID, "en")
	if err != nil {
		t.Fatal(err)
	}
	for _, left := range d.Withheld {
		named := 0
		for _, x := range v.Candidates {
			for _, said := range x.Verdicts {
				if said.Guard == left.Guard && said.Ruling == "withhold" {
					named++
				}
			}
		}
		if slices.Contains(v.Guards, left.Guard) && named != left.Count {
			t.Errorf("%s stopped %d, %d are kept", left.Guard, left.Count, named)
		}
	}
	if len(d.Withheld) == 0 {
		t.Error("nothing was stopped, so nothing was compared")
	}
}
