package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/rights"
)

const testedFile = `flags:
  - key: button
    type: string
    variants: {control: Buy now, calm: Continue to payment}
    control: control
    context: {country: string}
  - key: menu
    type: boolean
    variants: {off: false, on: true}
    control: off
    context: {country: string}
    rules: [{when: [{name: country, is: DE}], variant: on}]
experiments:
  - name: calm-button
    flag: button
    hypothesis: With a plain label at least as many people buy.
    population: {share: 1}
    arms: {control: 1, calm: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}, {metric: complaint, ratio: 1}]
    window: 24h
    stop: {people: 4000, days: 28}
    harm_review:
      approver: Ben C.
      risks: Some people may not find the button again.
      measures: The old label comes back as soon as people leave.
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another label on the payment button., de: Wir probieren eine andere Aufschrift des Knopfes aus.}
`

func operatorNamed(name, key string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: key, Reason: "a test of a test"})
}

var (
	adaTests = operatorNamed("Ada B.", "key-ada")
	benTests = operatorNamed("Ben C.", "key-ben")
)

// takesPart records somebody's yes, or another answer, to tests.
func (w *world) takesPart(id string, answer tactful.Answer) {
	w.t.Helper()
	change := ConsentChange{Level: tactful.Personal}
	for _, n := range w.Notices("en") {
		if n.Purpose == tactful.Experiments || n.Purpose == tactful.Recommendations {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: "en", Method: "form"})
		}
	}
	if _, err := w.SetConsents(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), user(id), change); err != nil {
		w.t.Fatal(err)
	}
}

