package datamap

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/ingest"
	"github.com/tactful/tactful/internal/records"
)

// About says who a record is about.
type About string

// Who records are about.
const (
	Person   About = "person"   // a customer
	Staff    About = "staff"    // somebody of the business
	Nobody   About = "nobody"   // numbers, items, keys: no person
	Business About = "business" // the business and its recipients
)

// Category is the kind of data a field holds.
type Category string

// Categories.
const (
	Identifier Category = "identifier" // tells people apart
	Behaviour  Category = "behaviour"  // what somebody did with us
	Declared   Category = "declared"   // what somebody told us
	Protected  Category = "protected"  // told for the audit panel; may be special data in the sense of GDPR 9
	Choice     Category = "choice"     // what somebody permitted or refused, and the proof
	Derived    Category = "derived"    // made from the other fields
	Account    Category = "account"    // who acted, when and why
	Technical  Category = "technical"  // says nothing about a person
)

// Origin says where a field comes from.
type Origin string

// Origins.
const (
	FromPerson   Origin = "person"   // the person said it
	FromUse      Origin = "use"      // the person did it with us
	FromEngine   Origin = "engine"   // made here from the other fields
	FromBusiness Origin = "business" // the business wrote it
)

// Until says what ends the keeping of a record that has no term of its own.
type Until string

// Ends of keeping.
const (
	Term      Until = "term"      // after Keep.For
	Closed    Until = "closed"    // Keep.For after it was closed
	Leave     Until = "leave"     // when the person takes it back or is erased
	Erased    Until = "erased"    // when the person is erased
	WithYes   Until = "yes"       // when the yes ends that it was told under, at the latest
	WithEvent Until = "event"     // within an hour of what it was made from
	Replaced  Until = "replaced"  // when the next one is made
	Done      Until = "done"      // when the work that it is for is done
	Revoked   Until = "revoked"   // when the business removes it
	Stays     Until = "stays"     // for good: it names nobody
	WithTerm  Until = "with_term" // with what it is about
)

// Keep is for how long a record, or a part of it, is kept.
type Keep struct {
	What    string        `json:"what,omitempty"` // part of the record: an action, "" for all of it
	For     time.Duration `json:"for,omitempty"`  // in nanoseconds; 0 unless Until is Term or Closed
	Until   Until         `json:"until"`
	Setting string        `json:"setting,omitempty"` // where the term is set
}

// Field is one stored value.
type Field struct {
	Name     string   `json:"name"`
	Means    string   `json:"means"` // in English
	Category Category `json:"category"`
	Origin   Origin   `json:"origin"`
	Purposes []string `json:"purposes"`
	Keep     []Keep   `json:"keep"`
	Settings []string `json:"settings,omitempty"` // that declare it

	label string // message key of its plain name
}

// Record is one kind of row, or of rows about one thing, in the stores.
type Record struct {
	Name       string   `json:"name"`
	Means      string   `json:"means"` // in English
	About      About    `json:"about"`
	Places     []string `json:"places"`
	Fields     []Field  `json:"fields"`
	Recipients []string `json:"recipients"`      // names; nobody unless listed in engine.parties.recipients
	Waits      string   `json:"waits,omitempty"` // what has to be built before anything is stored in it
}

// Map is the data map of one configuration. It is immutable.
type Map struct {
	Records []Record `json:"records"`

	cfg *engine.Config
}

// Purposes that need no yes, beside those of consent.
const (
	forChoices  = "choices"  // to keep to what people chose and to prove it
	forRights   = "rights"   // to answer what people ask for
	forSecurity = "security" // to keep the data safe and to tell who looked
	forService  = "service"  // to run the service itself; no personal data
)

// Of makes the map of a configuration with its defaults filled in.
func Of(cfg *engine.Config) *Map {
	m := &Map{cfg: cfg}
	for _, d := range registry() {
		r := Record{Name: d.name, Means: d.means, About: d.about, Places: d.places, Waits: d.waits}
		keep := []Keep{{Until: d.until}}
		if d.keep != nil {
			keep = d.keep(cfg)
		}
		for _, f := range d.fields {
			field := Field{Name: f.name, Means: english(f.label), Category: d.category, Origin: d.origin, Purposes: d.purposes, Keep: keep, label: f.label}
			if f.category != "" {
				field.Category = f.category
			}
			if f.origin != "" {
				field.Origin = f.origin
			}
			r.Fields = append(r.Fields, field)
		}
		if d.more != nil {
			r.Fields = append(r.Fields, d.more(cfg)...)
		}
		for _, recipient := range cfg.Parties.Recipients {
			if slices.Contains(recipient.Records, d.name) {
				r.Recipients = append(r.Recipients, recipient.Name)
			}
		}
		m.Records = append(m.Records, r)
	}
	return m
}

