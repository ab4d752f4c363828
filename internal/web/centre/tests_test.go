package centre

import (
	"context"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

const testedFile = `flags:
  - {key: button, type: string, variants: {control: Buy now, calm: Continue to payment}, control: control}
experiments:
  - name: calm-button
    flag: button
    hypothesis: With a plain label at least as many people buy.
    population: {share: 1}
    arms: {control: 1, calm: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}]
    window: 24h
    stop: {people: 4000, days: 28}
    harm_review: {approver: Ben C., risks: Some people may not find the button again., measures: The old label comes back as soon as people leave.}
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another label on the payment button., de: Wir probieren eine andere Aufschrift aus.}
`

func operator(name string) context.Context {
	return tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: "key of " + name})
}

func TestSomebodySeesTheirTestsAndLeavesOne(t *testing.T) {
	w := newWorld(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if page := text(w.get(Root + "/tests")); !strings.Contains(page, "You are in no test.") {
		t.Error(page)
	}
	_, err := w.engine.RegisterExperiments(operator("Ada B."), []byte(testedFile), "we want to try a label")
	must(err)
	_, err = w.engine.ApproveExperiment(operator("Ben C."), "calm-button", "I looked for harm and found none")
	must(err)
	_, err = w.engine.StartExperiment(operator("Ada B."), "calm-button", "the week begins")
	must(err)
	person := tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson})
	for _, n := range w.engine.Notices("en") {
		if n.Purpose == tactful.Experiments {
			_, err = w.engine.SetConsents(person, ada, engine.ConsentChange{Answers: []tactful.Consent{{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: "en", Method: "form"}}})
			must(err)
		}
	}
	flag := func() engine.FlagAnswer {
		answers, err := w.engine.EvaluateFlags(context.Background(), &engine.FlagQuestion{Subject: ada, Keys: []string{"button"}})
		must(err)
		return answers[0]
	}
	before := flag()
	if before.Reason != engine.FlagSplit {
		t.Fatalf("%+v", before)
	}
	page := text(w.get(Root + "/tests"))
	for _, want := range []string{"We try out another label on the payment button.", "Ben C. looked at it first", "22 November 2026", "20 December 2026", "Leave this test", "you can read here at the end"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if strings.Contains(page, before.Variant+"”") || strings.Contains(page, "Continue to payment") {
		t.Error("the page tells the version while the test runs")
	}
	page = text(w.press(w.get(Root+"/tests"), "Leave this test"))
	if !strings.Contains(page, "You left the test") || !strings.Contains(page, "You are in no test.") {
		t.Error(page)
	}
	if a := flag(); a.Variant != "control" || a.Reason != engine.FlagDisabled {
		t.Errorf("%+v", a)
	}
}

func TestWhoWasInATestReadsWhatCameOfIt(t *testing.T) {
	w := newWorld(t)
	for _, step := range []func() error{
		func() error {
			_, err := w.engine.RegisterExperiments(operator("Ada B."), []byte(testedFile), "we want to try a label")
			return err
		},
		func() error {
			_, err := w.engine.ApproveExperiment(operator("Ben C."), "calm-button", "I looked for harm and found none")
			return err
		},
		func() error {
			_, err := w.engine.StartExperiment(operator("Ada B."), "calm-button", "the week begins")
			return err
		},
		func() error {
			change := engine.ConsentChange{}
			for _, n := range w.engine.Notices("en") {
				if n.Purpose == tactful.Experiments {
					change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: "en", Method: "form"})
				}
			}
			_, err := w.engine.SetConsents(tactful.WithActor(context.Background(), tactful.Actor{Kind: tactful.ActorPerson}), ada, change)
			return err
		},
		func() error {
			_, err := w.engine.EvaluateFlags(context.Background(), &engine.FlagQuestion{Subject: ada})
			return err
		},
		func() error { return w.engine.LookAtExperiments(context.Background()) },
		func() error {
			_, err := w.engine.StopExperiment(operator("Ben C."), "calm-button", "we know enough now")
			return err
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	page := text(w.get(Root + "/tests"))
	if !strings.Contains(page, "It is over") || !strings.Contains(page, "You saw the version") || !strings.Contains(page, "We found no difference that counts.") || strings.Contains(page, "Leave this test") {
		t.Error(page)
	}
}
