package datamap

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/ingest"
)

// bases are the legal bases of what needs no yes, and who it is about.
var bases = [...]struct{ purpose, says, basis string }{
	{forChoices, "keeping to what people chose, and proving it", "legal obligation: GDPR 6(1)(c) with 5(2), 7(1), 24"},
	{forRights, "answering what people ask for, and not making erased people known again", "legal obligation: GDPR 6(1)(c) with 12 to 22"},
	{forSecurity, "keeping the data safe, and telling people who looked", "legal obligation: GDPR 6(1)(c) with 32, and 5(2)"},
	{forService, "running the service itself; no personal data", "none needed"},
}

// ArticleThirty is the record of processing activities (GDPR 30(1); UK GDPR
// 30(1)), in English, for the business and its authority.
func (m *Map) ArticleThirty() *Document {
	p := &pen{words: in(fallback), doc: &Document{Kind: "processing", Title: "Record of processing activities (GDPR Article 30)", Language: fallback, Reviewed: true}}
	m.controller(p)
	m.activities(p)
	m.categories(p)
	m.receivers(p)
	m.limits(p)
	m.intake(p)
	p.head("security", "Security measures (Article 32(1))")
	for i, text := range measures {
		p.put(fmt.Sprint(i+1), nil, text)
	}
	m.limitsOfAccess(p)
	m.regimes(p)
	return p.doc
}

// measures are what the code does whatever is configured; docs/ARCHITECTURE.md
// says where.
var measures = [...]string{
	"Every row is sealed with AES-256-GCM under a key of its own person; its address is authenticated with it.",
	"The wrapped keys live in a store of their own, apart from the data and its backups; erasing a person destroys the key.",
	"Ids of the business are stored as HMACs only; models and evidence speak in item numbers.",
	"API keys are stored as hashes, have scopes, and are revoked at once. Keys of browsers can only send events and ask for context decisions.",
	"Errors, logs, metrics and addresses carry no data of people, except external ids in paths of the API, which are never logged.",
	"Permission is read anew for every decision and when an event arrives; nothing is cached from one request to the next.",
}

// limitsOfAccess are the security measures that the configuration sets.
func (m *Map) limitsOfAccess(p *pen) {
	rights, looks := &m.cfg.Rights, &m.cfg.Looks
	p.put("looks", of("engine.looks.people_per_hour"), fmt.Sprintf("An operator may open the data of at most %d people an hour; each time is on record and shown to the person.", looks.PeoplePerHour))
	p.put("services", of("engine.looks.service_people_per_hour"), fmt.Sprintf("A key of the business's servers may open the data of at most %d people an hour.", looks.ServicePeoplePerHour))
	p.put("website", of("engine.looks.website"), "People read of the business's own servers as: "+looks.Website+".")
	erasures := "A key may ask for any number of erasures."
	if rights.Erasures > 0 {
		erasures = fmt.Sprintf("A key, with the links it made, may ask for at most %d erasures an hour; more wait for a second operator.", rights.Erasures)
	}
	p.put("erasures", of("engine.rights.erasures"), erasures)
	zone := "Days until an answer are counted in the zone " + rights.Zone + "."
	if rights.Zone == "" {
		zone = "Days until an answer are counted in no one zone: each date is the earliest of any."
	}
	p.put("zone", of("engine.rights.zone"), zone)
	inAll := "All keys and visits together may ask for any number of erasures."
	if rights.ErasuresInAll > 0 {
		inAll = fmt.Sprintf("All keys and visits together may ask for at most %d erasures an hour; more wait for a second operator.", rights.ErasuresInAll)
	}
	p.put("erasuresInAll", of("engine.rights.erasures_in_all"), inAll)
	p.put("links", of("engine.rights.links"), "A single-use link to somebody's centre is good for "+span(rights.Links)+".")
	p.put("visit", of("engine.rights.visit"), "A visit that it began ends after "+span(rights.Visit)+".")
	token := "Signed tokens of the business are not accepted."
	if rights.Token.Algorithm != "" || rights.Token.Audience != "" {
		token = "Tokens of the business are accepted if they are signed with " + rights.Token.Algorithm + " and made for " + rights.Token.Audience + "."
	}
	p.put("token", of("engine.rights.token.algorithm", "engine.rights.token.audience"), token)
	m.rules(p)
}

