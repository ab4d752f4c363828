package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/client"
)

// TestTheGoClientDrivesARealServer goes through the client's calls against a
// server that runs as in production.
func TestTheGoClientDrivesARealServer(t *testing.T) {
	s := newShell(t)
	key := strings.TrimSpace(s.on("keys", "create", "--name", "shop", "--scope", "write", "--scope", "decide", "--scope", "rights"))
	public := free(t)
	file := s.write("tactful.yaml", fmt.Sprintf("server: {admin_addr: '%s'}\n", free(t)))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"serve", "--config", file, "--addr", public}, s.stores()...), io.Discard, io.Discard)
	}()
	defer func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("the server ended with %d", code)
		}
	}()
	if status, _ := get(t, "http://"+public+"/readyz"); status != http.StatusOK {
		t.Fatalf("not ready: %d", status)
	}

	c, err := client.New(client.Options{URL: "http://" + public, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	anna, bert := tactful.Alias{Kind: tactful.UserID, ID: "anna/ä b"}, tactful.Alias{Kind: tactful.UserID, ID: "bert"}
	items := make([]tactful.Item, 600) // more than go in one call
	for i := range items {
		items[i] = tactful.Item{ID: fmt.Sprintf("A%d", i), Title: fmt.Sprintf("Thing %d", i), Price: int64(i), Currency: "EUR", Availability: tactful.InStock}
	}
	items[599].ID, items[599].Price = "a/b ?", -1
	if err := c.PutItems(ctx, items...); err != nil {
		t.Fatal(err)
	}
	if it, err := c.Item(ctx, "a/b ?"); err != nil || it.Price != -1 || it.Title != "Thing 599" {
		t.Errorf("%+v %v", it, err)
	}
	if err := c.DeleteItem(ctx, "A598"); err != nil {
		t.Error(err)
	}
	if _, err := c.Item(ctx, "A598"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a deleted item: %v", err)
	}

	notices, err := c.Notices(ctx, "en")
	if err != nil || len(notices) == 0 {
		t.Fatalf("%d notices, %v", len(notices), err)
	}
	var yes []tactful.Consent
	for _, n := range notices {
		if n.Purpose == tactful.Recommendations {
			yes = append(yes, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	standing, err := c.SetConsents(ctx, anna, tactful.Personal, yes...)
	if err != nil || standing.Level != tactful.Personal || standing.Purposes[tactful.Recommendations].Answer != tactful.Granted {
		t.Fatalf("%+v %v", standing, err)
	}
	if standing, err = c.Consents(ctx, bert); err != nil || len(standing.Purposes) != 0 {
		t.Errorf("somebody unknown: %+v %v", standing, err)
	}

	events := []client.Event{
		{Subject: anna, Event: tactful.Event{Action: tactful.Purchased, Item: "A1", Quantity: 2, Value: 295, Order: "o1", Time: time.Now().Add(-time.Hour)}},
		{Subject: bert, Event: tactful.Event{Action: tactful.Viewed, Item: "A1"}},
	}
	outcomes, err := c.Send(ctx, events...)
	if err != nil || !outcomes[0].Stored() || outcomes[1].Stored() || outcomes[1].Reason == "" {
		t.Fatalf("%+v %v", outcomes, err)
	}
	if outcomes, err = c.Send(ctx, events[0]); err != nil || outcomes[0].Status != "duplicate" { // it has its name and time by now
		t.Errorf("sent again: %+v %v", outcomes, err)
	}

	d, err := c.Recommend(ctx, tactful.Request{Subject: anna, Placement: tactful.ForYou, Count: 5})
	if err != nil || d.ID == "" || d.Level != tactful.Personal || len(d.Suggestions) != 5 || d.Suggestions[0].Reason.Sentence == "" || d.Suggestions[0].Origin == tactful.OriginUnknown {
		t.Fatalf("%+v %v", d, err)
	}
	if d, err := c.Recommend(ctx, tactful.Request{Subject: anna, Placement: tactful.ForYou, Count: 5, GPC: true}); err != nil || !d.GPC {
		t.Errorf("with Global Privacy Control: %+v %v", d, err)
	}
	for _, kind := range []tactful.FeedbackKind{tactful.FeedbackShown, tactful.FeedbackClicked, tactful.FeedbackWrong} {
		if err := c.Report(ctx, d.ID, kind, d.Suggestions[0].Item.ID); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := c.Recommend(ctx, tactful.Request{Placement: tactful.ForYou, Count: 5, Region: "nowhere at all"}); tactful.KindOf(err) != tactful.Invalid {
		t.Errorf("a region that is none: %v", err)
	}
	if err := c.Erase(ctx, anna); err != nil {
		t.Error(err)
	}
	if err := c.Erase(ctx, anna); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("erased twice: %v", err)
	}
	stranger, err := client.New(client.Options{URL: "http://" + public, Key: "tk_w_nobody"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Send(ctx, events[0]); tactful.KindOf(err) != tactful.Refused {
		t.Errorf("an unknown key: %v", err)
	}
}