// running registers, approves and starts the experiment of the file.
func (w *world) running(file string) {
	w.t.Helper()
	if _, err := w.RegisterExperiments(adaTests, []byte(file), "we want to try a label"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.ApproveExperiment(benTests, "calm-button", "I looked for harm and found none"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.StartExperiment(adaTests, "calm-button", "the week begins"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) flag(id, key string, said map[string]any) FlagAnswer {
	w.t.Helper()
	q := &FlagQuestion{Context: said, Keys: []string{key}}
	if id != "" {
		q.Subject = user(id)
	}
	answers, err := w.EvaluateFlags(context.Background(), q)
	if err != nil {
		w.t.Fatal(err)
	}
	return answers[0]
}

// exposures are the rows of somebody, and whether there is anybody.
func (w *world) exposures(id string) []records.Exposure {
	w.t.Helper()
	ref, err := w.resolve(context.Background(), user(id), w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if ref.IsZero() {
		return nil
	}
	list, err := w.records.Exposures(context.Background(), ref, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func TestOnlyWhoAgreedIsInATest(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, c := range []struct {
		name    string
		prepare func(id string)
		reason  FlagReason
	}{
		{"who-agreed", func(id string) { w.takesPart(id, tactful.Granted) }, FlagSplit},
		{"nobody-known", func(string) {}, FlagDisabled},
		{"agreed-to-other-things", func(id string) { w.agree(id, tactful.Personal) }, FlagDisabled},
		{"said-no", func(id string) { w.takesPart(id, tactful.Granted); w.takesPart(id, tactful.Denied) }, FlagDisabled},
		{"minor", func(id string) {
			w.takesPart(id, tactful.Granted)
			if err := w.SetMinor(context.Background(), user(id)); err != nil {
				t.Fatal(err)
			}
		}, FlagDisabled},
		{"frozen", func(id string) {
			w.takesPart(id, tactful.Granted)
			if err := w.Restrict(person, user(id)); err != nil {
				t.Fatal(err)
			}
		}, FlagDisabled},
		{"objected", func(id string) {
			w.takesPart(id, tactful.Granted)
			w.clock.pass(time.Second)
			if err := w.Object(person, user(id)); err != nil {
				t.Fatal(err)
			}
		}, FlagDisabled},
		{"paused", func(id string) {
			w.takesPart(id, tactful.Granted)
			if err := w.Pause(person, user(id), w.clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}, FlagDisabled},
		{"chose-the-page-only", func(id string) {
			w.takesPart(id, tactful.Granted)
			if _, err := w.SetConsents(person, user(id), ConsentChange{Level: tactful.Context}); err != nil {
				t.Fatal(err)
			}
		}, FlagDisabled},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.prepare(c.name)
			a := w.flag(c.name, "button", nil)
			if a.Reason != c.reason {
				t.Errorf("%+v", a)
			}
			rows := w.exposures(c.name)
			if c.reason == FlagSplit {
				if len(rows) != 1 || rows[0].Arm != a.Variant || a.Experiment != "calm-button" {
					t.Errorf("a variant is used without a record: %+v %+v", a, rows)
				}
				return
			}
			if a.Variant != "control" || a.Value != "Buy now" || a.Experiment != "" || len(rows) > 0 {
				t.Errorf("not control, or recorded: %+v %+v", a, rows)
			}
		})
	}
	if a := w.flag("", "button", nil); a.Reason != FlagDisabled || a.Variant != "control" {
		t.Errorf("nobody is named: %+v", a)
	}
}

func TestAFlagWithoutAnExperimentReadsNobody(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	for _, c := range []struct {
		said    map[string]any
		variant string
		reason  FlagReason
	}{{map[string]any{"country": "DE"}, "on", FlagTargeted}, {map[string]any{"country": "FR"}, "off", FlagDefault}, {nil, "off", FlagDefault}} {
		if a := w.flag("somebody", "menu", c.said); a.Variant != c.variant || a.Reason != c.reason {
			t.Errorf("%v: %+v", c.said, a)
		}
	}
	if a := w.flag("somebody", "menu", map[string]any{"country": 5.0}); a.Mistyped != "country" {
		t.Errorf("%+v", a)
	}
	if a := w.flag("somebody", "none", nil); !a.Unknown {
		t.Errorf("%+v", a)
	}
}

func TestAVariantSticksOverARestartAndPeopleAreSplit(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	got := map[string]string{}
	counts := map[string]int{}
	for i := range 60 {
		id := fmt.Sprintf("p%d", i)
		w.takesPart(id, tactful.Granted)
		got[id] = w.flag(id, "button", nil).Variant
		counts[got[id]]++
	}
	if counts["control"] < 15 || counts["calm"] < 15 {
		t.Errorf("%v", counts)
	}
	w.shut()
	w.open()
	for id, variant := range got {
		if again := w.flag(id, "button", nil); again.Variant != variant {
			t.Fatalf("somebody changed from %s to %s", variant, again.Variant)
		}
		if rows := w.exposures(id); len(rows) != 1 {
			t.Fatalf("%d rows of one person", len(rows))
		}
	}
}

func TestTwoOperatorsStandBehindEveryStart(t *testing.T) {
	w := newWorld(t, nil)
	refused := func(what string, err error) {
		t.Helper()
		if k := tactful.KindOf(err); err == nil || k != tactful.Refused && k != tactful.Conflict && k != tactful.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := w.RegisterExperiments(context.Background(), []byte(testedFile), "we want to try a label")
	refused("a service registers", err)
	_, err = w.RegisterExperiments(operatorNamed("Cem D.", "key-cem"), []byte(testedFile), "we want to try a label")
	refused("somebody registers what another one owns", err)
	if _, err := w.RegisterExperiments(adaTests, []byte(testedFile), "we want to try a label"); err != nil {
		t.Fatal(err)
	}
	_, err = w.RegisterExperiments(adaTests, []byte(strings.Replace(testedFile, "people: 4000", "people: 9000", 1)), "we want it larger")
	refused("a registered experiment is changed", err)
	_, err = w.StartExperiment(adaTests, "calm-button", "the week begins")
	refused("it starts without approval", err)
	_, err = w.ApproveExperiment(adaTests, "calm-button", "I like it very much")
	refused("the owner approves", err)
	_, err = w.ApproveExperiment(operatorNamed("Cem D.", "key-cem"), "calm-button", "I like it very much")
	refused("another one than the approver approves", err)
	_, err = w.ApproveExperiment(operatorNamed("Ben C.", "key-ada"), "calm-button", "I like it very much")
	refused("the approver's name with the owner's key", err)
	if _, err := w.ApproveExperiment(benTests, "calm-button", "I looked for harm and found none"); err != nil {
		t.Fatal(err)
	}
	_, err = w.StartExperiment(benTests, "calm-button", "the week begins")
	refused("the approver starts it alone", err)
	if _, err := w.StartExperiment(adaTests, "calm-button", "the week begins"); err != nil {
		t.Fatal(err)
	}
	_, err = w.RegisterExperiments(adaTests, []byte(strings.Replace(testedFile, "Buy now", "Pay now", 1)), "another label on the button")
	refused("the flag of a running experiment is changed", err)
	if _, err := w.StopExperiment(benTests, "calm-button", "customers called us about it"); err != nil {
		t.Fatal(err)
	}
	_, err = w.StartExperiment(adaTests, "calm-button", "the week begins")
	refused("what ended starts again", err)
	w.takesPart("late", tactful.Granted)
	if a := w.flag("late", "button", nil); a.Variant != "control" || a.Reason != FlagStatic || len(w.exposures("late")) > 0 {
		t.Errorf("after the end: %+v", a)
	}
}

func TestExperimentsOfOneLayerWaitForRoom(t *testing.T) {
	w := newWorld(t, nil)
	file := strings.Replace(testedFile, "control: control\n", "control: control\n    layer: checkout\n", 1)
	other := strings.NewReplacer("key: button", "key: other", "flag: button", "flag: other", "name: calm-button", "name: other-button").Replace(file)
	other = strings.Replace(other, "key: menu", "key: menu2", 1)
	w.running(file)
	if _, err := w.RegisterExperiments(adaTests, []byte(other), "another test in this layer"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ApproveExperiment(benTests, "other-button", "I looked for harm and found none"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.StartExperiment(adaTests, "other-button", "the week begins"); tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("two experiments of a layer have everybody: %v", err)
	}
	if _, err := w.StopExperiment(adaTests, "calm-button", "to make room for another"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.StartExperiment(adaTests, "other-button", "the week begins"); err != nil {
		t.Error(err)
	}
}

func TestLeavingIsImmediateAndLeavesNoExposure(t *testing.T) {
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for name, leave := range map[string]func(w *world, id string) error{
		"withdraws": func(w *world, id string) error { w.takesPart(id, tactful.Withdrawn); return nil },
		"lowers the level": func(w *world, id string) error {
			_, err := w.SetConsents(person, user(id), ConsentChange{Level: tactful.Generic})
			return err
		},
		"objects":          func(w *world, id string) error { w.clock.pass(time.Second); return w.Object(person, user(id)) },
		"is under age":     func(w *world, id string) error { return w.SetMinor(context.Background(), user(id)) },
		"leaves this test": func(w *world, id string) error { return w.LeaveTest(person, user(id), "calm-button") },
		"leaves it twice": func(w *world, id string) error {
			_ = w.LeaveTest(person, user(id), "calm-button")
			return w.LeaveTest(person, user(id), "calm-button")
		},
		"asks to be erased": func(w *world, id string) error { _, err := w.Erase(person, user(id)); return err },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.running(testedFile)
			w.takesPart("p", tactful.Granted)
			before := w.flag("p", "button", nil)
			if before.Reason != FlagSplit {
				t.Fatalf("%+v", before)
			}
			if err := leave(w, "p"); err != nil {
				t.Fatal(err)
			}
			for _, x := range w.exposures("p") {
				if !x.Left {
					t.Errorf("an exposure is left: %+v", x)
				}
			}
			after := w.flag("p", "button", nil)
			if after.Reason != FlagDisabled || after.Variant != "control" || after.Experiment != "" {
				t.Errorf("%+v", after)
			}
			if name == "asks to be erased" {
				return
			}
			trial, err := w.Experiment("calm-button")
			if err != nil {
				t.Fatal(err)
			}
			if n := trial.Left[0] + trial.Left[1]; n != 1 {
				t.Errorf("%d left", n)
			}
		})
	}
}

// TestWhatNobodyCanLookAtEnds lets looks fail: twice it is tried again, then all ends.
func TestWhatNobodyCanLookAtEnds(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	ctx, blind := context.Background(), errors.New("unreadable")
	failed := w.watched(ctx, blind, w.watched(ctx, blind, 0))
	if again := w.watched(ctx, nil, failed); again != 0 {
		t.Errorf("a look that went well leaves %d failed", again)
	}
	if a := w.flag("p", "button", nil); a.Reason != FlagSplit {
		t.Fatalf("after two: %+v", a)
	}
	w.watched(ctx, blind, failed)
	if a := w.flag("p", "button", nil); a.Reason == FlagSplit || a.Variant != "control" {
		t.Errorf("after three: %+v", a)
	}
	if trial, err := w.Experiment("calm-button"); err != nil || trial.State != experiment.Ended || trial.Stopped.Why == "" {
		t.Errorf("%v %v", trial.State, err)
	}
}

// TestOnePersonCountsAsGoneOnce lets one person take the yes back and give it again:
// the experiment loses one person, and goes on.
func TestOnePersonCountsAsGoneOnce(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	for range 40 {
		w.takesPart("p", tactful.Granted)
		w.flag("p", "button", nil)
		w.takesPart("p", tactful.Withdrawn)
		w.clock.pass(time.Second)
	}
	w.takesPart("p", tactful.Granted)
	if a := w.flag("p", "button", nil); a.Variant != "control" || a.Reason != FlagDisabled {
		t.Errorf("who left is in it again: %+v", a)
	}
	if err := w.LookAtExperiments(context.Background()); err != nil {
		t.Fatal(err)
	}
	trial, err := w.Experiment("calm-button")
	if err != nil || trial.State != experiment.Running || trial.Left[0]+trial.Left[1] != 1 {
		t.Errorf("%d and %d left; %v %v", trial.Left[0], trial.Left[1], trial.State, err)
	}
	rows := w.exposures("p")
	if len(rows) != 1 || !rows[0].Left || rows[0].Arm != "" {
		t.Errorf("more stays than that they left: %+v", rows)
	}
}

// TestAPauseIsNoLeaving is the control: what ends again keeps its place.
func TestAPauseIsNoLeaving(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	before := w.flag("p", "button", nil)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	if err := w.Pause(person, user("p"), w.clock.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if a := w.flag("p", "button", nil); a.Reason != FlagDisabled || a.Variant != "control" {
		t.Errorf("%+v", a)
	}
	if err := w.LookAtExperiments(context.Background()); err != nil {
		t.Fatal(err)
	}
	trial, err := w.Experiment("calm-button")
	if err != nil || trial.Last == nil || trial.Last.Arms[0].People+trial.Last.Arms[1].People != 0 {
		t.Errorf("who pauses is counted: %+v %v", trial.Last, err)
	}
	w.clock.pass(2 * time.Hour)
	if a := w.flag("p", "button", nil); a.Variant != before.Variant || a.Reason != FlagSplit {
		t.Errorf("%+v, before %+v", a, before)
	}
}

// TestWhoLeavesWhileAVariantIsRecordedIsNotRecorded lets somebody withdraw between
// the reading of their yes and the writing of the exposure.
func TestWhoLeavesWhileAVariantIsRecordedIsNotRecorded(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	ctx, now := context.Background(), w.clock.Now()
	who, err := w.participant(ctx, &FlagQuestion{Subject: user("p")}, now)
	if err != nil || who == nil {
		t.Fatal(who, err)
	}
	w.takesPart("p", tactful.Withdrawn)
	trial, _ := w.Experiment("calm-button")
	err = w.records.Expose(ctx, who.ref, who.standing.Version, []records.Exposure{{Test: testID(&trial), Arm: "calm", Time: now}}, now.Add(time.Hour))
	if tactful.KindOf(err) != tactful.Conflict {
		t.Errorf("recorded all the same: %v", err)
	}
	if rows := w.exposures("p"); len(rows) > 0 {
		t.Errorf("%+v", rows)
	}
}

// dismay lets so many people come; of those with the variant a share says that it
// is creepy.
func (w *world) dismay(from, to int, share float64) {
	w.t.Helper()
	for i := from; i < to; i++ {
		id := fmt.Sprintf("p%d", i)
		w.takesPart(id, tactful.Granted)
		a := w.flag(id, "button", nil)
		if a.Variant != "calm" || float64(i%10) >= share*10 {
			continue
		}
		d := w.decide(tactful.Request{Subject: user(id), Placement: tactful.Popular, Count: 1})
		_ = d
		d = w.decide(tactful.Request{Subject: user(id), Placement: tactful.ForYou, Count: 1})
		if err := w.Report(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), d.ID, tactful.FeedbackCreepy, ""); err != nil {
			w.t.Fatal(err)
		}
	}
}

func TestHarmStopsAnExperimentAtTheLookAfterIt(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.running(testedFile)
	w.dismay(0, 30, 0)
	if err := w.LookAtExperiments(context.Background()); err != nil {
		t.Fatal(err)
	}
	if trial, _ := w.Experiment("calm-button"); trial.State != experiment.Running || trial.Looks != 1 {
		t.Fatalf("a calm experiment is stopped: %+v", trial.Last)
	}
	w.clock.pass(time.Minute)
	w.dismay(30, 120, 1) // who gets which variant is by lot
	if err := w.LookAtExperiments(context.Background()); err != nil {
		t.Fatal(err)
	}
	trial, _ := w.Experiment("calm-button")
	if trial.State != experiment.Ended || trial.Last.Verdict != experiment.Harmful || trial.Last.Metric != experiment.Creepy || trial.Stopped.By != "the engine" || trial.Looks != 2 {
		t.Fatalf("harm goes on: %+v", trial.Last)
	}
	if a := w.flag("p40", "button", nil); a.Variant != "control" || a.Reason != FlagStatic {
		t.Errorf("the variant is still shown: %+v", a)
	}
}

func TestALookCountsWhatHappenedWithinTheWindow(t *testing.T) {
	w := newWorld(t, nil)
	w.stock(6)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	w.mustSend("p", "purchased", 1) // before
	w.clock.pass(time.Minute)
	arm := w.flag("p", "button", nil).Variant
	look := func() experiment.Arm {
		t.Helper()
		if err := w.LookAtExperiments(context.Background()); err != nil {
			t.Fatal(err)
		}
		trial, _ := w.Experiment("calm-button")
		for _, a := range trial.Last.Arms {
			if a.Variant == arm {
				return a
			}
		}
		t.Fatal("no such arm")
		return experiment.Arm{}
	}
	if a := look(); a.Counts[experiment.Conversion] != 0 || a.People != 1 {
		t.Errorf("what was bought before counts: %+v", a)
	}
	w.clock.pass(time.Hour)
	w.mustSend("p", "purchased", 2)
	if a := look(); a.Counts[experiment.Conversion] != 1 || a.Ended != 0 {
		t.Errorf("%+v", a)
	}
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	if _, err := w.OpenRight(person, RightRequest{Subject: user("p"), Kind: rights.Restriction, Channel: rights.Centre, Region: "DE", Text: "stop it"}); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(24 * time.Hour)
	if a := look(); a.People != 0 { // restricted: nothing of theirs is read
		t.Errorf("%+v", a)
	}
}

// TestAStrayExposureGoesAtTheNextLook is what a crash between a no and the
// deletion leaves behind.
func TestAStrayExposureGoesAtTheNextLook(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	w.takesPart("p", tactful.Withdrawn)
	ctx, now := context.Background(), w.clock.Now()
	ref, err := w.resolve(ctx, user("p"), now)
	if err != nil {
		t.Fatal(err)
	}
	standings, err := w.records.ReadStanding(ctx, []tactful.Ref{ref}, now)
	if err != nil {
		t.Fatal(err)
	}
	trial, _ := w.Experiment("calm-button")
	if err := w.records.Expose(ctx, ref, standings[0].Version, []records.Exposure{{Test: testID(&trial), Arm: "calm", Time: now}}, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := w.LookAtExperiments(ctx); err != nil {
		t.Fatal(err)
	}
	if rows := w.exposures("p"); len(rows) != 1 || !rows[0].Left || rows[0].Arm != "" { // that they left stays, without the variant
		t.Errorf("%+v", rows)
	}
	if trial, _ = w.Experiment("calm-button"); trial.Last.Arms[1].People > 1 {
		t.Errorf("%+v", trial.Last)
	}
}

func TestTheCentreTellsOfATestAndTheCopyHasIt(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.takesPart("p", tactful.Granted)
	a := w.flag("p", "button", nil)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	list, err := w.Tests(person, user("p"), "de")
	if err != nil || len(list) != 1 || list[0].Over || list[0].Variant != "" || list[0].Approver != "Ben C." || !strings.HasPrefix(list[0].Aim, "Wir probieren") {
		t.Fatalf("%+v %v", list, err)
	}
	var text bytes.Buffer
	if err := w.Export(person, ExportRequest{Subject: user("p"), Format: FormatJSON}, &text); err != nil {
		t.Fatal(err)
	}
	var c rights.Copy
	if err := json.Unmarshal(text.Bytes(), &c); err != nil || len(c.Exposures) != 1 || c.Exposures[0].Variant != a.Variant || c.Exposures[0].Test != "calm-button" || len(c.Other) > 0 {
		t.Errorf("%+v %+v %v", c.Exposures, c.Other, err)
	}
	if _, err := w.StopExperiment(benTests, "calm-button", "we know enough now"); err != nil {
		t.Fatal(err)
	}
	if list, err = w.Tests(person, user("p"), "fr"); err != nil || !list[0].Over || list[0].Variant != a.Variant || !strings.HasPrefix(list[0].Aim, "We try") {
		t.Errorf("%+v %v", list, err)
	}
	w.clock.pass(w.cfg.Experiments.Keep)
	if rows := w.exposures("p"); len(rows) > 0 {
		t.Errorf("kept beyond its term: %+v", rows)
	}
}

// TestACopyThatIsPutBackGoesOnWithNoExperiment lets an experiment be stopped, and
// puts back the data from before.
func TestACopyThatIsPutBackGoesOnWithNoExperiment(t *testing.T) {
	w := newWorld(t, nil)
	w.running(testedFile)
	w.shut()
	data, kept := filepath.Join(w.dir, "data"), filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(kept, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	w.open()
	if trial, _ := w.Experiment("calm-button"); trial.State != experiment.Running {
		t.Fatalf("a restart alone ends it: %+v", trial.State)
	}
	if _, err := w.StopExperiment(benTests, "calm-button", "customers called us about it"); err != nil {
		t.Fatal(err)
	}
	w.shut()
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(data, os.DirFS(kept)); err != nil {
		t.Fatal(err)
	}
	w.open()
	trial, err := w.Experiment("calm-button")
	if err != nil || trial.State != experiment.Ended || trial.Stopped.By != "the engine" {
		t.Errorf("what was stopped goes on: %+v %v", trial.State, err)
	}
	w.takesPart("p", tactful.Granted)
	if a := w.flag("p", "button", nil); a.Variant != "control" || a.Experiment != "" {
		t.Errorf("%+v", a)
	}
}
