package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const testFile = `flags:
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
    aim: {en: We try out another label on the payment button.}
`

func TestAnExperimentGoesItsWayAtTheMachine(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "test.yaml")
	if err := os.WriteFile(file, []byte(testFile), 0o600); err != nil {
		t.Fatal(err)
	}
	at := []string{"--data-dir", filepath.Join(dir, "data"), "--key-dir", filepath.Join(dir, "keys")}
	step := func(want string, code int, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		if got := run(t.Context(), append([]string{"experiment"}, args...), &out, &errs); got != code || !strings.Contains(out.String()+errs.String(), want) {
			t.Fatalf("%v: %d\n%s%s", args, got, out.String(), errs.String())
		}
		return out.String()
	}
	step("1 flags and 1 experiments may be registered", 0, "check", file)
	step("waits for Ben C.", 0, append([]string{"register", file, "--why", "we want to try a label", "--as", "Ada B."}, at...)...)
	step("somebody else", 1, append([]string{"approve", "calm-button", "--why", "I like it very much", "--as", "Ada B."}, at...)...)
	step("is approved", 0, append([]string{"approve", "calm-button", "--why", "I looked for harm", "--as", "Ben C."}, at...)...)
	step("two operators are needed", 1, append([]string{"start", "calm-button", "--why", "the week begins", "--as", "Ben C."}, at...)...)
	step("is running", 0, append([]string{"start", "calm-button", "--why", "the week begins", "--as", "Ada B."}, at...)...)
	step("running", 0, append([]string{"list", "--as", "Ada B."}, at...)...)
	step("VARIANT", 0, append([]string{"results", "calm-button", "--as", "Ada B."}, at...)...)
	page := filepath.Join(dir, "results.html")
	step("is written", 0, append([]string{"results", "calm-button", "--html", page, "--as", "Ada B."}, at...)...)
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "<h1>calm-button</h1>") || strings.Contains(string(text), "<script") || strings.Contains(string(text), "ZgotmplZ") {
		t.Errorf("%v\n%s", err, text)
	}
	step("is ended", 0, append([]string{"stop", "calm-button", "--why", "we know enough now", "--as", "Cem D."}, at...)...)
}

func TestCheckNamesEveryFaultByLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "test.yaml")
	bad := strings.NewReplacer("at least as many people buy", "people are in a better mood", "approver: Ben C.", "approver: Ada B.", "Continue to payment", "Hurry, only 2 left!").Replace(testFile)
	if err := os.WriteFile(file, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	code := run(t.Context(), []string{"experiment", "check", file}, &out, &errs)
	for _, want := range []string{"line 2:", "line 6:", "moods and emotions", "nobody approves their own", "presses"} {
		if code != 1 || !strings.Contains(errs.String(), want) {
			t.Errorf("%d, without %q: %s", code, want, errs.String())
		}
	}
}

func TestPowerIsPlayed(t *testing.T) {
	var out, errs strings.Builder
	if code := run(t.Context(), []string{"experiment", "power", "--base", "0.1", "--ratio", "1,3", "--most", "3000"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "more than 3000") || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%d %s %s", code, out.String(), errs.String())
	}
}
