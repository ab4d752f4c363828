package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/rights"
)

// declaring lets events carry properties of every form.
func declaring(c *Config) {
	guarded(c)
	c.Ingest.Properties = map[string]ingest.PropertyConfig{
		"colour": {Purpose: tactful.Recommendations, Form: ingest.Word, Retention: 300 * 24 * time.Hour, Source: "observed"},
		"size":   {Purpose: tactful.Recommendations, Form: ingest.Number, Retention: 300 * 24 * time.Hour, Source: "observed"},
		"wrap":   {Purpose: tactful.Recommendations, Form: ingest.Flag, Retention: 300 * 24 * time.Hour, Source: "observed"},
	}
}

// wander lets a person do, say and choose this and that, by chance.
func (w *world) wander(rng *rand.Rand, id string) {
	w.t.Helper()
	ctx := context.Background()
	w.agree(id, []tactful.Level{tactful.Personal, tactful.Full}[rng.IntN(2)])
	for n := 1 + rng.IntN(12); n > 0; n-- {
		w.clock.pass(time.Duration(rng.IntN(90_000_000)) * time.Millisecond)
		e := map[string]any{"messageId": fmt.Sprint(rng.Uint64()), "userId": id, "source": "web", "time": w.clock.Now().Format(time.RFC3339Nano),
			"action": []string{"viewed", "purchased", "added", "saved", "returned"}[rng.IntN(5)], "item": fmt.Sprintf("item-%d", 1+rng.IntN(24))}
		if rng.IntN(3) == 0 {
			e["quantity"], e["price"], e["order"], e["session"] = 1+rng.IntN(9), float64(rng.IntN(100000))/100, fmt.Sprintf("o-%d", rng.IntN(99)), "s-1"
		}
		if rng.IntN(3) == 0 {
			e["properties"] = map[string]any{"colour": "red", "size": 41.5, "wrap": rng.IntN(2) == 0}
		}
		if rng.IntN(6) == 0 {
			e["action"], e["query"] = "searched", "red lantern"
			delete(e, "item")
		}
		body, err := json.Marshal(map[string]any{"events": []any{e}})
		if err != nil {
			w.t.Fatal(err)
		}
		outcomes, err := w.Ingest(ctx, Delivery{Trust: Trusted, Form: Native, Body: body})
		if err != nil || outcomes[0].Status != OutcomeAccepted {
			w.t.Fatal(outcomes, err)
		}
	}
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	if rng.IntN(2) == 0 {
		for item, e := range w.events(id) {
			if item != "" {
				must(w.SetHistory(ctx, user(id), item, "gift"))
				must(w.Rectify(ctx, user(id), rights.Correction{Event: e.ID, Quantity: 1 + rng.Int32N(5)}))
				break
			}
		}
	}
	if rng.IntN(2) == 0 {
		_, err := w.SetPreferences(asPerson, user(id), tactful.Preferences{
			Topics: map[string]tactful.TopicWish{"Toys": tactful.WishMore, "Garden": tactful.WishMuted}, EasyReading: true, Languages: []string{"ar", "de"},
			Messages: tactful.MessageLimits{PerWeek: tactful.WeeklyNone, LessOften: rng.IntN(2) == 0, Quiet: tactful.Quiet{From: "21:30", Until: "08:00"}, Zone: "Europe/Berlin"}})
		must(err)
	}
	if rng.IntN(2) == 0 {
		w.protect(id, tactful.Granted)
		must(w.SetPanel(ctx, user(id), "gender", genderOf(rng.IntN(2))))
	}
	if rng.IntN(3) == 0 {
		w.yesTo(id, tactful.MessagesEmail, w.clock.Now().Add(-time.Hour))
		w.clock.pass(time.Minute)
		must(w.Object(ctx, user(id)))
	}
	if rng.IntN(4) == 0 {
		_, err := w.WithdrawEvents(ctx, user(id), rights.Selection{From: noon, To: noon.Add(240 * time.Hour)})
		must(err)
	}
	gpc := rng.IntN(2) == 0
	_, err := w.SetConsents(ctx, user(id), ConsentChange{GPC: &gpc})
	must(err)
	w.clock.pass(time.Second)
	if rng.IntN(4) == 0 {
		must(w.Pause(ctx, user(id), w.clock.Now().Add(72*time.Hour)))
	}
	if rng.IntN(4) == 0 {
		must(w.Restrict(ctx, user(id)))
	}
}

