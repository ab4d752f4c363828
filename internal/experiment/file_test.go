package experiment

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
)

// good is a file in which nothing is wrong.
const good = `flags:
  - key: checkout-button
    type: string
    variants: {control: Buy now, calm: Continue to payment}
    control: control
    context: {country: string, basket: number}
  - key: new-menu
    type: boolean
    variants: {off: false, on: true}
    control: off
    context: {country: string, visits: number}
    rules:
      - {when: [{name: country, in: [DE, AT]}, {name: visits, at_least: 3}], variant: on}
experiments:
  - name: calm-button
    flag: checkout-button
    hypothesis: With a plain label at least as many people buy.
    population: {share: 0.5, where: [{name: country, is: DE}]}
    arms: {control: 1, calm: 1}
    metric: conversion
    guardrails:
      - {metric: opt_out, ratio: 1}
      - {metric: creepy, ratio: 1}
      - {metric: conversion, ratio: 0.9}
    window: 168h
    stop: {people: 4000, days: 28}
    harm_review:
      approver: Ben C.
      risks: Some people may not find the button again.
      measures: The old label comes back as soon as people leave.
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another label on the payment button.}
`

// rules judge as the engine does.
func rules(t testing.TB) *Rules {
	t.Helper()
	model, err := coercion.Default()
	if err != nil {
		t.Fatal(err)
	}
	return &Rules{Sensitive: []string{"pregnancy", "alcohol", "weight_loss"}, Read: func(text string) coercion.Finding { return model.Read(text, "en", nil) }}
}

