package ingest

import (
	"fmt"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

func call(t *testing.T, r *Rules, kind Call, body string) []Sent {
	t.Helper()
	d, err := r.Segment([]byte(body), kind, noon)
	if err != nil {
		t.Fatal(err)
	}
	return d.Items
}

func TestCommerceEventsBecomeWhatPeopleDid(t *testing.T) {
	r := testRules(t)
	cases := []struct {
		event, properties string
		want              []tactful.Event // Action, Item, Quantity, Value, Order, Query
		word, field       string
	}{
		{"Product Viewed", `{"product_id":"p1","price":9.5}`, []tactful.Event{{Action: tactful.Viewed, Item: "p1", Quantity: 1, Value: 950}}, "", ""},
		{"viewed product", `{"sku":"s1","price":"9.50"}`, []tactful.Event{{Action: tactful.Viewed, Item: "s1", Quantity: 1, Value: 950}}, "", ""},
		{"Product Viewed", `{"product_id":4711,"price":"n/a","quantity":"many"}`, []tactful.Event{{Action: tactful.Viewed, Item: "4711", Quantity: 1}}, "", ""},
		{"Product Clicked", `{"product_id":"p"}`, []tactful.Event{{Action: tactful.Clicked, Item: "p", Quantity: 1}}, "", ""},
		{"Product Added", `{"product_id":"p","quantity":3}`, []tactful.Event{{Action: tactful.Added, Item: "p", Quantity: 3}}, "", ""},
		{"Product Removed", `{"product_id":"p"}`, []tactful.Event{{Action: tactful.Removed, Item: "p", Quantity: 1}}, "", ""},
		{"Product Added to Wishlist", `{"product_id":"p"}`, []tactful.Event{{Action: tactful.Saved, Item: "p", Quantity: 1}}, "", ""},
		{"Products Searched", `{"query":"lamp j@x.de"}`, []tactful.Event{{Action: tactful.Searched, Query: "lamp [e-mail]", Quantity: 1}}, "", ""},
		{"Order Completed", `{"order_id":"o","products":[{"product_id":"a","quantity":2,"price":1},{"sku":"b"}]}`,
			[]tactful.Event{{Action: tactful.Purchased, Item: "a", Quantity: 2, Value: 100, Order: "o"}, {Action: tactful.Purchased, Item: "b", Quantity: 1, Order: "o"}}, "", ""},
		{"Order Refunded", `{"order_id":"o","products":[{"product_id":"a"}]}`, []tactful.Event{{Action: tactful.Returned, Item: "a", Quantity: 1, Order: "o"}}, "", ""},
		{"Order Refunded", `{"order_id":"o"}`, nil, WordNoProducts, ""},
		{"Order Completed", `{"order_id":"o","products":[]}`, nil, WordNoProducts, ""},
		{"Product List Viewed", `{"products":[{"product_id":"p"}]}`, nil, WordNotCommerce, ""},
		{"Cart Viewed", `{"products":[{"product_id":"p"}]}`, nil, WordNotCommerce, ""},
		{"Song Played", `{}`, nil, WordNotCommerce, ""},
		{"Product Viewed", `{}`, nil, "", "properties.product_id"},
		{"Order Completed", `{"products":[{"quantity":1}]}`, nil, "", "properties.products[0].product_id"},
		{"Order Completed", `{"products":[7]}`, nil, "", "properties.products[0]"},
		{"Order Completed", `{"order_id":"j@x.de","products":[{"product_id":"a"}]}`, nil, "", "properties.order_id"},
		{"Products Searched", `{}`, nil, "", "properties.query"},
	}
	for i, c := range cases {
		t.Run(fmt.Sprint(i, " ", c.event), func(t *testing.T) {
			items := call(t, r, Track, fmt.Sprintf(`{"messageId":"m","userId":"u","event":%q,"properties":%s}`, c.event, c.properties))
			if len(items) != max(1, len(c.want)) {
				t.Fatalf("%d entries", len(items))
			}
			if c.field != "" && (items[0].Problem == nil || items[0].Problem.Field != c.field) {
				t.Fatalf("problem %v", items[0].Problem)
			}
			if items[0].Word != c.word {
				t.Fatalf("word %q", items[0].Word)
			}
			ids := make(map[string]bool)
			for j, want := range c.want {
				got := items[j].Event
				ids[got.MessageID] = true
				got.MessageID, got.Time, got.Source, got.Provenance = "", want.Time, "", 0
				if items[j].Task != Store || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("line %d: %+v (%v)", j, got, items[j].Problem)
				}
			}
			if len(ids) != len(c.want) {
				t.Fatal("two lines share a message id")
			}
		})
	}
}

