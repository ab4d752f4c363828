package rights

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/tactful/tactful"
)

// Portable is what a person may take elsewhere (GDPR 20): what they gave, and
// what they did. What was concluded from it, and what was noted about it, is
// in their Copy. It names neither the business nor a time of making, so that
// the same data always gives the same bytes.
type Portable struct {
	Format      string              `json:"format"`
	Standing    Standing            `json:"standing"`
	Consents    []Consent           `json:"consent"`
	Events      []Event             `json:"event"`
	Settings    []Setting           `json:"setting"`
	Preferences *Preferences        `json:"preferences,omitempty"`
	Panel       []map[string]string `json:"panel,omitempty"`
}

// PortableFormat names the form of a Portable.
const PortableFormat = "tactful-portable/1"

// Limits of what is read.
const (
	MaxPortableBytes  = 32 << 20
	MaxPortableEvents = 100_000
	maxPortableOthers = 10_000
)

// PortableOf takes from a copy what is the person's to take.
func PortableOf(c *Copy) Portable {
	p := Portable{Format: PortableFormat, Consents: slices.Clone(c.Consents), Settings: slices.Clone(c.Settings), Panel: c.Panel}
	if len(c.Standing) > 0 {
		p.Standing = c.Standing[0]
	}
	p.Standing.Created, p.Standing.Changed, p.Standing.Erased, p.Standing.Held = time.Time{}, time.Time{}, time.Time{}, "" // of this house, not of the person
	if len(c.Preferences) > 0 {
		preferences := c.Preferences[0]
		preferences.Changed = time.Time{}
		p.Preferences = &preferences
	}
	for _, e := range c.Events {
		e.Event, e.Title = "", ""
		p.Events = append(p.Events, e)
	}
	p.sort()
	return p
}

// sort puts everything in an order that depends on nothing but itself.
func (p *Portable) sort() {
	slices.SortFunc(p.Consents, func(a, b Consent) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(p.Standing.Consents.Purposes, func(a, b Consent) int { return cmp.Compare(a.Purpose, b.Purpose) })
	slices.SortFunc(p.Events, func(a, b Event) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.MessageID, b.MessageID)) })
	slices.SortFunc(p.Settings, func(a, b Setting) int { return cmp.Compare(a.Item, b.Item) })
}

// Write writes it as JSON.
func (p *Portable) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(p); err != nil {
		return fmt.Errorf("write a portable copy: %w", err)
	}
	return nil
}

// ReadPortable reads what Write wrote, here or elsewhere. It is somebody's own
// file: nothing in it is believed beyond its form.
func ReadPortable(r io.Reader) (Portable, error) {
	bad := func(detail, remedy string) (Portable, error) {
		return Portable{}, &tactful.Error{Kind: tactful.Invalid, Field: "body", Detail: detail, Remedy: remedy}
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxPortableBytes+1))
	if err != nil {
		return Portable{}, fmt.Errorf("read a portable copy: %w", err)
	}
	if len(text) > MaxPortableBytes {
		return bad("is larger than 32 MiB", "send a smaller file")
	}
	var p Portable
	if err := strict(text, &p); err != nil {
		return bad("is no portable copy", "send what `tactful rights export --format portable` wrote, unchanged")
	}
	switch {
	case p.Format != PortableFormat:
		return bad("is of another form", "send a file of the format "+PortableFormat)
	case len(p.Events) > MaxPortableEvents:
		return bad("has more than 100000 events", "send a smaller file")
	case len(p.Consents) > maxPortableOthers || len(p.Settings) > maxPortableOthers || len(p.Standing.Consents.Purposes) > maxPortableOthers || len(p.Panel) > 1:
		return bad("has too many entries", "send a smaller file")
	}
	p.sort()
	return p, nil
}
