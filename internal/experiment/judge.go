package experiment

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
)

// Rules are what a document is judged with. What is missing refuses.
type Rules struct {
	Sensitive []string                      // names of sensitive classes
	Read      func(string) coercion.Finding // of copy
}

// Limits of a document.
const (
	maxVariants = 8
	maxContext  = 32
	maxRules    = 32
	maxWhen     = 8
	maxIn       = 64
	maxText     = 2000
	maxValue    = 8 << 10
	maxDepth    = 6
	minWindow   = time.Minute
	maxWindow   = 90 * 24 * time.Hour
	minPeople   = 100
	maxPeople   = 10_000_000
	maxDays     = 366
	maxWeight   = 1000
	maxStated   = 20 // characters that a hypothesis, a risk or a measure has at least
)

var (
	word    = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	flagKey = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]{0,62}$`)
	amount  = regexp.MustCompile(`(?i)(?:[€$£¥]\s*\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*\s*(?:€|\$|£|%|percent|prozent|eur|usd|gbp|euros?|dollars?|pounds?))`)
)

// faults gathers what is wrong, by field and line.
type faults struct {
	lines map[string]int
	found []error
}

func (f *faults) at(field, detail string) string {
	for path := field; path != ""; {
		if line := f.lines[path]; line > 0 {
			return fmt.Sprintf("line %d: %s", line, detail)
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			break
		}
		path = path[:cut]
	}
	return detail
}

func (f *faults) wrong(field, detail, remedy string) {
	f.found = append(f.found, tactful.InvalidField(field, f.at(field, detail), remedy))
}

// refuse is for what is understood, and not done.
func (f *faults) refuse(field, detail, remedy string) {
	f.found = append(f.found, &tactful.Error{Kind: tactful.Refused, Field: field, Detail: f.at(field, detail), Remedy: remedy})
}

// Judge names everything for which a document may not be registered.
func (d *Document) Judge(rules *Rules) error {
	f := &faults{}
	d.Flag.judge(f, "flag.", rules)
	d.Registration.judge(f, "experiment.", &d.Flag, rules)
	return errors.Join(f.found...)
}

// Judge names everything for which a flag may not be used.
func (f *Flag) Judge(rules *Rules) error {
	found := &faults{}
	f.judge(found, "flag.", rules)
	return errors.Join(found.found...)
}

func (f *Flag) judge(out *faults, at string, rules *Rules) {
	if !flagKey.MatchString(f.Key) {
		out.wrong(at+"key", "is missing or no key", "use letters, digits, dots, slashes, - and _, beginning with a letter; at most 63")
	}
	if len(f.Variants) < 2 || len(f.Variants) > maxVariants {
		out.wrong(at+"variants", fmt.Sprintf("are %d", len(f.Variants)), fmt.Sprintf("write 2 to %d, each a name and a value", maxVariants))
	}
	if _, there := f.Variants[f.Control]; !there {
		out.wrong(at+"control", "is none of the variants", "name the variant of everybody who is in no experiment")
	}
	if f.Layer != "" && !word.MatchString(f.Layer) {
		out.wrong(at+"layer", "is no word", "use lower-case letters, digits, - and _")
	}
	switch f.Type {
	case Boolean, String, Number, Object:
	default:
		out.wrong(at+"type", "is missing or unknown", "write boolean, string, number or object")
	}
	if found := moodName(f.Key); found != "" {
		refuseMood(out, at+"key", found)
	}
	if about := decision.OwnTerms(f.Key); about != "" {
		refuseTerms(out, at+"key", about)
	} else if about := decision.AsksForTerms(f.Key); about != "" && f.Type == Number {
		refuseTerms(out, at+"key", about)
	}
	amounts := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(f.Variants)) {
		value, place := f.Variants[name], at+"variants."+name
		if !word.MatchString(name) {
			out.wrong(place, "is no word", "use lower-case letters, digits, - and _")
		}
		if found := moodName(name); found != "" {
			refuseMood(out, place, found)
		}
		if about := decision.OwnTerms(name); about != "" {
			refuseTerms(out, place, about)
		}
		if typeOf(value) != f.Type && f.Type != "" {
			out.wrong(place, "is no "+string(f.Type), "give a value of the flag's type")
			continue
		}
		r := reading{out: out, place: place, rules: rules}
		r.value(value, 0)
		if len(r.texts) > 1 { // what stands in pieces is read as people read it
			r.read(strings.Join(r.texts, " "))
		}
		if r.size > maxValue {
			out.wrong(place, "is too large", fmt.Sprintf("give at most %d bytes", maxValue))
		}
		slices.Sort(r.amounts)
		amounts[strings.Join(r.amounts, " ")] = true
	}
	if len(amounts) > 1 {
		refuseTerms(out, at+"variants", decision.AboutPrices)
	}
	f.judgeContext(out, at, rules)
}

func (f *Flag) judgeContext(out *faults, at string, rules *Rules) {
	if len(f.Context) > maxContext || len(f.Rules) > maxRules {
		out.wrong(at+"rules", "are too many", fmt.Sprintf("declare at most %d attributes and %d rules", maxContext, maxRules))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(f.Context)) {
		place := at + "context." + name
		switch f.Context[name] {
		case Boolean, String, Number:
		default:
			out.wrong(place, "has no type", "write boolean, string or number")
		}
		if !flagKey.MatchString(name) || name == "targetingKey" {
			out.wrong(place, "is no name of an attribute", "use letters, digits, - and _; who somebody is, is none")
		}
		refuseTrait(out, place, name, rules)
		if found := named(folded(name), singleStems, singleWords); found != "" {
			out.refuse(place, fmt.Sprintf("picks single people, or draws lots about them (%q)", found), "flags see the request, not who asks; a test of variants is an experiment, with those who agreed")
		}
	}
	for i := range f.Rules {
		place := fmt.Sprintf("%srules[%d].", at, i)
		if _, there := f.Variants[f.Rules[i].Variant]; !there {
			out.wrong(place+"variant", "is none of the variants", "name one of the flag's variants")
		}
		if len(f.Rules[i].When) == 0 {
			out.wrong(place+"when", "is missing", "give a rule its conditions; without one everybody gets control")
		}
		f.judgeWhen(out, place+"when", f.Rules[i].When, rules)
	}
}

func (f *Flag) judgeWhen(out *faults, at string, when []Condition, rules *Rules) {
	if len(when) > maxWhen {
		out.wrong(at, "are too many", fmt.Sprintf("write at most %d conditions", maxWhen))
	}
	for i := range when {
		c, place := &when[i], fmt.Sprintf("%s[%d].", at, i)
		refuseTrait(out, place+"name", c.Name, rules)
		declared, there := f.Context[c.Name]
		if !there {
			out.wrong(place+"name", "is not declared", "declare the attribute with its type under the flag's context; targeting sees nothing else")
			continue
		}
		compared, want := 0, declared
		if c.Is != nil {
			compared, want = compared+1, typeOf(c.Is)
		}
		if len(c.In) > 0 {
			compared, want = compared+1, String
		}
		if c.AtLeast != nil || c.Below != nil {
			compared, want = compared+1, Number
		}
		if want == Number && declared == Number && named(folded(c.Name), measuredStems, nil) == "" {
			out.refuse(place+"name", "is a number that nobody knows: it may be drawn by lot, which is a test of people who never agreed",
				"compare numbers of the page, the device or the basket (such as viewportWidth, appVersion, basketSize), or let an experiment assign variants")
		}
		if compared != 1 || want != declared || len(c.In) > maxIn {
			out.wrong(place+"is", "compares nothing, too much, or something of another type than "+string(declared), "write one of: is, in, or at_least and below")
		}
		texts := c.In
		if text, ok := c.Is.(string); ok {
			texts = append(slices.Clone(texts), text)
		}
		for _, text := range texts {
			refuseTrait(out, place+"is", text, rules)
		}
	}
}

func (r *Registration) judge(out *faults, at string, flag *Flag, rules *Rules) {
	if !word.MatchString(r.Name) {
		out.wrong(at+"name", "is missing or no word", "use lower-case letters, digits, - and _, beginning with a letter; at most 63")
	}
	if r.Flag != flag.Key {
		out.wrong(at+"flag", "is no flag of this file", "name the flag whose variants are compared")
	}
	if len(flag.Rules) > 0 {
		out.wrong(at+"flag", "has rules of its own", "take the rules out: while an experiment runs, everybody who is not in it gets control")
	}
	if found := moodName(r.Name); found != "" {
		refuseMood(out, at+"name", found)
	}
	if about := decision.OwnTerms(r.Name); about != "" {
		refuseTerms(out, at+"name", about)
	}
	stated := func(field, text string) {
		if n := utf8.RuneCountInString(strings.TrimSpace(text)); n < maxStated || n > maxText {
			out.wrong(at+field, "is missing, too short or too long", fmt.Sprintf("write it out in %d to %d characters", maxStated, maxText))
		}
	}
	stated("hypothesis", r.Hypothesis)
	if found := aboutMood(r.Hypothesis); found != "" {
		refuseMood(out, at+"hypothesis", found)
	}
	if about := decision.OwnTerms(r.Hypothesis); about != "" {
		refuseTerms(out, at+"hypothesis", about)
	}
	for _, language := range slices.Sorted(maps.Keys(r.Aim)) {
		place := at + "aim." + language
		if n := utf8.RuneCountInString(r.Aim[language]); n < maxStated || n > 300 || !tactful.PlainLine(r.Aim[language]) {
			out.wrong(place, "is too short, too long or no plain line of text", "say in one sentence what people are part of")
		}
		if found := aboutMood(r.Aim[language]); found != "" {
			refuseMood(out, place, found)
		}
	}
	if r.Aim["en"] == "" {
		out.wrong(at+"aim", "has no English sentence", "say under en what people are part of; they read it in their privacy centre")
	}
	if !(r.Population.Share > 0 && r.Population.Share <= 1) || r.Population.Width() < 1 {
		out.wrong(at+"population.share", "is out of range", "write a share of those who agreed, above 0 and at most 1")
	}
	flag.judgeWhen(out, at+"population.where", r.Population.Where, rules)
	r.judgeArms(out, at, flag)
	r.judgeMetrics(out, at)
	if r.Window < minWindow || r.Window > maxWindow {
		out.wrong(at+"window", "is missing or out of range", "say for how long after the first use counts: 1m to 2160h")
	}
	if r.Stop.People < minPeople || r.Stop.People > maxPeople {
		out.wrong(at+"stop.people", "is missing or out of range", fmt.Sprintf("write %d to %d; tactful experiment power says how many are needed", minPeople, maxPeople))
	}
	if r.Stop.Days < 1 || r.Stop.Days > maxDays {
		out.wrong(at+"stop.days", "is missing or out of range", fmt.Sprintf("write 1 to %d", maxDays))
	}
	if r.Consent != string(tactful.Experiments) {
		out.refuse(at+"consent", "rests on something else than people's yes to tests", "write experiments: nobody is in a test who has not said yes to that very purpose")
	}
	r.judgeReview(out, at, stated)
}

func (r *Registration) judgeArms(out *faults, at string, flag *Flag) {
	if len(r.Arms) < 2 || len(r.Arms) > maxVariants {
		out.wrong(at+"arms", fmt.Sprintf("are %d", len(r.Arms)), "name control and what it is compared with, each with its weight")
	}
	if _, there := r.Arms[flag.Control]; !there {
		out.wrong(at+"arms", "leave control out", "compare with the flag's control: without it harm cannot be seen")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Arms)) {
		if _, there := flag.Variants[name]; !there {
			out.wrong(at+"arms."+name, "is none of the flag's variants", "name one of them")
		}
		if r.Arms[name] < 1 || r.Arms[name] > maxWeight {
			out.wrong(at+"arms."+name, "has no weight", fmt.Sprintf("write a whole number from 1 to %d", maxWeight))
		}
	}
}

func (r *Registration) judgeMetrics(out *faults, at string) {
	if r.Metric == NoMetric || r.Metric >= Metrics {
		out.wrong(at+"metric", "is missing or none of the list", "write conversion, click, dismissal, creepy, complaint or opt_out: there is no other")
	}
	seen := map[Metric]bool{}
	for i, g := range r.Guardrails {
		place := fmt.Sprintf("%sguardrails[%d].", at, i)
		switch {
		case g.Metric == NoMetric || g.Metric >= Metrics || seen[g.Metric]:
			out.wrong(place+"metric", "is missing, twice, or none of the list", "write opt_out, complaint, creepy, dismissal, conversion or click, each once")
		case g.Metric.Harm() && !(g.Ratio >= 1 && g.Ratio <= 2):
			out.wrong(place+"ratio", "is out of range", "write 1 to 2: how much of control's rate is put up with")
		case !g.Metric.Harm() && !(g.Ratio >= .5 && g.Ratio <= 1):
			out.wrong(place+"ratio", "is out of range", "write .5 to 1: which share of control's rate is the floor")
		}
		seen[g.Metric] = true
	}
	if !seen[OptOut] || !seen[Creepy] && !seen[Complaint] {
		out.refuse(at+"guardrails", "do not watch for harm", "watch opt_out, and creepy or complaint: people who leave or complain must be able to stop it")
	}
}

func (r *Registration) judgeReview(out *faults, at string, stated func(field, text string)) {
	owner, approver := access.PersonID(r.Owner), access.PersonID(r.Review.Approver)
	if owner == "" || len(r.Owner) > tactful.MaxActorName || !tactful.PlainLine(r.Owner) {
		out.wrong(at+"owner", "is missing, too long or no plain line of text", "write the name of whoever registers it")
	}
	switch {
	case approver == "" || len(r.Review.Approver) > tactful.MaxActorName || !tactful.PlainLine(r.Review.Approver):
		out.refuse(at+"harm_review.approver", "is missing: nobody else has looked for harm", "name a colleague who looks at it and approves")
	case approver == owner || strings.Join(folded(r.Owner), " ") == strings.Join(folded(r.Review.Approver), " "):
		out.refuse(at+"harm_review.approver", "is who registers it: nobody approves their own experiment", "name somebody else")
	}
	stated("harm_review.risks", r.Review.Risks)
	stated("harm_review.measures", r.Review.Measures)
}

func refuseMood(out *faults, field, found string) {
	out.refuse(field, fmt.Sprintf("is about how people feel (%q): moods and emotions are never tested or measured", found), "say what people do instead, such as buy, leave or complain")
}

func refuseTerms(out *faults, field, about string) {
	out.refuse(field, "gives single people "+about+" of their own", "give everybody the same: prices, eligibility and credit are not tested on people")
}

func refuseTrait(out *faults, field, text string, rules *Rules) {
	if found := aboutTrait(text, rules.Sensitive); found != "" {
		out.refuse(field, fmt.Sprintf("picks people by a sensitive class or a protected trait (%q)", found), "target by what the page itself is: country, device, language, section")
	}
	if found := moodName(text); found != "" {
		refuseMood(out, field, found)
	}
}

// reading walks over one variant's value: copy is read for pressure, amounts are
// collected, since variants that differ in them are prices of somebody's own.
type reading struct {
	out     *faults
	place   string
	rules   *Rules
	size    int
	amounts []string
	texts   []string
}

func (r *reading) value(v any, depth int) {
	if depth > maxDepth {
		r.out.wrong(r.place, "is nested too deeply", fmt.Sprintf("nest at most %d deep", maxDepth))
		return
	}
	switch v := v.(type) {
	case string:
		r.text(v)
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			r.size += len(name)
			_, is := number(v[name])
			if about := decision.OwnTerms(name); about != "" {
				refuseTerms(r.out, r.place, about)
			} else if about := decision.AsksForTerms(name); about != "" && is {
				refuseTerms(r.out, r.place, about)
			}
			r.value(v[name], depth+1)
		}
	case []any:
		for _, one := range v {
			r.value(one, depth+1)
		}
	case bool, nil:
	default:
		if _, is := number(v); !is {
			r.out.wrong(r.place, "holds something that is no value of JSON", "use texts, numbers, true, false, lists and objects")
		}
		r.size += 8
	}
}

func (r *reading) text(text string) {
	r.size += len(text)
	if text == "" || r.size > maxValue {
		return
	}
	r.amounts = append(append(r.amounts, amount.FindAllString(strings.ToLower(text), -1)...), terms(text)...)
	r.texts = append(r.texts, text)
	r.read(text)
}

func (r *reading) read(text string) {
	if r.rules.Read == nil {
		r.out.refuse(r.place, "was read by nobody", "judge it with the reader of copy")
		return
	}
	switch f := r.rules.Read(text); f.Ruling {
	case coercion.Pass:
	case coercion.Stop:
		r.out.refuse(r.place, fmt.Sprintf("presses people or is eerie (%s: %s)", f.Category, strings.Join(f.Words, ", ")), "say it calmly. "+f.Calmer)
	case coercion.Ask, coercion.Unread:
		r.out.refuse(r.place, fmt.Sprintf("may press people (%s: %s)", f.Category, strings.Join(f.Words, ", ")), "say it so that nobody has to ask. "+f.Calmer)
	}
}
