package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/client"
)

// serving answers as a Tactful server would, so that the examples run anywhere.
func serving(answers map[string]string) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, answers[r.Method+" "+r.URL.Path])
	}))
}

func ExampleClient_Recommend() {
	server := serving(map[string]string{"POST /v1/decisions/recommendations": `{"id":"d1","time":"2026-11-22T12:00:00Z","placement":"for_you","level":"personal","withheld":[],
		"suggestions":[{"item":{"id":"A1","title":"Cup"},"score":1.2,"origin":"ranked","reason":{"key":"because.purchased","sentence":"You bought a pot.","language":"en"}}]}`})
	defer server.Close()

	c, err := client.New(client.Options{URL: server.URL, Key: "tk_d_..."})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	decision, err := c.Recommend(ctx, tactful.Request{
		Subject:   tactful.Alias{Kind: tactful.UserID, ID: "u1"},
		Placement: tactful.ForYou,
		Count:     8,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range decision.Suggestions {
		fmt.Printf("%s: %s\n", s.Item.Title, s.Reason.Sentence)
	}
	fmt.Println("receipt", decision.ID)
	// Output:
	// Cup: You bought a pot.
	// receipt d1
}

func ExampleClient_Send() {
	server := serving(map[string]string{"POST /v1/events": `{"accepted":1,"duplicate":0,"ignored":0,"refused":1,"outcomes":[
		{"index":0,"status":"accepted"},{"index":1,"status":"refused","reason":"no_record"}]}`})
	defer server.Close()

	c, err := client.New(client.Options{URL: server.URL, Key: "tk_w_..."})
	if err != nil {
		fmt.Println(err)
		return
	}
	outcomes, err := c.Send(context.Background(),
		client.Event{Subject: tactful.Alias{Kind: tactful.UserID, ID: "u1"}, Event: tactful.Event{Action: tactful.Purchased, Item: "A1", Value: 295}},
		client.Event{Subject: tactful.Alias{Kind: tactful.UserID, ID: "u2"}, Event: tactful.Event{Action: tactful.Viewed, Item: "A1"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range outcomes {
		fmt.Printf("%s %q\n", o.Status, o.Reason) // a refused event is no error: u2 did not agree
	}
	// Output:
	// accepted ""
	// refused "no_record"
}

func ExampleClient_Offer() {
	server := serving(map[string]string{
		"POST /v1/decisions/offers": `{"id":"d1","time":"2026-11-22T12:00:00Z","placement":"home","channel":"site","level":"personal","withheld":[],
			"offers":[{"campaign":"kitchen","creative":"site","kind":"marketing","title":"For the kitchen","body":"New pots and pans.","language":"en","house":false,
				"reason":{"key":"because.purchased","sentence":"Because you bought a pot.","language":"en"}}],
			"reasons":[{"campaign":"toys","creative":"site","guard":"purchased","detail":"bought already","sentence":"Left out: you have it."}]}`,
		"POST /v1/decisions/d1/shown": "",
	})
	defer server.Close()

	c, err := client.New(client.Options{URL: server.URL, Key: "tk_d_..."})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	decision, err := c.Offer(ctx, tactful.OfferRequest{
		Subject:   tactful.Alias{Kind: tactful.UserID, ID: "u1"},
		Placement: "home",
		Channel:   "site",
		Count:     1,
		Language:  "en",
	})
	if err != nil {
		fmt.Println(err) // show nothing: a page without an offer is whole
		return
	}
	for _, o := range decision.Offers {
		fmt.Printf("%s: %s (%s)\n", o.Title, o.Body, o.Reason.Sentence)
		// What is never reported counts as shown. Call ReleaseOffers instead if it was not.
		if err := c.Report(ctx, decision.ID, tactful.FeedbackShown, o.Campaign+"/"+o.Creative); err != nil {
			fmt.Println(err)
		}
	}
	for _, not := range decision.Reasons {
		fmt.Printf("not %s: %s\n", not.Campaign, not.Guard) // no offer at all is an answer too, and no error
	}
	// Output:
	// For the kitchen: New pots and pans. (Because you bought a pot.)
	// not toys: purchased
}

func ExampleClient_SetConsents() {
	server := serving(map[string]string{
		"GET /v1/notices":              `{"notices":[{"purpose":"recommendations","version":"1","language":"en","text":"May we pick things for you?","hash":"ab12"}]}`,
		"PUT /v1/subjects/u1/consents": `{"level":"personal","gpc":false,"purposes":{"recommendations":{"id":"r1","answer":"granted","time":"2026-11-22T12:00:00Z"}}}`,
	})
	defer server.Close()

	c, err := client.New(client.Options{URL: server.URL, Key: "tk_r_..."})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	notices, err := c.Notices(ctx, "en")
	if err != nil {
		fmt.Println(err)
		return
	}
	// Show notices[0].Text, and record the answer with the text that was shown.
	standing, err := c.SetConsents(ctx, tactful.Alias{Kind: tactful.UserID, ID: "u1"}, tactful.Personal, tactful.Consent{
		Purpose: notices[0].Purpose, Answer: tactful.Granted, Method: "form",
		NoticeVersion: notices[0].Version, NoticeHash: notices[0].Hash, Language: notices[0].Language,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(standing.Level, standing.Purposes[tactful.Recommendations].Answer)
	// Output: personal granted
}
