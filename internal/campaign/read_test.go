package campaign

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
)

// plain is a house in which baby things and pregnancy are sensitive.
var plain = &Rules{Zone: time.UTC, Sensitive: func(text string) string {
	if strings.Contains(strings.ToLower(text), "baby") || strings.Contains(strings.ToLower(text), "pregnan") {
		return "pregnancy"
	}
	return ""
}, Item: func(id string) string {
	if id == "test-strip" {
		return "health"
	}
	return ""
}}

// one is a file with a single campaign: the lines are put under it.
func one(lines string) []byte {
	return []byte("campaigns:\n  - id: c\n    kind: marketing\n    placements: [home]\n    creatives:\n      - {id: v, channel: site, language: en, title: Tools, body: For the garden.}\n" + lines)
}

func whole(t *testing.T) []Campaign {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "whole.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Read("whole.yaml", text, plain)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAWholeFileIsRead(t *testing.T) {
	all := whole(t)
	if len(all) != 3 {
		t.Fatalf("%d campaigns", len(all))
	}
	c := all[0]
	switch {
	case c.ID != "garden-spring" || c.Kind != decision.KindMarketing || c.Group != "seasons" || c.Priority != 10:
		t.Errorf("head: %+v", c)
	case c.Line != 2 || c.Creatives[0].Line != 20:
		t.Errorf("lines %d and %d", c.Line, c.Creatives[0].Line)
	case c.Schedule.Zone.String() != "Europe/London" || !c.Schedule.Days[time.Monday] || c.Schedule.Days[time.Tuesday] || c.Schedule.From != 9*60 || c.Schedule.Until != 20*60:
		t.Errorf("schedule: %+v", c.Schedule)
	case c.Budget != Budget{Count: 20000, Per: "month"}:
		t.Errorf("budget: %+v", c.Budget)
	case len(c.Caps) != 2 || c.Caps[0] != decision.Cap{Scope: decision.ScopeCreative, Count: 1, Period: 7 * 24 * time.Hour} || c.Caps[1] != decision.Cap{Scope: decision.ScopeAll, Count: 2, Calendar: "week", Sent: true}:
		t.Errorf("caps: %+v", c.Caps)
	case len(c.Creatives) != 2 || c.Creatives[1].Channel != decision.ChannelMail || !strings.Contains(c.Creatives[1].Body, "{{first_name}}"):
		t.Errorf("creatives: %+v", c.Creatives)
	}
	if f := c.Audience; len(f.Any) != 2 || f.Any[0].Deed.Did != Bought || f.Any[0].Deed.Category != "Garden" || f.Any[0].Deed.Within != 365*24*time.Hour || f.Any[1].Prefers != "Garden" {
		t.Errorf("audience: %+v", f)
	}
	if !c.On("home", decision.ChannelSite) || c.On("home", decision.ChannelPush) || c.On("elsewhere", decision.ChannelSite) {
		t.Error("where it has something")
	}
}

