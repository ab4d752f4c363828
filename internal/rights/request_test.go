package rights

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func month(_ Kind, _ string, received time.Time) Due {
	return Due{Answer: received.AddDate(0, 1, 0), Extended: received.AddDate(0, 3, 0), Law: "EU"}
}

func operator(name, key string) By { return By{Kind: tactful.ActorOperator, Name: name, Key: key} }

var (
	person = By{Kind: tactful.ActorPerson}
	shop   = By{Kind: tactful.ActorService, Name: "shop", Key: "k-shop"}
)

func TestWhereARequestBegins(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Opening
		want State
		err  tactful.Kind // only where want is unknown
	}{
		{"in the centre the person is proved by being there", Opening{Kind: Access, Channel: Centre, By: person, Proved: true}, InProgress, 0},
		{"a review waits for a human", Opening{Kind: Review, Channel: Centre, By: person, Proved: true}, Received, 0},
		{"by phone a second operator must agree", Opening{Kind: Erasure, Channel: Phone, By: operator("ann", "k1"), Proved: true}, Waiting, 0},
		{"by letter, unproved, the person must show that it is them first", Opening{Kind: Erasure, Channel: Letter, By: operator("ann", "k1")}, Proving, 0},
		{"what comes in a flood waits", Opening{Kind: Erasure, Channel: API, By: shop, Proved: true, Held: true}, Waiting, 0},
		{"one erasure does not wait", Opening{Kind: Erasure, Channel: API, By: shop, Proved: true}, InProgress, 0},
		{"on behalf of somebody nobody acts without a name", Opening{Kind: Access, Channel: Phone, By: operator(" ", "k1")}, 0, tactful.Refused},
		{"an operator is not the person", Opening{Kind: Erasure, Channel: Centre, By: operator("ann", "k1"), Proved: true}, 0, tactful.Refused},
		{"nor the business's server", Opening{Kind: Erasure, Channel: API, By: operator("ann", "k1"), Proved: true}, 0, tactful.Refused},
		{"a service is no operator", Opening{Kind: Access, Channel: Representative, By: shop}, 0, tactful.Refused},
		{"the zero kind is refused", Opening{Channel: Centre}, 0, tactful.Invalid},
		{"an unknown kind is refused", Opening{Kind: 200, Channel: Centre}, 0, tactful.Invalid},
		{"the zero channel is refused", Opening{Kind: Access}, 0, tactful.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.in.By.Name = strings.TrimSpace(c.in.By.Name)
			r, err := Open(c.in, month, noon)
			if r.State != c.want || c.want == StateUnknown && (err == nil || tactful.KindOf(err) != c.err) {
				t.Errorf("%s, %v", r.State, err)
			}
			if err == nil && (!r.Due.Equal(noon.AddDate(0, 1, 0)) || r.Law != "EU") {
				t.Errorf("due %s by %q", r.Due, r.Law)
			}
		})
	}
}