func file(t testing.TB, text string) *File {
	t.Helper()
	f, err := Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// document is the experiment of the good file.
func document(t testing.TB) Document {
	t.Helper()
	return file(t, good).Documents()[0]
}

func TestWhatIsWholeMayBeRegistered(t *testing.T) {
	if err := file(t, good).Judge(rules(t)); err != nil {
		t.Error(err)
	}
}

func TestEveryRefusalHasItsSentence(t *testing.T) {
	for _, c := range []struct {
		name       string
		old, next  string
		field, say string
		kind       tactful.Kind
	}{
		{"an outcome that is a mood is refused", "at least as many people buy", "people are in a better mood", "experiments[0].hypothesis", "moods and emotions are never tested", tactful.Refused},
		{"an emotion in German is refused", "at least as many people buy", "sinkt die Stimmung der Kundschaft", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"a mood spelled with figures is refused", "at least as many people buy", "the m00d of people rises", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"a mood spelled letter by letter is refused", "at least as many people buy", "the m-o-o-d of people rises", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"a synonym is refused", "at least as many people buy", "people are in another state of mind", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"a mood as a name is refused", "name: calm-button", "name: positive-affect", "experiments[0].name", "moods and emotions", tactful.Refused},
		{"a mood as the aim is refused", "We try out another label on the payment button", "We see whether you feel better with another label", "experiments[0].aim.en", "moods and emotions", tactful.Refused},
		{"a metric outside of the list is refused", "metric: conversion\n    guard", "metric: happiness\n    guard", "file", "no metric is called so", tactful.Invalid},
		{"a split by a protected trait is refused", "context: {country: string, basket: number}", "context: {country: string, basket: number, gender: string}", "flags[0].context.gender", "protected trait", tactful.Refused},
		{"a trait in German is refused", "context: {country: string, basket: number}", "context: {country: string, altersgruppe: string}", "flags[0].context.altersgruppe", "protected trait", tactful.Refused},
		{"a trait as a value is refused", "{name: country, is: DE}", "{name: country, is: female}", "experiments[0].population.where[0].is", "protected trait", tactful.Refused},
		{"a sensitive class of the shop is refused", "context: {country: string, basket: number}", "context: {country: string, weightLoss: boolean}", "flags[0].context.weightLoss", "sensitive class", tactful.Refused},
		{"picking single people is refused", "context: {country: string, basket: number}", "context: {country: string, userId: string}", "flags[0].context.userId", "picks single people", tactful.Refused},
		{"drawing lots beside the experiment is refused", "context: {country: string, basket: number}", "context: {country: string, abBucket: number}", "flags[0].context.abBucket", "draws lots", tactful.Refused},
		{"targeting by a mood is refused", "context: {country: string, basket: number}", "context: {country: string, sentiment: number}", "flags[0].context.sentiment", "moods and emotions", tactful.Refused},
		{"a price that differs between people is refused", "{control: Buy now, calm: Continue to payment}", "{control: Now for €10, calm: Now for €9}", "flags[0].variants", "prices", tactful.Refused},
		{"a price in words that differs is refused", "{control: Buy now, calm: Continue to payment}", "{control: Pay ten euros, calm: Pay twelve euros}", "flags[0].variants", "prices", tactful.Refused},
		{"half the price for some is refused", "calm: Continue to payment", "calm: Go on for half the price", "flags[0].variants", "prices", tactful.Refused},
		{"a voucher for some is refused", "calm: Continue to payment", "calm: Go on with your voucher CODE20", "flags[0].variants", "prices", tactful.Refused},
		{"a mood in French is refused", "at least as many people buy", "les gens sont plus heureux", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"excitement is refused", "at least as many people buy", "people get more excited and impatient", "experiments[0].hypothesis", "moods and emotions", tactful.Refused},
		{"a lot that is drawn under another name is refused", "{country: string, visits: number}\n    rules:\n      - {when: [{name: country, in: [DE, AT]}, {name: visits, at_least: 3}]", "{lucky: number}\n    rules:\n      - {when: [{name: lucky, below: 50}]", "flags[1].rules[0].when[0].name", "drawn by lot", tactful.Refused},
		{"where people live is a trait", "context: {country: string, basket: number}", "context: {country: string, postcode: string}", "flags[0].context.postcode", "protected trait", tactful.Refused},
		{"an approver who is the owner in other letters is refused", "approver: Ben C.", "approver: \u0410da B.", "experiments[0].harm_review.approver", "nobody approves their own", tactful.Refused},
		{"a flag that is a price is refused", "key: new-menu\n    type: boolean\n    variants: {off: false, on: true}", "key: delivery-price\n    type: number\n    variants: {off: 3, on: 4}", "flags[1].key", "prices", tactful.Refused},
		{"eligibility for single people is refused", "name: calm-button", "name: loan-eligibility", "experiments[0].name", "eligibility", tactful.Refused},
		{"copy that presses is refused", "calm: Continue to payment", "calm: 'Hurry! Only 2 left, this deal ends in 5 minutes!'", "flags[0].variants.calm", "press", tactful.Refused},
		{"no approver is refused", "approver: Ben C.", "approver: ''", "experiments[0].harm_review.approver", "nobody else has looked", tactful.Refused},
		{"self-approval is refused", "approver: Ben C.", "approver: ada  b.", "experiments[0].harm_review.approver", "nobody approves their own", tactful.Refused},
		{"another ground than people's yes is refused", "consent: experiments", "consent: legitimate_interest", "experiments[0].consent", "yes to tests", tactful.Refused},
		{"an experiment that does not watch who leaves is refused", "{metric: opt_out, ratio: 1}", "{metric: click, ratio: 1}", "experiments[0].guardrails", "do not watch for harm", tactful.Refused},
		{"no control is refused", "arms: {control: 1, calm: 1}", "arms: {calm: 1, other: 1}", "experiments[0].arms", "leave control out", tactful.Invalid},
		{"context that nobody declared is refused", "{name: country, is: DE}", "{name: city, is: Ulm}", "experiments[0].population.where[0].name", "is not declared", tactful.Invalid},
		{"a comparison of another type is refused", "{name: country, is: DE}", "{name: country, is: 5}", "experiments[0].population.where[0].is", "another type", tactful.Invalid},
		{"a value of another type is refused", "on: true}", "on: 'yes'}", "flags[1].variants.on", "is no boolean", tactful.Invalid},
		{"an unknown key is refused", "consent: experiments", "consent: experiments\n    segment: vip", "file", "line ", tactful.Invalid},
		{"too few people are refused", "people: 4000", "people: 10", "experiments[0].stop.people", "out of range", tactful.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(good, c.old, c.next, 1)
			if text == good {
				t.Fatal("the test changes nothing")
			}
			f, err := Read([]byte(text))
			if err == nil {
				err = f.Judge(rules(t))
			}
			list := []error{err}
			if many, ok := err.(interface{ Unwrap() []error }); ok {
				list = many.Unwrap()
			}
			for _, one := range list {
				fault, ok := one.(*tactful.Error)
				if !ok || fault.Field != c.field {
					continue
				}
				if !strings.Contains(fault.Detail, c.say) || fault.Kind != c.kind || fault.Remedy == "" {
					t.Errorf("%s: %s (%v, %s)", fault.Field, fault.Detail, fault.Kind, fault.Remedy)
				}
				if c.field != "file" && !strings.HasPrefix(fault.Detail, "line ") {
					t.Errorf("no line: %s", fault.Detail)
				}
				return
			}
			t.Errorf("no fault at %s: %v", c.field, err)
		})
	}
}

func TestOrdinaryWordsAreNoMoods(t *testing.T) {
	for _, text := range []string{
		"A shorter form does not affect deliveries", "A calm label leads more people to the payment page", "Ein klares Feld führt mehr Leute zur Kasse",
		"More people find the page of returns", "Fewer people send suggestions away", "Mehr Menschen finden die Größentabelle",
		"The interval of confidence gets narrower", "Shops of a district are found in one click",
	} {
		if found := aboutMood(text); found != "" {
			t.Errorf("%q is refused for %q", text, found)
		}
	}
	for _, name := range []string{"country", "device", "section", "loggedIn", "appVersion", "language", "basketSize", "page", "hour"} {
		if found := aboutTrait(name, rules(t).Sensitive) + named(folded(name), singleStems, singleWords); found != "" {
			t.Errorf("%q is refused for %q", name, found)
		}
	}
}

