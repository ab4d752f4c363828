package centre

import (
	"net/url"
	"regexp"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
)

const maxForm = 16 << 10

// method is how answers are given here, as the record says it.
const method = "form"

var (
	itemCode = regexp.MustCompile(`^[^\x00-\x1f\x7f]{1,128}$`)
	word     = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	textHash = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// form reads the fields of our own forms. Anything that our pages cannot have
// sent is an Invalid error naming the field.
type form url.Values

func (f form) get(name string) string { return url.Values(f).Get(name) }

// back is the page to return to, a page of the centre if none is given.
func (f form) back(otherwise string) string {
	if f.get("back") == "" {
		return otherwise
	}
	return page.Back(f.get("back"))
}

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

// answer returns what was said: yes or no.
func (f form) answer() (tactful.Answer, error) {
	switch f.get("answer") {
	case "yes":
		return tactful.Granted, nil
	case "no":
		return tactful.Denied, nil
	}
	return 0, tactful.InvalidField("answer", "is neither yes nor no", "go back and try again")
}

func isSetting(word string) bool {
	switch word {
	case "none", "unused", "gift", "wrong":
		return true
	}
	return false
}

// setting returns what can be said about an item of the history.
func (f form) setting() (string, error) {
	if s := f.get("setting"); isSetting(s) {
		return s, nil
	}
	return "", tactful.InvalidField("setting", "is not one that we know", "go back and try again")
}

// feedback returns what can be said about a suggestion.
func (f form) feedback() (tactful.FeedbackKind, error) {
	kind, ok := tactful.ParseFeedback(f.get("kind"))
	if !ok || kind != tactful.FeedbackCreepy && kind != tactful.FeedbackWrong {
		return 0, tactful.InvalidField("kind", "is neither creepy nor wrong", "go back and try again")
	}
	return kind, nil
}

// errNobody answers a control that needs a person.
func errNobody() error {
	return &tactful.Error{Kind: tactful.Refused, Detail: "nobody is signed in", Remedy: "open the centre by your link"}
}
