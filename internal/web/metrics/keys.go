package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// KeyTable lists the API keys; *access.Keys does.
type KeyTable interface {
	List() []access.Key
}

// WatchKeys adds gauges of API keys: a key that is made, and one that is made
// and revoked at once, both change one. The log says which key, and who did it.
func (m *Metrics) WatchKeys(source KeyTable) error {
	return m.registry.Register(keyGauges{source})
}

type keyGauges struct{ source KeyTable }

var keysDesc = prometheus.NewDesc("tactful_api_keys", "API keys by kind and state: in force, waiting for a second operator, revoked. Look at the log at any change.", []string{"kind", "state"}, nil)

// Describe names the gauge.
func (g keyGauges) Describe(out chan<- *prometheus.Desc) { out <- keysDesc }

// Collect counts the keys.
func (g keyGauges) Collect(out chan<- prometheus.Metric) {
	counts := map[[2]string]float64{}
	for _, key := range g.source.List() {
		state := "in_force"
		switch {
		case !key.Revoked.IsZero():
			state = "revoked"
		case key.Waits:
			state = "waits"
		}
		counts[[2]string{key.Actor().Kind.String(), state}]++
	}
	for _, kind := range []tactful.ActorKind{tactful.ActorOperator, tactful.ActorService} {
		for _, state := range []string{"in_force", "waits", "revoked"} {
			out <- prometheus.MustNewConstMetric(keysDesc, prometheus.GaugeValue, counts[[2]string{kind.String(), state}], kind.String(), state)
		}
	}
}
