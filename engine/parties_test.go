package engine

import (
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

func TestARecipientMustBeNamedWholly(t *testing.T) {
	good := Recipient{Name: "Post House", Role: "processor", Country: "DE", Why: "sends our letters", Purpose: tactful.MessagesLetter, Records: []string{"event"}}
	for _, c := range []struct {
		name  string
		spoil func(*Parties)
		field string // "" accepted
	}{
		{"a whole recipient is accepted", func(*Parties) {}, ""},
		{"nobody named", func(p *Parties) { p.Recipients[0].Name = " " }, "recipients[0].name"},
		{"no reason", func(p *Parties) { p.Recipients[0].Why = "" }, "recipients[0].why"},
		{"no country", func(p *Parties) { p.Recipients[0].Country = "" }, "recipients[0].country"},
		{"a country in words", func(p *Parties) { p.Storage = "Germany" }, "storage"},
		{"an unknown role", func(p *Parties) { p.Recipients[0].Role = "partner" }, "recipients[0].role"},
		{"a purpose nobody is asked about", func(p *Parties) { p.Recipients[0].Purpose = "resale" }, "recipients[0].purpose"},
		{"no records", func(p *Parties) { p.Recipients[0].Records = nil }, "recipients[0].records"},
		{"listed twice", func(p *Parties) { p.Recipients = append(p.Recipients, good) }, "recipients[1].name"},
		{"a contact of several lines", func(p *Parties) { p.Contact = "a\nb" }, "contact"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var cfg Config
			cfg.Parties.Recipients = []Recipient{good}
			c.spoil(&cfg.Parties)
			cfg.Defaults()
			err := cfg.Validate()
			switch {
			case c.field == "" && err != nil:
				t.Fatal(err)
			case c.field != "" && (err == nil || !strings.Contains(err.Error(), "engine.parties."+c.field)):
				t.Fatalf("got %v, want a fault of %s", err, c.field)
			}
		})
	}
}
