package shop

import (
	"net/url"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
)

const maxForm = 16 << 10

// form reads the fields of our own forms. Anything that our pages cannot have
// sent is an Invalid error naming the field.
type form url.Values

func (f form) get(name string) string { return url.Values(f).Get(name) }

func (f form) back() string { return page.Back(f.get("back")) }

// item returns a code of the catalogue's form.
func (f form) item() (string, error) {
	code := f.get("item")
	if !itemCode.MatchString(code) {
		return "", tactful.InvalidField("item", "is not the code of an item", "go back and try again")
	}
	return code, nil
}

// level returns a level that can be chosen.
func (f form) level() (tactful.Level, error) { return page.Level(url.Values(f)) }