func TestWhatMayNotBeIsRefusedWithItsLine(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"an audience of a protected attribute", string(one("    audience: {gender: female}\n")), `f.yaml:7: campaigns[0].audience: "gender" is a protected attribute`},
		{"one that is deeper", string(one("    audience:\n      all:\n        - bought: {category: Garden}\n        - not: {ageGroup: old}\n")), `f.yaml:10: campaigns[0].audience.all[1].not: "ageGroup" is a protected attribute`},
		{"one in another language", string(one("    audience: {religión: x}\n")), "protected attribute"},
		{"an audience of a sensitive category", string(one("    audience:\n      looked_at: {category: Baby/Prams, within: 30d}\n")), "f.yaml:8: campaigns[0].audience.looked_at.category: is of the class pregnancy"},
		{"an audience of a sensitive item", string(one("    audience: {bought: {item: test-strip}}\n")), "f.yaml:7: campaigns[0].audience.bought.item: is of the class health"},
		{"a wish for something sensitive", string(one("    audience: {prefers: \"label:pregnancy\"}\n")), "is of the class pregnancy"},
		{"a price of one's own", string(one("    audience: {eligibility: gold}\n")), "asks for eligibility that would differ from person to person"},
		{"a creative with a price", "campaigns:\n  - id: c\n    kind: marketing\n    placements: [home]\n    creatives:\n      - {id: v, channel: site, language: en, title: T, body: B, price: 3}\n", "f.yaml:6: campaigns[0].creatives[0]: \"price\" asks for prices"},
		{"a key that is not known", string(one("    bypass: true\n")), `f.yaml:7: campaigns[0]: "bypass" is not a key here`},
		{"a key that is there twice", string(one("    kind: service\n")), "f.yaml:7: campaigns[0].kind: is there twice"},
		{"an alias", "campaigns: &a\n  - *a\n", "anchor"},
		{"two documents", "campaigns: []\n---\ncampaigns: []\n", "more than one document"},
		{"nothing", "", "are missing"},
		{"no YAML", "campaigns: [", "cannot be read"},
		{"no kind", strings.Replace(string(one("")), "    kind: marketing\n", "", 1), "campaigns[0].kind: is missing"},
		{"an unknown kind", strings.Replace(string(one("")), "kind: marketing", "kind: urgent", 1), "is no kind"},
		{"an unknown channel", strings.Replace(string(one("")), "channel: site", "channel: fax", 1), "is no channel"},
		{"a broken merge field", strings.Replace(string(one("")), "title: Tools", `title: "Hello {{ First Name"`, 1), "f.yaml:6: campaigns[0].creatives[0].title: has a field that cannot be filled"},
		{"signs that nobody sees", strings.Replace(string(one("")), "body: For the garden.", `body: "For\u200b the garden."`, 1), "signs that nobody can see"},
		{"an address that is none", strings.Replace(string(one("")), "title: Tools", `url: "javascript:x", title: Tools`, 1), "is no address"},
		{"an address that leaves the shop unseen", strings.Replace(string(one("")), "title: Tools", `url: "//evil.example/", title: Tools`, 1), "is no address"},
		{"two parts of a filter side by side", string(one("    audience: {region: [DE], language: [de]}\n")), "more than one part"},
		{"what is denied twice", string(one("    audience:\n      not:\n        not: {looked_at: {category: Garden}}\n")), "f.yaml:9: campaigns[0].audience.not: has a not inside a not"},
		{"an end before the start", string(one("    schedule: {start: 2026-05-01, end: 2026-04-01}\n")), "is not after the start"},
		{"a zone that is none", string(one("    schedule: {zone: Europe/Nowhere}\n")), "is no time zone"},
		{"a zone that is a file", string(one("    schedule: {zone: ../../etc/passwd}\n")), "is no time zone"},
		{"a budget without a bound", string(one("    budget: {per: day}\n")), "bounds nothing"},
		{"money without a cost", string(one("    budget: {money: 100}\n")), "without the cost"},
		{"a cap that caps nothing", string(one("    caps: [{scope: all}]\n")), "caps nothing"},
		{"a cap of two periods", string(one("    caps: [{scope: all, count: 1, period: 1d, calendar: day}]\n")), "a period and a calendar"},
		{"retargeting of nobody in particular", strings.Replace(string(one("")), "kind: marketing", "kind: retargeting", 1), "retargeting"},
		{"a house creative for some", string(one("    audience: {bought: {category: Garden}}\n")) + "", ""},
		{"a service that sells", strings.Replace(string(one("")), "kind: marketing", "kind: service\n    about: order", 1) + "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Read("f.yaml", []byte(test.text), plain)
			if test.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && tactful.KindOf(err) != tactful.Invalid {
				t.Errorf("kind %v", tactful.KindOf(err))
			}
		})
	}
}

func TestEveryFaultComesAtOnce(t *testing.T) {
	_, err := Read("f.yaml", one("    priority: high\n    audience: {age: 3}\n    budget: {}\n"), plain)
	for _, want := range []string{"f.yaml:7: ", "f.yaml:8: ", "f.yaml:9: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in %v", want, err)
		}
	}
}

func TestNothingIsReadWithoutKnowingWhatIsSensitive(t *testing.T) {
	if _, err := Read("f.yaml", one(""), &Rules{}); err == nil {
		t.Error("it was read")
	}
	if _, err := ReadOne([]byte("{}"), nil); err == nil {
		t.Error("it was read")
	}
}