// rules are those that the business wrote itself.
func (m *Map) rules(p *pen) {
	own := &m.cfg.Guards.Policy
	for i := range own.Rules {
		r := &own.Rules[i]
		at := "engine.guards.policy.rules." + r.Name
		p.put("rule."+r.Name, of(at+".name", at+".when", at+".then"), fmt.Sprintf("The rule %s says %s when %s.", r.Name, r.Then, r.When))
	}
	if len(own.Rules) > 0 {
		p.put("rules", of("engine.guards.policy.changed.by", "engine.guards.policy.changed.why"), fmt.Sprintf("The rules were last changed by %s: %s.", own.Changed.By, own.Changed.Why))
	}
}

func (m *Map) controller(p *pen) {
	parties := &m.cfg.Parties
	p.head("controller", "Controller (Article 30(1)(a))")
	p.put("name", of("engine.controller"), "Name: "+m.cfg.Controller+".")
	for _, line := range []struct{ key, says, value string }{
		{"address", "Address", parties.Address}, {"contact", "Contact", parties.Contact}, {"officer", "Data protection officer", parties.Officer},
		{"representative", "Representative", parties.Representative}, {"authority", "Supervisory authority", parties.Authority}, {"storage", "Place of storage", parties.Storage},
	} {
		value := line.value
		if value == "" {
			value = "not written down (set engine.parties." + line.key + ", or note here why there is none)"
		}
		p.put(line.key, of("engine.parties."+line.key), line.says+": "+value+".")
	}
}

// activities are the purposes, each with its basis and its conditions.
func (m *Map) activities(p *pen) {
	p.head("purposes", "Purposes and legal bases (Article 30(1)(b))")
	for _, c := range m.cfg.Consent.Purposes {
		name := string(c.Name)
		at := "engine.consent.purposes." + name
		p.put(name, of(at+".name"), name+": consent, GDPR 6(1)(a) and 7; for data on health, belief and the like 9(2)(a).")
		p.put(name+".version", of(at+".name", at+".version"), name+": the text in force has version "+c.Version+".")
		p.put(name+".expires", of(at+".name", at+".expires"), name+": a yes ends after "+span(c.Expires)+".")
		gpc := "Global Privacy Control counts as a no"
		if c.GPC == consent.GPCIgnores {
			gpc = "Global Privacy Control leaves it as chosen, as the use is first-party"
		}
		p.put(name+".gpc", of(at+".name", at+".gpc"), name+": "+gpc+".")
		for _, tag := range slices.Sorted(maps.Keys(c.Text)) {
			p.put(name+".text."+tag, of(at+".name", at+".text."+tag), fmt.Sprintf("%s: text in %s, SHA-256 %s.", name, tag, consent.HashText(c.Text[tag])[:16]))
		}
		for i, n := range c.Accepts {
			accepted := fmt.Sprintf("%s.accepts[%d]", at, i)
			p.put(fmt.Sprintf("%s.accepts.%d", name, i), of(at+".name", accepted+".version", accepted+".sha256"),
				fmt.Sprintf("%s: answers to the text of version %s, SHA-256 %s, count too.", name, n.Version, n.SHA256))
		}
	}
	for _, b := range bases {
		p.put(b.purpose, nil, b.purpose+": "+b.says+"; "+b.basis+".")
	}
}

