package datamap

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/config"
)

// rich is a configuration in which everything that the documents speak of is set.
func rich(t *testing.T) *engine.Config {
	t.Helper()
	cfg, err := config.Parse([]byte(`
engine:
  controller: Mug Shop
  parties:
    address: 1 High Street
    contact: help@mugs.example
    officer: Ada, ada@mugs.example
    representative: Ben in Dublin
    authority: the data office of Berlin
    storage: DE
    recipients:
      - {name: Post House, role: processor, country: US, safeguard: standard clauses, why: They send our letters., purpose: messages_letter, records: [event, name]}
      - {name: Cash Desk, role: controller, country: DE, why: They take your money., purpose: offers, records: [receipt]}
  consent:
    default_regime: opt-in
    regimes: {US: opt-out, DE: opt-out}
    looser: {DE: Our lawyer said so in May.}
    methods: [kiosk]
    categories:
      marketing: {purposes: [offers], version: "3", text: "May we?", language: en, level: personal}
    purposes:
      - {name: offers, accepts: [{version: old, sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}]}
      - {name: wrapping, version: "1", text: {en: "May we wrap it for you?", de: "Sollen wir es einpacken?"}, gpc: ignores, expires: 240h}
  ingest:
    currency: EUR
    properties:
      colour: {purpose: recommendations, source: declared, retention: 480h, form: word, values: [red, blue], note: the colour you asked for}
      depth: {purpose: recommendations, source: observed, retention: 240h, form: number, note: how far you read}
  recommend:
    merchandising:
      - {placement: for_you, pin: [{item: A1, position: 2}], boost: [{category: Mugs, factor: 2}], bury: [{attribute: colour, value: grey}], slots: [{category: Tea, position: 3}]}
  location:
    branches: [{id: harbour, lat: 47.05, lng: 8.31, metres: 15000}]
  guards:
    purchased: {categories: {Tea: 240h}}
    policy:
      changed: {by: Ada B., why: the season is over}
      rules:
        - {name: no-knives, when: "'Knives' in item.categories", then: refuse, why: We sell knives in the shop only.}
    fair: {shares: [{attribute: seller, value: small, least: 0.2, most: 0.6}]}
  learn: {half_life: 4800h}
  protection:
    attributes: [{name: sex, values: [f, m], least: 200}]
    cues: {panel: true, least: 40, lists: [{class: pregnancy, items: [A1], categories: [Lotion], odds: 0.5}]}
`))
	if err != nil {
		t.Fatal(err)
	}
	return &cfg.Engine
}

// documents are all lines of all documents by document and id.
func documents(cfg *engine.Config) map[string]Line {
	m := Of(cfg)
	all := map[string]Line{}
	for _, d := range []*Document{
		m.Notice("en"), m.Notice("de"), m.Notice("ar"), m.HowItWorks("en"), m.HowItWorks("ar"), m.ArticleThirty(), m.Assessment(),
	} {
		for _, l := range d.Lines() {
			all[d.Kind+"/"+d.Language+"/"+l.ID] = l
		}
	}
	return all
}