func TestASecondPairOfEyesIsNeverTheFirst(t *testing.T) {
	for _, c := range []struct {
		name          string
		entered, eyes By
		want          tactful.Kind // Internal here: it is released
	}{
		{"another operator releases", operator("ann", "k1"), operator("bob", "k2"), tactful.Internal},
		{"the same one does not", operator("ann", "k1"), operator("ann", "k1"), tactful.Refused},
		{"nor under another spelling", operator("ann", "k1"), operator(" ANN ", "k2"), tactful.Refused},
		{"nor with more spaces", operator("Bob C.", "k1"), operator("Bob  C.", "k2"), tactful.Refused},
		{"nor in wide letters, or with a mark that nobody sees", operator("Bob C.", "k1"), operator("Ｂob\u200b C.", "k2"), tactful.Refused},
		{"nor under another name with the same key", operator("ann", "k1"), operator("bob", "k1"), tactful.Refused},
		{"nor does somebody without a name", operator("ann", "k1"), operator("", "k2"), tactful.Refused},
		{"nor the person", operator("ann", "k1"), person, tactful.Refused},
		{"nor the engine", operator("ann", "k1"), By{Kind: tactful.ActorEngine, Name: "engine"}, tactful.Refused},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Open(Opening{Kind: Access, Channel: Phone, By: c.entered, Proved: true}, month, noon)
			if err != nil {
				t.Fatal(err)
			}
			err = r.Release(Of(tactful.Actor{Kind: c.eyes.Kind, Name: c.eyes.Name, Key: c.eyes.Key}), Made{})
			if released := r.State == InProgress; released != (err == nil) || err != nil && tactful.KindOf(err) != c.want {
				t.Errorf("%s, %v", r.State, err)
			}
			if (err == nil) != (c.want == tactful.Internal) {
				t.Errorf("released: %v", err == nil)
			}
		})
	}
	t.Run("two keys in one hand are one pair of eyes", func(t *testing.T) {
		ann, zed, boss := access.Maker{Name: "ann", Key: "k1"}, operator("zed", "k9"), access.Maker{Name: "boss", Key: "k0"}
		for _, c := range []struct {
			name string
			made Made
			want bool
		}{
			{"who entered it made the other key", Made{Releaser: []access.Maker{ann}}, false},
			{"by a key in between", Made{Releaser: []access.Maker{{Name: "in between", Key: "k5"}, ann}}, false},
			{"who releases made the key that entered it", Made{Opener: []access.Maker{{Name: "Zed", Key: "k8"}}}, false},
			{"one maker, and the second key is younger than the request", Made{Opener: []access.Maker{boss}, Releaser: []access.Maker{boss}, Since: noon.Add(time.Second)}, false},
			{"one maker, and the second key is of the same second, as keys keep it", Made{Opener: []access.Maker{boss}, Releaser: []access.Maker{boss}, Since: noon.Truncate(time.Second)}, false},
			{"one maker, and both are colleagues of old", Made{Opener: []access.Maker{boss}, Releaser: []access.Maker{boss}, Since: noon.Add(-time.Hour)}, true},
			{"made at the machine", Made{Since: noon.Add(time.Second)}, true},
		} {
			r, err := Open(Opening{Kind: Access, Channel: Phone, By: operator("ann", "k1"), Proved: true}, month, noon)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Release(zed, c.made); (err == nil) != c.want {
				t.Errorf("%s: %v", c.name, err)
			}
		}
	})
	t.Run("the key that flooded does not release its own flood", func(t *testing.T) {
		r, err := Open(Opening{Kind: Erasure, Channel: API, By: shop, Proved: true, Held: true}, month, noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Release(operator("mallory", shop.Key), Made{}); tactful.KindOf(err) != tactful.Refused || r.State != Waiting {
			t.Errorf("%s, %v", r.State, err)
		}
		if err := r.Release(operator("bob", "k2"), Made{}); err != nil || r.State != InProgress {
			t.Errorf("%s, %v", r.State, err)
		}
	})
}

