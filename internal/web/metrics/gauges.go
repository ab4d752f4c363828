package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tactful/tactful"
)

// gauges reads the engine's health when it is asked. The model's age counts
// from when this process first saw the model: the model file itself holds no
// time, so that erased equals never seen.
type gauges struct {
	source Source
	clock  tactful.Clock

	mu    sync.Mutex
	model string
	since time.Time
}

var (
	readyDesc       = prometheus.NewDesc("tactful_ready", "1 if decisions and events are taken.", nil, nil)
	itemsDesc       = prometheus.NewDesc("tactful_items", "Listed items.", nil, nil)
	modelItemsDesc  = prometheus.NewDesc("tactful_model_items", "Items that the model knows.", nil, nil)
	modelPeopleDesc = prometheus.NewDesc("tactful_model_people", "People that the model learned from.", nil, nil)
	modelAgeDesc    = prometheus.NewDesc("tactful_model_age_seconds", "Time since this process began to use the present model; absent without one.", nil, nil)
)

// Describe names the gauges.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readyDesc, itemsDesc, modelItemsDesc, modelPeopleDesc, modelAgeDesc} {
		out <- d
	}
}

// Collect reads them.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	h := g.source.Health()
	put := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	ready := 0.0
	if h.Ready {
		ready = 1
	}
	put(readyDesc, ready)
	put(itemsDesc, float64(h.Items))
	put(modelItemsDesc, float64(h.ModelItems))
	put(modelPeopleDesc, float64(h.ModelPeople))
	if h.ModelHash != "" {
		put(modelAgeDesc, g.age(h.ModelHash).Seconds())
	}
}

func (g *gauges) age(model string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock.Now()
	if g.model != model {
		g.model, g.since = model, now
	}
	return now.Sub(g.since)
}