// technical are settings that no document speaks of, with the reason.
var technical = map[string]string{
	"engine.campaigns.dir":                  "what the business would like to say; no data",
	"engine.campaigns.zone":                 "by whose clock campaigns run; no data",
	"engine.campaigns.choice":               "which of the creatives that may be shown; personal only with the purpose experiments, which every document names",
	"engine.campaigns.explore":              "the same",
	"engine.campaigns.holdout":              "to whom nothing is shown, of those who agreed to experiments; nothing is stored of it",
	"engine.campaigns.unsubscribe":          "the address that stands in mails",
	"engine.campaigns.deliver.queue":        "how many messages may wait",
	"engine.language":                       "the language of sentences where a request names none; no data",
	"engine.ingest.max_batch":               "a limit of the interface",
	"engine.ingest.max_event":               "a limit of the interface",
	"engine.ingest.max_body":                "a limit of the interface",
	"engine.ingest.max_depth":               "a limit of the interface",
	"engine.ingest.properties.depth.values": "only words have values",
	"engine.rights.check":                   "when the queue is looked at",
	"engine.rights.token.key_file":          "where a key lies on the machine",
	"engine.location.branches[0].lat":       "where a shop of the business stands",
	"engine.location.branches[0].lng":       "where a shop of the business stands",
	"engine.location.heat.on":               "whether a number about the crowd is given; what is kept of a person is the same",
	"engine.location.heat.k":                "how coarse a number about the crowd is",
	"engine.location.heat.settled":          "how coarse a number about the crowd is",
	"engine.reports.epsilon":                "how much noise numbers about crowds carry; no data of people",
	"engine.reports.delta":                  "how much noise numbers about crowds carry",
	"engine.reports.answers":                "how much noise numbers about crowds carry",
	"engine.reports.bestsellers.noised":     "in which order everybody sees popular items; no data of people",
	"engine.reports.bestsellers.days":       "in which order everybody sees popular items",
	"engine.reports.bestsellers.curated":    "in which order everybody sees popular items",
	"engine.reports.items":                  "how much noise numbers about crowds carry",
	"engine.experiments.alert":              "who hears that harm stopped an experiment; nothing of anybody",
	"engine.reports.lists.published":        "lists of items that are the same for everybody; no data of people",
	"engine.reports.lists.every":            "how seldom public lists change",
	"engine.reports.lists.days":             "which time public lists count",
	"engine.reports.lists.least":            "which items have a public list",
	"engine.reports.lists.length":           "how long public lists are",
	"engine.reports.lists.items":            "how much one person counts in public lists",
	"engine.reports.lists.deviation":        "how much noise public lists carry",
	"engine.reports.lists.margin":           "how little public lists change",
	"engine.experiments.look":               "when running tests are looked at",
	"engine.labels.fields":                  "which texts of an item are read; no data of people",
	"engine.learn.neighbours":               "how the sums are solved",
	"engine.learn.ridge":                    "how the sums are solved",
	"engine.learn.dropout":                  "how the sums are solved",
	"engine.learn.user_exponent":            "how the sums are solved",
	"engine.learn.rank":                     "how the sums are solved",
	"engine.learn.explore":                  "how the sums are solved",
	"engine.learn.changes":                  "when the sums are solved, beside learn.every",
	"engine.looks.answers_per_person":       "a limit of the interface",
	"engine.looks.answers_per_key":          "a limit of the interface",
	"engine.learn.check":                    "when the sums are solved",
	"engine.learn.newcomers.share":          "a brake on made-up people",
	"engine.learn.newcomers.least":          "a brake on made-up people",
	"engine.learn.newcomers.within":         "a brake on made-up people",
}

// TestAConfigDiffIsTheDocumentDiff changes every setting of the engine, one by
// one: the lines that change are exactly those that say they speak of it.
func TestAConfigDiffIsTheDocumentDiff(t *testing.T) {
	before := rich(t)
	old := documents(before)
	spots := walk(reflect.ValueOf(before).Elem(), "engine")
	named := 0
	for i, spot := range spots {
		after := rich(t)
		same := walk(reflect.ValueOf(after).Elem(), "engine")
		if len(same) != len(spots) {
			t.Fatalf("%s: %d spots, then %d", spot.key, len(spots), len(same))
		}
		same[i].change(t)
		// A changed name changes the key itself; its place in the walk stays.
		key := walk(reflect.ValueOf(after).Elem(), "engine")[i].key
		now := documents(after)
		if fault := compare(old, now, spot.key, key); fault != "" {
			t.Errorf("%s: %s", spot.key, fault)
		}
		if len(speaking(old, spot.key)) > 0 {
			named++
		} else if excuse(spot.key) == "" {
			t.Errorf("%s is named by no document: speak of it in internal/datamap, or say in the test why not", spot.key)
		}
	}
	t.Logf("%d settings changed, %d of them named", len(spots), named)
	if named < 100 {
		t.Errorf("only %d settings are named by documents: the test proves too little", named)
	}
}

