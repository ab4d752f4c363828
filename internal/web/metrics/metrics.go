package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// Source is what the gauges read; *engine.Engine is one.
type Source interface {
	Health() engine.Health
}

// Metrics counts. It is the Observer and the Tally of every door, and safe
// for concurrent use.
type Metrics struct {
	registry  *prometheus.Registry
	inFlight  prometheus.Gauge
	requests  *prometheus.HistogramVec
	decisions *prometheus.CounterVec
	events    *prometheus.CounterVec
	withheld  *prometheus.CounterVec
	guards    words
	reasons   words
}

// Options say which words may become labels; others are counted as "other".
type Options struct {
	Guards  []string // names of the guards
	Reasons []string // reason words of refusals
}

// New makes metrics with a registry of their own.
func New(opt Options) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "tactful_requests_in_flight", Help: "Requests inside the doors now."}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tactful_request_seconds", Help: "Time to answer, by route of the document.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "method", "status"}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tactful_decisions_total", Help: "Decisions, by the level they were really made at and placement."}, []string{"level", "placement"}),
		events:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tactful_events_total", Help: "Events, by fate and, for refusals, reason."}, []string{"outcome", "reason"}),
		withheld:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tactful_withheld_total", Help: "Candidates that a guard stopped."}, []string{"guard"}),
		guards:    wordsOf(opt.Guards), reasons: wordsOf(opt.Reasons),
	}
	m.registry.MustRegister(m.inFlight, m.requests, m.decisions, m.events, m.withheld,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Watch adds gauges over the engine's health: model, items, readiness. It is
// called once; a second source is refused.
func (m *Metrics) Watch(source Source, clock tactful.Clock) error {
	return m.registry.Register(&gauges{source: source, clock: clock})
}

// Began counts a request in.
func (m *Metrics) Began() { m.inFlight.Inc() }

// Finished counts a request out.
func (m *Metrics) Finished(route, method string, status int, took time.Duration) {
	m.inFlight.Dec()
	m.requests.WithLabelValues(route, method, statusWord(status)).Observe(took.Seconds())
}

// Decided counts a decision and what the guards stopped.
func (m *Metrics) Decided(level, placement string, withheld []tactful.Withheld) {
	m.decisions.WithLabelValues(level, placement).Inc()
	for _, w := range withheld {
		if w.Count > 0 {
			m.withheld.WithLabelValues(m.guards.or(w.Guard)).Add(float64(w.Count))
		}
	}
}

// Ingested counts the fate of an event.
func (m *Metrics) Ingested(status, reason string) {
	if status != engine.OutcomeRefused.String() {
		reason = ""
	} else {
		reason = m.reasons.or(reason)
	}
	m.events.WithLabelValues(status, reason).Inc()
}

func statusWord(status int) string {
	if status < 100 || status > 599 || http.StatusText(status) == "" {
		return "other"
	}
	return strconv.Itoa(status)
}

// words is a closed set.
type words map[string]bool

func wordsOf(all []string) words {
	set := make(words, len(all))
	for _, w := range all {
		set[w] = true
	}
	return set
}

func (w words) or(word string) string {
	if w[word] {
		return word
	}
	return "other"
}
