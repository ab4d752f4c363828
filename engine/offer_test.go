package engine

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// selling is a world with campaigns.
func selling(t *testing.T, text string, adjust func(*Config)) *world {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(c *Config) {
		c.Campaigns = Campaigns{Dir: dir, Unsubscribe: "https://shop.example"}
		if adjust != nil {
			adjust(c)
		}
	})
	w.stock(24)
	return w
}

// busy lets enough people touch everything, so that reasons fit a crowd.
func (w *world) busy() {
	w.t.Helper()
	w.crowd(120, 24)
	w.train()
}

// grant records a yes to purposes, at level personal.
func (w *world) grant(id string, purposes ...tactful.Purpose) {
	w.t.Helper()
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range w.Notices("en") {
		if slices.Contains(purposes, n.Purpose) {
			change.Answers = append(change.Answers, tactful.Consent{
				Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	if _, err := w.SetConsents(context.Background(), user(id), change); err != nil {
		w.t.Fatal(err)
	}
}

var every = []tactful.Purpose{tactful.Recommendations, tactful.Offers, tactful.MessagesEmail, tactful.MessagesPush}

func (w *world) offerFor(id, channel string, count int) *tactful.OfferDecision {
	w.t.Helper()
	r := tactful.OfferRequest{Placement: "home", Channel: channel, Count: count, Language: "en"}
	if id != "" {
		r.Subject = user(id)
	}
	d, err := w.Offer(context.Background(), &r)
	if err != nil {
		w.t.Fatal(err)
	}
	if d.ID == "" {
		w.t.Fatal("there is no receipt")
	}
	return d
}

func offeredNames(d *tactful.OfferDecision) (all []string) {
	for _, o := range d.Offers {
		all = append(all, offerName(o.Campaign, o.Creative))
	}
	return all
}

func whyNot(d *tactful.OfferDecision) map[string]int {
	all := map[string]int{}
	for _, w := range d.Withheld {
		all[w.Guard] = w.Count
	}
	return all
}

const shopCampaigns = `campaigns:
  - id: kitchen
    kind: marketing
    priority: 5
    audience: {bought: {category: Kitchen}}
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: For the kitchen, body: New pots and pans., category: Kitchen}
      - {id: mail, channel: mail, language: en, title: For the kitchen, body: New pots and pans., category: Kitchen}
  - id: toys
    kind: retargeting
    audience: {looked_at: {category: Toys, within: 14d}}
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: A thing for playing, body: It is made of wood., item: item-3}
  - id: welcome
    kind: marketing
    priority: -5
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, house: true, title: Welcome, body: This is our shop.}
      - {id: site-de, channel: site, language: de, house: true, title: Willkommen, body: Das ist unser Laden.}
  - id: parcel
    kind: service
    about: delivery
    placements: [order]
    creatives:
      - {id: mail, channel: mail, language: en, title: Your parcel is on its way, body: It comes on Tuesday.}
`

func TestOffersFollowPriorityAndAudience(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	if got := offeredNames(w.offerFor("anna", "site", 3)); !slices.Equal(got, []string{"welcome/site"}) {
		t.Errorf("who did nothing yet is offered %v", got)
	}
	w.clock.pass(48 * time.Hour)
	w.mustSend("anna", "purchased", 1)
	w.mustSend("anna", "viewed", 3, 6)
	d := w.offerFor("anna", "site", 3)
	if got := offeredNames(d); !slices.Contains(got, "kitchen/site") || !slices.Contains(got, "toys/site") || slices.Index(got, "kitchen/site") > slices.Index(got, "toys/site") {
		t.Fatalf("offered %v; %v", got, d.Reasons)
	}
	for _, o := range d.Offers {
		if o.Reason.Sentence == "" || strings.Contains(o.Title+o.Body, "{{") {
			t.Errorf("%+v", o)
		}
	}
	r, err := w.Receipt(context.Background(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if r.Offer == nil || r.Offer.Channel != "site" || r.Offer.Placement != "home" || len(r.Offer.Shown) != len(d.Offers) || r.ConsentID == "" || len(r.Evidence) != 3 {
		t.Errorf("the receipt says %+v of %+v", r.Offer, r)
	}
	for i, s := range r.Offer.Shown {
		if s.Choice != "fixed" || r.Shown[i].Item != offerName(s.Campaign, s.Creative) || r.Shown[i].Reason.Sentence != d.Offers[i].Reason.Sentence {
			t.Errorf("%+v beside %+v", s, r.Shown[i])
		}
	}
}

func TestNobodyIsOfferedMoreThanOneThingThatIsTheSameForAll(t *testing.T) {
	w := selling(t, shopCampaigns+strings.ReplaceAll(`  - id: second
    kind: marketing
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, house: true, title: Opening hours, body: We are open from nine to five.}
`, "\t", ""), nil)
	w.agree("lists", tactful.Personal) // agreed to lists, not to offers
	w.mustSend("lists", "purchased", 1)
	first := ""
	for _, id := range []string{"", "stranger", "lists"} {
		for range 3 { // again and again: it is not counted
			d := w.offerFor(id, "site", 5)
			if len(d.Offers) != 1 || !d.Offers[0].House {
				t.Fatalf("%q is offered %v", id, offeredNames(d))
			}
			if first == "" {
				first = offeredNames(d)[0]
			}
			if offeredNames(d)[0] != first {
				t.Errorf("%q is offered %v, somebody else %s", id, offeredNames(d), first)
			}
		}
		if d := w.offerFor(id, "mail", 5); len(d.Offers) != 0 || len(d.Headers) != 0 {
			t.Errorf("%q is sent %v", id, offeredNames(d))
		}
	}
}

func TestWithdrawingAndPausingStopOffersAtOnce(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	if d := w.offerFor("anna", "mail", 1); !slices.Equal(offeredNames(d), []string{"kitchen/mail"}) {
		t.Fatalf("offered %v, %v", offeredNames(d), d.Reasons)
	}
	w.clock.pass(8 * 24 * time.Hour)
	if _, err := w.SetConsents(context.Background(), user("anna"), ConsentChange{Answers: []tactful.Consent{{Purpose: tactful.MessagesEmail, Answer: tactful.Denied}}}); err != nil {
		t.Fatal(err)
	}
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 0 {
		t.Errorf("sent %v after a no", offeredNames(d))
	}
	if d := w.offerFor("anna", "site", 1); !slices.Equal(offeredNames(d), []string{"kitchen/site"}) {
		t.Errorf("the no to mails took the page too: %v", offeredNames(d))
	}
}

func TestAMailHasItsWayOutAndOnlyPostTakesIt(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	d := w.offerFor("anna", "mail", 1)
	link := d.Headers["List-Unsubscribe"]
	token, ok := strings.CutPrefix(strings.TrimSuffix(link, ">"), "<https://shop.example/u/")
	if !ok || d.Headers["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click" {
		t.Fatalf("headers %v", d.Headers)
	}
	if strings.Contains(link, "anna") || strings.Contains(strings.ToLower(link), d.ID) {
		t.Error("the link tells who")
	}
	granted := func() tactful.Answer {
		c, err := w.Consents(context.Background(), user("anna"))
		if err != nil {
			t.Fatal(err)
		}
		return c.Purposes[tactful.MessagesEmail].Answer
	}
	if !w.MayUnsubscribe(token) || granted() != tactful.Granted {
		t.Error("looking at the link took it")
	}
	for _, forged := range []string{"", token[:len(token)-2], token + "A", strings.Repeat("A", len(token)), "x"} {
		if err := w.Unsubscribe(context.Background(), forged); tactful.KindOf(err) != tactful.NotFound || w.MayUnsubscribe(forged) {
			t.Errorf("a forged link: %v", err)
		}
	}
	for range 2 { // twice changes nothing more
		if err := w.Unsubscribe(context.Background(), token); err != nil {
			t.Fatal(err)
		}
		if granted() != tactful.Withdrawn {
			t.Fatalf("answer %v", granted())
		}
	}
	w.clock.pass(30 * 24 * time.Hour)
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 0 {
		t.Errorf("sent %v", offeredNames(d))
	}
	w.clock.pass(400 * 24 * time.Hour)
	if err := w.Unsubscribe(context.Background(), token); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("an old link: %v", err)
	}
}

func TestWithoutAWayOutNoMarketingMailIsOffered(t *testing.T) {
	w := selling(t, shopCampaigns, func(c *Config) { c.Campaigns.Unsubscribe = "" })
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 0 || whyNot(d)["unsubscribe"] != 1 {
		t.Errorf("sent %v, %v", offeredNames(d), whyNot(d))
	}
}

func TestABudgetIsNeverOverrunAndLeasedInSlices(t *testing.T) {
	w := selling(t, `campaigns:
  - id: small
    kind: marketing
    budget: {count: 25, per: campaign}
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: For the kitchen, body: New pots and pans.}
`, nil)
	const people = 60
	together(people, func(i int) { w.grant(nth(i), every...) })
	var made atomic.Int64
	var group sync.WaitGroup
	for i := range people {
		group.Go(func() {
			if d := w.offerFor(nth(i), "site", 1); len(d.Offers) == 1 {
				made.Add(1)
			}
		})
	}
	group.Wait()
	if made.Load() != 25 {
		t.Errorf("%d of 25 were made", made.Load())
	}
	w.shut()
	w.open()
	w.grant("late", every...)
	if d := w.offerFor("late", "site", 1); len(d.Offers) != 0 || whyNot(d)["budget"] != 1 {
		t.Errorf("after a restart: %v, %v", offeredNames(d), whyNot(d))
	}
}

func TestAClockThatIsSetBackRenewsNoBudget(t *testing.T) {
	w := selling(t, `campaigns:
  - id: small
    kind: marketing
    budget: {count: 2, per: day}
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: For the kitchen, body: New pots and pans.}
`, nil)
	made := 0
	ask := func(people ...string) {
		for _, id := range people {
			w.grant(id, every...)
			made += len(w.offerFor(id, "site", 1).Offers)
		}
	}
	ask("a", "b", "c")
	w.clock.pass(24 * time.Hour)
	ask("d", "e", "f")
	w.clock.pass(-24 * time.Hour)
	ask("g", "h")
	w.clock.pass(24 * time.Hour)
	if ask("i", "j"); made != 4 {
		t.Errorf("%d offers on two days of two", made)
	}
}

func nth(i int) string { return "p" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

func TestWhatIsReportedStandsOnTheOneCounter(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	d := w.offerFor("anna", "site", 1)
	fate := func() decision.Fate {
		ref, err := w.resolve(context.Background(), user("anna"), w.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		s, err := w.records.ReadShowings(context.Background(), ref, w.clock.Now())
		if err != nil || len(s.Past) != 1 {
			t.Fatalf("%v %+v", err, s)
		}
		return s.Past[0].Fate
	}
	if fate() != decision.Reserved {
		t.Errorf("at first %v", fate())
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, step := range []struct {
		kind tactful.FeedbackKind
		want decision.Fate
	}{{tactful.FeedbackShown, decision.Shown}, {tactful.FeedbackClicked, decision.Clicked}, {tactful.FeedbackCreepy, decision.Dismissed}, {tactful.FeedbackConverted, decision.Converted}} {
		if err := w.Report(person, d.ID, step.kind, "kitchen/site"); err != nil {
			t.Fatal(err)
		}
		if fate() != step.want {
			t.Errorf("after %s: %v", step.kind, fate())
		}
	}
	if err := w.Report(person, d.ID, tactful.FeedbackClicked, "kitchen/mail"); err == nil {
		t.Error("something that was not offered was clicked")
	}
}

func TestAReservationThatIsReleasedIsGivenBack(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	d := w.offerFor("anna", "mail", 1)
	if err := w.ReleaseOffers(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	if d := w.offerFor("anna", "mail", 1); !slices.Equal(offeredNames(d), []string{"kitchen/mail"}) {
		t.Errorf("after a release %v: %v", offeredNames(d), d.Reasons)
	}
	if err := w.ReleaseOffers(context.Background(), "nonsense"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("nonsense: %v", err)
	}
}

func TestOffersBeyondWhatMayBeAskedAreRefused(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	for _, test := range []struct {
		name string
		r    tactful.OfferRequest
		kind tactful.Kind
	}{
		{"no channel", tactful.OfferRequest{Placement: "home", Count: 1}, tactful.Invalid},
		{"an unknown channel", tactful.OfferRequest{Placement: "home", Channel: "fax", Count: 1}, tactful.Invalid},
		{"no placement", tactful.OfferRequest{Channel: "site", Count: 1}, tactful.Invalid},
		{"none asked for", tactful.OfferRequest{Placement: "home", Channel: "site"}, tactful.Invalid},
		{"too many", tactful.OfferRequest{Placement: "home", Channel: "site", Count: 11}, tactful.Invalid},
		{"a price of one's own", tactful.OfferRequest{Placement: "personal_discount", Channel: "site", Count: 1}, tactful.Refused},
		{"a loan", tactful.OfferRequest{Placement: "loan-offer", Channel: "site", Count: 1}, tactful.Refused},
	} {
		if _, err := w.Offer(context.Background(), &test.r); err == nil || tactful.KindOf(err) != test.kind {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestACreativeSpeaksOnlyOfWhatItAdvertises(t *testing.T) {
	w := selling(t, `campaigns:
  - id: sly
    kind: marketing
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: For your pregnancy, body: Things for the months before birth., item: item-1}
      - {id: words, channel: site, language: en, title: For your pregnancy, body: Things for the months before birth.}
`, nil)
	w.grant("anna", every...)
	d := w.offerFor("anna", "site", 1)
	if len(d.Offers) != 0 || whyNot(d)["sensitive"] != 1 || whyNot(d)["stock"] != 1 {
		t.Errorf("offered %v; %v", offeredNames(d), d.Reasons)
	}
}

func TestLanguagesFallBackAndNeverMix(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	for tag, want := range map[string]string{"de": "welcome/site-de", "de-AT": "welcome/site-de", "en-GB": "welcome/site", "fr": "welcome/site", "": "welcome/site"} {
		d, err := w.Offer(context.Background(), &tactful.OfferRequest{Placement: "home", Channel: "site", Count: 3, Language: tag})
		if err != nil || !slices.Equal(offeredNames(d), []string{want}) {
			t.Errorf("%q: %v %v", tag, offeredNames(d), err)
		}
	}
}

func TestOneFaultInAFileStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "c.yaml"), []byte(strings.Replace(shopCampaigns, "kind: service", "kind: urgent", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, nil)
	w.shut()
	w.cfg.Campaigns.Dir = dir
	if _, err := Open(context.Background(), w.cfg, w.options()); err == nil || !strings.Contains(err.Error(), "c.yaml:") {
		t.Errorf("it starts: %v", err)
	}
	w.cfg.Campaigns.Dir = ""
	w.open()
}

func TestPuttingACampaignTakesTwoSteps(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	text := []byte(`{"id": "new", "kind": "marketing", "placements": ["home"], "creatives": [{"id": "a", "channel": "site", "language": "en", "house": true, "title": "News", "body": "We have moved."}]}`)
	first, err := w.PutCampaign(merchandiser, "new", text, "")
	if err != nil || first.Live || first.Confirm == "" || first.Campaign.Creatives[0].Copy != "pass" {
		t.Fatalf("%+v %v", first, err)
	}
	if at, there := w.offered.Load().Find("new"); there {
		t.Fatalf("it is live at %d without being confirmed", at)
	}
	if _, err := w.PutCampaign(merchandiser, "new", []byte(strings.Replace(string(text), "moved", "moved out", 1)), first.Confirm); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("another text with the same confirmation: %v", err)
	}
	done, err := w.PutCampaign(merchandiser, "new", text, first.Confirm)
	if err != nil || !done.Live {
		t.Fatalf("%+v %v", done, err)
	}
	w.shut()
	w.open()
	if d := w.offerFor("", "site", 1); !slices.Equal(offeredNames(d), []string{"new/a"}) {
		t.Errorf("offered %v", offeredNames(d))
	}
	for name, body := range map[string]string{"a protected attribute": `{"id": "bad", "kind": "marketing", "audience": {"age": 3}}`, "another id": string(text)} {
		if _, err := w.PutCampaign(merchandiser, "bad", []byte(body), ""); tactful.KindOf(err) != tactful.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.PutCampaign(merchandiser, "kitchen", []byte(strings.Replace(string(text), "new", "kitchen", 1)), ""); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("one of a file: %v", err)
	}
	if err := w.DeleteCampaign(merchandiser, "new"); err != nil {
		t.Fatal(err)
	}
	if d := w.offerFor("", "site", 1); !slices.Equal(offeredNames(d), []string{"welcome/site"}) {
		t.Errorf("after it was taken out: %v", offeredNames(d))
	}
	if err := w.DeleteCampaign(merchandiser, "kitchen"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("a file's: %v", err)
	}
}

const twoCreatives = `campaigns:
  - id: test
    kind: marketing
    placements: [home]
    creatives:
      - {id: a, channel: site, language: en, title: For the kitchen, body: New pots and pans.}
      - {id: b, channel: site, language: en, title: For the kitchen, body: Pots and pans are new.}
`

func TestOnlyWhoAgreedToExperimentsIsExperimentedWith(t *testing.T) {
	w := selling(t, twoCreatives, func(c *Config) { c.Campaigns.Choice, c.Campaigns.Holdout = "thompson", 0.3 })
	got := map[string]int{}
	for i := range 80 {
		id := nth(i)
		purposes := every
		if i%2 == 0 {
			purposes = append(slices.Clone(every), tactful.Experiments)
		}
		w.grant(id, purposes...)
		d := w.offerFor(id, "site", 1)
		if len(d.Offers) == 0 {
			if i%2 != 0 || whyNot(d)["holdout"] != 2 {
				t.Errorf("nothing for %s: %v", id, whyNot(d))
			}
			got["held"]++
			continue
		}
		r, err := w.Receipt(context.Background(), d.ID)
		if err != nil {
			t.Fatal(err)
		}
		s := r.Offer.Shown[0]
		if i%2 != 0 {
			if s.Choice != "fixed" || s.Draw != "" || len(s.Options) != 0 || s.Creative != "a" {
				t.Errorf("experimented with somebody who did not agree: %+v", s)
			}
			continue
		}
		got[s.Creative]++
		sum := 0.0
		for _, o := range s.Options {
			sum += o.Propensity
			if o.Propensity < 0.05 {
				t.Errorf("below the floor: %+v", s)
			}
		}
		if s.Choice != "thompson" || s.Draw == "" || len(s.Options) != 2 || sum < 0.999999 || sum > 1.000001 {
			t.Errorf("%+v", s)
		}
	}
	if got["a"] == 0 || got["b"] == 0 || got["held"] == 0 {
		t.Errorf("chosen %v", maps.Clone(got))
	}
}

func TestAnApprenticeShadowsAndDoesNotAct(t *testing.T) {
	w := selling(t, twoCreatives, func(c *Config) { c.Campaigns.Choice, c.Campaigns.Holdout = "apprentice", 0.0001 })
	w.grant("anna", append(slices.Clone(every), tactful.Experiments)...)
	d := w.offerFor("anna", "site", 1)
	r, err := w.Receipt(context.Background(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Offer.Shown[0]; s.Choice != "fixed" || s.Creative != "a" || s.Apprentice == "" || len(s.Options) != 2 {
		t.Errorf("%+v", s)
	}
}

func TestAServiceMessageIsCountedAndSaysTheSameToEverybody(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.agree("anna", tactful.Personal) // to lists only
	w.letOut("parcel", "mail")
	d, err := w.Offer(context.Background(), &tactful.OfferRequest{Subject: user("anna"), Placement: "order", Channel: "mail", Count: 1, Language: "en"})
	if err != nil || !slices.Equal(offeredNames(d), []string{"parcel/mail"}) {
		t.Fatalf("%v %v %v", offeredNames(d), d.Reasons, err)
	}
	ref, err := w.resolve(context.Background(), user("anna"), w.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if s, err := w.records.ReadShowings(context.Background(), ref, w.clock.Now()); err != nil || len(s.Past) != 1 || !s.Past[0].Service {
		t.Errorf("%+v %v", s, err)
	}
	for _, id := range []string{"", "stranger"} {
		r := tactful.OfferRequest{Placement: "order", Channel: "mail", Count: 1, Language: "en"}
		if id != "" {
			r.Subject = user(id)
		}
		if d, err := w.Offer(context.Background(), &r); err != nil || len(d.Offers) != 0 {
			t.Errorf("%q is sent %v %v", id, offeredNames(d), err)
		}
	}
}

func TestANameIsSaidOnlyToWhoToldItAndBought(t *testing.T) {
	w := selling(t, `campaigns:
  - id: named
    kind: marketing
    placements: [home]
    creatives:
      - {id: mail, channel: mail, language: en, title: "{{first_name}}, new pots", body: "Dear {{first_name}}, new pots and pans are here."}
`, nil)
	w.busy()
	ask := func(id string, from tactful.Provenance) *tactful.OfferDecision {
		d, err := w.Offer(context.Background(), &tactful.OfferRequest{Subject: user(id), Placement: "home", Channel: "mail", Count: 1, Language: "en",
			Fields: map[string]tactful.OfferField{"first_name": {Text: "Ada", Provenance: from}}})
		if err != nil || len(d.Offers) != 1 {
			t.Fatalf("%s: %v %v", id, err, d)
		}
		return d
	}
	for _, id := range []string{"told", "signed", "guessed"} {
		w.grant(id, every...)
	}
	w.mustSend("told", "purchased", 1)
	w.mustSend("guessed", "purchased", 1)
	for _, test := range []struct {
		id          string
		from        tactful.Provenance
		title, body bool
	}{{"told", tactful.Declared, true, true}, {"signed", tactful.Declared, false, true}, {"guessed", tactful.Inferred, false, false}} {
		o := ask(test.id, test.from).Offers[0]
		if strings.Contains(o.Title, "Ada") != test.title || strings.Contains(o.Body, "Ada") != test.body || strings.Contains(o.Title+o.Body, "{{") || o.Title == "" {
			t.Errorf("%s reads %q and %q", test.id, o.Title, o.Body)
		}
	}
}

func TestAPlanNamesTheNextAllowedMoment(t *testing.T) {
	w := selling(t, shopCampaigns, nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	plan := func() *tactful.OfferPlan {
		p, err := w.PlanOffers(context.Background(), &tactful.OfferRequest{Subject: user("anna"), Placement: "home", Channel: "mail", Count: 1, Language: "en"})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := plan(); len(p.Sends) != 1 || !p.Sends[0].At.Equal(w.clock.Now()) {
		t.Errorf("at noon: %+v", p)
	}
	w.clock.pass(11 * time.Hour) // 23:00: quiet until 8
	p := plan()
	if len(p.Sends) != 1 || !p.Sends[0].At.Equal(noon.Truncate(24*time.Hour).Add(32*time.Hour)) || len(p.Reasons) == 0 || p.Reasons[len(p.Reasons)-1].Guard != "quiet" {
		t.Errorf("at night: %+v", p)
	}
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 0 || whyNot(d)["quiet"] != 1 {
		t.Errorf("sent at night: %v", offeredNames(d))
	}
	w.clock.pass(p.Sends[0].At.Sub(w.clock.Now()))
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 1 {
		t.Errorf("at the planned moment: %v", d.Reasons)
	}
	if p := plan(); len(p.Sends) != 0 { // the only mail there is was the last one shown, and never comes twice running
		t.Errorf("after one was sent: %+v", p)
	}
}

func TestWhoWantsMessagesLessOftenGetsTheNextOneLater(t *testing.T) {
	w := selling(t, strings.ReplaceAll(shopCampaigns, "id: toys\n    kind: retargeting\n    audience: {looked_at: {category: Toys, within: 14d}}\n    placements: [home]\n    creatives:",
		"id: news\n    kind: marketing\n    placements: [home]\n    creatives:\n      - {id: mail, channel: mail, language: en, title: News, body: There are new pans., category: Kitchen}"), nil)
	w.busy()
	w.grant("anna", every...)
	w.mustSend("anna", "purchased", 1)
	declare := func(less bool) {
		t.Helper()
		if _, err := w.SetPreferences(asPerson, user("anna"), tactful.Preferences{Messages: tactful.MessageLimits{LessOften: less}}); err != nil {
			t.Fatal(err)
		}
	}
	planned := func() time.Time {
		t.Helper()
		p, err := w.PlanOffers(context.Background(), &tactful.OfferRequest{Subject: user("anna"), Placement: "home", Channel: "mail", Count: 1, Language: "en"})
		if err != nil || len(p.Sends) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		return p.Sends[0].At
	}
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 1 {
		t.Fatalf("the first one: %v", d.Reasons)
	}
	today := noon.Truncate(24 * time.Hour)
	if at := planned(); !at.Equal(today.Add(32 * time.Hour)) {
		t.Errorf("as the shop does it the next one is due at %v", at)
	}
	declare(true)
	if at := planned(); !at.Equal(today.Add(56 * time.Hour)) {
		t.Errorf("less often the next one is due at %v", at)
	}
	w.clock.pass(24 * time.Hour)
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 0 || whyNot(d)["frequency"] == 0 {
		t.Errorf("the day after: %v %v", offeredNames(d), d.Withheld)
	}
	declare(false)
	if d := w.offerFor("anna", "mail", 1); len(d.Offers) != 1 {
		t.Errorf("taken back: %v", d.Withheld)
	}
}

func TestWhatACampaignIsWorthNeedsTwentyPeople(t *testing.T) {
	w := selling(t, shopCampaigns, func(c *Config) { c.Campaigns.Holdout = 0.5 })
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	show := func(from, to int) {
		together(to-from, func(i int) {
			id := nth(from + i)
			w.grant(id, every...)
			d := w.offerFor(id, "site", 1)
			if len(d.Offers) != 1 {
				t.Errorf("%s: %v", id, d.Reasons)
				return
			}
			if i%2 == 0 {
				if err := w.Report(person, d.ID, tactful.FeedbackClicked, "welcome/site"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	worth := func() *Worth {
		x, err := w.CampaignWorth(context.Background(), "welcome")
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	show(0, 19)
	if x := worth(); len(x.Placements) != 1 || !x.Placements[0].Few || x.Placements[0].People != 0 || x.Lift != nil {
		t.Errorf("of nineteen: %+v", x)
	}
	show(19, 24)
	if x := worth(); x.Placements[0].Few || x.Placements[0].People != 24 || x.Placements[0].Showings != 24 || x.Placements[0].Clicks != 0 || !slices.Contains(x.Placements[0].Fewer, "clicks") || x.Placements[0].Placement != "home" {
		t.Errorf("of twenty-four: %+v", x.Placements)
	}
	if _, err := w.CampaignWorth(context.Background(), "none"); tactful.KindOf(err) != tactful.NotFound {
		t.Errorf("none: %v", err)
	}
	if _, err := w.Erase(person, user(nth(0))); err != nil {
		t.Fatal(err)
	}
	if x := worth(); x.Placements[0].People != 23 {
		t.Errorf("after an erasure: %+v", x.Placements)
	}
	agreed := append(slices.Clone(every), tactful.Experiments)
	together(120, func(i int) {
		id := "x" + nth(i)
		w.grant(id, agreed...)
		w.mustSend(id, "purchased", 1)
	})
	if x := worth(); x.Shown == nil || x.Holdout == nil || x.Shown.People+x.Holdout.People != 120 || x.Lift == nil || x.Lift.Buyers != 0 || x.Lift.Low > 0 || x.Lift.High < 0 {
		t.Errorf("compared: %+v %+v %+v", x.Shown, x.Holdout, x.Lift)
	}
}

func TestCopyThatPressesIsNamedAsSuchWhoeverAsks(t *testing.T) {
	w := selling(t, `campaigns:
  - id: hurry
    kind: marketing
    placements: [home]
    creatives:
      - {id: site, channel: site, language: en, title: "Hurry, almost gone!", body: "Only 2 left, everybody is buying this now, do not miss out!"}
`, nil)
	w.grant("anna", every...)
	for _, id := range []string{"", "anna"} {
		if d := w.offerFor(id, "site", 1); len(d.Offers) != 0 || len(d.Reasons) != 1 || d.Reasons[0].Guard != "coercive" || d.Reasons[0].Sentence == "" {
			t.Errorf("%q: %v, %+v", id, offeredNames(d), d.Reasons)
		}
	}
}