func TestWhatIsTakenElsewhereIsThereTheSame(t *testing.T) {
	token, proof := proving(t)
	here, there := newWorld(t, declaring), newWorld(t, func(c *Config) { declaring(c); c.Rights.Token = token })
	for _, w := range []*world{here, there} {
		w.stock(24)
	}
	events, consents, settings := 0, 0, 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 7))
		id := fmt.Sprintf("p-%d", seed)
		here.wander(rng, id)
		there.clock.pass(here.clock.Now().Sub(there.clock.Now()))
		file := here.export(id, FormatPortable)
		for range 2 { // an import that is repeated lands on itself
			done, err := there.ImportSubject(asShop, ImportRequest{Subject: user("new-" + id), Proof: proof(there, "new-"+id)}, bytes.NewReader(file))
			if err != nil || len(done.Refused) > 0 && (len(done.Refused) > 1 || done.Refused["paused"] == 0) {
				t.Fatalf("seed %d: %+v %v", seed, done, err)
			}
			events, consents, settings = events+done.Events, consents+done.Consents, settings+done.Settings
			if there.ctl("new-" + id).Restricted {
				break // nothing more is taken of somebody whose data rests
			}
		}
		if again := there.export("new-"+id, FormatPortable); !bytes.Equal(file, again) {
			t.Fatalf("seed %d:\n%s", seed, cmp.Diff(string(file), string(again)))
		}
		if bytes.Contains(file, []byte(id+"\"")) {
			t.Errorf("the file names the person")
		}
	}
	t.Logf("40 people taken elsewhere with %d events, %d consent records and %d settings: each file is the same byte for byte", events/2, consents/2, settings/2)
}

func TestAnImportMakesNobodyOutOfTwoAndTakesNothingThatIsNotARecord(t *testing.T) {
	ctx := context.Background()
	token, proof := proving(t)
	here, there := newWorld(t, nil), newWorld(t, func(c *Config) { c.Rights.Token = token })
	here.stock(8)
	there.stock(8)
	here.agree("anna", tactful.Personal)
	here.mustSend("anna", "purchased", 1, 2)
	file := here.export("anna", FormatPortable)

	there.agree("ben", tactful.Personal)
	if _, err := there.ImportSubject(asShop, ImportRequest{Subject: user("ben")}, bytes.NewReader(file)); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("into somebody else: %v", err)
	}
	if got := there.items("ben"); got != "" {
		t.Errorf("ben has %s", got)
	}
	t.Run("texts that are not in force here permit nothing here, and then nothing is kept", func(t *testing.T) {
		old := strings.ReplaceAll(string(file), here.Notices("en")[0].Hash, strings.Repeat("0", 64))
		old = strings.ReplaceAll(old, noticeHash(here, tactful.Improvement), strings.Repeat("1", 64))
		done, err := there.ImportSubject(asShop, ImportRequest{Subject: user("cyd"), Proof: proof(there, "cyd")}, strings.NewReader(old))
		if err != nil || done.Events != 0 || done.Refused["no_record"] != 2 || done.Consents != 0 || done.Untaken["invalid"] != 2 {
			t.Errorf("%+v %v", done, err)
		}
	})
	for name, change := range map[string]func(string) string{
		"a yes without its record": func(s string) string {
			i := strings.Index(s, `"consent": [`)
			j := strings.Index(s[i:], "]")
			return s[:i] + `"consent": [` + s[i+j:]
		},
		"another format":     func(s string) string { return strings.Replace(s, rights.PortableFormat, "other/1", 1) },
		"an unknown field":   func(s string) string { return strings.Replace(s, `"format"`, `"admin": true, "format"`, 1) },
		"a record from 2040": func(s string) string { return strings.ReplaceAll(s, `"time": "2026`, `"time": "2040`) },
		"half of it":         func(s string) string { return s[:len(s)/2] },
		"twice":              func(s string) string { return s + s },
		"a script for a purpose": func(s string) string {
			return strings.ReplaceAll(s, `"purpose": "recommendations"`, `"purpose": "<script>"`)
		},
		"nothing": func(string) string { return "" },
	} {
		before := there.subjects()
		if _, err := there.ImportSubject(ctx, ImportRequest{Subject: user("eve")}, strings.NewReader(change(string(file)))); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
		if there.subjects() != before {
			t.Errorf("%s: somebody was made of it", name)
		}
	}
	t.Run("what the door refuses is refused from a file too", func(t *testing.T) {
		bad := strings.Replace(string(file), `"source": "web"`, `"source": "databroker"`, 1)
		done, err := there.ImportSubject(asShop, ImportRequest{Subject: user("dan"), Proof: proof(there, "dan")}, strings.NewReader(bad))
		if err != nil || done.Refused["invalid"] != 1 || done.Events != 1 {
			t.Errorf("%+v %v", done, err)
		}
	})
}

func noticeHash(w *world, purpose tactful.Purpose) string {
	for _, n := range w.Notices("en") {
		if n.Purpose == purpose {
			return n.Hash
		}
	}
	return ""
}
