package api

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// decisionOut is the answer in the generated types.
func decisionOut(d *tactful.Decision) wire.Decision {
	out := wire.Decision{
		Id: d.ID, Time: d.Time.UTC(), Placement: wire.Placement(d.Placement.String()), Level: wire.Level(d.Level.String()), Note: d.Note,
		Suggestions: make([]wire.Suggestion, len(d.Suggestions)), Withheld: make([]wire.WithheldCount, len(d.Withheld)),
	}
	for i := range d.Suggestions {
		sg := &d.Suggestions[i]
		out.Suggestions[i] = wire.Suggestion{
			Item: wire.SuggestedItem{
				Id: sg.Item.ID, Title: sg.Item.Title, Url: sg.Item.URL, Image: sg.Item.Image, Categories: sg.Item.Categories,
				Price: priceOut(sg.Item.Price), Currency: sg.Item.Currency, Availability: wire.SuggestedItemAvailability(sg.Item.Availability.String()),
			},
			Score: sg.Score, Origin: wire.Origin(sg.Origin.String()), Reason: reasonOut(sg.Reason),
		}
	}
	for i, w := range d.Withheld {
		out.Withheld[i] = wire.WithheldCount{Guard: w.Guard, Count: int32(w.Count)}
	}
	return out
}

// TestTheFastEncoderSaysWhatTheGeneratedTypesSay compares, for decisions of
// any content, the values that a client reads.
func TestTheFastEncoderSaysWhatTheGeneratedTypesSay(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string { // also what is not UTF-8
		if rapid.Bool().Draw(t, "bytes") {
			return string(rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "raw"))
		}
		return rapid.String().Draw(t, "text")
	})
	number := rapid.Float64Range(-1e300, 1e300)
	rapid.Check(t, func(t *rapid.T) {
		d := &tactful.Decision{
			ID: text.Draw(t, "id"), Time: time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")),
			Placement: tactful.Placement(rapid.IntRange(0, 6).Draw(t, "placement")), Level: tactful.Level(rapid.IntRange(0, 5).Draw(t, "level")), Note: text.Draw(t, "note"),
		}
		for range rapid.IntRange(0, 3).Draw(t, "suggestions") {
			d.Suggestions = append(d.Suggestions, tactful.Suggestion{
				Item: tactful.Item{ID: text.Draw(t, "item"), Title: text.Draw(t, "title"), URL: text.Draw(t, "url"), Image: text.Draw(t, "image"),
					Categories: rapid.SliceOfN(text, 0, 3).Draw(t, "categories"), Price: rapid.Int64Range(-1, 1e14).Draw(t, "price"),
					Currency: text.Draw(t, "currency"), Availability: tactful.Availability(rapid.IntRange(0, 5).Draw(t, "availability"))},
				Score: number.Draw(t, "score"), Origin: tactful.Origin(rapid.IntRange(0, 7).Draw(t, "origin")),
				Reason: tactful.Reason{Key: text.Draw(t, "key"), Sentence: text.Draw(t, "sentence"), Language: text.Draw(t, "language"),
					Items: rapid.SliceOfN(text, 0, 3).Draw(t, "items"), Share: rapid.Float64Range(0, 1).Draw(t, "share")},
			})
		}
		for range rapid.IntRange(0, 3).Draw(t, "withheld") {
			d.Withheld = append(d.Withheld, tactful.Withheld{Guard: text.Draw(t, "guard"), Count: rapid.IntRange(0, 1e6).Draw(t, "count"), Items: []string{"kept for the receipt"}})
		}
		slow, err := json.Marshal(decisionOut(d))
		if err != nil {
			t.Fatal(err)
		}
		fast, ok := appendDecision(nil, d)
		var a, b any
		if err := json.Unmarshal(slow, &a); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(fast, &b); err != nil || !ok {
			t.Fatalf("%v\n%s", err, fast)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("slow %s\nfast %s", slow, fast)
		}
		if bytes.ContainsAny(fast, "<>&") {
			t.Fatalf("not safe inside a page: %s", fast)
		}
	})
}

func TestAScoreThatIsNoNumberIsOurFault(t *testing.T) {
	for _, score := range []float64{math.NaN(), math.Inf(1)} {
		d := aDecision(&tactful.Request{}, 1)
		d.Suggestions[0].Score = score
		if _, ok := appendDecision(nil, d); ok {
			t.Errorf("%g was written", score)
		}
	}
}
