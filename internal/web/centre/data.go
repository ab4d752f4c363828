package centre

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/rights"
)

type plainPage struct{ frame }

// plain shows a page that has nothing but words.
func (c *Centre) plain(w http.ResponseWriter, r *http.Request, v *visit, name, path string) error {
	f, err := c.begin(w, r, v, name, path)
	if err != nil {
		return err
	}
	return c.show(w, v, name, plainPage{f})
}

func (c *Centre) help(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "help", "/help")
}

type dataPage struct {
	frame
	Control engine.Control
	Rights  []engine.Right
	Looks   []tactful.Look
}

const looksShown = 50

// data is where the rights are: see, correct, freeze, object, ask a human, delete.
func (c *Centre) data(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "data", "/data")
	if err != nil {
		return err
	}
	p := dataPage{frame: f}
	if !v.somebody() {
		return c.show(w, v, "data", p)
	}
	if p.Control, err = c.engine.Control(r.Context(), v.Alias); err != nil {
		return fmt.Errorf("read what is switched on: %w", err)
	}
	if p.Rights, err = c.engine.Rights(r.Context(), v.Alias); err != nil {
		return fmt.Errorf("read the requests: %w", err)
	}
	if p.Looks, err = c.engine.Looks(r.Context(), v.Alias, looksShown); err != nil {
		return fmt.Errorf("read who looked: %w", err)
	}
	return c.show(w, v, "data", p)
}

// changeUse freezes the data or objects to advertising, or takes that back. The
// first two are rights: they are on record as requests. That an account is a
// child's is said here by the child or whoever looks after them, and not taken
// back here: a child would.
func (c *Centre) changeUse(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	do := form(r.PostForm).get("do")
	o := outcome{Key: do, Before: c.listNow(r, v)}
	var err error
	switch do {
	case "freeze":
		o.Undo.Switch = "frozen"
		_, err = c.engine.OpenRight(r.Context(), engine.RightRequest{Subject: v.Alias, Kind: rights.Restriction, Channel: rights.Centre, Region: c.settings.Region})
	case "thaw":
		err = c.engine.Unrestrict(r.Context(), v.Alias)
	case "object":
		standing, bad := c.standing(r.Context(), v)
		if bad != nil {
			return bad
		}
		o.Undo = restore{Switch: "objected", Grants: c.grants(v, standing, consent.Marketing)}
		_, err = c.engine.OpenRight(r.Context(), engine.RightRequest{Subject: v.Alias, Kind: rights.Objection, Channel: rights.Centre, Region: c.settings.Region})
	case "allow":
		err = c.engine.Unobject(r.Context(), v.Alias)
	case "minor":
		if form(r.PostForm).get("sure") == "" {
			return tactful.InvalidField("sure", "is not ticked", "tick it if this is a child's account")
		}
		err = c.engine.SetMinor(r.Context(), v.Alias)
	default:
		return tactful.InvalidField("do", "is not one of ours", "go back and try again")
	}
	if err != nil {
		return fmt.Errorf("change how the data is used: %w", err)
	}
	return c.done(w, r, Root+"/data", c.marked(r, v, o))
}

// review asks that a human looks at one decision.
func (c *Centre) review(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	in := form(r.PostForm)
	_, err := c.engine.OpenRight(r.Context(), engine.RightRequest{
		Subject: v.Alias, Kind: rights.Review, Channel: rights.Centre, Region: c.settings.Region, Text: in.get("text"), Detail: rights.Detail{Receipt: in.get("decision")},
	})
	if err != nil {
		return fmt.Errorf("ask for a review: %w", err)
	}
	return c.done(w, r, Root+"/data", outcome{Key: "review"})
}

// takeBack ends a request of the person, whoever entered it.
func (c *Centre) takeBack(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return errNobody()
	}
	if _, err := c.engine.TakeBackRight(r.Context(), v.Alias, form(r.PostForm).get("request")); err != nil {
		return fmt.Errorf("take a request back: %w", err)
	}
	return c.done(w, r, Root+"/data", outcome{Key: "cancelled"})
}