// TestVariantsMaySpeakOfPricesAlike is the control: what both say is no price of one's own.
func TestVariantsMaySpeakOfPricesAlike(t *testing.T) {
	text := strings.Replace(good, "{control: Buy now, calm: Continue to payment}", "{control: See the price in one click, calm: Look at the price}", 1)
	f, err := Read([]byte(text))
	if err == nil {
		err = f.Judge(rules(t))
	}
	if err == nil || !strings.Contains(err.Error(), "prices") { // a number beside the price differs: careful
		t.Error(err)
	}
	text = strings.Replace(good, "{control: Buy now, calm: Continue to payment}", "{control: See the price, calm: Look at the price}", 1)
	if f, err = Read([]byte(text)); err == nil {
		err = f.Judge(rules(t))
	}
	if err != nil {
		t.Error(err)
	}
}

func TestTheSameNamesInOtherSpellingsAreFound(t *testing.T) {
	for _, text := range []string{"Gefühl", "GEFUEHL", "wohl\u00adbefinden", "ｍｏｏｄ", "mооd" /* Cyrillic o */, "em0tion", "Glücklichkeit", "customerHappiness", "s.a.d.n.e.s.s", "gemütszustand", "state-of-mind", "Lächeln", "3motion"} {
		if moodName(text) == "" {
			t.Errorf("%q passes", text)
		}
	}
	for _, text := range []string{"Religion", "date_of_birth", "Hautfarbe", "isPregnant", "sexualOrientation", "age", "userAge", "Gesundheitszustand", "disаbility", "s3x", "weight-loss"} {
		if aboutTrait(text, rules(t).Sensitive) == "" {
			t.Errorf("%q passes", text)
		}
	}
}

func TestNobodyReadTheCopy(t *testing.T) {
	f := file(t, good)
	if err := f.Judge(&Rules{}); err == nil || !strings.Contains(err.Error(), "was read by nobody") {
		t.Errorf("copy that nobody read is registered: %v", err)
	}
}

func TestTheLockHoldsEveryWord(t *testing.T) {
	d := document(t)
	lock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	again := document(t)
	if same, err := again.Lock(); err != nil || same != lock {
		t.Errorf("the same document has two locks: %v", err)
	}
	for name, change := range map[string]func(*Document){
		"hypothesis": func(d *Document) { d.Registration.Hypothesis += "!" },
		"ratio":      func(d *Document) { d.Registration.Guardrails[0].Ratio = 1.5 },
		"people":     func(d *Document) { d.Registration.Stop.People++ },
		"variant":    func(d *Document) { d.Flag.Variants["calm"] = "Pay" },
		"weight":     func(d *Document) { d.Registration.Arms["calm"] = 2 },
		"approver":   func(d *Document) { d.Registration.Review.Approver = "Cem" },
	} {
		changed := document(t)
		change(&changed)
		if other, err := changed.Lock(); err != nil || other == lock {
			t.Errorf("%s can be changed under the same lock: %v", name, err)
		}
	}
	trial := Trial{Document: d, Lock: lock, State: Registered, Left: make([]uint64, 2)}
	text, err := trial.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeTrial(text); err != nil {
		t.Error(err)
	}
	if _, err := DecodeTrial([]byte(strings.Replace(string(text), "4000", "9000", 1))); err == nil {
		t.Error("a document that was changed in the store is believed")
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("flags: [{key: a, variants: &a {x: *a}}]"))
	f.Add([]byte("flags:\n- {key: a, type: object, variants: {a: {b: [1, {c: !!binary aGk=}]}, b: {}}, control: a}\n"))
	r := &Rules{Read: func(string) coercion.Finding { return coercion.Finding{Ruling: coercion.Pass} }}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := Read(text)
		if err != nil {
			if tactful.KindOf(err) != tactful.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		if read.Judge(r) != nil {
			return
		}
		for _, d := range read.Documents() {
			lock, err := d.Lock()
			if err != nil {
				t.Fatalf("what may be registered cannot be locked: %v", err)
			}
			trial := Trial{Document: d, Lock: lock, Left: make([]uint64, len(d.Registration.Arms))}
			stored, err := trial.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := DecodeTrial(stored); err != nil {
				t.Fatalf("what may be registered cannot be read back: %v", err)
			}
		}
	})
}

func FuzzDecodeTrial(f *testing.F) {
	d := document(f)
	lock, err := d.Lock()
	if err != nil {
		f.Fatal(err)
	}
	text, err := (&Trial{Document: d, Lock: lock, State: Running, Left: make([]uint64, 2)}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		trial, err := DecodeTrial(text)
		if err != nil {
			return
		}
		if got, err := trial.Document.Lock(); err != nil || got != trial.Lock {
			t.Fatal("a trial is believed that its lock does not fit")
		}
	})
}