func TestWhoMayMoveARequest(t *testing.T) {
	ann, bob := operator("ann", "k1"), operator("bob", "k2")
	at := func(kind Kind, state State) Request {
		r := Request{Kind: kind, Channel: Phone, State: state, Received: noon, Due: noon.AddDate(0, 1, 0), Latest: noon.AddDate(0, 3, 0), Opened: ann}
		if state == Waiting {
			r.Why = ForSomebody
		}
		return r
	}
	by := func(channel Channel, by By) Request {
		r := at(Review, Received)
		r.Channel, r.Opened = channel, by
		return r
	}
	for _, c := range []struct {
		name string
		from Request
		do   func(*Request) error
		want State
		err  bool
	}{
		{"a proof leads on to the second pair of eyes", Request{Kind: Access, Channel: Letter, State: Proving, Why: ForSomebody, Opened: ann}, (*Request).Prove, Waiting, false},
		{"a proof leads nowhere else", at(Access, Waiting), (*Request).Prove, Waiting, true},
		{"an operator takes what was received", at(Review, Received), func(r *Request) error { return r.Take(bob) }, InProgress, false},
		{"nobody without a name does", at(Review, Received), func(r *Request) error { return r.Take(shop) }, Received, true},
		{"it is finished", at(Review, InProgress), func(r *Request) error { return r.Finish(bob, noon) }, Done, false},
		{"not before anybody has agreed", at(Review, Waiting), func(r *Request) error { return r.Finish(bob, noon) }, Waiting, true},
		{"not twice", at(Review, Done), func(r *Request) error { return r.Finish(bob, noon) }, Done, true},
		{"a refusal has a ground", at(Access, Received), func(r *Request) error { return r.Refuse(bob, Excessive, noon) }, Refused, false},
		{"no ground, no refusal", at(Access, Received), func(r *Request) error { return r.Refuse(bob, NoGround, noon) }, Received, true},
		{"an unknown ground is none", at(Access, Received), func(r *Request) error { return r.Refuse(bob, 99, noon) }, Received, true},
		{"no name, no refusal", at(Access, Received), func(r *Request) error { return r.Refuse(shop, Excessive, noon) }, Received, true},
		{"the person takes it back", at(Access, Waiting), func(r *Request) error { return r.Cancel(person, noon) }, Cancelled, false},
		{"the engine never cancels", at(Access, Waiting), func(r *Request) error { return r.Cancel(By{Kind: tactful.ActorEngine}, noon) }, Waiting, true},
		{"an operator cancels what an operator entered", at(Access, Waiting), func(r *Request) error { return r.Cancel(bob, noon) }, Cancelled, false},
		{"not without a name", at(Access, Waiting), func(r *Request) error { return r.Cancel(operator("", "k2"), noon) }, Waiting, true},
		{"nor what the person asked for in their centre", by(Centre, person), func(r *Request) error { return r.Cancel(bob, noon) }, Received, true},
		{"nor what came from the business's server", by(API, shop), func(r *Request) error { return r.Cancel(bob, noon) }, Received, true},
		{"a service cancels what a service sent", by(API, shop), func(r *Request) error { return r.Cancel(shop, noon) }, Cancelled, false},
		{"not what came by phone", at(Erasure, Waiting), func(r *Request) error { return r.Cancel(shop, noon) }, Waiting, true},
		{"nor what the person asked for", by(Centre, person), func(r *Request) error { return r.Cancel(shop, noon) }, Received, true},
		{"the person takes back what an operator entered", at(Erasure, Proving), func(r *Request) error { return r.Cancel(person, noon) }, Cancelled, false},
		{"nor does nobody in particular", at(Access, Waiting), func(r *Request) error { return r.Cancel(By{}, noon) }, Waiting, true},
		{"an erasure that has begun goes on", at(Erasure, InProgress), func(r *Request) error { return r.Cancel(person, noon) }, InProgress, true},
		{"one that waits may be taken back", at(Erasure, Waiting), func(r *Request) error { return r.Cancel(person, noon) }, Cancelled, false},
		{"the date is moved under a name", at(Access, Received), func(r *Request) error { return r.Extend(bob, noon) }, Received, false},
		{"not without", at(Access, Received), func(r *Request) error { return r.Extend(shop, noon) }, Received, true},
		{"not after it has passed", at(Access, Received), func(r *Request) error { return r.Extend(bob, noon.AddDate(0, 1, 1)) }, Received, true},
		{"nothing moves what is closed", at(Access, Cancelled), func(r *Request) error { return r.Extend(bob, noon) }, Cancelled, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.from
			if err := c.do(&r); (err != nil) != c.err || r.State != c.want {
				t.Errorf("%s, %v", r.State, err)
			}
			if c.err && r != c.from {
				t.Errorf("what was refused changed the request: %+v", r)
			}
			if r.State.Closed() && !c.from.State.Closed() && (r.Closed.IsZero() || r.Ended == (By{})) {
				t.Error("nobody closed it, or never")
			}
		})
	}
	t.Run("the date is moved once", func(t *testing.T) {
		r := at(Access, Received)
		if err := r.Extend(bob, noon); err != nil || !r.Due.Equal(noon.AddDate(0, 3, 0)) {
			t.Fatal(r.Due, err)
		}
		if err := r.Extend(bob, noon); err == nil {
			t.Error("moved twice")
		}
	})
}