type paperPage struct {
	frame
	Paper *datamap.Document
}

// how says how lists are made, from the live configuration.
func (c *Centre) how(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "how", "/how")
	if err != nil {
		return err
	}
	return c.show(w, v, "how", paperPage{f, c.papers.HowItWorks(v.lang)})
}

// notice is the notice about data, from the live configuration.
func (c *Centre) notice(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "notice", "/notice")
	if err != nil {
		return err
	}
	return c.show(w, v, "notice", paperPage{f, c.papers.Notice(v.lang)})
}

// eraseAsk says what an erasure takes and leaves, before anything is done.
func (c *Centre) eraseAsk(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.plain(w, r, v, "erase", "/data/erase")
}

// cookieGone names the receipt of an erasure to whoever asked for it, once
// their session is over. The receipt names nobody.
const cookieGone = "privacy_gone"

type gonePage struct {
	frame
	Receipt *engine.ErasureReceipt // nil if this browser asked for none
}

func (c *Centre) gone(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.begin(w, r, v, "gone", "/gone")
	if err != nil {
		return err
	}
	p := gonePage{frame: f}
	if id := cookie(r, cookieGone); id != "" {
		receipt, err := c.engine.ErasureReceipt(r.Context(), id)
		switch {
		case err == nil:
			p.Receipt = &receipt
		case tactful.KindOf(err) != tactful.NotFound:
			return fmt.Errorf("find the receipt of an erasure: %w", err)
		}
	}
	return c.show(w, v, "gone", p)
}

// goneReceipt hands the signed receipt out.
func (c *Centre) goneReceipt(w http.ResponseWriter, r *http.Request, _ *visit) error {
	receipt, err := c.engine.ErasureReceipt(r.Context(), cookie(r, cookieGone))
	if err != nil {
		return fmt.Errorf("find the receipt of an erasure: %w", err)
	}
	attach(w, "application/json", "erasure.json")
	_, _ = w.Write(receipt.Signed) // the visitor has gone; there is nobody to tell
	return nil
}

// erase forgets the person. It cannot be taken back, and its page says so.
func (c *Centre) erase(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() {
		return c.done(w, r, Root+"/data", outcome{Key: "nohistory"})
	}
	receipt, err := c.engine.Erase(r.Context(), v.Alias)
	var held *engine.Held
	if errors.As(err, &held) { // it stands among their requests
		return c.done(w, r, Root+"/data", outcome{Key: "review"})
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	c.set(w, r, cookieSaid, "", Root, 0)
	c.set(w, r, cookieGone, receipt.ID, Root+"/gone", sayFor)
	if err := c.identity.Leave(w, r); err != nil {
		return err
	}
	http.Redirect(w, r, Root+"/gone", http.StatusSeeOther)
	return nil
}

// copies are the forms of a copy, by the names of their files.
var copies = map[string]struct {
	format engine.Format
	kind   string
}{
	"my-data.html": {engine.FormatHTML, "text/html; charset=utf-8"}, "my-data.json": {engine.FormatJSON, "application/json"},
	"my-data.csv": {engine.FormatCSV, "text/csv; charset=utf-8"}, "my-data-to-take-along.json": {engine.FormatPortable, "application/json"},
}

// download hands out a copy of everything, as a file and never as a page.
func (c *Centre) download(w http.ResponseWriter, r *http.Request, v *visit) error {
	file, ok := copies[r.PathValue("file")]
	if !ok || !v.somebody() {
		return tactful.Errorf(tactful.NotFound, "there is no such page")
	}
	var whole bytes.Buffer
	if err := c.engine.Export(r.Context(), engine.ExportRequest{Subject: v.Alias, Format: file.format, Language: v.lang}, &whole); err != nil {
		return fmt.Errorf("make a copy: %w", err)
	}
	attach(w, file.kind, r.PathValue("file"))
	_, _ = w.Write(whole.Bytes()) // the visitor has gone; there is nobody to tell
	return nil
}

// attach makes an answer a file to be kept; names are our own.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}
