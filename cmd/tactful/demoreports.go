package main

import (
	"bytes"
	"context"
	"html/template"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/place"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/retail"
)

// demoPlaced is how many of the demo's people are somewhere in a made-up town.
const demoPlaced = 2500

// loadPlaces lets people of the demo say yes to location and walk through a
// made-up town. All of it is simulated, and the page says so.
func loadPlaces(ctx context.Context, eng *engine.Engine, data *retail.Data, seed uint64, now time.Time, progress func(string, int, int)) error {
	var yes tactful.Consent
	for _, n := range eng.Notices("en") {
		if n.Purpose == tactful.LocationUse {
			yes = tactful.Consent{Purpose: n.Purpose, Answer: tactful.Granted, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: retail.MethodSimulated}
		}
	}
	numbers := data.Numbers()
	numbers = numbers[:min(len(numbers), demoPlaced)]
	var next, done atomic.Int64
	faults := make([]error, retailWorkers)
	var group sync.WaitGroup
	for worker := range retailWorkers {
		group.Go(func() {
			for faults[worker] == nil && ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(numbers) {
					return
				}
				faults[worker] = placeOne(ctx, eng, retail.Alias(numbers[i]), yes, rand.New(rand.NewPCG(seed, uint64(i))), now)
				progress("walk through a made-up town", int(done.Add(1)), len(numbers))
			}
		})
	}
	group.Wait()
	for _, err := range faults {
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

func placeOne(ctx context.Context, eng *engine.Engine, who tactful.Alias, yes tactful.Consent, r *rand.Rand, now time.Time) error {
	if _, err := eng.SetConsents(ctx, who, engine.ConsentChange{Answers: []tactful.Consent{yes}}); err != nil {
		return err
	}
	lat, lng, precision := 52.6+0.014*r.NormFloat64(), 1.3+0.022*r.NormFloat64(), place.Quarter
	if r.IntN(5) == 0 {
		precision = place.Town
	}
	walk := make([]place.Point, 40)
	for i := range walk {
		walk[i] = place.Point{Lat: lat + 0.0009*float64(i), Lng: lng, Time: now.Add(time.Duration(i-60) * time.Minute)}
	}
	_, err := eng.Locate(ctx, who, precision, walk)
	if kind := tactful.KindOf(err); err != nil && (kind == tactful.Refused || kind == tactful.NotFound) {
		return nil // they agreed to too little, and are nowhere
	}
	return err
}

var demoReportsPage = template.Must(template.New("reports").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Numbers about crowds</title></head>
<body><main>
<p><a href="/">The shop</a></p>
<h1>Numbers about crowds that point at nobody</h1>
<p>Each number carries noise: small beside a crowd, large beside a person. Asked again, it is the same. Purchases are real and without names;
views, answers and places are simulated.</p>
{{range .}}<section><h2>{{.Title}}</h2><p><img src="/reports/{{.Name}}.svg" alt="{{.Title}}: {{.Counts}}" width="640"></p>
<p>It tells {{.Tells}}.</p><p>It hides {{.Hides}}.</p></section>
{{end}}</main></body></html>
`))

// demoReports serves the page and the pictures of the reports that the demo shows.
func demoReports(eng *engine.Engine, log *slog.Logger) map[string]http.Handler {
	var shown []report.Family
	doors := map[string]http.Handler{}
	for _, name := range []string{report.Popular, report.Funnel, report.OptIn, report.Places} {
		f, err := report.ByName(name)
		if err != nil {
			continue
		}
		shown = append(shown, f)
		doors["/reports/"+name+".svg"] = drawn("image/svg+xml", log, func(ctx context.Context, out *bytes.Buffer) error {
			a, err := eng.AskReport(ctx, report.Question{Report: name})
			if err != nil {
				return err
			}
			return a.WriteSVG(out)
		})
	}
	doors["/reports"] = drawn("text/html; charset=utf-8", log, func(_ context.Context, out *bytes.Buffer) error { return demoReportsPage.Execute(out, shown) })
	return doors
}

func drawn(media string, log *slog.Logger, write func(context.Context, *bytes.Buffer) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		var out bytes.Buffer
		if err := write(r.Context(), &out); err != nil {
			log.Error("a report of the demo was not made", "err", err)
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		h := w.Header()
		h.Set("Content-Type", media)
		h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		_, _ = w.Write(out.Bytes()) // the caller is gone; there is nobody to tell
	})
}
