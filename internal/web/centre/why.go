package centre

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

const (
	receiptsShown = 50
	receiptsMost  = 1000
)

type whyPage struct {
	frame
	Receipts []receiptLine
}

// receiptLine is one decision in the list of them.
type receiptLine struct {
	tactful.Receipt
	Picks, Used, Left int
	First             thing
	Reason            tactful.Reason
	Reported          string // creepy or wrong, "" if nothing was reported
	About             string // item that it was said of, "" for the list
}

func (c *Centre) why(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "why", "/why")
	if err != nil {
		return err
	}
	p := whyPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "why", p)
	}
	receipts, err := c.engine.Receipts(r.Context(), v.Alias, receiptsShown)
	if err != nil {
		return fmt.Errorf("read what was decided: %w", err)
	}
	for _, rc := range receipts {
		line := receiptLine{Receipt: rc, Picks: len(rc.Shown), Used: len(rc.Evidence)}
		for _, left := range rc.Withheld {
			line.Left += left.Count
		}
		if len(rc.Shown) > 0 {
			line.First, line.Reason = c.shownThing(v, &rc, rc.Shown[0].Item), rc.Shown[0].Reason
		}
		for _, fb := range rc.Feedback {
			if fb.Kind == tactful.FeedbackCreepy || fb.Kind == tactful.FeedbackWrong {
				line.Reported, line.About = fb.Kind.String(), fb.Item
			}
		}
		p.Receipts = append(p.Receipts, line)
	}
	return c.show(w, v, "why", p)
}

// own returns a receipt that the visitor may read: one of their own, or one
// that says nothing about anybody. To know an id is not enough: it stays
// behind in a browser that others use.
func (c *Centre) own(r *http.Request, v *visit, id string) (*tactful.Receipt, error) {
	rc, err := c.engine.Receipt(r.Context(), id)
	if err != nil {
		return nil, fmt.Errorf("find the receipt: %w", err)
	}
	if rc.ConsentID == "" && rc.Level <= tactful.Context && rc.Integrity.Principle != engine.AsTold {
		return rc, nil
	}
	if v.somebody() {
		mine, err := c.engine.Receipts(r.Context(), v.Alias, receiptsMost)
		if err != nil {
			return nil, fmt.Errorf("read what was decided: %w", err)
		}
		if slices.ContainsFunc(mine, func(m tactful.Receipt) bool { return m.ID == rc.ID }) {
			return rc, nil
		}
	}
	return nil, tactful.Errorf(tactful.NotFound, "there is no such receipt")
}

// shownThing is what a receipt names: an item or, of a decision about offers, what is
// advertised, else the campaign by its name.
func (c *Centre) shownThing(v *visit, rc *tactful.Receipt, id string) thing {
	if rc.Offer == nil {
		return c.named(v, id)
	}
	for i, s := range rc.Offer.Shown {
		if s.Item != "" && i < len(rc.Shown) && rc.Shown[i].Item == id {
			return c.named(v, s.Item)
		}
	}
	campaign, _, _ := strings.Cut(id, "/")
	return c.named(v, campaign)
}

// placeWord is the last part of the message key of where a list was shown.
func placeWord(rc tactful.Receipt) string {
	if rc.Offer != nil {
		return "offer"
	}
	return rc.Placement.String()
}

type receiptPage struct {
	frame
	Receipt *tactful.Receipt
	Things  map[string]thing
	Guards  []guardLine
	Used    []usedLine // the largest shares
	Rest    []usedLine // and the others
}

// usedLine is one piece of evidence, marked if it was made up for a demo.
type usedLine struct {
	tactful.Used
	Percent int
	Made    bool
	Off     bool // put out of use since
}

const usedFirst = 8

// guardLine is what one promise left out.
type guardLine struct {
	tactful.Withheld
	Key string // message key of the promise
}

func (c *Centre) receipt(w http.ResponseWriter, r *http.Request, v *visit) error {
	rc, err := c.own(r, v, r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := c.begin(w, r, v, "receipt", "/why/"+rc.ID)
	if err != nil {
		return err
	}
	p := receiptPage{frame: f, Receipt: rc, Things: map[string]thing{}}
	name := func(id string) {
		if _, seen := p.Things[id]; !seen && id != "" {
			p.Things[id] = c.shownThing(v, rc, id)
		}
	}
	for _, sh := range rc.Shown {
		name(sh.Item)
		for _, id := range sh.Reason.Items {
			name(id)
		}
	}
	past := map[string]past{}
	if v.somebody() {
		entries, err := c.engine.History(r.Context(), v.Alias, historyMost)
		if err != nil {
			return fmt.Errorf("read the history: %w", err)
		}
		for _, e := range entries {
			past[e.Item.ID] = c.past(v, e)
		}
	}
	for i, u := range rc.Evidence {
		name(u.Item)
		own := past[u.Item]
		line := usedLine{Used: u, Percent: int(100*u.Share + 0.5), Made: own.Made, Off: own.Setting != "" && own.Setting != "none"}
		if i < usedFirst {
			p.Used = append(p.Used, line)
		} else {
			p.Rest = append(p.Rest, line)
		}
	}
	for _, left := range rc.Withheld {
		line := guardLine{Withheld: left, Key: "guard." + left.Guard}
		if !c.texts.Known(line.Key) {
			line.Key = "guard.other"
		}
		for _, id := range left.Items {
			name(id)
		}
		p.Guards = append(p.Guards, line)
	}
	for _, fb := range rc.Feedback {
		name(fb.Item)
	}
	return c.show(w, v, "receipt", p)
}

// report records what the visitor says about a decision, or about one item of it.
func (c *Centre) report(w http.ResponseWriter, r *http.Request, v *visit) error {
	in := form(r.PostForm)
	code := ""
	if in.get("item") != "" {
		var err error
		if code, err = in.item(); err != nil {
			return err
		}
	}
	kind, err := in.feedback()
	if err != nil {
		return err
	}
	if in.get("do") == "unsay" {
		if err := c.retract(r, v, &reported{in.get("decision"), kind, code}); err != nil {
			return err
		}
		return c.done(w, r, in.back(Root+"/why"), outcome{Key: "unsaid"})
	}
	rc, err := c.own(r, v, in.get("decision"))
	if err != nil {
		return err
	}
	if err := c.engine.Report(r.Context(), rc.ID, kind, code); err != nil {
		return fmt.Errorf("record the report: %w", err)
	}
	key := "report." + kind.String()
	if code == "" {
		key += ".all"
	}
	return c.done(w, r, in.back(Root+"/why"), outcome{Key: key, Item: code, Undo: restore{Report: &reported{rc.ID, kind, code}}})
}

// reported is what was said of a list, or of one item of it.
type reported struct {
	Decision string
	Kind     tactful.FeedbackKind
	Item     string
}

// retract removes what the visitor said of a list of theirs. What is not there any
// more has been taken back.
func (c *Centre) retract(r *http.Request, v *visit, said *reported) error {
	rc, err := c.own(r, v, said.Decision)
	if err != nil {
		return err
	}
	if err := c.engine.TakeBackReport(r.Context(), rc.ID, said.Kind, said.Item); err != nil && tactful.KindOf(err) != tactful.NotFound {
		return fmt.Errorf("take a report back: %w", err)
	}
	return nil
}
