package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/tactful/tactful"
)

// Erasure sets up what an erasure reaches and what remains of it.
type Erasure struct {
	Suppress time.Duration `yaml:"suppress" doc:"how long a hash of an erased person's ids is kept, only so that a yes from before the erasure, sent again, makes nobody known again; unset: as long as a yes can count at all"`
	Backups  time.Duration `yaml:"backups" doc:"how long you keep backups of data_dir; the receipt of an erasure names their last day"`
	Receipts time.Duration `yaml:"receipts" doc:"how long the receipt of an erasure is kept, and with it what recognises the person in an older backup"`
}

const year = 365 * dayLength

func (c *Config) defaultErasure() {
	if c.Erasure.Suppress == 0 {
		for i := range c.Consent.Purposes {
			c.Erasure.Suppress = max(c.Erasure.Suppress, c.Consent.Purposes[i].Expires)
		}
	}
	set(&c.Erasure.Backups, 30*dayLength)
	set(&c.Erasure.Receipts, 3*year)
}

// Validate returns all faults.
func (c *Erasure) Validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.erasure."+field, detail, remedy))
	}
	if c.Suppress < dayLength || c.Suppress > 3*year {
		fault("suppress", "is out of range", "between 24h and 26280h (three years)")
	}
	if c.Backups < 0 || c.Backups > 10*year {
		fault("backups", "is out of range", "between 0 and 87600h (ten years)")
	}
	if c.Receipts < 30*dayLength || c.Receipts > 20*year || c.Receipts < c.Backups {
		fault("receipts", "is out of range", "between 720h and 175200h (twenty years), and no less than backups")
	}
	return faults
}

// checkRecipients asks whoever makes the calls whether it would call these addresses.
func (e *Engine) checkRecipients() error {
	if e.outbound == nil {
		return nil
	}
	var faults []error
	for i, r := range e.cfg.Parties.Recipients {
		if r.Webhook == "" {
			continue
		}
		if err := e.outbound.Check(r.Webhook); err != nil {
			var one *tactful.Error
			if errors.As(err, &one) {
				placed := *one
				placed.Field, err = fmt.Sprintf("engine.parties.recipients[%d].webhook", i), &placed
			}
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