// categories are the fields of each record (Article 30(1)(c)).
func (m *Map) categories(p *pen) {
	p.head("data", "Categories of people and of data (Article 30(1)(c))")
	for _, r := range m.Records {
		if r.About == Nobody {
			continue
		}
		line := fmt.Sprintf("%s (%s): %s.", r.Name, r.About, r.Means)
		if r.Waits != "" {
			line += " Not stored yet: " + r.Waits + "."
		}
		p.put(r.Name, nil, line)
		by := map[Category][]string{}
		for _, f := range r.Fields {
			if len(f.Settings) == 0 {
				by[f.Category] = append(by[f.Category], f.Name)
			}
		}
		for _, category := range slices.Sorted(maps.Keys(by)) {
			p.put(r.Name+"."+string(category), nil, fmt.Sprintf("%s, %s: %s.", r.Name, category, strings.Join(by[category], ", ")))
		}
		switch r.Name {
		case "event":
			m.declaredProperties(p)
		case "panel":
			m.declaredAttributes(p)
		}
	}
}

func (m *Map) declaredProperties(p *pen) {
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Ingest.Properties)) {
		c := m.cfg.Ingest.Properties[name]
		at := "engine.ingest.properties." + name
		values := ""
		if c.Form == ingest.Word {
			values = ", values " + orAny(c.Values)
		}
		p.put("property."+name, append(formSettings(at, c), at+".note", at+".source", at+".purpose"),
			fmt.Sprintf("event, property %s: %s; %s, %s%s; for %s.", name, meaning(name, c), c.Source, c.Form, values, c.Purpose))
	}
}

func (m *Map) declaredAttributes(p *pen) {
	for _, a := range m.cfg.Protection.Attributes {
		at := "engine.protection.attributes." + a.Name
		p.put("attribute."+a.Name, of(at+".name", at+".values", at+".least"),
			fmt.Sprintf("panel, attribute %s: %s; models are made blind from %d people on.", a.Name, strings.Join(a.Values, ", "), a.Least))
	}
}

func orAny(values []string) string {
	if len(values) == 0 {
		return "any short word"
	}
	return strings.Join(values, ", ")
}

// receivers are recipients and transfers (Article 30(1)(d), (e)).
func (m *Map) receivers(p *pen) {
	p.head("recipients", "Recipients and transfers (Article 30(1)(d), (e))")
	for _, r := range m.cfg.Parties.Recipients {
		at := "engine.parties.recipients." + r.Name
		safeguard := r.Safeguard
		if safeguard == "" {
			safeguard = "none written down"
		}
		p.put(r.Name, of(at+".name", at+".role", at+".country", at+".safeguard", at+".why", at+".purpose", at+".records"),
			fmt.Sprintf("%s (%s) in %s; safeguard: %s; for %s: %s; gets %s.", r.Name, r.Role, r.Country, safeguard, r.Purpose, r.Why, strings.Join(r.Records, ", ")))
		told := "by a signed call to " + r.Webhook
		if r.Webhook == "" {
			told = "by hand"
		}
		if r.Disabled {
			told += "; calls are switched off for now, and what they must be told waits"
		}
		p.put(r.Name+".told", of(at+".name", at+".webhook", at+".disabled"), r.Name+" is told of each erasure (Article 19) "+told+".")
	}
	if len(m.cfg.Parties.Recipients) == 0 {
		p.put("none", nil, "None. Personal data leave the business to nobody.")
	}
}

// limits are the time limits for erasure (Article 30(1)(f)).
func (m *Map) limits(p *pen) {
	p.head("terms", "Time limits for erasure (Article 30(1)(f))")
	p.put("suppression", of("engine.erasure.suppress"), "What keeps an old yes from making an erased person known again, a keyed hash of their ids: "+span(m.cfg.Erasure.Suppress)+".")
	p.put("backups", of("engine.erasure.backups"), "Backups of the data, in which nothing of an erased person opens: "+span(m.cfg.Erasure.Backups)+".")
	p.put("sweep", nil, "Rows past their term are hidden at once and removed within one hour while the server runs.")
	for _, r := range m.Records {
		if r.About == Nobody && r.Name != "house_receipt" {
			continue
		}
		for _, k := range recordKeeps(r) {
			m.limit(p, r.Name, k)
		}
		if r.Name == "event" {
			for _, name := range slices.Sorted(maps.Keys(m.cfg.Ingest.Properties)) {
				m.limit(p, "event, property "+name, Keep{For: m.cfg.Ingest.Properties[name].Retention, Until: Term, Setting: "engine.ingest.properties." + name + ".retention"})
			}
		}
	}
}

