package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/retail"
	"github.com/tactful/tactful/internal/web/api/wire"
	"github.com/tactful/tactful/internal/web/door"
)

// The demo's experiment. Its people and its operators are made up, and it says so.
const (
	demoTest = "basket-label"
	demoFile = `flags:
  - key: basket-label
    type: string
    variants: {control: Add to basket, plain: Put it in the basket}
    control: control
experiments:
  - name: basket-label
    flag: basket-label
    hypothesis: With a plainer label at least as many people buy. (Simulated people, to show what a running experiment looks like.)
    population: {share: 1}
    arms: {control: 1, plain: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}, {metric: conversion, ratio: 0.9}]
    window: 1h
    stop: {people: 4000, days: 28}
    harm_review:
      approver: Ben (made up)
      risks: Some people may not find the button again.
      measures: The usual label comes back as soon as more people leave.
    consent: experiments
    owner: Ada (made up)
    aim: {en: We try out another label on the basket button., de: Wir probieren eine andere Aufschrift des Korb-Knopfes aus., fr: Nous essayons un autre texte sur le bouton du panier., es: Probamos otro texto en el botón de la cesta., ar: نجرّب نصًا آخر على زر السلة.}
`
	demoTested = 120
	resultsAt  = "/experiments"
)

// startDemoTest registers, approves and starts the demo's experiment, once, and
// lets simulated people take part.
func startDemoTest(a *app, eng *engine.Engine) error {
	if _, err := eng.Experiment(demoTest); err == nil {
		return nil
	}
	by := func(name string) context.Context {
		return tactful.WithActor(a.ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: "demo " + name})
	}
	_, err := eng.RegisterExperiments(by("Ada (made up)"), []byte(demoFile), "to show a running experiment")
	if err == nil {
		_, err = eng.ApproveExperiment(by("Ben (made up)"), demoTest, "to show a running experiment")
	}
	if err == nil {
		_, err = eng.StartExperiment(by("Ada (made up)"), demoTest, "to show a running experiment")
	}
	if err != nil {
		return fmt.Errorf("start the demo's experiment: %w", err)
	}
	now, items := time.Now().UTC(), eng.InCategory(firstCategory(eng), 10)
	var events []map[string]any
	for i := range demoTested {
		who := tactful.Alias{Kind: tactful.UserID, ID: fmt.Sprintf("simulated-tester-%d", i)}
		change := engine.ConsentChange{Level: tactful.Personal}
		for _, n := range eng.Notices("en") {
			if n.Purpose == tactful.Experiments || n.Purpose == tactful.Recommendations {
				change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: retail.MethodSimulated})
			}
		}
		if _, err := eng.SetConsents(a.ctx, who, change); err != nil {
			return fmt.Errorf("let simulated people agree: %w", err)
		}
		if _, err := eng.EvaluateFlags(a.ctx, &engine.FlagQuestion{Subject: who, Keys: []string{demoTest}}); err != nil {
			return fmt.Errorf("let simulated people take part: %w", err)
		}
		if i%4 == 0 && len(items) > 0 {
			events = append(events, map[string]any{"messageId": fmt.Sprintf("test-%d", i), "userId": who.ID, "action": "purchased", "item": items[i%len(items)].ID,
				"source": retail.SourceSimulated, "time": now.Add(2 * time.Second).Format(time.RFC3339)})
		}
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		return err
	}
	if _, err := eng.Ingest(a.ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: body}); err != nil {
		return fmt.Errorf("let simulated people buy: %w", err)
	}
	return eng.LookAtExperiments(a.ctx)
}

func firstCategory(eng *engine.Engine) string {
	if all := eng.Categories(); len(all) > 0 {
		return all[0].Name
	}
	return ""
}

// demoResults is the page of results, through the API's own door. A real shop has
// it by `tactful experiment results NAME --html FILE`, with a key.
func demoResults(a *app, eng *engine.Engine, cfg *config.Config, log *slog.Logger) (http.Handler, error) {
	local, err := newLocalDoor(a, eng, cfg, "Ada (made up)")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+resultsAt, func(w http.ResponseWriter, r *http.Request) {
		if err := eng.LookAtExperiments(r.Context()); err != nil {
			door.Refuse(w, r, log, err)
			return
		}
		var e wire.Experiment
		_, err := local.ask(a, "", http.MethodGet, "/v1/experiments/"+demoTest, nil, &e)
		var page []byte
		if err == nil {
			page, err = resultsPage(&e)
		}
		if err != nil {
			door.Refuse(w, r, log, err)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page) // the reader is gone
	})
	return door.NewFrame(mux, door.FrameOptions{Log: log, Clock: tactful.SystemClock{}}), nil
}
