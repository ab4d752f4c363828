package centre

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/web/page"
)

// Bounds of the files that people bring. A file is larger and slower than any
// form, and taking it in is long work: few at once, so that the pages stay free.
const (
	maxFile     = 8 << 20
	filesAtOnce = 2
	uploading   = time.Minute
	importing   = 2 * time.Minute
)

// inTurn lets only so many in at once as there are places for files. A file that
// is still on its way has none.
func (c *Centre) inTurn(h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		select {
		case c.files <- struct{}{}:
			defer func() { <-c.files }()
			return h(w, r, v)
		default:
			w.Header().Set("Retry-After", "10")
			return tactful.Errorf(tactful.Unavailable, "too many files at once")
		}
	}
}

// readFile reads the one file of a form, before anything is done with it. Of
// whoever may not bring one it reads nothing.
func (c *Centre) readFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.somebody() && !v.Guest {
		return errNobody()
	}
	carrier, err := c.uploads.begin(carrierOf(r, v))
	if err != nil {
		w.Header().Set("Retry-After", "10")
		return err
	}
	defer carrier.end()
	connection, now := http.NewResponseController(w), time.Now()
	_ = connection.SetReadDeadline(now.Add(uploading)) // what cannot be told keeps the server's limit
	_ = connection.SetWriteDeadline(now.Add(uploading + importing))
	r.Body = http.MaxBytesReader(w, r.Body, maxFile+maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return tactful.InvalidField("file", "could not be read", "go back and try again")
	}
	part, err := parts.NextPart()
	if err != nil || part.FormName() != "file" {
		return tactful.InvalidField("file", "could not be read", "go back and try again")
	}
	v.file, err = io.ReadAll(carrier.carry(io.LimitReader(part, maxFile+1)))
	var large *http.MaxBytesError
	if errors.Is(err, errCrowded) {
		w.Header().Set("Retry-After", "10")
		return err
	}
	if err != nil && !errors.As(err, &large) {
		return tactful.InvalidField("file", "could not be read", "go back and try again")
	}
	if err == nil && len(v.file) <= maxFile {
		if _, err = parts.NextPart(); err != io.EOF {
			return tactful.InvalidField("file", "could not be read", "go back and try again")
		}
	}
	_ = connection.SetReadDeadline(time.Time{})
	return nil
}

// bring takes in what the person got from another shop, by the same way as every
// import: nothing in the file is believed.
func (c *Centre) bring(w http.ResponseWriter, r *http.Request, v *visit) error {
	back := Root + "/data"
	switch {
	case len(v.file) == 0:
		return c.done(w, r, back, outcome{Key: "bring.missing"})
	case len(v.file) > maxFile:
		return c.done(w, r, back, outcome{Key: "bring.large"})
	}
	if _, err := rights.ReadPortable(bytes.NewReader(v.file)); err != nil { // nobody gets a name for what cannot be read
		return c.done(w, r, back, outcome{Key: "bring.unread"})
	}
	before := c.listNow(r, v)
	if !v.somebody() {
		var err error
		if v.Alias, err = c.identity.Join(w, r); err != nil {
			return fmt.Errorf("make room for a file: %w", err)
		}
	}
	done, err := c.engine.ImportSubject(r.Context(), engine.ImportRequest{Subject: v.Alias, GPC: v.gpc}, bytes.NewReader(v.file))
	switch {
	case err == nil:
	case tactful.KindOf(err) == tactful.Invalid:
		return c.done(w, r, back, outcome{Key: "bring.unread"})
	case fromBefore(err):
		return c.done(w, r, back, outcome{Key: "bring.erased"})
	default:
		return fmt.Errorf("take in a file: %w", err)
	}
	taken, left := done.Events+done.Consents+done.Settings, 0
	for _, words := range []map[string]int{done.Refused, done.Untaken} {
		for word, n := range words {
			if word != "unasked" { // yeses are asked for below
				left += n
			}
		}
	}
	o := outcome{Key: "brought", Name: page.Number(v.lang, taken), Before: before, Asks: c.asked(v, done.Asks), Came: came{done.Events, done.Consents, done.Settings}}
	switch {
	case taken == 0 && (left > 0 || len(o.Asks) > 0):
		o.Key = "brought.none"
	case left > 0 || len(o.Asks) > 0:
		o.Key = "brought.some"
	}
	return c.done(w, r, back, o)
}

// fromBefore reports whether a whole file is from before an erasure.
func fromBefore(err error) bool {
	var e *tactful.Error
	return errors.As(err, &e) && e.Kind == tactful.Refused && e.Field == "body"
}

// asked leaves those uses that this centre asks about, in its order.
func (c *Centre) asked(v *visit, purposes []tactful.Purpose) []string {
	var list []string
	for _, name := range c.settings.Purposes {
		if p := tactful.Purpose(name); slices.Contains(purposes, p) && c.question(v, p, tactful.Consents{}) != nil {
			list = append(list, name)
		}
	}
	return list
}
