package engine

import (
	"errors"
	"fmt"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/campaign"
)

// checkCaps refuses caps that cannot be kept: showings are not remembered for ever.
func (e *Engine) checkCaps(set *campaign.Set) error {
	var faults []error
	for i := range set.Len() {
		faults = append(faults, e.capFaults(set.At(i))...)
	}
	return errors.Join(faults...)
}

func (e *Engine) capFaults(c *campaign.Campaign) (faults []error) {
	for k := range c.Caps {
		if why := e.cfg.Guards.Frequency.CheckCap(c.Caps[k]); why != "" {
			faults = append(faults, tactful.InvalidField(fmt.Sprintf("%s caps[%d]", c.ID, k), why, "make it shorter, or raise engine.guards.frequency.keep"))
		}
	}
	return faults
}
