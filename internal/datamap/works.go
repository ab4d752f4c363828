package datamap

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/guard"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/policy"
	"github.com/tactful/tactful/internal/recommend"
)

// HowItWorks is how lists are made: the main parameters, how much each counts
// and how to change them (Digital Services Act 27), in the language that fits best.
func (m *Map) HowItWorks(language string) *Document {
	w := in(language)
	p := w.begin("how")
	p.section("levels")
	for level := tactful.Generic; level <= tactful.Full; level++ {
		p.line(level.String(), nil, "level."+level.String())
	}
	p.section("lists")
	for place := tactful.ForYou; place <= tactful.Search; place++ {
		p.line(place.String(), nil, "list."+place.String())
	}
	m.branches(p)
	m.weights(p)
	m.ages(p)
	m.learned(p)
	m.guards(p)
	m.merchandise(p)
	p.section("change")
	for _, key := range []string{"level", "item", "back", "why", "generic"} {
		p.line(key, nil, "change."+key)
	}
	return p.doc
}

// weights says how much each action counts.
func (m *Map) weights(p *pen) {
	p.section("weights")
	p.line("sum", nil, "weights.sum")
	w := &m.cfg.Evidence.Weights
	for _, a := range []struct {
		action string
		weight float64
	}{
		{"purchased", w.Purchased}, {"page", w.Page}, {"added", w.Added}, {"saved", w.Saved}, {"clicked", w.Clicked}, {"viewed", w.Viewed},
		{"dismissed", w.Dismissed}, {"removed", w.Removed}, {"returned", w.Returned}, {"declined", w.Declined},
	} {
		strength := "none"
		switch {
		case a.weight < 0:
			strength = "against"
		case a.weight >= 0.8:
			strength = "lot"
		case a.weight >= 0.4:
			strength = "some"
		case a.weight > 0:
			strength = "little"
		}
		p.line(a.action, of("engine.evidence.weights."+a.action), "weights."+strength, p.words.say("action."+a.action), number(math.Abs(a.weight)))
	}
}

// ages says for how long things count.
func (m *Map) ages(p *pen) {
	p.section("ages")
	e := &m.cfg.Evidence
	p.line("half_life", of("engine.evidence.half_life"), "ages.half", p.words.span(e.HalfLife))
	stale := e.Stale
	for _, a := range []struct {
		action string
		span   time.Duration
	}{
		{"viewed", stale.Viewed}, {"added", stale.Added}, {"saved", stale.Saved}, {"clicked", stale.Clicked}, {"purchased", stale.Purchased}, {"dismissed", stale.Dismissed},
	} {
		p.line(a.action, of("engine.evidence.stale."+a.action), "ages.line", p.words.say("action."+a.action), p.words.span(a.span))
	}
	p.line("pieces", of("engine.evidence.max_pieces"), "ages.pieces", e.MaxPieces)
}

// learned says what is learned from all who agreed.
func (m *Map) learned(p *pen) {
	p.section("learned")
	l := &m.cfg.Learn
	p.line("what", nil, "learned.what")
	p.line("support", of("engine.learn.support"), "learned.support", l.Support)
	if l.HalfLife > 0 {
		p.line("half_life", of("engine.learn.half_life"), "learned.half", p.words.span(l.HalfLife))
	} else {
		p.line("half_life", of("engine.learn.half_life"), "learned.never_fades")
	}
	p.line("every", of("engine.learn.every"), "learned.every", p.words.span(l.Every))
	p.line("out", nil, "learned.out")
	for _, a := range m.cfg.Protection.Attributes {
		at := "engine.protection.attributes." + a.Name
		p.line("blind."+a.Name, of(at+".name", at+".least"), "learned.blind", a.Name, a.Least)
	}
	if len(m.cfg.Protection.Attributes) > 0 {
		set, at := &m.cfg.Protection.Measure, "engine.protection.measure."
		p.line("measured", of(at+"mean", at+"worst", at+"served", at+"epsilon"), "learned.measured", number(100*set.Mean), number(100*set.Worst), number(100*set.Served), number(set.Epsilon))
	}
}

