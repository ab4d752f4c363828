package engine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"
	"time"

	"sync"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/rights"
)

// The day: who lives in it.
const (
	dayItems = 12
	dayCrowd = 8
)

func dayConfig() Config {
	var c Config
	c.Learn.Check = time.Hour
	c.Learn.Support = 1
	c.Defaults()
	return c
}

// diary is what the clients of a day asked for and what was acknowledged to
// them. It lies outside of the engine and of its medium.
type diary struct {
	mu       sync.Mutex
	sent     map[string]string   // message -> whose
	acked    map[string]bool     // of these
	consents map[string][]string // whose -> acknowledged records, in order
	receipts map[string]string   // acknowledged decision -> whose, "" for nobody
	reported map[string]tactful.FeedbackKind
	tried    map[string]bool // other acts, begun
	done     map[string]bool // and acknowledged
	refs     map[string]tactful.Ref
}

func newDiary() *diary {
	return &diary{sent: map[string]string{}, acked: map[string]bool{}, consents: map[string][]string{}, receipts: map[string]string{},
		reported: map[string]tactful.FeedbackKind{}, tried: map[string]bool{}, done: map[string]bool{}, refs: map[string]tactful.Ref{}}
}

func (d *diary) note(write func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	write()
}

// copied is the diary at this moment.
func (d *diary) copied() *diary {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := &diary{sent: maps.Clone(d.sent), acked: maps.Clone(d.acked), consents: map[string][]string{}, receipts: maps.Clone(d.receipts),
		reported: maps.Clone(d.reported), tried: maps.Clone(d.tried), done: maps.Clone(d.done), refs: maps.Clone(d.refs)}
	for who, ids := range d.consents {
		c.consents[who] = slices.Clone(ids)
	}
	return c
}

// day is one day of a shop, from the first write of its stores to the last.
// Its clients go on whatever fails.
type day struct {
	*Engine
	t     testing.TB
	clock *clock
	d     *diary
	steps int
}

// openOn opens an engine over a medium.
func openOn(m *medium, c *clock, log *syncLog, watch func(*Options)) (*Engine, error) {
	opt := Options{Dir: "/srv/tactful/data", KeyDir: "/srv/tactful/keys", Clock: c, Entropy: rand.Reader,
		Log: slog.New(slog.NewTextHandler(log, nil)), storeFiles: m.stores(), files: m.beside()}
	if watch != nil {
		watch(&opt)
	}
	return Open(context.Background(), dayConfig(), opt)
}

// liveOn lives the day on a medium. An engine that does not open has no day.
func liveOn(t testing.TB, m *medium, d *diary, watch func(*Options)) {
	t.Helper()
	c := &clock{now: noon}
	e, err := openOn(m, c, &syncLog{}, watch)
	if err != nil {
		return
	}
	(&day{Engine: e, t: t, clock: c, d: d}).live()
	_ = e.Close(context.Background()) // on a medium that has failed it says so
}

// act does one thing whose acknowledgement is all there is to remember.
func (y *day) act(name string, do func() error) bool {
	y.clock.pass(time.Second)
	y.d.note(func() { y.d.tried[name] = true })
	if do() != nil {
		return false
	}
	y.d.note(func() { y.d.done[name] = true })
	return true
}

func (y *day) live() {
	ctx := context.Background()
	y.act("items", func() error {
		items := make([]tactful.Item, dayItems)
		for i := range items {
			items[i] = tactful.Item{ID: fmt.Sprintf("item-%d", i+1), Title: fmt.Sprintf("Thing number %d", i+1),
				Categories: []string{[]string{"Kitchen", "Garden", "Toys"}[i%3]}, Price: 100, Currency: "GBP", Availability: tactful.InStock}
		}
		return y.PutItems(ctx, items)
	})
	y.act("key", func() error {
		_, err := y.Access().Make(ctx, access.New{Name: "the shop", Scopes: access.Write})
		return err
	})
	for i := range dayCrowd {
		who := fmt.Sprintf("crowd-%d", i)
		y.answer(who, tactful.Granted)
		y.send(who, 1+i%4, 5+i%4, 9+(i+1)%4)
	}
	for _, who := range []string{"anna", "ben", "carl"} {
		y.answer(who, tactful.Granted)
		y.send(who, 1, 6, 7)
	}
	y.decide("anna")
	y.act("fit", func() error { _, err := y.Train(ctx, nil); return err })
	for _, who := range []string{"anna", "ben", ""} {
		y.decide(who)
	}
	y.act("gift", func() error { return y.SetHistory(ctx, user("anna"), "item-6", "gift") })
	y.act("likes", func() error {
		_, err := y.PatchPreferences(themself(), user("anna"), tactful.PreferencesPatch{Topics: map[string]tactful.TopicWish{"Garden": tactful.WishMore}})
		return err
	})
	y.act("request", func() error {
		_, err := y.OpenRight(asPerson, RightRequest{Subject: user("carl"), Kind: rights.Objection, Channel: rights.Centre, Text: "please"})
		return err
	})
	y.answer("carl", tactful.Denied)
	y.act("erase", func() error { _, err := y.Erase(ctx, user("ben")); return err })
	y.act("rotate", func() error { return y.RotateKeys(ctx, func(int, int) {}) })
	y.answer("dora", tactful.Granted)
	y.send("dora", 2, 3)
	y.send("anna", 8)
	y.answer("carl", tactful.Granted)
	y.act("sweep", func() error { return y.sweepIfDue(ctx, y.clock.Now()) })
	y.act("fit again", func() error { _, err := y.Train(ctx, nil); return err })
	y.decide("anna")
}