func TestAServiceSaysOnlyWhatACustomerHasToKnow(t *testing.T) {
	for text, want := range map[string]string{
		"Your parcel is on its way.":                                 "",
		"Your order has left our house. It comes on Tuesday.":        "",
		"Please stop using the lamp: its cable can become hot.":      "",
		"Ihre Bestellung ist unterwegs.":                             "",
		"Votre colis arrive mardi.":                                  "",
		"Your parcel is on its way. See our offers!":                 "offers",
		"Your parcel comes soon. 20 % on everything.":                "20 %",
		"Delivered. You may also like these lamps.":                  "you may also like",
		"Ihre Bestellung ist da. Sichern Sie sich Ihren Gutschein.":  "gutschein",
		"Votre colis est là. Profitez de notre code promo.":          "code promo",
		"Su pedido ha llegado. Descubra nuestras ofertas.":           "descubra",
		"Delivered. Lamps from €19.":                                 "€19.",
		"طلبك في الطريق. شاهد عروض اليوم":                            "عروض",
		"Оffеr for you. Ѕаlе on boots":                               "offer",
		"D1scount of a quarter":                                      "discount",
		"Your s a l e starts":                                        "sale",
		"25 per cent less on boots":                                  "25 per cent",
		"Bооts cost half":                                            "cost half",
		"Winterstiefel neu im Sortiment, versandkostenfrei":          "neu im sortiment",
		"Offerta speciale, sconto del venti":                         "offerta",
		"Discover our autumn boots":                                  "discover",
		"Your parcel is ready for collection in store.":              "",
		"Delivered, and DON’T MISS the new range":                    "don't miss",
		"We moved: from May our opening hours are nine to five.":     "",
		"Your password was changed. If it was not you, write to us.": "",
	} {
		if got := Sells(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	service := strings.Replace(string(one("")), "kind: marketing", "kind: service\n    about: order", 1)
	if _, err := Read("f.yaml", []byte(service), plain); err != nil {
		t.Errorf("plain words are refused: %v", err)
	}
	for _, text := range []string{
		strings.Replace(service, "For the garden.", "Our offer of the week", 1),
		strings.Replace(service, "title: Tools", "item: x, title: Tools", 1),
		service + "    audience: {bought: {category: Garden}}\n",
		strings.Replace(service, "about: order", "about: news", 1),
		strings.Replace(service, "    about: order\n", "", 1),
	} {
		if _, err := Read("f.yaml", []byte(text), plain); err == nil || !strings.Contains(err.Error(), "service") {
			t.Errorf("a service that sells is read: %v", err)
		}
	}
}

func TestAHouseCreativeIsTheSameForEverybody(t *testing.T) {
	house := strings.Replace(string(one("")), "title: Tools", "house: true, title: Tools", 1)
	if _, err := Read("f.yaml", []byte(house), plain); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{house + "    audience: {bought: {category: Garden}}\n", strings.Replace(house, "channel: site", "channel: mail", 1)} {
		if _, err := Read("f.yaml", []byte(text), plain); err == nil || !strings.Contains(err.Error(), "house") {
			t.Errorf("read: %v", err)
		}
	}
}

type calm struct{}

func (calm) Read(text, _ string, _ *coercion.Facts) coercion.Finding {
	if strings.Contains(text, "Hurry") {
		return coercion.Finding{Ruling: coercion.Stop, Score: 1}
	}
	return coercion.Finding{Ruling: coercion.Pass}
}

func TestTheOrderIsFixed(t *testing.T) {
	c := func(id string, priority int) Campaign {
		return Campaign{ID: id, Priority: priority, Creatives: []Creative{{ID: "v", Title: "Hurry"}}}
	}
	s, err := NewSet([]Campaign{c("b", 1), c("z", 5), c("a", 1)}, calm{})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for i := range s.Len() {
		got += s.At(i).ID
		if p := s.Offers(i)[0].Pressed; !p.Read || !p.Blocked || p.Score != 1 {
			t.Errorf("pressing copy is %+v", p)
		}
	}
	if got != "zab" {
		t.Errorf("order %s", got)
	}
	if at, ok := s.Find("a"); !ok || at != 1 {
		t.Errorf("found at %d", at)
	}
	if _, err := NewSet([]Campaign{c("a", 1), c("a", 2)}, calm{}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("two of one id: %v", err)
	}
	if _, err := NewSet(nil, nil); err == nil {
		t.Error("a set was made without a reader")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(one("    audience: {all: [{bought: {category: Garden, within: 3d}}, {not: {region: [DE]}}]}\n    schedule: {days: [mon], hours: \"22:00-02:00\"}\n"))
	f.Add([]byte("campaigns:\n- &a {id: *a}\n"))
	f.Add([]byte("{\"campaigns\": [{\"id\": \"x\"}]}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Read("f", text, plain)
		if err != nil && len(all) > 0 {
			t.Fatal("something was read beside a fault")
		}
		for i := range all {
			c := &all[i]
			if !isWord(c.ID) || c.Kind == decision.KindUnknown || len(c.Creatives) == 0 || len(c.Placements) == 0 {
				t.Fatalf("read without what it needs: %+v", c)
			}
			for j := range c.Creatives {
				if v := &c.Creatives[j]; v.Channel == decision.ChannelNone || v.Title == "" || c.Kind == decision.KindService && Sells(v.Title+" "+v.Body) != "" {
					t.Fatalf("creative: %+v", v)
				}
			}
		}
		_, _ = ReadOne(text, plain)
	})
}