func TestJoinsAreAskedForAndNotMade(t *testing.T) {
	r := testRules(t)
	cases := []struct {
		name, body string
		kind       Call
		task       Task
		other      string
	}{
		{"identify with both names", `{"userId":"u","anonymousId":"a","traits":{"email":"j@x.de"}}`, Identify, Join, "a"},
		{"identify with one", `{"userId":"u"}`, Identify, Ignore, ""},
		{"alias", `{"userId":"u","previousId":"a"}`, AliasCall, Join, "a"},
		{"alias to itself", `{"userId":"u","previousId":"u"}`, AliasCall, Ignore, ""},
		{"a track with both names joins nothing", `{"userId":"u","anonymousId":"a","event":"Product Viewed","properties":{"product_id":"p"}}`, Track, Store, ""},
		{"a page", `{"anonymousId":"a","properties":{"url":"https://x.test/?q=1"}}`, Page, Ignore, ""},
	}
	for _, c := range cases {
		s := call(t, r, c.kind, c.body)[0]
		if s.Task != c.task || s.Other.ID != c.other || s.Problem != nil || (c.task != Store && s.Event.Action != 0) {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

func TestConsentObjectsOfSegmentAndRudderStack(t *testing.T) {
	r := testRules(t)
	const event = `"messageId":"m","userId":"u","event":"Product Viewed","properties":{"product_id":"p"}`
	cases := []struct {
		name, context string
		form          decision.SignalForm
		yes, no       int
		broken        bool
	}{
		{"no object", `{}`, decision.SignalNone, 0, 0, false},
		{"segment", `{"consent":{"categoryPreferences":{"a":true,"b":false}}}`, decision.SignalSegment, 1, 1, false},
		{"segment, empty", `{"consent":{"categoryPreferences":{}}}`, decision.SignalSegment, 0, 0, false},
		{"segment without preferences", `{"consent":{}}`, decision.SignalSegment, 0, 0, true},
		{"segment with a word for a choice keeps the plain no", `{"consent":{"categoryPreferences":{"a":"true","b":false,"c":true}}}`, decision.SignalSegment, 0, 1, true},
		{"segment, not an object", `{"consent":"yes"}`, decision.SignalSegment, 0, 0, true},
		{"rudderstack", `{"consentManagement":{"allowedConsentIds":["a"],"deniedConsentIds":["b"],"provider":"x","resolutionStrategy":"or"}}`, decision.SignalRudderStack, 1, 1, false},
		{"rudderstack with an unknown strategy keeps the plain no", `{"consentManagement":{"allowedConsentIds":["a"],"deniedConsentIds":["b"],"resolutionStrategy":"xor"}}`, decision.SignalRudderStack, 0, 1, true},
		{"rudderstack with objects for ids", `{"consentManagement":{"allowedConsentIds":{"a":1}}}`, decision.SignalRudderStack, 0, 0, true},
		{"both: every no counts", `{"consent":{"categoryPreferences":{"a":true,"c":false}},"consentManagement":{"allowedConsentIds":["a"],"deniedConsentIds":["b"],"resolutionStrategy":"or"}}`, decision.SignalRudderStack, 2, 2, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := call(t, r, Track, `{`+event+`,"context":`+c.context+`}`)[0]
			if s.Signal.Form != c.form || len(s.Signal.Yes) != c.yes || len(s.Signal.No) != c.no || s.Signal.Broken != c.broken || (s.Problem != nil) != c.broken {
				t.Fatalf("%+v, %v", s.Signal, s.Problem)
			}
		})
	}
	chosen := call(t, r, Track, `{"messageId":"m","userId":"u","event":"Segment Consent Preference Updated","context":{"consent":{"categoryPreferences":{"a":true}}}}`)[0]
	if !chosen.Signal.Chosen || chosen.Word != WordConsent {
		t.Fatalf("%+v", chosen)
	}
	batch := call(t, r, Batch, `{"batch":[{"type":"track",`+event+`},{"type":"track",`+event+`,"context":{"consent":{"categoryPreferences":{"a":true}}}}],"context":{"consent":{"categoryPreferences":{"a":false}}}}`)
	if len(batch[0].Signal.No) != 1 || len(batch[1].Signal.Yes) != 1 {
		t.Fatal("the context beside the batch is not heard, or outranks the call's own")
	}
	order := call(t, r, Track, `{"messageId":"m","userId":"u","event":"Order Completed","properties":{"products":[{"product_id":"a"},{"product_id":"b"}]},"context":{"consent":{"categoryPreferences":{"a":true}}}}`)
	if order[0].Signal.Form != decision.SignalSegment || order[1].Signal.Form != decision.SignalNone {
		t.Fatal("the consent of an order stands on another line than the first")
	}
}

func TestClocksThatAreWrongAreCorrected(t *testing.T) {
	r := testRules(t)
	const event = `"messageId":"m","userId":"u","event":"Product Viewed","properties":{"product_id":"p"}`
	// The sender's clock is three hours fast; the event happened a minute before it was sent.
	s := call(t, r, Track, `{`+event+`,"timestamp":"2026-11-22T14:59:00Z","sentAt":"2026-11-22T15:00:00Z"}`)[0]
	if s.Problem != nil || s.Event.Time.Format("15:04:05") != "11:59:00" {
		t.Fatalf("%v, %v", s.Event.Time, s.Problem)
	}
	s = call(t, r, Track, `{`+event+`,"timestamp":"2026-11-22T14:59:00Z"}`)[0]
	if s.Problem == nil || s.Problem.Field != "timestamp" {
		t.Fatalf("%v, %v", s.Event.Time, s.Problem)
	}
	s = call(t, r, Track, `{`+event+`,"originalTimestamp":"2026-11-22T10:00:00Z","context":{"library":{"name":"analytics-kotlin"}}}`)[0]
	if s.Problem != nil || s.Event.Time.Hour() != 10 || s.Event.Source != "app" {
		t.Fatalf("%+v, %v", s.Event, s.Problem)
	}
}

func TestSegmentCallsNobodyKnowsAreRefused(t *testing.T) {
	r := testRules(t)
	if _, err := r.Segment([]byte(`{}`), NoCall, noon); tactful.KindOf(err) != tactful.Invalid {
		t.Fatal(err)
	}
	if _, err := r.Segment([]byte(`{}`), Batch, noon); tactful.KindOf(err) != tactful.Invalid {
		t.Fatal(err)
	}
	for _, s := range call(t, r, Batch, `{"batch":[{"type":"delete","userId":"u"},{"userId":"u"},{"type":"t","userId":"u"},{"type":"batch","userId":"u"},"(same shape)"]}`) {
		if s.Problem == nil {
			t.Errorf("entry %d is taken", s.Index)
		}
	}
	for _, word := range []string{"identify", "i", "track", "t", "page", "p", "screen", "s", "group", "g", "alias", "a", "batch", "b"} {
		if c, ok := ParseCall(word); !ok || c.String()[:1] != word[:1] {
			t.Errorf("%s is not a call", word)
		}
	}
	if _, ok := ParseCall("projects"); ok {
		t.Error("projects is a call")
	}
}
