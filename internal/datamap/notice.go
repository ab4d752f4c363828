package datamap

import (
	"maps"
	"slices"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/ingest"
)

// Notice is what people are told about their data (GDPR 13; CCPA regulations
// 7012), in the language that fits best.
func (m *Map) Notice(language string) *Document {
	w := in(language)
	p := w.begin("notice")
	m.who(p)
	p.section("choice")
	for _, key := range []string{"first", "back", "same", "sold"} {
		p.line(key, nil, "choice."+key)
	}
	m.purposes(p)
	m.records(p)
	p.section("never")
	for _, key := range []string{"body", "bought", "place", "address", "guess"} {
		p.line(key, nil, "never."+key)
	}
	m.recipients(p)
	p.section("rights")
	for _, key := range []string{"see", "take", "correct", "delete", "stop", "freeze", "human", "looked", "time"} {
		p.line(key, nil, "rights."+key)
	}
	if m.cfg.Parties.Authority == "" {
		p.line("authority", of("engine.parties.authority"), "rights.authority.any")
	} else {
		p.line("authority", of("engine.parties.authority"), "rights.authority", m.cfg.Parties.Authority)
	}
	return p.doc
}

func (m *Map) who(p *pen) {
	parties := &m.cfg.Parties
	p.section("who")
	p.line("controller", of("engine.controller"), "who.controller", m.cfg.Controller)
	for _, party := range []struct{ key, value string }{
		{"address", parties.Address}, {"contact", parties.Contact}, {"officer", parties.Officer}, {"representative", parties.Representative}, {"storage", parties.Storage},
	} {
		if party.value != "" {
			p.line(party.key, of("engine.parties."+party.key), "who."+party.key, party.value)
		}
	}
	if parties.Contact == "" {
		p.line("contact", of("engine.parties.contact"), "who.contact.none")
	}
}

func (m *Map) purposes(p *pen) {
	p.section("purposes")
	for _, purpose := range m.cfg.Consent.Purposes {
		at := "engine.consent.purposes." + string(purpose.Name)
		tag, text := shown(purpose, p.words.Language)
		p.put(string(purpose.Name)+".text", of(at+".text."+tag, at+".name"), text)
		p.line(string(purpose.Name)+".expires", of(at+".expires", at+".name"), "purpose.expires", p.words.span(purpose.Expires))
		key := "purpose.gpc.refuses"
		if purpose.GPC == consent.GPCIgnores {
			key = "purpose.gpc.ignores"
		}
		p.line(string(purpose.Name)+".gpc", of(at+".gpc", at+".name"), key)
	}
}

// shown is the text that people of a language are shown before they answer.
func shown(p consent.PurposeConfig, language string) (tag, text string) {
	for _, tag := range append([]string{language, fallback}, slices.Sorted(maps.Keys(p.Text))...) {
		if text, ok := p.Text[tag]; ok {
			return tag, text
		}
	}
	return language, ""
}

