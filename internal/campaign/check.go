package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/wording"
)

func (r *reader) campaign(n *yaml.Node, at string) Campaign {
	c := Campaign{File: r.file, Line: n.Line}
	var kind, about *yaml.Node
	zone := r.rules.Zone
	r.nodes = 0
	r.object(n, at, keys{
		"id":         func(n *yaml.Node, at string) { c.ID = r.word(n, at) },
		"kind":       func(n *yaml.Node, at string) { kind = n },
		"about":      func(n *yaml.Node, at string) { about, c.About = n, r.word(n, at) },
		"group":      func(n *yaml.Node, at string) { c.Group = r.word(n, at) },
		"priority":   func(n *yaml.Node, at string) { c.Priority = int(r.number(n, at, -1000, 1000)) },
		"schedule":   func(n *yaml.Node, at string) { c.Schedule = r.schedule(n, at, zone) },
		"budget":     func(n *yaml.Node, at string) { c.Budget = r.budget(n, at) },
		"audience":   func(n *yaml.Node, at string) { f := r.filter(n, at, 0); c.Audience = &f },
		"placements": func(n *yaml.Node, at string) { c.Placements = r.words(n, at, MaxPlacements) },
		"caps": func(n *yaml.Node, at string) {
			r.list(n, at, maxCaps, func(n *yaml.Node, at string) { c.Caps = append(c.Caps, r.cap(n, at)) })
		},
		"creatives": func(n *yaml.Node, at string) {
			r.list(n, at, MaxCreatives, func(n *yaml.Node, at string) { c.Creatives = append(c.Creatives, r.creative(n, at)) })
		},
	}, "id", "kind", "placements", "creatives")
	if kind != nil {
		var known bool
		if c.Kind, known = decision.ParseCampaignKind(kind.Value); !known {
			r.fault(kind, join(at, "kind"), "is no kind", "write marketing, retargeting or service")
		}
	}
	switch service := c.Kind == decision.KindService; {
	case service && !slices.Contains(Subjects, c.About):
		if about == nil {
			about = n
		}
		r.fault(about, join(at, "about"), "says not what a customer has to know, and the campaign is a service", "write one of "+strings.Join(Subjects, ", ")+", or make it kind: marketing")
	case !service && about != nil:
		r.fault(about, join(at, "about"), "is for services", "leave it out, or make it kind: service")
	}
	if c.Schedule.Zone == nil {
		c.Schedule.Zone = zone
	}
	r.whole(n, at, &c)
	return c
}

// whole checks what parts of a campaign say together.
func (r *reader) whole(n *yaml.Node, at string, c *Campaign) {
	seen := map[string]bool{}
	for i := range c.Creatives {
		v := &c.Creatives[i]
		line := &yaml.Node{Line: v.Line}
		field := fmt.Sprintf("%s.creatives[%d]", at, i)
		if v.ID != "" && seen[v.ID] {
			r.fault(line, field+".id", "is there twice", "give each creative of a campaign an id of its own")
		}
		seen[v.ID] = true
		if c.Kind == decision.KindService {
			for _, part := range [...]struct{ name, text string }{{"title", v.Title}, {"body", v.Body}} {
				if sells := Sells(part.text); sells != "" {
					r.fault(line, field+"."+part.name, fmt.Sprintf("sells (%q), and the campaign is a service", sells), "say only what the customer has to know, or make it kind: marketing")
				}
			}
			if v.Item != "" || v.Category != "" {
				r.fault(line, field, "advertises an item or a category, and the campaign is a service", "leave item and category out, or make it kind: marketing")
			}
		}
		if v.House && c.Audience.Personal() {
			r.fault(line, field+".house", "is the same for everybody, and the audience is not", "leave house out, or the audience")
		}
		if v.House && v.Channel.Sent() {
			r.fault(line, field+".house", "is for people who are not known, to whom nothing can be sent", "use it on the channel site or ad")
		}
	}
	if c.Kind == decision.KindService && c.Audience.Personal() {
		r.fault(n, join(at, "audience"), "chooses by what people did, and the campaign is a service", "send service messages to whom they concern; choose by language or region at most")
	}
	if c.Kind == decision.KindRetargeting && !c.Audience.Personal() {
		r.fault(n, join(at, "audience"), "says nothing of what people looked at, and the campaign is retargeting", "add looked_at or in_basket, or make it kind: marketing")
	}
}

