package centre

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/tactful/tactful/internal/web/page"
)

// maxSaid bounds the cookie of an outcome; browsers take 4 KB.
const maxSaid = 3900

// outcome is what a control did: the next page says it, shows the list of
// before and after, and offers to take it back.
type outcome struct {
	Key    string   // message key after "said."
	Item   string   // the item it was done with, "" if none
	Name   string   // what else the message names: a category, a purpose
	Before string   // receipt of the list before, "" for none
	Undo   restore  // empty for what cannot be taken back
	Asks   []string // uses that a file says yes to and that are still to be answered here
	Came   came     // what came in with a file
}

// came counts what came in with a file, by the pages on which each can be changed.
type came struct{ Events, Answers, Said int }

func (n came) String() string { return fmt.Sprintf("%d.%d.%d", n.Events, n.Answers, n.Said) }

func readCame(text string) (n came) {
	if _, err := fmt.Sscanf(text, "%d.%d.%d", &n.Events, &n.Answers, &n.Said); err != nil || min(n.Events, n.Answers, n.Said) < 0 {
		return came{}
	}
	return n
}

func (o outcome) encode() string {
	words := url.Values{"k": {o.Key}}
	for key, value := range map[string]string{"i": o.Item, "n": o.Name, "b": o.Before} {
		if value != "" {
			words.Set(key, value)
		}
	}
	if len(o.Asks) > 0 {
		words["a"] = o.Asks
	}
	if o.Came != (came{}) {
		words.Set("c", o.Came.String())
	}
	for key, values := range o.Undo.values() {
		words["u."+key] = values
	}
	return words.Encode()
}

func readOutcome(text string) outcome {
	words, err := url.ParseQuery(text)
	if err != nil || words.Get("k") == "" {
		return outcome{}
	}
	undo := url.Values{}
	for key, values := range words {
		if name, ok := strings.CutPrefix(key, "u."); ok {
			undo[name] = values
		}
	}
	o := outcome{Key: words.Get("k"), Item: words.Get("i"), Name: words.Get("n"), Before: words.Get("b"), Asks: words["a"], Came: readCame(words.Get("c"))}
	if read, err := readRestore(undo); err == nil {
		o.Undo = read
	}
	return o
}

// done leaves the outcome for the next page and sends the visitor there: to a
// page of the centre, or back to the page of the business where the form stood.
func (c *Centre) done(w http.ResponseWriter, r *http.Request, back string, o outcome) error {
	back = page.Back(back)
	if back != Root && !strings.HasPrefix(back, Root+"/") && !strings.HasPrefix(back, Root+"?") {
		if c.tell != nil {
			c.tell(w, r, o.Key, o.Item)
		}
		http.Redirect(w, r, back, http.StatusSeeOther)
		return nil
	}
	text := o.encode()
	if len(text) > maxSaid { // too much to be taken back at one click: say what was done, offer the page instead
		o.Undo = restore{}
		text = o.encode()
	}
	c.set(w, r, cookieSaid, text, Root, sayFor)
	http.Redirect(w, r, back, http.StatusSeeOther)
	return nil
}
