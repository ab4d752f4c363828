package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tactful/tactful/engine"
)

// Lookers counts who opens people's data; *engine.Engine does.
type Lookers interface {
	LookTally() engine.LookTally
}

// WatchLooks adds counters of looks. Labels are kinds of actors and reasons for
// refusing, never names or keys: the alert in the log names the key.
func (m *Metrics) WatchLooks(source Lookers) error {
	return m.registry.Register(lookCounters{source})
}

type lookCounters struct{ source Lookers }

var (
	looksDesc        = prometheus.NewDesc("tactful_looks_total", "Looks at one person's data: recorded ones of operators, reads of services.", []string{"kind"}, nil)
	looksRefusedDesc = prometheus.NewDesc("tactful_looks_refused_total", "Looks refused: without a reason, or at too many people.", []string{"why"}, nil)
	lookAlertsDesc   = prometheus.NewDesc("tactful_look_alerts_total", "Hours in which a key was stopped because it opened unusually many people. Alert on any increase.", []string{"kind"}, nil)
)

// Describe names the counters.
func (c lookCounters) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{looksDesc, looksRefusedDesc, lookAlertsDesc} {
		out <- d
	}
}

// Collect reads them. Every label is there from the start, so that the first
// alert is an increase.
func (c lookCounters) Collect(out chan<- prometheus.Metric) {
	t := c.source.LookTally()
	for _, group := range []struct {
		desc   *prometheus.Desc
		counts map[string]uint64
		words  []string
	}{
		{looksDesc, t.Looks, []string{"operator", "service"}},
		{looksRefusedDesc, t.Refused, []string{"no_reason", "too_many", "too_fast"}},
		{lookAlertsDesc, t.Alerts, []string{"operator", "service"}},
	} {
		for _, word := range group.words {
			out <- prometheus.MustNewConstMetric(group.desc, prometheus.CounterValue, float64(group.counts[word]), word)
		}
	}
}