func (r *reader) words(n *yaml.Node, at string, most int) (all []string) {
	r.list(n, at, most, func(n *yaml.Node, at string) {
		if word := r.word(n, at); word != "" {
			if slices.Contains(all, word) {
				r.fault(n, at, "is there twice", "write each once")
			}
			all = append(all, word)
		}
	})
	return all
}

func (r *reader) creative(n *yaml.Node, at string) Creative {
	v := Creative{Line: n.Line}
	r.object(n, at, keys{
		"id": func(n *yaml.Node, at string) { v.ID = r.word(n, at) },
		"channel": func(n *yaml.Node, at string) {
			var known bool
			if v.Channel, known = decision.ParseChannel(n.Value); !known {
				r.fault(n, at, "is no channel", "write site, mail, push, sms, ad or letter")
			}
		},
		"language": func(n *yaml.Node, at string) { v.Language = r.tag(n, at) },
		"title": func(n *yaml.Node, at string) {
			if v.Title = r.text(n, at, 4*maxTitleRunes); utf8.RuneCountInString(v.Title) > maxTitleRunes {
				r.fault(n, at, "is too long", fmt.Sprintf("write at most %d characters", maxTitleRunes))
			}
			r.merged(n, at, v.Title)
		},
		"body": func(n *yaml.Node, at string) { v.Body = r.copyText(n, at, maxBodyBytes); r.merged(n, at, v.Body) },
		"url": func(n *yaml.Node, at string) {
			v.URL = r.text(n, at, 2048)
			if v.URL != "" && !strings.HasPrefix(v.URL, "https://") && (!strings.HasPrefix(v.URL, "/") || strings.HasPrefix(v.URL, "//")) || strings.ContainsAny(v.URL, "\\ ") || strings.Contains(v.URL, "{{") {
				r.fault(n, at, "is no address of a page", "write https://… or a path; addresses hold no merge fields")
			}
		},
		"item": func(n *yaml.Node, at string) { v.Item = r.text(n, at, 128) },
		"category": func(n *yaml.Node, at string) {
			v.Category = r.text(n, at, maxTopicBytes)
		},
		"house": func(n *yaml.Node, at string) { v.House = r.yes(n, at) },
	}, "id", "channel", "language", "title", "body")
	return v
}

// merged refuses fields that cannot be filled: they would be read raw.
func (r *reader) merged(n *yaml.Node, at, text string) {
	if wrong := wording.Check(text); len(wrong) > 0 {
		r.fault(n, at, fmt.Sprintf("has a field that cannot be filled (%q)", wrong[0]), "known are "+strings.Join(wording.Fields(), ", ")+", written as {{first_name}}")
	}
}

func (r *reader) tag(n *yaml.Node, at string) string {
	s := r.text(n, at, maxWordBytes)
	if _, err := language.Parse(s); s != "" && err != nil {
		r.fault(n, at, "is no language tag", "write en or pt-BR")
		return ""
	}
	return s
}