// compare says how the lines that changed differ from the lines about the
// setting, whose key may have changed with it; "" if they are the same.
func compare(old, now map[string]Line, key, newKey string) string {
	gone, come := diff(old, now)
	if about := speaking(old, key); !slices.Equal(gone, about) {
		return fmt.Sprintf("the lines that changed are not those about it\n changed: %v\n about:   %v", gone, about)
	}
	if about := speaking(now, newKey); !slices.Equal(come, about) {
		return fmt.Sprintf("the lines that came are not those about it\n came:  %v\n about: %v", come, about)
	}
	return ""
}

func TestTheComparisonCatchesAPlantedLie(t *testing.T) {
	const key, id = "engine.receipts.keep", "notice/en/data.receipt.keep"
	plain, longer := rich(t), rich(t)
	longer.Receipts.Keep += 24 * time.Hour
	if fault := compare(documents(plain), documents(longer), key, key); fault != "" {
		t.Fatal(fault)
	}
	stale := documents(longer)
	stale[id] = documents(plain)[id] // a document that was not made anew
	silent := documents(longer)
	line := silent[id]
	line.Settings = nil // a line that does not say what it speaks of
	silent[id] = line
	chatty := documents(longer)
	line = chatty["notice/en/choice.first"]
	line.Text += " And more." // a line that changes without a reason
	chatty["notice/en/choice.first"] = line
	for name, planted := range map[string]map[string]Line{"stale": stale, "silent": silent, "chatty": chatty} {
		if compare(documents(plain), planted, key, key) == "" {
			t.Errorf("a %s document is not caught", name)
		}
	}
}

func excuse(key string) string {
	for prefix, reason := range technical {
		if strings.HasPrefix(key, prefix) {
			return reason
		}
	}
	return ""
}

// diff returns the ids of the lines that are gone or changed, and of those that
// came or changed, sorted.
func diff(old, now map[string]Line) (gone, come []string) {
	for id, l := range old {
		if l.Text != now[id].Text || !has(now, id) {
			gone = append(gone, id)
		}
	}
	for id, l := range now {
		if l.Text != old[id].Text || !has(old, id) {
			come = append(come, id)
		}
	}
	sort.Strings(gone)
	sort.Strings(come)
	return gone, come
}

func has(lines map[string]Line, id string) bool { _, ok := lines[id]; return ok }