func TestOnlyWhatTheEngineItselfBeganIsCarriedOn(t *testing.T) {
	hours := noon.Add(5 * time.Hour)
	for _, c := range []struct {
		name string
		r    Request
		now  time.Time
		want bool
	}{
		{"an access that was cut short", Request{Kind: Access, State: InProgress, Received: noon}, noon.Add(2 * time.Minute), true},
		{"a correction that was cut short", Request{Kind: Rectification, State: InProgress, Received: noon}, noon.Add(2 * time.Minute), true},
		{"one that runs since a moment", Request{Kind: Erasure, State: InProgress, Received: noon}, noon.Add(time.Minute), false},
		{"one that was released hours later runs since then", Request{Kind: Erasure, State: InProgress, Received: noon, Since: hours}, hours.Add(time.Minute), false},
		{"and is cut short a while after", Request{Kind: Erasure, State: InProgress, Received: noon, Since: hours}, hours.Add(2 * time.Minute), true},
		{"what an operator works on", Request{Kind: Access, State: InProgress, Received: noon, Taken: operator("ann", "k1")}, hours, false},
		{"what waits", Request{Kind: Erasure, State: Waiting, Received: noon}, hours, false},
	} {
		if got := c.r.Stranded(time.Minute, c.now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestAnErasureOvertakesWhatIsStillOpen(t *testing.T) {
	for _, kind := range Kinds() {
		for _, state := range []State{Received, Proving, Waiting, InProgress} {
			r := Request{Kind: kind, State: state, Received: noon}
			r.Overtaken(noon)
			want := Request{Kind: kind, State: Refused, Ground: NothingThere, Received: noon, Closed: noon, Ended: By{Kind: tactful.ActorEngine}}
			if kind == Erasure {
				want.State, want.Ground = Done, NoGround
			}
			if r != want {
				t.Errorf("%s, %s: %+v", kind, state, r)
			}
		}
		r := Request{Kind: kind, State: Cancelled}
		if r.Overtaken(noon); r.State != Cancelled {
			t.Errorf("%s: what was cancelled is %s", kind, r.State)
		}
	}
}

func TestDates(t *testing.T) {
	r := Request{State: Received, Due: noon}
	for _, c := range []struct {
		name          string
		now           time.Time
		overdue, soon bool
	}{
		{"long before", noon.Add(-Soon - time.Second), false, false},
		{"a week before", noon.Add(-Soon), false, true},
		{"at the last moment it is still in time", noon, false, true},
		{"a second later it is late", noon.Add(time.Second), true, false},
	} {
		if r.Overdue(c.now) != c.overdue || r.DueSoon(c.now) != c.soon {
			t.Errorf("%s: overdue %v, soon %v", c.name, r.Overdue(c.now), r.DueSoon(c.now))
		}
	}
	r.State = Done
	if r.Overdue(noon.AddDate(1, 0, 0)) || r.DueSoon(noon) {
		t.Error("what is done is late")
	}
}

func california(_ Kind, _ string, received time.Time) Due {
	return Due{Confirm: received.AddDate(0, 0, 14), Answer: received.AddDate(0, 0, 45), Extended: received.AddDate(0, 0, 90), Law: "US-CA"}
}

func TestThePersonHearsThatTheirRequestHasCome(t *testing.T) {
	opened := func(channel Channel, by By) Request {
		r, err := Open(Opening{Kind: Access, Channel: channel, By: by, Proved: true}, california, noon)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := opened(Centre, person); r.Unconfirmed() || !r.Heard.Equal(noon) {
		t.Error("the page that answered said so")
	}
	r := opened(Letter, operator("ann", "k1"))
	late := noon.AddDate(0, 0, 15)
	if !r.Unconfirmed() || !r.Overdue(late) || !r.DueSoon(noon.AddDate(0, 0, 8)) || r.DueSoon(noon) {
		t.Errorf("the word that it has come is due first: %+v", r)
	}
	if err := r.ConfirmReceipt(shop, late); tactful.KindOf(err) != tactful.Refused || !r.Unconfirmed() {
		t.Errorf("a machine confirmed it: %v", err)
	}
	if err := r.ConfirmReceipt(operator("bob", "k2"), late); err != nil || r.Overdue(late) || r.Unconfirmed() || r.Told.Name != "bob" {
		t.Errorf("%v, %+v", err, r)
	}
	if err := r.ConfirmReceipt(operator("ann", "k1"), late.AddDate(0, 0, 1)); err != nil || !r.Heard.Equal(late) {
		t.Errorf("the first word counts: %v, %s", err, r.Heard)
	}
	if !r.Overdue(noon.AddDate(0, 0, 46)) {
		t.Error("the answer is still due")
	}
	moved := opened(Letter, operator("ann", "k1"))
	if err := moved.Extend(operator("bob", "k2"), noon); err != nil || moved.Unconfirmed() {
		t.Errorf("who hears why it takes longer has heard that it came: %v", err)
	}
}

func whole() Request {
	return Request{
		Kind: Erasure, Channel: Letter, State: Refused, Why: ForSomebody, Region: "DE", Law: "EU", Received: noon, Since: noon.Add(2 * time.Minute), Due: noon.AddDate(0, 1, 0),
		Latest: noon.AddDate(0, 3, 0), Moved: true, Closed: noon.Add(time.Hour), Ground: LegalDuty,
		Confirm: noon.AddDate(0, 0, 14), Heard: noon.Add(time.Minute), Told: operator("dot", "k4"), Taken: operator("eli", "k5"),
		Opened: operator("ann", "k1"), Released: operator("bob", "k2"), Ended: operator("cyd", "k3"),
	}
}

func TestARequestIsReadAsItWasWritten(t *testing.T) {
	for _, r := range []Request{whole(), {Kind: Access, Channel: Centre, State: Received, Received: noon, Due: noon, Opened: person}} {
		text, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Decode(text)
		if err != nil || got != r {
			t.Errorf("%v\n%s", err, cmp.Diff(r, got))
		}
	}
	for _, damaged := range []string{"", "{}", `{"kind":"access","channel":"api","state":"nearly","received":1,"due":1,"opened":{"kind":1}}`,
		`{"kind":"access","channel":"api","state":"done","received":1,"due":1,"opened":{"kind":1},"more":1}`} {
		if r, err := Decode([]byte(damaged)); err == nil {
			t.Errorf("%s was taken for %+v", damaged, r)
		}
	}
}

func TestDetails(t *testing.T) {
	hour := &Selection{From: noon, To: noon.Add(time.Hour)}
	for _, c := range []struct {
		name string
		kind Kind
		d    Detail
		ok   bool
	}{
		{"an access needs nothing", Access, Detail{}, true},
		{"a review names the decision", Review, Detail{Receipt: "r"}, true},
		{"a review of nothing is none", Review, Detail{}, false},
		{"an hour", Withdrawal, Detail{Selection: hour}, true},
		{"everything", Withdrawal, Detail{Selection: &Selection{All: true}}, true},
		{"one", Withdrawal, Detail{Selection: &Selection{Event: "e"}}, true},
		{"all about an item", Withdrawal, Detail{Selection: &Selection{Item: "i"}}, true},
		{"an item and an event contradict each other", Withdrawal, Detail{Selection: &Selection{Item: "i", Event: "e"}}, false},
		{"nothing is not everything", Withdrawal, Detail{Selection: &Selection{}}, false},
		{"one and everything contradict each other", Withdrawal, Detail{Selection: &Selection{Event: "e", All: true}}, false},
		{"a range that ends before it begins", Withdrawal, Detail{Selection: &Selection{From: noon, To: noon}}, false},
		{"a range without an end", Withdrawal, Detail{Selection: &Selection{From: noon}}, false},
		{"no selection", Withdrawal, Detail{}, false},
		{"a selection for an access", Access, Detail{Selection: hour}, false},
		{"another quantity", Rectification, Detail{Correction: &Correction{Event: "e", Quantity: 2}}, true},
		{"not mine", Rectification, Detail{Correction: &Correction{Event: "e", NotMine: true}}, true},
		{"not mine, but two of them", Rectification, Detail{Correction: &Correction{Event: "e", NotMine: true, Quantity: 2}}, false},
		{"nothing is right", Rectification, Detail{Correction: &Correction{Event: "e"}}, false},
		{"a negative number of things", Rectification, Detail{Correction: &Correction{Event: "e", Quantity: -1}}, false},
		{"in words only", Rectification, Detail{}, true},
		{"control characters", Access, Detail{Proof: "a\x00b"}, false},
	} {
		if err := c.d.Validate(c.kind); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func FuzzDecodeRequest(f *testing.F) {
	r := whole()
	text, _ := r.Encode()
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := Decode(text)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(again); err != nil || got != r {
			t.Fatalf("%v\n%s", err, cmp.Diff(r, got))
		}
	})
}

func FuzzDecodeDetail(f *testing.F) {
	d := Detail{Selection: &Selection{Event: "e"}, Receipt: "r", Correction: &Correction{Event: "x", Quantity: 2}}
	text, _ := d.Encode()
	f.Add(text)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := DecodeDetail(text)
		if err != nil {
			return
		}
		if text, err := d.Encode(); err == nil {
			if _, err := DecodeDetail(text); err != nil {
				t.Fatal(err)
			}
		}
	})
}