func (r *reader) schedule(n *yaml.Node, at string, house *time.Location) Schedule {
	s := Schedule{Zone: house}
	var start, end, days, hours *yaml.Node
	keep := func(to **yaml.Node) func(*yaml.Node, string) { return func(n *yaml.Node, _ string) { *to = n } }
	r.object(n, at, keys{
		"zone": func(n *yaml.Node, at string) {
			zone, err := time.LoadLocation(n.Value)
			if n.Kind != yaml.ScalarNode || err != nil || n.Value == "" || n.Value == "Local" || strings.ContainsAny(n.Value, ".\\") {
				r.fault(n, at, "is no time zone", "write an IANA name like Europe/Berlin")
				return
			}
			s.Zone = zone
		},
		"start": keep(&start), "end": keep(&end), "days": keep(&days), "hours": keep(&hours),
	})
	zone := s.zone()
	if start != nil {
		s.Start = r.moment(start, at+".start", zone)
	}
	if end != nil {
		if s.End = r.moment(end, at+".end", zone); len(end.Value) == len("2006-01-02") && !s.End.IsZero() {
			s.End = s.End.AddDate(0, 0, 1) // the last day is a day of the campaign
		}
	}
	if !s.Start.IsZero() && !s.End.IsZero() && !s.Start.Before(s.End) {
		r.fault(end, at+".end", "is not after the start", "end later")
	}
	if days != nil {
		r.list(days, at+".days", 7, func(n *yaml.Node, at string) {
			day := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, n.Value)
			if day < 0 {
				r.fault(n, at, "is no day", "write mon, tue, wed, thu, fri, sat or sun")
				return
			}
			s.Days[day] = true
		})
	}
	if hours != nil {
		from, until, ok := strings.Cut(hours.Value, "-")
		a, erra := time.Parse("15:04", from)
		b, errb := time.Parse("15:04", until)
		if hours.Kind != yaml.ScalarNode || !ok || erra != nil || errb != nil || a.Equal(b) {
			r.fault(hours, at+".hours", "is no stretch of the day", `write "09:00-18:00", or "22:00-02:00" over midnight`)
		} else {
			s.From, s.Until = a.Hour()*60+a.Minute(), b.Hour()*60+b.Minute()
		}
	}
	return s
}

func (r *reader) budget(n *yaml.Node, at string) Budget {
	b := Budget{Per: "campaign"}
	const most = 1 << 50
	r.object(n, at, keys{
		"count": func(n *yaml.Node, at string) { b.Count = r.number(n, at, 1, most) },
		"money": func(n *yaml.Node, at string) { b.Money = r.number(n, at, 1, most) },
		"cost":  func(n *yaml.Node, at string) { b.Cost = r.number(n, at, 1, most) },
		"per": func(n *yaml.Node, at string) {
			if b.Per = n.Value; !slices.Contains([]string{"day", "week", "month", "campaign"}, b.Per) {
				r.fault(n, at, "is no period", "write day, week, month or campaign")
			}
		},
	})
	switch {
	case b.Count == 0 && b.Money == 0:
		r.fault(n, at, "bounds nothing", "write count, or money and cost in hundredths")
	case (b.Money > 0) != (b.Cost > 0):
		r.fault(n, at, "has money without the cost of one showing, or the other way round", "write both, in hundredths")
	case b.Money > 0 && b.Money < b.Cost:
		r.fault(n, at, "is less than one showing costs", "raise money")
	}
	return b
}

func (r *reader) cap(n *yaml.Node, at string) decision.Cap {
	var c decision.Cap
	scopes := map[string]decision.Scope{"all": decision.ScopeAll, "channel": decision.ScopeChannel, "group": decision.ScopeGroup, "campaign": decision.ScopeCampaign,
		"category": decision.ScopeCategory, "creative": decision.ScopeCreative, "item": decision.ScopeItem}
	r.object(n, at, keys{
		"scope": func(n *yaml.Node, at string) {
			scope, known := scopes[n.Value]
			if c.Scope = scope; !known {
				r.fault(n, at, "is no scope", "write all, channel, group, campaign, category, creative or item")
			}
		},
		"count":  func(n *yaml.Node, at string) { c.Count = int(r.number(n, at, 1, 1000)) },
		"period": func(n *yaml.Node, at string) { c.Period = r.span(n, at) },
		"calendar": func(n *yaml.Node, at string) {
			if c.Calendar = n.Value; !slices.Contains([]string{"day", "week", "month"}, n.Value) {
				r.fault(n, at, "is no period of the calendar", "write day, week or month")
			}
		},
		"gap":  func(n *yaml.Node, at string) { c.Gap = r.span(n, at) },
		"sent": func(n *yaml.Node, at string) { c.Sent = r.yes(n, at) },
	}, "scope")
	switch periods := c.Period > 0 || c.Calendar != ""; {
	case c.Period > 0 && c.Calendar != "":
		r.fault(n, at, "has a period and a calendar", "write one of them")
	case (c.Count > 0) != periods:
		r.fault(n, at, "has a count without a period, or the other way round", "write count with period or calendar")
	case c.Count == 0 && c.Gap == 0:
		r.fault(n, at, "caps nothing", "write count with period or calendar, or gap")
	}
	return c
}