// records says of each record about people what is noted, where it comes from
// and how long it is kept.
func (m *Map) records(p *pen) {
	p.section("data")
	for _, r := range m.Records {
		if r.About != Person || r.Waits != "" {
			continue
		}
		var labels []string
		origins := map[Origin]bool{}
		settings := of()
		for _, f := range r.Fields {
			label := f.Means
			if f.label != "" {
				label = p.words.say("label." + f.label)
				if f.label == "technical" {
					continue
				}
			}
			origins[f.Origin] = true
			if len(f.Settings) > 0 {
				continue // declared by the configuration: told below, each alone
			}
			if !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
		if len(labels) > 0 {
			p.line(r.Name, settings, "record."+r.Name, p.words.list(labels))
		} else {
			p.line(r.Name, settings, "record."+r.Name, p.words.say("label.nothing_else"))
		}
		if r.Name == "panel" {
			m.attributeLines(p)
		}
		var from []string
		for _, o := range []Origin{FromPerson, FromUse, FromBusiness, FromEngine} {
			if r.Name != "panel" && r.Name != "event" && origins[o] || r.Name == "event" && (o == FromUse || o == FromBusiness) || r.Name == "panel" && o == FromPerson {
				from = append(from, p.words.say("origin."+string(o)))
			}
		}
		p.line(r.Name+".origin", nil, "origin.line", p.words.list(from))
		for _, k := range recordKeeps(r) {
			m.keepLine(p, r.Name, k)
		}
		if r.Name == "event" {
			m.propertyLines(p)
		}
	}
}

// recordKeeps are the terms of a record, without those of fields that the
// configuration declares.
func recordKeeps(r Record) []Keep {
	for _, f := range r.Fields {
		if len(f.Settings) == 0 {
			return f.Keep
		}
	}
	return []Keep{{Until: WithYes}}
}

func (m *Map) keepLine(p *pen, record string, k Keep) {
	id, settings := record+".keep", of()
	if k.Setting != "" {
		settings = of(k.Setting)
	}
	switch {
	case k.What != "":
		p.line(id+"."+k.What, settings, "keep.action", p.words.say("action."+k.What), p.words.span(k.For))
	case k.Until == Term || k.Until == Closed:
		p.line(id, settings, "keep."+string(k.Until), p.words.span(k.For))
	default:
		p.line(id, settings, "keep."+string(k.Until))
	}
}

func (m *Map) propertyLines(p *pen) {
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Ingest.Properties)) {
		c := m.cfg.Ingest.Properties[name]
		at := "engine.ingest.properties." + name
		origin := FromUse
		if c.Source == tactful.Declared.String() {
			origin = FromPerson
		}
		p.line("property."+name, of(at+".note"), "property.line", meaning(name, c))
		p.line("property."+name+".why", of(at+".purpose"), "property.purpose", meaningless(string(c.Purpose)))
		p.line("property."+name+".origin", of(at+".source"), "origin.line", p.words.say("origin."+string(origin)))
		p.line("property."+name+".keep", of(at+".retention"), "keep.term", p.words.span(c.Retention))
		p.line("property."+name+".form", formSettings(at, c), "property.form."+string(c.Form), valuesOf(c, p.words))
	}
}

// formSettings are the settings of a property's form; only words have values.
func formSettings(at string, c ingest.PropertyConfig) []string {
	if c.Form == ingest.Word {
		return of(at+".form", at+".values")
	}
	return of(at + ".form")
}

func valuesOf(c ingest.PropertyConfig, w *words) string {
	if len(c.Values) == 0 {
		return w.say("property.any")
	}
	return w.list(c.Values)
}

// meaningless turns a name of the configuration into words.
func meaningless(name string) string { return strings.ReplaceAll(name, "_", " ") }

func (m *Map) attributeLines(p *pen) {
	for _, a := range m.cfg.Protection.Attributes {
		at := "engine.protection.attributes." + a.Name
		p.line("attribute."+a.Name, of(at+".name", at+".values"), "attribute.line", a.Name, p.words.list(a.Values))
	}
}

func (m *Map) recipients(p *pen) {
	p.section("recipients")
	for _, r := range m.cfg.Parties.Recipients {
		at := "engine.parties.recipients." + r.Name
		name := of(at + ".name")
		p.line(r.Name, append(of(at+".role", at+".country"), name...), "recipient.line", r.Name, p.words.say("role."+r.Role), r.Country)
		p.line(r.Name+".why", append(of(at+".why"), name...), "recipient.why", r.Name, r.Why)
		p.line(r.Name+".purpose", append(of(at+".purpose"), name...), "recipient.purpose", r.Name, meaningless(string(r.Purpose)))
		var what []string
		for _, record := range r.Records {
			if p.words.has("short." + record) {
				record = p.words.say("short." + record)
			}
			what = append(what, record)
		}
		p.line(r.Name+".what", append(of(at+".records"), name...), "recipient.what", r.Name, p.words.list(what))
		if r.Safeguard != "" {
			p.line(r.Name+".safeguard", append(of(at+".safeguard"), name...), "recipient.safeguard", r.Name, r.Safeguard)
		}
	}
	if len(m.cfg.Parties.Recipients) == 0 {
		p.line("none", nil, "recipient.none")
	}
}
