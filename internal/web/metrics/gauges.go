package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/panel"
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
	behindDesc      = prometheus.NewDesc("tactful_clock_behind_seconds", "How far the clock stands behind a time that was seen here; more than minutes is an alarm.", nil, nil)
	sweepHeldDesc   = prometheus.NewDesc("tactful_sweep_held", "1 if nothing is deleted because the clock may have jumped ahead.", nil, nil)
	panelFigureDesc = prometheus.NewDesc("tactful_panel_figure", "What lists do with groups of the audit panel, as released this month, with noise.", []string{"attribute", "groups", "figure"}, nil)
	panelBeyondDesc = prometheus.NewDesc("tactful_panel_beyond", "Declared bounds that are broken beyond doubt; more than 0 is an alarm.", []string{"attribute", "groups"}, nil)
	harmedDesc      = prometheus.NewDesc("tactful_experiment_harmed", "1 for each experiment that harm stopped: everybody gets control.", []string{"experiment"}, nil)
	modelAgeDesc    = prometheus.NewDesc("tactful_model_age_seconds", "Time since this process began to use the present model; absent without one.", nil, nil)
)

// Describe names the gauges.
func (g *gauges) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{readyDesc, itemsDesc, modelItemsDesc, modelPeopleDesc, behindDesc, sweepHeldDesc, modelAgeDesc, panelFigureDesc, panelBeyondDesc, harmedDesc} {
		out <- d
	}
}

// Collect reads them.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	h := g.source.Health()
	put := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
	}
	flag := func(d *prometheus.Desc, on bool) {
		put(d, map[bool]float64{true: 1}[on])
	}
	flag(readyDesc, h.Ready)
	flag(sweepHeldDesc, h.SweepHeld)
	put(behindDesc, h.Behind.Seconds())
	put(itemsDesc, float64(h.Items))
	put(modelItemsDesc, float64(h.ModelItems))
	put(modelPeopleDesc, float64(h.ModelPeople))
	for _, name := range h.Harmed {
		out <- prometheus.MustNewConstMetric(harmedDesc, prometheus.GaugeValue, 1, name)
	}
	if h.Panel != nil {
		for i := range h.Panel.Comparisons {
			comparison(out, &h.Panel.Comparisons[i])
		}
	}
	if h.ModelHash != "" {
		put(modelAgeDesc, g.age(h.ModelHash).Seconds())
	}
}

// comparison puts released figures; groups are words of the configuration.
func comparison(out chan<- prometheus.Metric, c *panel.Comparison) {
	groups := c.Values[0] + "/" + c.Values[1]
	put := func(figure string, v float64) {
		out <- prometheus.MustNewConstMetric(panelFigureDesc, prometheus.GaugeValue, v, c.Attribute, groups, figure)
	}
	put("mean", c.Mean.Value)
	put("worst", c.Worst.Value)
	put("served", c.Served.Value)
	out <- prometheus.MustNewConstMetric(panelBeyondDesc, prometheus.GaugeValue, float64(len(c.Beyond)), c.Attribute, groups)
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