func (m *Map) limit(p *pen, record string, k Keep) {
	settings := of()
	if k.Setting != "" {
		settings = of(k.Setting)
	}
	until := map[Until]string{
		Leave: "until the person takes it back or is erased", Erased: "until the person is erased", WithYes: "until the yes ends that it was told under", WithEvent: "until what it was made from is gone",
		Replaced: "until the next one is made", Done: "until the work is done", Revoked: "until the business removes it", Stays: "for good", WithTerm: "with what it is about",
	}[k.Until]
	id, what := record, record
	if k.What != "" {
		id, what = record+"."+k.What, record+", "+k.What
	}
	switch k.Until {
	case Term:
		until = span(k.For)
	case Closed:
		until = span(k.For) + " after it was closed"
	}
	p.put(id, settings, what+": "+until+".")
}

// intake is how data come in.
func (m *Map) intake(p *pen) {
	c := &m.cfg.Ingest
	p.head("intake", "How data come in")
	p.put("sources", of("engine.ingest.sources"), "First-party sources that events may name: "+strings.Join(c.Sources, ", ")+".")
	p.put("max_age", of("engine.ingest.max_age"), "Events older than "+span(c.MaxAge)+" are refused.")
	currency := "Prices of every currency are kept."
	if c.Currency != "" {
		currency = "Prices are kept in " + c.Currency + " only."
	}
	p.put("currency", of("engine.ingest.currency"), currency)
	methods := "none"
	if len(m.cfg.Consent.Methods) > 0 {
		methods = strings.Join(m.cfg.Consent.Methods, ", ")
	}
	p.put("methods", of("engine.consent.methods"), "Ways to answer that the business added: "+methods+".")
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Consent.Categories)) {
		c := m.cfg.Consent.Categories[name]
		at := "engine.consent.categories." + name
		p.put("banner."+name, of(at+".purposes", at+".version", at+".text", at+".language", at+".level"),
			fmt.Sprintf("Banner category %s stands for %s; text version %q, language %q, SHA-256 %s; a yes chooses level %q.", name, purposes(c.Purposes), c.Version, c.Language, consent.HashText(c.Text)[:16], c.Level))
	}
}

func purposes(list []tactful.Purpose) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}

// regimes is what is asked for before personalization, place by place.
func (m *Map) regimes(p *pen) {
	c := &m.cfg.Consent
	p.head("regimes", "What is asked for before personalization")
	fallback := "as `tactful law` has it for each region; opt-in where it has no row"
	switch c.DefaultRegime {
	case consent.OptIn:
		fallback = "opt-in everywhere"
	case consent.OptOut:
		fallback = "as `tactful law` has it for each region; opt-out where it has no row"
	}
	p.put("default", of("engine.consent.default_regime"), "Unless a region is listed: "+fallback+".")
	for _, region := range slices.Sorted(maps.Keys(c.Regimes)) {
		p.put(region, of("engine.consent.regimes."+region), region+": "+string(c.Regimes[region])+".")
	}
	for _, region := range slices.Sorted(maps.Keys(c.Looser)) {
		p.put("looser."+region, of("engine.consent.looser."+region), "Looser than the law's default for "+region+", because: "+c.Looser[region]+".")
	}
}