// guards says what holds items back. A guard without a sentence in the
// catalogue speaks by its own English promise.
func (m *Map) guards(p *pen) {
	p.section("guards")
	set := m.cfg.Guards
	for _, g := range guard.All(&set) {
		if p.words.has("guard." + g.Name()) {
			p.line(g.Name(), nil, "guard."+g.Name())
		} else {
			p.put(g.Name(), nil, g.Promise())
		}
	}
	for i := range set.Policy.Rules {
		r := &set.Policy.Rules[i]
		key := "rule." + policy.Refuse
		if r.Then == policy.Demote {
			key = "rule." + policy.Demote
		}
		at := "engine.guards.policy.rules." + r.Name
		p.line("rule."+r.Name, of(at+".name", at+".then", at+".why"), key, r.Why)
	}
	m.classes(p)
	m.caps(p)
	p.line("support", of("engine.guards.support"), "guards.support", set.Support)
	bought := set.Purchased
	for _, rule := range []struct {
		name string
		span time.Duration
	}{{"repurchase", bought.Repurchase}, {"returned", bought.Returned}, {"dismissed", bought.Dismissed}, {"basket", bought.Basket}} {
		p.line(rule.name, of("engine.guards.purchased."+rule.name), "guards."+rule.name, p.words.span(rule.span))
	}
	for _, category := range slices.Sorted(maps.Keys(bought.Categories)) {
		p.line("category."+category, of("engine.guards.purchased.categories."+category), "guards.category", category, p.words.span(bought.Categories[category]))
	}
	if bought.Learn {
		p.line("learned_interval", of("engine.guards.purchased.learn"), "guards.interval_learned")
	} else {
		p.line("learned_interval", of("engine.guards.purchased.learn"), "guards.interval_fixed")
	}
	m.mixture(p)
}

// classes says what becomes of harmful things, and of which private matters people
// may ask to see more.
func (m *Map) classes(p *pen) {
	said := func(name string) string { return label.Say(name, p.doc.Language) }
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Guards.Harm)) {
		p.line("harm."+name, of("engine.guards.harm."+name), "harm."+string(m.cfg.Guards.Harm[name]), said(name))
	}
	for i := range m.cfg.Labels.Classes {
		own := &m.cfg.Labels.Classes[i]
		at := fmt.Sprintf("engine.labels.classes[%d]", i)
		if own.Kind != "" {
			p.line("class."+own.Name, of(at+".name", at+".kind"), "class."+own.Kind, own.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.cfg.Labels.Ordinary)) {
		p.line("ordinary."+name, of("engine.labels.ordinary."+name), "class.ordinary", said(name), m.cfg.Labels.Ordinary[name])
	}
	names := make([]string, len(m.cfg.Labels.Ask))
	for i, name := range m.cfg.Labels.Ask {
		names[i] = said(name)
	}
	if len(names) == 0 {
		p.line("asked", of("engine.labels.ask"), "class.none")
		return
	}
	p.line("asked", of("engine.labels.ask"), "class.asked", strings.Join(names, "; "))
}

// merchandise says what the shop itself puts forward.
func (m *Map) merchandise(p *pen) {
	p.section("shop")
	list := m.cfg.Recommend.Merchandising
	if len(list) == 0 {
		p.line("none", nil, "shop.none")
		return
	}
	p.line("labelled", nil, "shop.labelled")
	for i, one := range list {
		at := fmt.Sprintf("engine.recommend.merchandising[%d]", i)
		where := p.words.say("place." + one.Placement)
		placed := at + ".placement"
		for j, pin := range one.Pin {
			at := fmt.Sprintf("%s.pin[%d]", at, j)
			p.line(fmt.Sprintf("%d.pin.%d", i, j), of(placed, at+".item", at+".position"), "shop.pin", where, pin.Item, pin.Position)
		}
		for j, boost := range one.Boost {
			at := fmt.Sprintf("%s.boost[%d]", at, j)
			key := "shop.lift"
			if boost.Factor < 1 {
				key = "shop.lower"
			}
			p.line(fmt.Sprintf("%d.boost.%d", i, j), append(matched(at), placed, at+".factor"), key, where, matching(boost.Match), number(boost.Factor))
		}
		for j, bury := range one.Bury {
			at := fmt.Sprintf("%s.bury[%d]", at, j)
			p.line(fmt.Sprintf("%d.bury.%d", i, j), append(matched(at), placed), "shop.bury", where, matching(bury))
		}
		for j, slot := range one.Slots {
			at := fmt.Sprintf("%s.slots[%d]", at, j)
			p.line(fmt.Sprintf("%d.slots.%d", i, j), append(matched(at), placed, at+".position"), "shop.slot", where, matching(slot.Match), slot.Position)
		}
	}
}

func matched(at string) []string {
	return []string{at + ".item", at + ".category", at + ".attribute", at + ".value"}
}

// matching names what a rule of the shop matches, by all its parts.
func matching(m recommend.Match) string {
	text := m.Item + m.Category + m.Attribute
	if m.Value != "" {
		text += "=" + m.Value
	}
	return text
}

// branches says which of the shop's own places move what up, for whom.
func (m *Map) branches(p *pen) {
	for i, b := range m.cfg.Location.Branches {
		at := fmt.Sprintf("engine.location.branches[%d]", i)
		p.line("branch."+b.ID, of(at+".id", at+".metres", "engine.location.attribute"), "list.branch", b.ID, m.cfg.Location.Attribute, number(b.Metres/1000))
	}
}
