package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
)

// Settings are the rules, and who last changed them.
type Settings struct {
	Rules   []Rule `yaml:"rules" doc:"Rules of the business in CEL over one candidate and its case; each can refuse or demote, none can allow what a guard refused."`
	Changed Change `yaml:"changed" doc:"Who changed the rules last, and why. It is logged; without it changed rules decide nothing."`
}

// Rule is one rule. It holds for the candidates for which When is true.
type Rule struct {
	Name string `yaml:"name" doc:"A word of its own, as receipts and commands name the rule."`
	When string `yaml:"when" doc:"A CEL expression that is true or false; tactful policy check lists what it may name."`
	Then string `yaml:"then" doc:"refuse or demote."`
	Why  string `yaml:"why" doc:"One plain sentence. Your customers can read it."`

	line, whenLine int // in the file, 0 if it came from none
}

// Change says who changed the rules, and why.
type Change struct {
	By  string `yaml:"by" doc:"The name of whoever changed them."`
	Why string `yaml:"why" doc:"The reason, in 10 to 300 characters; another one at each change."`
}

// Words of Then.
const (
	Refuse = "refuse"
	Demote = "demote"
)

// Limits of the rules.
const (
	MaxRules     = 100
	maxWhenBytes = 4096
	maxWhyRunes  = 200
)

var ruleWord = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// UnmarshalYAML reads a rule and remembers its lines, so that a fault can name
// them. Unknown keys are faults here as everywhere in the configuration.
func (r *Rule) UnmarshalYAML(node *yaml.Node) error {
	type plain Rule // without this method
	var read plain
	if err := node.Decode(&read); err != nil {
		return err
	}
	*r = Rule(read)
	r.line = node.Line
	if node.Kind != yaml.MappingNode {
		return nil
	}
	var unknown yaml.TypeError
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		switch key.Value {
		case "name", "then", "why":
		case "when":
			r.whenLine = value.Line
			if value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
				r.whenLine++ // the text begins below its mark
			}
		default:
			unknown.Errors = append(unknown.Errors, fmt.Sprintf("line %d: field %s not found in type policy.Rule", key.Line, key.Value))
		}
	}
	if len(unknown.Errors) > 0 {
		return &unknown
	}
	return nil
}

// faults gathers what is wrong with the rules, by field and line.
type faults struct{ found []error }

func (f *faults) add(field string, line int, detail, remedy string) {
	if line > 0 {
		detail = fmt.Sprintf("line %d: %s", line, detail)
	}
	f.found = append(f.found, tactful.InvalidField(field, detail, remedy))
}

// shape checks everything but the expressions.
func (s *Settings) shape(f *faults) {
	if len(s.Rules) > MaxRules {
		f.add("rules", 0, fmt.Sprintf("are %d", len(s.Rules)), fmt.Sprintf("write at most %d; or joins what belongs together", MaxRules))
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		at := fmt.Sprintf("rules[%d].", i)
		if !ruleWord.MatchString(r.Name) {
			f.add(at+"name", r.line, "is missing or no word", "use lower-case letters, digits and -, beginning with a letter; at most 64")
		} else if slices.ContainsFunc(s.Rules[:i], func(other Rule) bool { return other.Name == r.Name }) {
			f.add(at+"name", r.line, fmt.Sprintf("%q is there twice", r.Name), "give each rule a name of its own")
		}
		if r.Then != Refuse && r.Then != Demote {
			f.add(at+"then", r.line, "is neither refuse nor demote", "a rule can only refuse or demote: no rule allows what a guard has refused")
		}
		if n := utf8.RuneCountInString(strings.TrimSpace(r.Why)); n == 0 || n > maxWhyRunes || !tactful.PlainLine(r.Why) {
			f.add(at+"why", r.line, "is missing, too long or no plain line of text", fmt.Sprintf("say in one sentence of at most %d characters why the rule is there", maxWhyRunes))
		}
		if strings.TrimSpace(r.When) == "" || len(r.When) > maxWhenBytes {
			f.add(at+"when", r.line, "is missing or too long", fmt.Sprintf("write an expression of at most %d bytes that is true or false", maxWhenBytes))
		}
	}
	if s.Changed != (Change{}) || len(s.Rules) > 0 {
		s.Changed.check(f)
	}
}

func (c *Change) check(f *faults) {
	if strings.TrimSpace(c.By) == "" || utf8.RuneCountInString(c.By) > tactful.MaxActorName || !tactful.PlainLine(c.By) {
		f.add("changed.by", 0, "is missing, too long or no plain line of text", "write the name of whoever changed the rules")
	}
	if n := utf8.RuneCountInString(strings.TrimSpace(c.Why)); n < tactful.MinReason || n > tactful.MaxReason || !tactful.PlainLine(c.Why) {
		f.add("changed.why", 0, "is missing, too short, too long or no plain line of text",
			fmt.Sprintf("say in %d to %d characters why the rules were changed", tactful.MinReason, tactful.MaxReason))
	}
}

// Validate names all faults, each with its field and its line.
func (s *Settings) Validate() error {
	_, err := New(s)
	return err
}

func (f *faults) err() error { return errors.Join(f.found...) }
