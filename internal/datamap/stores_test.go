package datamap

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/store"
	"github.com/tactful/tactful/store/disk"
)

var sectionNames = map[store.Section]string{
	store.Subjects: "Subjects", store.Aliases: "Aliases", store.Catalogue: "Catalogue", store.House: "House", store.Duties: "Duties",
	store.Keys: "Keys", store.Ledger: "Ledger", store.Cases: "Cases", store.Forgotten: "Forgotten", store.Looks: "Looks", store.Stops: "Stops", store.Labels: "Labels", store.Reports: "Reports",
	store.Experiments: "Experiments", store.Campaigns: "Campaigns", store.Deliveries: "Deliveries", store.Merges: "Merges",
}

// TestEveryRowOfARealStoreIsDeclared lets an engine do everything it can do to
// a few people and reads what then lies in its two stores.
func TestEveryRowOfARealStoreIsDeclared(t *testing.T) {
	dir := t.TempDir()
	data, keys := filepath.Join(dir, "data"), filepath.Join(dir, "keys")
	live(t, data, keys)
	declared := places()
	found := map[string]bool{}
	for _, path := range []string{filepath.Join(data, "store"), filepath.Join(keys, "table")} {
		d, err := disk.Open(path, disk.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for section := 1; section < 128; section++ {
			for _, family := range []store.Family{store.State, store.Log} {
				_, err := d.Scan(t.Context(), store.Range{Section: store.Section(section), Family: family}, store.Cursor{}, func(p store.Partition, rows []store.Row) error {
					for _, row := range rows {
						found[placeOf(p, family, row.Key)] = true
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for place := range found {
		if !declared[place] {
			t.Errorf("rows lie at %q, which the data map does not declare: add the record to registry() in internal/datamap/registry.go", place)
		}
	}
	// What this engine was made to store must have been found, or the test reads nothing.
	for _, place := range []string{
		"Subjects State 1", "Subjects State 2", "Subjects State 3", "Subjects State 4", "Subjects State 2 1", "Subjects Log c", "Subjects Log e", "Subjects Log f",
		"Subjects Log l", "Subjects Log n", "Subjects Log q", "Subjects Log r", "Aliases State 1", "Catalogue", "House", "Keys", "Ledger", "Cases", "Looks", "Forgotten", "Stops", "Labels", "Reports",
		"Experiments", "Subjects Log x",
		"Duties model", "Duties tally", "Duties dirty", "Duties policy",
		"Subjects State 7", "Subjects State 4 1", "Merges", "Duties merges",
	} {
		if !found[place] {
			t.Errorf("nothing lies at %q", place)
		}
	}
}

// placeOf is a row's place as the registry writes it.
func placeOf(p store.Partition, family store.Family, key []byte) string {
	name, known := sectionNames[p.Section]
	switch {
	case !known:
		return fmt.Sprintf("section %d", p.Section)
	case p.Section == store.Subjects && family == store.Log:
		return fmt.Sprintf("%s Log %c", name, key[0])
	case p.Section == store.Subjects || p.Section == store.Aliases:
		return name + " State " + strings.Trim(fmt.Sprint(key), "[]")
	case p.Section == store.Duties:
		id, _, _ := strings.Cut(string(p.ID[:]), "\x00")
		return name + " " + id
	}
	return name
}

// tested is a file with one experiment.
const tested = `{flags: [{key: button, type: boolean, variants: {a: false, b: true}, control: a}], experiments: [{name: calm, flag: button, hypothesis: As many people buy with it as before., population: {share: 1},
 arms: {a: 1, b: 1}, metric: conversion, guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}], window: 1h, stop: {people: 100, days: 3}, consent: experiments, owner: Ada B.,
 harm_review: {approver: Ben C., risks: Some people may not find the button., measures: It comes back when people leave.}, aim: {en: We try out another button on a page.}}]}`

// live runs an engine over two directories and closes it.
func live(t *testing.T, data, keys string) {
	t.Helper()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var cfg engine.Config
	cfg.Defaults()
	cfg.Guards.Policy = policy.Settings{
		Changed: policy.Change{By: "Ada B.", Why: "rules for the tests"},
		Rules:   []policy.Rule{{Name: "none", When: "item.id == 'none'", Then: policy.Refuse, Why: "There is no such item."}},
	}
	e, err := engine.Open(t.Context(), cfg, engine.Options{
		Dir: data, KeyDir: keys, Clock: tactful.FixedClock(noon), Entropy: rand.Reader, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	defer func() { must(e.Close(context.WithoutCancel(t.Context()))) }()
	person := tactful.WithActor(t.Context(), tactful.Actor{Kind: tactful.ActorPerson})
	operator := tactful.WithActor(t.Context(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ada B.", Key: "k1", Reason: "the person called and asked"})
	var items []tactful.Item
	for i := range 12 {
		items = append(items, tactful.Item{ID: fmt.Sprintf("i%d", i), Title: "Thing", Categories: []string{"Kitchen"}, Price: 100, Currency: "EUR", Availability: tactful.InStock})
	}
	must(e.PutItems(t.Context(), items))
	_, err = e.DecideLabel(operator, engine.LabelDecision{Item: "i3", Class: "alcohol", Answer: label.Is, Reason: "it is a bottle of wine"})
	must(err)
	user := func(n int) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: fmt.Sprintf("u%d", n)} }
	second := tactful.WithActor(t.Context(), tactful.Actor{Kind: tactful.ActorOperator, Name: "Ben C.", Key: "k2"})
	_, err = e.RegisterExperiments(operator, []byte(tested), "a test of the data map")
	must(err)
	_, err = e.ApproveExperiment(second, "calm", "a test of the data map")
	must(err)
	_, err = e.StartExperiment(operator, "calm", "a test of the data map")
	must(err)
	var events []map[string]any
	for n := range 8 {
		change := engine.ConsentChange{Level: tactful.Full}
		for _, notice := range e.Notices("en") {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: notice.Purpose, Answer: tactful.Granted, NoticeVersion: notice.Version,
				NoticeHash: notice.Hash, Language: notice.Language, Method: "form"})
		}
		_, err := e.SetConsents(person, user(n), change)
		must(err)
		for i := range 6 {
			events = append(events, map[string]any{"messageId": fmt.Sprintf("m%d-%d", n, i), "userId": user(n).ID, "action": "purchased", "item": fmt.Sprintf("i%d", (n+i)%12), "source": "web", "time": noon.Format(time.RFC3339)})
		}
	}
	send := func(list []map[string]any) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"events": list})
		must(err)
		_, err = e.Ingest(t.Context(), engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body})
		must(err)
	}
	send(events)
	_, err = e.Train(t.Context(), nil)
	must(err)
	d, err := e.Decide(t.Context(), &tactful.Request{Subject: user(0), Placement: tactful.ForYou, Count: 3})
	must(err)
	must(e.Report(person, d.ID, tactful.FeedbackCreepy, ""))
	_, err = e.AskReport(operator, report.Question{Report: report.OptIn})
	must(err)
	_, err = e.Decide(t.Context(), &tactful.Request{Placement: tactful.Popular, Count: 3})
	must(err)
	_, err = e.EvaluateFlags(t.Context(), &engine.FlagQuestion{Subject: user(3)})
	must(err)
	must(e.SetHistory(person, user(0), "i1", "gift"))
	_, err = e.SetPreferences(person, user(0), tactful.Preferences{Topics: map[string]tactful.TopicWish{"Kitchen": tactful.WishLess}})
	must(err)
	_, err = e.Receipts(operator, user(0), 5)
	must(err)
	_, err = e.OpenRight(person, engine.RightRequest{Subject: user(0), Kind: rights.Objection, Channel: rights.Centre, Region: "DE", Text: "please"})
	must(err)
	_, err = e.Erase(person, user(1))
	must(err)
	_, err = e.Merge(t.Context(), user(4), user(5))
	must(err)
	send([]map[string]any{{"messageId": "late", "userId": user(2).ID, "action": "viewed", "item": "i2", "source": "web", "time": noon.Format(time.RFC3339)}})
}
