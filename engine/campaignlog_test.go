package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/records"
)

// merchandiser is who changes campaigns in tests.
var merchandiser = tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k1", Reason: "the spring comes"})

func TestWhoChangedACampaignIsKeptWithTheChange(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	put := func(ctx context.Context, body string) error {
		text := []byte(plainCampaign("new", "") + "\n# " + body)
		first, err := w.PutCampaign(ctx, "new", text, "")
		if err == nil {
			_, err = w.PutCampaign(ctx, "new", text, first.Confirm)
		}
		return err
	}
	if err := put(context.Background(), "0"); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("by nobody: %v", err)
	}
	if _, there := w.offered.Load().Find("new"); there {
		t.Error("live by nobody")
	}
	bea := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Bea C."})
	if put(merchandiser, "1") != nil || put(bea, "2") != nil {
		t.Fatal("not put")
	}
	if err := w.DeleteCampaign(context.Background(), "new"); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("deleted by nobody: %v", err)
	}
	if err := w.DeleteCampaign(merchandiser, "new"); err != nil {
		t.Fatal(err)
	}
	w.shut()
	w.open()
	log, err := w.CampaignLog(context.Background(), 10)
	if err != nil || len(log) != 3 {
		t.Fatalf("%+v %v", log, err)
	}
	for i, want := range []records.CampaignEntry{
		{No: 3, Change: "deleted", By: "Ada B.", Key: "k1", Why: "the spring comes"},
		{No: 2, Change: "changed", By: "Bea C.", Text: "2"},
		{No: 1, Change: "added", By: "Ada B.", Key: "k1", Why: "the spring comes", Text: "1"},
	} {
		got := log[i]
		if got.No != want.No || got.Change != want.Change || got.By != want.By || got.Key != want.Key || got.Why != want.Why || got.Campaign != "new" || got.Time.IsZero() ||
			!strings.HasSuffix(got.Text, want.Text) || (want.Text == "") != (got.Text == "") {
			t.Errorf("entry %d: %+v", i, got)
		}
	}
}

func TestTheLogOfCampaignsIsBounded(t *testing.T) {
	w := newWorld(t, nil)
	for i := range records.MaxCampaignEntries + 3 {
		_, version, err := w.records.Campaigns(context.Background())
		if err == nil {
			err = w.records.WriteCampaign(context.Background(), "a", fmt.Appendf(nil, "%d", i), records.CampaignEntry{Campaign: "a", By: "Ada B."}, version)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	log, err := w.records.CampaignLog(context.Background(), 2*records.MaxCampaignEntries)
	if err != nil || len(log) != records.MaxCampaignEntries || log[0].No != records.MaxCampaignEntries+3 || log[len(log)-1].No != 4 {
		t.Errorf("%d entries: %v", len(log), err)
	}
}