func speaking(lines map[string]Line, key string) (ids []string) {
	for id, l := range lines {
		if slices.Contains(l.Settings, key) {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	return ids
}

// spot is one setting that can be changed.
type spot struct {
	key    string
	change func(*testing.T)
}

// walk finds every setting: leaves of structs by their yaml names, entries of
// maps by key, elements of lists of structs by name or place.
func walk(v reflect.Value, key string) []spot {
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return []spot{{key, func(*testing.T) { v.SetInt(v.Int() + int64(24*time.Hour)) }}}
	}
	switch v.Kind() {
	case reflect.Struct:
		var all []spot
		for i := range v.NumField() {
			field := v.Type().Field(i)
			name, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
			switch {
			case !field.IsExported() || name == "-":
			case strings.Contains(options, "inline"):
				all = append(all, walk(v.Field(i), key)...)
			default:
				all = append(all, walk(v.Field(i), key+"."+name)...)
			}
		}
		return all
	case reflect.Map:
		var all []spot
		keys := v.MapKeys()
		sort.Slice(keys, func(i, j int) bool { return keys[i].String() < keys[j].String() })
		for _, k := range keys {
			entry := reflect.New(v.Type().Elem()).Elem()
			entry.Set(v.MapIndex(k))
			for _, s := range walk(entry, key+"."+k.String()) {
				change := s.change
				all = append(all, spot{s.key, func(t *testing.T) { change(t); v.SetMapIndex(k, entry) }})
			}
		}
		return all
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Struct {
			return []spot{{key, func(*testing.T) { v.Set(reflect.Append(v, changed(v.Type().Elem()))) }}}
		}
		var all []spot
		for i := range v.Len() {
			at := fmt.Sprintf("%s[%d]", key, i)
			if name := v.Index(i).FieldByName("Name"); name.IsValid() {
				at = key + "." + name.String()
			}
			all = append(all, walk(v.Index(i), at)...)
		}
		return all
	case reflect.String:
		return []spot{{key, func(*testing.T) { v.SetString(other(v.String(), key)) }}}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return []spot{{key, func(*testing.T) { v.SetInt(v.Int() + 1) }}}
	case reflect.Uint32, reflect.Uint64:
		return []spot{{key, func(*testing.T) { v.SetUint(v.Uint() + 1) }}}
	case reflect.Float64:
		return []spot{{key, func(*testing.T) { v.SetFloat(v.Float() + 0.125) }}}
	case reflect.Bool:
		return []spot{{key, func(*testing.T) { v.SetBool(!v.Bool()) }}}
	}
	return []spot{{key + " (of an unknown kind)", func(t *testing.T) { t.Fatalf("%s: the walk does not know %v", key, v.Type()) }}}
}

func changed(typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	v.SetString("another")
	return v
}

// other is another value of a text, of the same closed set where there is one.
func other(text, key string) string {
	for _, set := range [][]string{
		{"opt-in", "opt-out"}, {"ignores", "refuses"}, {"declared", "observed"}, {"number", "flag"}, {"word", "number"}, {"processor", "joint"}, {"controller", "joint"},
		{"for_you", "similar"}, {"personal", "full"}, {"refuse", "demote"},
	} {
		if text == set[0] {
			return set[1]
		}
		if text == set[1] {
			return set[0]
		}
	}
	if text == "" && strings.HasSuffix(key, "representative") {
		return "somebody"
	}
	return text + "x"
}

func TestTheDocumentsOfTheDefaultsAreWhole(t *testing.T) {
	var cfg engine.Config
	cfg.Defaults()
	for _, configured := range []*engine.Config{&cfg, rich(t)} {
		m := Of(configured)
		for _, d := range []*Document{m.Notice("en"), m.Notice("fr-CA"), m.HowItWorks("es"), m.HowItWorks("tlh"), m.ArticleThirty(), m.Assessment()} {
			if d.Title == "" || d.Language == "" || len(d.Sections) < 5 {
				t.Errorf("%s is not whole: %q, %q, %d sections", d.Kind, d.Title, d.Language, len(d.Sections))
			}
			ids := map[string]bool{}
			for _, s := range d.Sections {
				if s.Title == "" || len(s.Lines) == 0 {
					t.Errorf("%s, %s: section %q %q has %d lines", d.Kind, d.Language, s.ID, s.Title, len(s.Lines))
				}
				for _, l := range s.Lines {
					if strings.TrimSpace(l.Text) == "" || ids[l.ID] || strings.Contains(l.Text, "{1}") {
						t.Errorf("%s, %s: line %s: %q", d.Kind, d.Language, l.ID, l.Text)
					}
					ids[l.ID] = true
				}
			}
			if text := d.Markdown(); !strings.HasPrefix(text, "# "+d.Title) || strings.Count(text, "\n- ") != len(d.Lines()) {
				t.Errorf("%s: the Markdown does not hold every line", d.Kind)
			}
			if text := d.Text(); strings.Contains(text, in(d.Language).say("unreviewed")) == d.Reviewed {
				t.Errorf("%s in %s does not say whether it was reviewed", d.Kind, d.Language)
			}
			if text := d.Text(); strings.Count(text, "\n  - ") != len(d.Lines()) {
				t.Errorf("%s: the text does not hold every line", d.Kind)
			}
		}
	}
}

func TestEveryRecordAboutPeopleIsInTheNotice(t *testing.T) {
	cfg := rich(t)
	m := Of(cfg)
	notice := documents(cfg)
	for _, r := range m.Records {
		if l, ok := notice["notice/en/data."+r.Name]; ok != (r.About == Person && r.Waits == "") {
			t.Errorf("%s (%s): %q", r.Name, r.About, l.Text)
		}
		if _, ok := notice["processing/en/data."+r.Name]; ok != (r.About != Nobody) {
			t.Errorf("%s (%s) in the record of processing: %v", r.Name, r.About, ok)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Ingest.Properties)) {
		if !has(notice, "notice/en/data.property."+name) {
			t.Errorf("property %s is not in the notice", name)
		}
	}
}
