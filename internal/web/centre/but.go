package centre

import (
	"context"
	"fmt"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// but is the message key of what must be said beside the words of the last click:
// what keeps a control from acting yet, such as locked data, a break, or lists
// that are the same for everybody; "" if nothing does. The page then shows the way
// out beside it.
func (c *Centre) but(ctx context.Context, v *visit) (string, error) {
	key := v.said.Key
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
	case !wish && !strings.HasSuffix(key, ".none"):
		return "", nil
	}
	level, err := c.levelNow(ctx, v, control)
	switch {
	case err != nil:
		return "", err
	case level >= tactful.Personal:
		return "", nil
	case !wish: // it may be used again, where lists are picked
		return "but.unpicked", nil
	case level < tactful.Context:
		return "but.shared", nil
	case key == "wish.more" || key == "wish.less":
		return "but.page", nil
	}
	return "", nil
}

// levelNow is the level of the lists that the visitor gets now.
func (c *Centre) levelNow(ctx context.Context, v *visit, control engine.Control) (tactful.Level, error) {
	if control.Level < tactful.Personal {
		return control.Level, nil
	}
	said, err := c.engine.Preferences(ctx, v.Alias)
	if err != nil {
		return control.Level, fmt.Errorf("read what was declared: %w", err)
	}
	if said.KeepOnDevice {
		return tactful.Context, nil
	}
	return control.Level, nil
}

// idle is what keeps what somebody declares from counting: "frozen", "paused",
// "shared" where lists are the same for everybody, "page" where only what keeps
// something out counts; "" where all of it does.
func (c *Centre) idle(ctx context.Context, v *visit) (string, error) {
	control, err := c.engine.Control(ctx, v.Alias)
	if err != nil {
		return "", fmt.Errorf("read what is switched on: %w", err)
	}
	level, err := c.levelNow(ctx, v, control)
	switch {
	case err != nil:
		return "", err
	case control.Restricted:
		return "frozen", nil
	case !control.Paused.IsZero():
		return "paused", nil
	case level < tactful.Context:
		return "shared", nil
	case level < tactful.Personal:
		return "page", nil
	}
	return "", nil
}