// Record returns the record of a name.
func (m *Map) Record(name string) (Record, bool) {
	i := slices.IndexFunc(m.Records, func(r Record) bool { return r.Name == name })
	if i < 0 {
		return Record{}, false
	}
	return m.Records[i], true
}

// Check names the faults of a configuration that only the map can see:
// recipients of records that do not exist or are about nobody.
func Check(cfg *engine.Config) error {
	m := Of(cfg)
	for i, recipient := range cfg.Parties.Recipients {
		for _, name := range recipient.Records {
			if r, ok := m.Record(name); !ok || r.About != Person {
				return tactful.InvalidField(fmt.Sprintf("engine.parties.recipients[%d].records", i), "names no record about people", "see `tactful datamap` for their names")
			}
		}
	}
	return nil
}

// keepEvents are the terms of events by action.
func keepEvents(cfg *engine.Config) []Keep {
	var keep []Keep
	for _, action := range slices.Sorted(maps.Keys(cfg.Ingest.Retention)) {
		keep = append(keep, Keep{What: action, For: cfg.Ingest.Retention[action], Until: Term, Setting: "engine.ingest.retention." + action})
	}
	return keep
}

func keepReceipts(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Receipts.Keep, Until: Term, Setting: "engine.receipts.keep"}}
}

// keepPlaces is the term of where somebody last was.
func keepPlaces(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Location.Keep, Until: Term, Setting: "engine.location.keep"}}
}

// keepExposures is the term of which variant somebody got.
func keepExposures(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Experiments.Keep, Until: Term, Setting: "engine.experiments.keep"}}
}

// keepCases is the term of a request that was answered.
func keepCases(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Rights.Keep, Until: Closed, Setting: "engine.rights.keep"}}
}

func keepLinks(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Rights.Links, Until: Term, Setting: "engine.rights.links"}}
}

// keepShowings is twice the time for which showings count: they lie in one row,
// which is written at the last of them.
func keepShowings(cfg *engine.Config) []Keep {
	return []Keep{{For: 2 * cfg.Guards.Frequency.Keep, Until: Term, Setting: "engine.guards.frequency.keep"}}
}

// keepMessages is twice the time for which one may wait and be asked for: they lie in
// one row too.
func keepMessages(cfg *engine.Config) []Keep {
	return []Keep{{For: 2 * (cfg.Campaigns.Deliver.Patience + records.MessageKept), Until: Term, Setting: "engine.campaigns.deliver.patience"}}
}

func keepLooks(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Looks.Keep, Until: Term, Setting: "engine.looks.keep"}}
}

func keepSuppressed(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Erasure.Suppress, Until: Term, Setting: "engine.erasure.suppress"}}
}

func keepErasures(cfg *engine.Config) []Keep {
	return []Keep{{For: cfg.Erasure.Receipts, Until: Term, Setting: "engine.erasure.receipts"}}
}

// properties are the declared properties of events.
func properties(cfg *engine.Config) []Field {
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(cfg.Ingest.Properties)) {
		p := cfg.Ingest.Properties[name]
		at := "engine.ingest.properties." + name
		field := Field{
			Name: "Properties." + name, Means: meaning(name, p), Category: Behaviour, Origin: FromUse, Purposes: []string{string(p.Purpose)},
			Keep:     []Keep{{For: p.Retention, Until: Term, Setting: at + ".retention"}},
			Settings: []string{at},
		}
		if p.Source == tactful.Declared.String() {
			field.Category, field.Origin = Declared, FromPerson
		}
		fields = append(fields, field)
	}
	return fields
}

func meaning(name string, p ingest.PropertyConfig) string {
	if p.Note != "" {
		return p.Note
	}
	return name
}

// attributes are what people may tell for the audit panel.
func attributes(cfg *engine.Config) []Field {
	var fields []Field
	for _, a := range cfg.Protection.Attributes {
		fields = append(fields, Field{
			Name: "Panel." + a.Name, Means: a.Name, Category: Protected, Origin: FromPerson, Purposes: []string{string(tactful.Protection)},
			Keep: []Keep{{Until: WithYes, Setting: "engine.consent.purposes." + string(tactful.Protection) + ".expires"}}, Settings: []string{"engine.protection.attributes." + a.Name},
		})
	}
	return fields
}