// Assessment is the draft of a data protection impact assessment (GDPR 35(7)),
// in English: what the configuration says is filled in, what only the business
// can judge is asked.
func (m *Map) Assessment() *Document {
	p := &pen{words: in(fallback), doc: &Document{Kind: "assessment", Title: "Data protection impact assessment: draft (GDPR Article 35)", Language: fallback, Reviewed: true}}
	p.head("description", "The processing (Article 35(7)(a))")
	p.put("who", of("engine.controller"), m.cfg.Controller+" chooses what its customers see from what they did with it, at the level that each of them chose.")
	p.put("map", nil, "Fields, purposes, terms and recipients: see the record of processing, made from the same configuration.")
	p.put("sources", of("engine.ingest.sources"), "Data come from the business's own places only: "+strings.Join(m.cfg.Ingest.Sources, ", ")+".")
	for _, r := range m.cfg.Parties.Recipients {
		p.put("recipient."+r.Name, of("engine.parties.recipients."+r.Name+".name"), "Recipient outside: "+r.Name+".")
	}
	p.head("necessity", "Necessity and proportionality (Article 35(7)(b))")
	p.put("consent", nil, "Nothing stored is used without a recorded yes to the purpose; a no leaves the service and its prices as they are.")
	p.put("generic", nil, "Every list can be had without profiling, the same for everyone.")
	p.put("declared", of(), "Only declared fields are kept; what is not declared is thrown away when it arrives.")
	p.put("ask.necessity", nil, "TO BE ANSWERED BY THE BUSINESS: why are lists for one person needed, and which less intrusive means were looked at?")
	m.risks(p)
	m.safeguards(p)
	p.head("advice", "Advice and views (Article 35(2), (9))")
	officer := m.cfg.Parties.Officer
	if officer == "" {
		officer = "none written down"
	}
	p.put("officer", of("engine.parties.officer"), "Data protection officer to be asked: "+officer+".")
	p.put("ask.views", nil, "TO BE ANSWERED BY THE BUSINESS: what did customers or their representatives say?")
	return p.doc
}

func (m *Map) risks(p *pen) {
	p.head("risks", "Risks to people (Article 35(7)(c))")
	for _, risk := range []struct{ id, text string }{
		{"reveal", "A list tells others in the room, or the person, something sensitive that nobody told: mitigated by the guards below; which of them are built, `tactful guards` lists."},
		{"leak", "Stored rows or keys get out: rows are sealed under one key a person, keys are kept apart."},
		{"chill", "People feel watched: reasons are coarse where few people share them, every reason can be switched off."},
		{"wrong", "Wrong or old data are used: they can be corrected, and stop counting after their age."},
	} {
		p.put(risk.id, nil, risk.text)
	}
	if len(m.cfg.Protection.Attributes) > 0 {
		names := make([]string, len(m.cfg.Protection.Attributes))
		settings := of()
		for i, a := range m.cfg.Protection.Attributes {
			names[i] = a.Name
			settings = append(settings, "engine.protection.attributes."+a.Name+".name")
		}
		p.put("special", settings, "The audit panel may hold special data (GDPR 9): "+strings.Join(names, ", ")+". It is told freely, kept apart and never used to serve.")
	}
	for _, region := range slices.Sorted(maps.Keys(m.cfg.Consent.Looser)) {
		p.put("looser."+region, of("engine.consent.looser."+region), "The business chose a looser regime for "+region+": "+m.cfg.Consent.Looser[region]+".")
	}
	p.put("ask.likelihood", nil, "TO BE ANSWERED BY THE BUSINESS: how likely and how grave is each of these here?")
}

func (m *Map) safeguards(p *pen) {
	p.head("measures", "Measures (Article 35(7)(d))")
	set := m.cfg.Guards
	for _, g := range guard.All(&set) {
		p.put("guard."+g.Name(), nil, "Guard "+g.Name()+": "+g.Promise())
	}
	p.put("support", of("engine.guards.support"), fmt.Sprintf("A reason fits at least %d people, or it is told more coarsely.", set.Support))
	p.put("pairs", of("engine.learn.support"), fmt.Sprintf("Two items stand together in the model only from %d people on.", m.cfg.Learn.Support))
	p.put("receipts", of("engine.receipts.keep"), "Each decision leaves a receipt that the person can read for "+span(m.cfg.Receipts.Keep)+".")
	for i, text := range measures {
		p.put(fmt.Sprint("security.", i+1), nil, text)
	}
}

// span is a length of time in English.
func span(d time.Duration) string { return in(fallback).span(d) }
