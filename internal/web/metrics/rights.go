package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tactful/tactful/engine"
)

// Desk counts the queue of requests for rights; *engine.Engine does.
type Desk interface {
	RightsTally() engine.RightsTally
}

// WatchRights adds how the queue stands, as of the engine's last look at it.
// Labels are states, never people or requests.
func (m *Metrics) WatchRights(source Desk) error {
	return m.registry.Register(deskGauges{source})
}

type deskGauges struct{ source Desk }

var (
	rightsOpenDesc    = prometheus.NewDesc("tactful_requests_open", "Open requests for rights.", []string{"state"}, nil)
	rightsSoonDesc    = prometheus.NewDesc("tactful_requests_due_soon", "Open requests whose answer is due within a week.", nil, nil)
	rightsOverdueDesc = prometheus.NewDesc("tactful_requests_overdue", "Open requests whose date has passed. Alert above 0.", nil, nil)
	rightsUnheardDesc = prometheus.NewDesc("tactful_requests_unconfirmed", "Open requests of which the person must still hear that they have come.", nil, nil)
	erasuresHeldDesc  = prometheus.NewDesc("tactful_erasures_held_total", "Erasures held back because one key asked for too many within an hour. Alert on any increase.", nil, nil)
)

// Describe names the gauges.
func (d deskGauges) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{rightsOpenDesc, rightsSoonDesc, rightsOverdueDesc, rightsUnheardDesc, erasuresHeldDesc} {
		out <- desc
	}
}

// Collect reads them.
func (d deskGauges) Collect(out chan<- prometheus.Metric) {
	t := d.source.RightsTally()
	for _, state := range []string{"received", "proving", "waiting", "in_progress"} {
		out <- prometheus.MustNewConstMetric(rightsOpenDesc, prometheus.GaugeValue, float64(t.Open[state]), state)
	}
	out <- prometheus.MustNewConstMetric(rightsSoonDesc, prometheus.GaugeValue, float64(t.Soon))
	out <- prometheus.MustNewConstMetric(rightsOverdueDesc, prometheus.GaugeValue, float64(t.Overdue))
	out <- prometheus.MustNewConstMetric(rightsUnheardDesc, prometheus.GaugeValue, float64(t.Unheard))
	out <- prometheus.MustNewConstMetric(erasuresHeldDesc, prometheus.CounterValue, float64(t.Held))
}
