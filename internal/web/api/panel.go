package api

import (
	"context"

	"github.com/tactful/tactful/internal/panel"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// MeasurePanel returns what lists do with the groups that the panel told.
func (s *server) MeasurePanel(ctx context.Context, _ wire.MeasurePanelRequestObject) (wire.MeasurePanelResponseObject, error) {
	m, err := s.opt.Engine.MeasurePanel(ctx)
	if err != nil {
		return nil, err
	}
	out := wire.MeasurePanel200JSONResponse{Month: m.Month, Given: m.Given.UTC(), Model: m.Model, Epsilon: m.Epsilon, Delta: m.Delta, Comparisons: make([]wire.PanelComparison, len(m.Comparisons))}
	figure := func(e panel.Estimate) wire.PanelFigure { return wire.PanelFigure{Value: e.Value, Give: e.Give} }
	for i := range m.Comparisons {
		c := &m.Comparisons[i]
		one := wire.PanelComparison{
			Attribute: c.Attribute, Values: c.Values[:], People: c.People[:], Categories: int32(c.Categories), Mean: figure(c.Mean), Worst: figure(c.Worst.Estimate),
			WorstCategory: c.Worst.Category, Served: figure(c.Served), Worse: c.Worse, Exposure: make([]wire.PanelExposure, len(c.Exposure)), Beyond: c.Beyond, Held: c.Held,
		}
		if one.Beyond == nil {
			one.Beyond = []string{}
		}
		if one.Held == nil {
			one.Held = []string{}
		}
		for j := range c.Exposure {
			x := &c.Exposure[j]
			one.Exposure[j] = wire.PanelExposure{Of: x.Of, Group: x.Group, Value: x.Value, Give: x.Give, Least: x.Least, Most: x.Most}
		}
		out.Comparisons[i] = one
	}
	return out, nil
}