func (r *reader) filter(n *yaml.Node, at string, depth int) Filter {
	var f Filter
	if r.nodes++; depth > maxDepth || r.nodes > maxFilters {
		r.fault(n, at, "is too deep or too long", fmt.Sprintf("nest at most %d deep and write at most %d parts", maxDepth, maxFilters))
		return f
	}
	if n.Kind == yaml.MappingNode && len(n.Content) > 2 {
		r.fault(n, at, "has more than one part", "write all: [ … ] or any: [ … ] around them")
		return f
	}
	many := func(into *[]Filter) func(*yaml.Node, string) {
		return func(n *yaml.Node, at string) {
			r.list(n, at, maxFilters, func(n *yaml.Node, at string) { *into = append(*into, r.filter(n, at, depth+1)) })
		}
	}
	did := func(what Did) func(*yaml.Node, string) {
		return func(n *yaml.Node, at string) { d := r.deed(n, at); d.Did = what; f.Deed = &d }
	}
	r.object(n, at, keys{
		"all": many(&f.All), "any": many(&f.Any),
		"not": func(n *yaml.Node, at string) {
			g := r.filter(n, at, depth+1)
			if f.Not = &g; g.denies() { // what is denied twice would choose people and leave no trace of by what
				r.fault(n, at, "has a not inside a not", "say what is meant without them")
			}
		},
		Looked.String(): did(Looked), Basket.String(): did(Basket), Saved.String(): did(Saved), Bought.String(): did(Bought),
		"language": func(n *yaml.Node, at string) {
			r.list(n, at, 50, func(n *yaml.Node, at string) { f.Languages = append(f.Languages, r.tag(n, at)) })
		},
		"region": func(n *yaml.Node, at string) {
			r.list(n, at, 250, func(n *yaml.Node, at string) {
				if len(n.Value) != 2 || strings.ContainsFunc(n.Value, func(c rune) bool { return c < 'A' || c > 'Z' }) {
					r.fault(n, at, "is no region", "write ISO 3166 codes in quotes: \"DE\"")
				}
				f.Regions = append(f.Regions, n.Value)
			})
		},
		"prefers": func(n *yaml.Node, at string) { f.Prefers = r.topic(n, at) },
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fault(n, at, "is empty", "leave the audience out to mean everybody who agreed")
	}
	return f
}

func (r *reader) deed(n *yaml.Node, at string) Deed {
	var d Deed
	r.object(n, at, keys{
		"item": func(n *yaml.Node, at string) {
			if d.Item = r.text(n, at, 128); d.Item != "" && r.rules.Item != nil {
				r.harmless(n, at, r.rules.Item(d.Item))
			}
		},
		"category": func(n *yaml.Node, at string) { d.Category = r.topic(n, at) },
		"within":   func(n *yaml.Node, at string) { d.Within = r.span(n, at) },
	})
	if (d.Item == "") == (d.Category == "") {
		r.fault(n, at, "names neither an item nor a category, or both", "write one of them")
	}
	return d
}

// topic reads a category or label and refuses those of a sensitive class.
func (r *reader) topic(n *yaml.Node, at string) string {
	s := r.text(n, at, maxTopicBytes)
	if s != "" {
		r.harmless(n, at, r.rules.Sensitive(s))
	}
	return s
}

func (r *reader) harmless(n *yaml.Node, at, class string) {
	if class != "" {
		r.fault(n, at, fmt.Sprintf("is of the class %s", class), "no audience is chosen by what is sensitive or harmful, whatever people agreed to")
	}
}
