package centre

import (
	"context"
	"fmt"
	"strings"

	"github.com/tactful/tactful"
)

// but is the message key of what must be said beside the words of the last click:
// that a report stays, or what keeps a control from acting yet, such as
// locked data, a break, or lists that are the same for everybody; ""
// if nothing does.
func (c *Centre) but(ctx context.Context, v *visit) (string, error) {
	key := v.said.Key
	if strings.HasPrefix(key, "report.") { // a receipt is kept as it was
		return "report.stays", nil
	}
	wish := strings.HasPrefix(key, "wish.") || key == "needs"
	use := wish || key == "level.context" || key == "level.personal" || key == "level.full" || strings.HasPrefix(key, "yes.") ||
		strings.HasSuffix(key, ".none") || key == "device.off" || key == "undone"
	if !use || !v.somebody() {
		return "", nil
	}
	control, err := c.engine.Control(ctx, v.Alias)
	if err != nil {
		return "", fmt.Errorf("read what is switched on: %w", err)
	}
	switch {
	case control.Restricted:
		return "but.frozen", nil
	case !control.Paused.IsZero():
		return "but.paused", nil
	case !wish:
		return "", nil
	}
	standing, err := c.standing(ctx, v)
	if err != nil {
		return "", err
	}
	said, err := c.engine.Preferences(ctx, v.Alias)
	if err != nil {
		return "", fmt.Errorf("read what was declared: %w", err)
	}
	if standing.Level < tactful.Personal || standing.Purposes[tactful.Recommendations].Answer != tactful.Granted || said.KeepOnDevice {
		return "but.shared", nil
	}
	return "", nil
}
