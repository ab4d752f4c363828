package centre

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// say records what somebody said here, with the law of the configured region
// on each answer's record.
func (c *Centre) say(ctx context.Context, a tactful.Alias, change engine.ConsentChange) error {
	for i := range change.Answers {
		change.Answers[i].Jurisdiction = c.settings.Region
	}
	_, err := c.engine.SetConsents(ctx, a, change)
	return err
}
