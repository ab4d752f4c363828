package engine

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tactful/tactful"
)

// Parties says who stands behind the data and who else gets any of it: what
// notices, consent receipts and the record of processing (GDPR 13, 30) must
// name. The zero value names nobody, and the documents say so.
type Parties struct {
	Address        string      `yaml:"address" doc:"postal address of the controller"`
	Contact        string      `yaml:"contact" doc:"how people reach the controller about their data: a mail address, a telephone number or a page"`
	Officer        string      `yaml:"officer" doc:"data protection officer and how to reach them; '' if there is none"`
	Representative string      `yaml:"representative" doc:"representative in the Union or the United Kingdom (GDPR 27); '' if none is needed"`
	Authority      string      `yaml:"authority" doc:"supervisory authority that people may complain to"`
	Storage        string      `yaml:"storage" doc:"where the data are kept: ISO 3166 code of the country"`
	Recipients     []Recipient `yaml:"recipients" doc:"everybody outside the business who gets personal data from here; nobody gets any unless listed"`
}

// Recipient is somebody outside the business who gets personal data.
type Recipient struct {
	Name      string          `yaml:"name" doc:"who, as people may read it"`
	Role      string          `yaml:"role" doc:"processor (acts for us), controller (for themselves) or joint"`
	Country   string          `yaml:"country" doc:"ISO 3166 code of where they keep it"`
	Safeguard string          `yaml:"safeguard" doc:"what protects a transfer to another country, such as standard contractual clauses; '' if none is needed"`
	Why       string          `yaml:"why" doc:"what they do with it, in one plain sentence"`
	Purpose   tactful.Purpose `yaml:"purpose" doc:"the purpose that the person must have agreed to"`
	Records   []string        `yaml:"records" doc:"what they get: names of records, see tactful datamap"`
	Webhook   string          `yaml:"webhook" doc:"https address that signed calls tell of each erasure, correction and restriction (see outbound for addresses inside); '' if you tell them by hand"`
	Disabled  bool            `yaml:"disabled" doc:"their webhook is not called for now; what they must be told waits"`
}

// Limits of the declaration.
const (
	maxRecipients = 50
	maxPartyBytes = 500
)

// validate returns all faults. What the names of records mean is checked by
// package datamap, which knows them.
func (p *Parties) validate(declared []tactful.Purpose) (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.parties."+field, detail, remedy))
	}
	line := func(field, text string, needed bool) {
		switch {
		case needed && strings.TrimSpace(text) == "":
			fault(field, "is missing", "people and authorities read it; write it down")
		case len(text) > maxPartyBytes || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }):
			fault(field, "is no line of text", fmt.Sprintf("write at most %d bytes on one line", maxPartyBytes))
		}
	}
	country := func(field, code string, needed bool) {
		if code == "" && !needed {
			return
		}
		if len(code) != 2 || strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) {
			fault(field, "is not an ISO 3166 code", `use two capital letters such as "DE"`)
		}
	}
	line("address", p.Address, false)
	line("contact", p.Contact, false)
	line("officer", p.Officer, false)
	line("representative", p.Representative, false)
	line("authority", p.Authority, false)
	country("storage", p.Storage, false)
	if len(p.Recipients) > maxRecipients {
		fault("recipients", "are too many", fmt.Sprintf("list at most %d", maxRecipients))
	}
	for i, r := range p.Recipients {
		at := fmt.Sprintf("recipients[%d].", i)
		line(at+"name", r.Name, true)
		line(at+"why", r.Why, true)
		line(at+"safeguard", r.Safeguard, false)
		country(at+"country", r.Country, true)
		if !slices.Contains([]string{"processor", "controller", "joint"}, r.Role) {
			fault(at+"role", "is not a role", "use processor, controller or joint")
		}
		if !slices.Contains(declared, r.Purpose) {
			fault(at+"purpose", "is not declared", "name a purpose that people are asked about (engine.consent.purposes)")
		}
		if len(r.Records) == 0 {
			fault(at+"records", "is empty", "name the records they get, see `tactful datamap`")
		}
		if u, err := url.Parse(r.Webhook); r.Webhook != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || len(r.Webhook) > maxPartyBytes) {
			fault(at+"webhook", "is not an address", "for example https://mail.example/erasures")
		}
		if slices.ContainsFunc(p.Recipients[:i], func(o Recipient) bool { return o.Name == r.Name }) {
			fault(at+"name", "is listed twice", "keep one entry for each recipient")
		}
	}
	return faults
}

// recipient finds one by name.
func (p *Parties) recipient(name string) *Recipient {
	for i := range p.Recipients {
		if p.Recipients[i].Name == name {
			return &p.Recipients[i]
		}
	}
	return nil
}
