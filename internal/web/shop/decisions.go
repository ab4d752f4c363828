package shop

import (
	"fmt"
	"net/http"

	"github.com/tactful/tactful"
)

type decisionsPage struct {
	frame
	Somebody bool
	Receipts []receiptLine
}

// receiptLine is one decision in the list of them.
type receiptLine struct {
	tactful.Receipt
	Shown, Used, Left int
	First             string // title of the first item
}

const receiptsShown = 50

func (s *shop) decisions(w http.ResponseWriter, r *http.Request, v *visitor) error {
	f, err := s.frame(w, r, v, "title.decisions")
	if err != nil {
		return err
	}
	p := decisionsPage{frame: f, Somebody: v.somebody()}
	if !p.Somebody {
		return s.show(w, v, "decisions", p)
	}
	receipts, err := s.engine.Receipts(r.Context(), v.alias, receiptsShown)
	if err != nil {
		return fmt.Errorf("read what was decided: %w", err)
	}
	for _, rc := range receipts {
		line := receiptLine{Receipt: rc, Shown: len(rc.Shown), Used: len(rc.Evidence)}
		for _, left := range rc.Withheld {
			line.Left += left.Count
		}
		if len(rc.Shown) > 0 {
			if it, err := s.engine.Item(rc.Shown[0].Item); err == nil {
				line.First = it.Title
			}
		}
		p.Receipts = append(p.Receipts, line)
	}
	return s.show(w, v, "decisions", p)
}

type receiptPage struct {
	frame
	Receipt *tactful.Receipt
	Titles  map[string]tactful.Item
	Guards  []guardLine
	Used    []usedLine // the largest shares
	Rest    []usedLine // and the others
}

// usedLine is one piece of evidence, marked if it was made up for the demo.
type usedLine struct {
	tactful.Used
	Simulated bool
}

const usedFirst = 12

// guardLine is what one promise left out.
type guardLine struct {
	tactful.Withheld
	Key string // message key of the promise
}

func (s *shop) receipt(w http.ResponseWriter, r *http.Request, v *visitor) error {
	rc, err := s.engine.Receipt(r.Context(), r.PathValue("id"))
	if err != nil {
		return fmt.Errorf("find the receipt: %w", err)
	}
	f, err := s.frame(w, r, v, "title.receipt")
	if err != nil {
		return err
	}
	p := receiptPage{frame: f, Receipt: rc, Titles: map[string]tactful.Item{}}
	name := func(id string) {
		if it, err := s.engine.Item(id); err == nil {
			p.Titles[id] = it
		} else {
			p.Titles[id] = tactful.Item{ID: id, Title: id}
		}
	}
	for _, sh := range rc.Shown {
		name(sh.Item)
		for _, id := range sh.Reason.Items {
			name(id)
		}
	}
	past, err := s.past(r.Context(), v)
	if err != nil {
		return err
	}
	for i, u := range rc.Evidence {
		name(u.Item)
		line := usedLine{u, past[u.Item].Source == simulated}
		if i < usedFirst {
			p.Used = append(p.Used, line)
		} else {
			p.Rest = append(p.Rest, line)
		}
	}
	for _, left := range rc.Withheld {
		line := guardLine{Withheld: left, Key: "guard." + left.Guard}
		if !s.texts.Known(line.Key) {
			line.Key = "guard.other"
		}
		for _, id := range left.Items {
			name(id)
		}
		p.Guards = append(p.Guards, line)
	}
	for _, fb := range rc.Feedback {
		if fb.Item != "" {
			name(fb.Item)
		}
	}
	return s.show(w, v, "receipt", p)
}
