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
func (f form) level() (tactful.Level, error) {
	level, ok := tactful.ParseLevel(f.get("level"))
	if !ok {
		return level, tactful.InvalidField("level", "is not one of the four", "go back and try again")
	}
	return level, nil
}

// answer returns a purpose that we ask about and what was said: yes or no.
func (f form) answer() (tactful.Purpose, tactful.Answer, error) {
	purpose := tactful.Purpose(f.get("purpose"))
	if purpose != tactful.Recommendations && purpose != tactful.Improvement {
		return "", 0, tactful.InvalidField("purpose", "is not one that we ask about", "go back and try again")
	}
	switch f.get("answer") {
	case "yes":
		return purpose, tactful.Granted, nil
	case "no":
		return purpose, tactful.Denied, nil
	}
	return "", 0, tactful.InvalidField("answer", "is neither yes nor no", "go back and try again")
}

// setting returns what can be said about an item of the history.
func (f form) setting() (string, error) {
	switch word := f.get("setting"); word {
	case "none", "unused", "gift", "wrong":
		return word, nil
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
