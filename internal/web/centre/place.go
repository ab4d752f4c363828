package centre

import (
	"context"

	"github.com/tactful/tactful/engine"
)

// say records what somebody said here, with the law of the configured region on
// each answer's record, and the signal of their browser with it: the very form
// that makes somebody known keeps it too.
func (c *Centre) say(ctx context.Context, v *visit, change engine.ConsentChange) error {
	for i := range change.Answers {
		change.Answers[i].Jurisdiction = c.settings.Region
	}
	if v.gpc {
		change.GPC = &v.gpc
	}
	_, err := c.engine.SetConsents(ctx, v.Alias, change)
	return err
}
