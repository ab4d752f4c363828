package engine

import (
	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/guard"
)

// freshen hands the fresh guard what the evidence rules and the terms of events
// say: set in one place, checked in two.
func (c *Config) freshen() {
	fresh := guard.FreshRules{Stale: c.Evidence.StaleTable(), Weights: c.Evidence.WeightTable(), HalfLife: c.Evidence.HalfLife}
	for action := range tactful.Actions {
		fresh.Kept[action] = c.Ingest.Retention[tactful.Action(action).String()]
	}
	c.Guards.Fresh = fresh
	c.place()
}

// place hands the location guard what the settings of places say.
func (c *Config) place() {
	l := &c.Location
	c.Guards.Location = guard.LocationRules{Attribute: l.Attribute, Branches: l.Branches, Sensitive: l.Sensitive}
}