// answer says yes or no to recommendations and improvement.
func (y *day) answer(who string, answer tactful.Answer) {
	y.clock.pass(time.Second)
	y.steps++
	name := fmt.Sprintf("answer %d of %s", y.steps, who)
	y.d.note(func() { y.d.tried[name] = true })
	next, err := y.SetConsents(context.Background(), user(who), y.change(answer))
	if err != nil {
		return
	}
	ref, err := y.find(context.Background(), user(who), y.clock.Now()) // reads only
	y.d.note(func() {
		for _, purpose := range []tactful.Purpose{tactful.Recommendations, tactful.Improvement} {
			y.d.consents[who] = append(y.d.consents[who], next.Purposes[purpose].ID)
		}
		if err == nil {
			y.d.refs[who] = ref
		}
	})
}

func (y *day) change(answer tactful.Answer) ConsentChange {
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range y.Notices("en") {
		if n.Purpose == tactful.Recommendations || n.Purpose == tactful.Improvement {
			said := tactful.Consent{Purpose: n.Purpose, Answer: answer, Method: "form"}
			if answer == tactful.Granted {
				said.NoticeVersion, said.NoticeHash, said.Language = n.Version, n.Hash, n.Language
			}
			change.Answers = append(change.Answers, said)
		}
	}
	return change
}

// dayEvent is one event of the day; whoever verifies can make it again.
func dayEvent(message, who string) map[string]any {
	var item int
	_, _ = fmt.Sscanf(message[len(who):], "-%d", &item)
	return map[string]any{"messageId": message, "userId": who, "action": "purchased", "item": fmt.Sprintf("item-%d", item),
		"source": "web", "time": noon.Format(time.RFC3339)}
}

func dayDelivery(messages []string, whose map[string]string) (Delivery, error) {
	events := make([]map[string]any, len(messages))
	for i, message := range messages {
		events[i] = dayEvent(message, whose[message])
	}
	body, err := json.Marshal(map[string]any{"events": events})
	return Delivery{Trust: Trusted, Form: Native, Body: body}, err
}

func (y *day) send(who string, items ...int) {
	y.clock.pass(time.Second)
	whose, messages := map[string]string{}, []string(nil)
	for _, item := range items {
		message := fmt.Sprintf("%s-%d", who, item)
		whose[message], messages = who, append(messages, message)
	}
	y.d.note(func() { maps.Copy(y.d.sent, whose) })
	delivery, err := dayDelivery(messages, whose)
	if err != nil {
		y.t.Error(err)
		return
	}
	outcomes, err := y.Ingest(context.Background(), delivery)
	if err != nil {
		return
	}
	y.d.note(func() {
		for i, o := range outcomes {
			if o.Status == OutcomeAccepted {
				y.d.acked[messages[i]] = true
			}
		}
	})
}

// decide asks for a list and reports on it.
func (y *day) decide(who string) {
	y.clock.pass(time.Second)
	r := tactful.Request{Placement: tactful.ForYou, Count: 3}
	if who != "" {
		r.Subject = user(who)
	}
	d, err := y.Decide(context.Background(), &r)
	if err != nil {
		return
	}
	y.d.note(func() { y.d.receipts[d.ID] = who })
	kind := tactful.FeedbackClicked
	if len(d.Suggestions) == 0 || y.Report(context.Background(), d.ID, kind, d.Suggestions[0].Item.ID) != nil {
		return
	}
	y.d.note(func() { y.d.reported[d.ID] = kind })
}
