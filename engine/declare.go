package engine

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Declarable says which needs people may declare, which occasions they may
// skip, and what those mean in the catalogue. The zero value declares none;
// topics can be muted without it.
type Declarable struct {
	Needs     []Need     `yaml:"needs" doc:"what people may say they need; each filters on one attribute of items, and only who declares it is served by it"`
	Occasions []Occasion `yaml:"occasions" doc:"what people may ask to skip, such as mothers_day"`
}

// Need is one need with the attribute that tells whether an item serves it.
type Need struct {
	Name       string              `yaml:"name" doc:"in lower case, as in the API: diet, fragrance_free, size.shoes"`
	Attribute  string              `yaml:"attribute" doc:"the attribute of items that it filters on; an item may have several values with commas between"`
	Values     map[string][]string `yaml:"values" doc:"what a person may say, and the values of the attribute that then serve; none: any word, which serves itself"`
	Class      string              `yaml:"class" doc:"sensitive class of the items that serve it, such as health for adaptive products: who declares the need has asked for those items"`
	Categories []string            `yaml:"categories" doc:"topics where it matters: there an item without the attribute does not serve; none: on every item that has the attribute"`
}

// Occasion is one occasion with the items that are about it.
type Occasion struct {
	Name   string   `yaml:"name" doc:"in lower case, as in the API"`
	Topics []string `yaml:"topics" doc:"categories, paths (Gifts/Mugs) or labels (label:mothers_day) that are about it"`
}

var declaredWord = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)

// Validate returns all faults.
func (d *Declarable) Validate() (faults []error) {
	fault := func(field, detail, remedy string) {
		faults = append(faults, tactful.InvalidField("engine.preferences."+field, detail, remedy))
	}
	word := func(field, name string, first bool) {
		if !declaredWord.MatchString(name) || !first {
			fault(field, "is not a word of its own", "use lower-case letters, digits, dots, - and _; each name once")
		}
	}
	topics := func(field string, list []string) {
		probe := tactful.Preferences{Topics: map[string]tactful.TopicWish{}}
		for _, topic := range list {
			probe.Topics[topic] = tactful.WishMuted
		}
		if probe.Validate() != nil {
			fault(field, "name no topics", fmt.Sprintf("list at most %d categories, paths or %sNAME", tactful.MaxTopics, tactful.LabelPrefix))
		}
	}
	if len(d.Needs) > tactful.MaxNeeds {
		fault("needs", "are too many", fmt.Sprintf("declare at most %d", tactful.MaxNeeds))
	}
	for i, n := range d.Needs {
		at := fmt.Sprintf("needs[%d].", i)
		word(at+"name", n.Name, d.need(n.Name) == &d.Needs[i])
		if n.Attribute == "" {
			fault(at+"attribute", "is missing", "name the attribute of items that it filters on")
		}
		for _, value := range slices.Sorted(maps.Keys(n.Values)) {
			probe := tactful.Preferences{Needs: map[string]string{n.Name: value}}
			if len(n.Values[value]) == 0 || probe.Validate() != nil {
				fault(fmt.Sprintf("%svalues[%q]", at, value), "cannot be served", fmt.Sprintf("write a word of at most %d bytes and the values of the attribute that serve it", tactful.MaxWordBytes))
			}
		}
		topics(at+"categories", n.Categories)
	}
	if len(d.Occasions) > tactful.MaxOccasions {
		fault("occasions", "are too many", fmt.Sprintf("declare at most %d", tactful.MaxOccasions))
	}
	for i, o := range d.Occasions {
		at := fmt.Sprintf("occasions[%d].", i)
		word(at+"name", o.Name, d.occasion(o.Name) == &d.Occasions[i])
		if len(o.Topics) == 0 {
			fault(at+"topics", "are missing", "list the topics that are about it")
		}
		topics(at+"topics", o.Topics)
	}
	return faults
}

func (d *Declarable) need(name string) *Need {
	if at := slices.IndexFunc(d.Needs, func(n Need) bool { return n.Name == name }); at >= 0 {
		return &d.Needs[at]
	}
	return nil
}

func (d *Declarable) occasion(name string) *Occasion {
	if at := slices.IndexFunc(d.Occasions, func(o Occasion) bool { return o.Name == name }); at >= 0 {
		return &d.Occasions[at]
	}
	return nil
}

// admit reports what of somebody's preferences nobody here has declared: it
// would be a promise that nothing keeps.
func (d *Declarable) admit(p *tactful.Preferences) error {
	for _, name := range slices.Sorted(maps.Keys(p.Needs)) {
		n := d.need(name)
		if n == nil {
			return tactful.InvalidField("needs", "names a need that this shop does not declare", "send one that GET .../preferences lists, or declare it under engine.preferences.needs")
		}
		if _, known := n.Values[p.Needs[name]]; !known && len(n.Values) > 0 {
			return tactful.InvalidField("needs."+name, "has a value that this shop does not declare", "send one of the declared values")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Occasions)) {
		if d.occasion(name) == nil {
			return tactful.InvalidField("occasions", "names an occasion that this shop does not declare", "send one that GET .../preferences lists, or declare it under engine.preferences.occasions")
		}
	}
	return nil
}

// wishes lays a person's preferences over what the shop declares, for one
// decision. What is no longer declared acts no more. nil if nothing is left.
func (d *Declarable) wishes(p *tactful.Preferences, now time.Time, class func(string) decision.Classes) *decision.Wishes {
	if p == nil {
		return nil
	}
	w := &decision.Wishes{Topics: p.Topics, Discreet: p.Discreet}
	for name, days := range p.Occasions {
		if o := d.occasion(name); o != nil && days.Hold(now) {
			if w.Skipped == nil {
				w.Skipped = map[string]bool{}
			}
			for _, topic := range o.Topics {
				w.Skipped[topic] = true
			}
		}
	}
	for i := range d.Needs {
		n := &d.Needs[i]
		value, said := p.Needs[n.Name]
		if !said {
			continue
		}
		serve := []string{value}
		if len(n.Values) > 0 {
			serve = n.Values[value] // none if it is no longer declared: then nothing is known to serve
		}
		w.Needs = append(w.Needs, decision.Need{Attribute: n.Attribute, Serve: serve, Categories: n.Categories, Class: class(n.Class)})
	}
	if len(w.Topics) == 0 && len(w.Skipped) == 0 && len(w.Needs) == 0 && !w.Discreet {
		return nil
	}
	return w
}
