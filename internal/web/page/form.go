package page

import (
	"net/url"

	"github.com/tactful/tactful"
)

// Level returns the level that a form of ours chooses.
func Level(form url.Values) (tactful.Level, error) {
	level, ok := tactful.ParseLevel(form.Get("level"))
	if !ok {
		return level, tactful.InvalidField("level", "is not one of the four", "go back and try again")
	}
	return level, nil
}
