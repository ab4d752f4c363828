package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/tactful/tactful"
)

const scarceCampaign = `campaigns:
  - id: mugs
    kind: marketing
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: A red mug, body: Only 3 left in stock., item: item-1}
`

// TestWhatIsSaidOfStockIsHeldToTheCatalogue changes the count and nothing else.
func TestWhatIsSaidOfStockIsHeldToTheCatalogue(t *testing.T) {
	w := selling(t, scarceCampaign, nil)
	w.busy()
	ctx := context.Background()
	count := func(n *int64) {
		t.Helper()
		it := tactful.Item{ID: "item-1", Title: "Thing number 1", Categories: []string{"Kitchen"}, Price: 100, Currency: "GBP", Availability: tactful.InStock, Stock: n}
		if err := w.PutItems(ctx, []tactful.Item{it}); err != nil {
			t.Fatal(err)
		}
	}
	pieces := func(n int64) *int64 { return &n }
	people := 0
	offered := func() (bool, map[string]int) {
		people++ // another one each time, so that no cap answers
		id := fmt.Sprint("reader", people)
		w.grant(id, every...)
		d := w.offerFor(id, "site", 1)
		return slices.Contains(offeredNames(d), "mugs/site"), whyNot(d)
	}
	count(pieces(3))
	if is, why := offered(); is || why["coercive"] != 1 {
		t.Errorf("before a human has read it: %v %v", is, why)
	}
	ann := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: "Ann", Key: "k", Reason: "reads the copy"})
	if _, err := w.DecideCopy(ann, "mugs", "site", true, "it says plainly how many there are"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		stock *int64
		is    bool
		why   string
	}{
		{"three are left", pieces(3), true, ""},
		{"two are left", pieces(2), false, "coercive"},
		{"forty are left", pieces(40), false, "coercive"},
		{"nobody counts", nil, false, "coercive"},
		{"none is left", pieces(0), false, "stock"},
		{"three are left again", pieces(3), true, ""},
	} {
		count(c.stock)
		if is, why := offered(); is != c.is || c.why != "" && why[c.why] != 1 {
			t.Errorf("%s: offered %v, %v", c.name, is, why)
		}
	}
}

func TestAMessageWhoseItemIsSoldOutMeanwhileIsNotSent(t *testing.T) {
	for _, left := range []int64{0, 1} {
		out := newPost(func(call) (int, error) { return 429, nil })
		w := handing(t, out, nil)
		text := `{id: wood, kind: marketing, priority: 9, placements: [home], creatives: [{id: mail, channel: mail, language: en, title: A thing for playing, body: It is made of wood., item: item-9}]}`
		change, err := w.PutCampaign(merchandiser, "wood", []byte(text), "")
		if err == nil {
			_, err = w.PutCampaign(merchandiser, "wood", []byte(text), change.Confirm)
		}
		if err != nil {
			t.Fatal(err)
		}
		m := w.queueMail("anna", "home")
		if d := w.message(m.ID); d.Campaign != "wood" || d.Tries != 1 {
			t.Fatalf("%+v", d)
		}
		it := tactful.Item{ID: "item-9", Title: "Thing number 9", Categories: []string{"Toys"}, Price: 900, Currency: "GBP", Availability: tactful.InStock, Stock: &left}
		if err := w.PutItems(context.Background(), []tactful.Item{it}); err != nil {
			t.Fatal(err)
		}
		w.clock.pass(deliverFirst + 1)
		d := w.message(m.ID)
		if left == 0 && (d.State != "dropped" || d.Why != notListed || d.Tries != 1) || left == 1 && d.Tries != 2 {
			t.Errorf("with %d left: %+v", left, d)
		}
	}
}
