package policy_test

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/policy"
)

func read(t testing.TB, text string) (*policy.Settings, error) {
	t.Helper()
	var s policy.Settings
	if err := yaml.Unmarshal([]byte(text), &s); err != nil {
		return nil, err
	}
	return &s, s.Validate()
}

const head = `changed: {by: Ada B., why: the season is over}
rules:
`

// TestEveryFaultNamesItsLineAndFieldAndTheWayOut reads rules as they stand in a
// file: the line is that of the file, also inside of a text over several lines.
func TestEveryFaultNamesItsLineAndFieldAndTheWayOut(t *testing.T) {
	for _, test := range []struct {
		name, rule string
		field      string
		detail     string
	}{
		{"a name that is not there", "  - {name: a, when: itm.price > 1, then: refuse, why: w}", "rules[0].when", "line 3: column 4: undeclared reference to 'itm.price'"},
		{"a name inside a longer text", "  - name: a\n    then: refuse\n    why: w\n    when: |\n      item.price > 100 &&\n      item.colour == 'red'", "rules[0].when", "line 8: column 1: undeclared reference to 'item.colour'"},
		{"a function that is not there", "  - {name: a, when: 'item.title.lowerAscii() == \"x\"', then: refuse, why: w}", "rules[0].when", "undeclared reference to 'item.title.lowerAscii'"},
		{"types that do not fit", "  - {name: a, when: item.title > 1, then: refuse, why: w}", "rules[0].when", "line 3: column 12: found no matching overload"},
		{"an expression that breaks off", "  - {name: a, when: 'item.price >', then: refuse, why: w}", "rules[0].when", "line 3: column"},
		{"what is neither true nor false", "  - {name: a, when: item.price + 1, then: refuse, why: w}", "rules[0].when", "line 3: column 1: is int, not true or false"},
		{"a list inside a list inside a list", "  - {name: a, when: 'request.items.all(a, item.attributes.all(b, item.categories.all(c, a == b + c)))', then: refuse, why: w}", "rules[0].when", "can cost too much"},
		{"a regular expression that is none", "  - {name: a, when: 'item.title.matches(\"(\")', then: refuse, why: w}", "rules[0].when", "line 3"},
		{"a word that would allow", "  - {name: a, when: 'true', then: allow, why: w}", "rules[0].then", "line 3: is neither refuse nor demote"},
		{"no word", "  - {name: a, when: 'true', why: w}", "rules[0].then", "line 3: is neither refuse nor demote"},
		{"no reason for people", "  - {name: a, when: 'true', then: refuse}", "rules[0].why", "line 3: is missing"},
		{"no name", "  - {when: 'true', then: refuse, why: w}", "rules[0].name", "line 3: is missing"},
		{"a name twice", "  - {name: a, when: 'true', then: refuse, why: w}\n  - {name: a, when: 'true', then: refuse, why: w}", "rules[1].name", "line 4: \"a\" is there twice"},
		{"no expression", "  - {name: a, then: refuse, why: w}", "rules[0].when", "line 3: is missing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := read(t, head+test.rule)
			if err == nil || !strings.Contains(err.Error(), test.field+": ") || !strings.Contains(err.Error(), test.detail) {
				t.Errorf("got %v,\nwant %s: %s", err, test.field, test.detail)
			}
		})
	}
}

func TestAKeyThatIsNoSettingOfARuleIsAFault(t *testing.T) {
	_, err := read(t, head+"  - {name: a, when: 'true', then: refuse, why: w, allow: true}")
	if err == nil || !strings.Contains(err.Error(), "line 3: field allow not found") {
		t.Errorf("got %v", err)
	}
}

func TestRulesWithoutWhoAndWhyAreNotTaken(t *testing.T) {
	const rule = "rules:\n  - {name: a, when: 'true', then: refuse, why: w}\n"
	for name, text := range map[string]string{
		"nobody":           rule,
		"no reason":        rule + "changed: {by: Ada B.}\n",
		"a short reason":   rule + "changed: {by: Ada B., why: because}\n",
		"two lines":        rule + "changed: {by: Ada B., why: \"the season\\nis over\"}\n",
		"a reason, nobody": rule + "changed: {why: the season is over}\n",
	} {
		if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), "changed.") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(t, rule+"changed: {by: Ada B., why: the season is over}\n"); err != nil {
		t.Error(err)
	}
	if _, err := read(t, "{}"); err != nil {
		t.Errorf("no rules need nobody: %v", err)
	}
}

func TestThereAreAtMostAHundredRules(t *testing.T) {
	text := head
	for i := range policy.MaxRules + 1 {
		text += "  - {name: r" + strings.Repeat("a", i%60) + strings.Repeat("b", i/60) + ", when: 'true', then: demote, why: w}\n"
	}
	if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), "rules: are 101") {
		t.Errorf("got %.200v", err)
	}
}

func FuzzRules(f *testing.F) {
	f.Add(head + "  - {name: a, when: item.price > 1, then: refuse, why: w}")
	f.Add(head + "  - name: a\n    when: |\n      item.categories.exists(c, c.startsWith('W'))\n    then: demote\n    why: w\n")
	f.Add("rules: [{when: ''}]")
	f.Add("rules: [[]]")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := read(t, text)
		if err != nil || s == nil {
			return
		}
		set, err := policy.New(s)
		if err != nil {
			t.Fatalf("taken, and then not: %v", err)
		}
		for i := range set.Len() {
			if then := set.Rule(i).Then; then != policy.Refuse && then != policy.Demote {
				t.Errorf("a rule that does %q", then)
			}
		}
	})
}

// TestANameThatIsNotThereSaysWhatToWriteInstead names the whole of it, where CEL
// names its first part.
func TestANameThatIsNotThereSaysWhatToWriteInstead(t *testing.T) {
	for when, want := range map[string]string{
		"item.price > 1 && item.groesse == 'L'": "item.attributes.groesse",
		"item.title.lowerAscii() == 'x'":        "matches('(?i)candle')",
		"lower(item.title) == 'x'":              "matches('(?i)candle')",
		"customer.age > 18":                     "known are item.id",
		"item.price > 'a'":                      "write CEL",
	} {
		s := policy.Settings{Rules: []policy.Rule{{Name: "a", When: when, Then: policy.Refuse, Why: "w"}}, Changed: policy.Change{By: "Ada B.", Why: "the season is over"}}
		var fault *tactful.Error
		if err := s.Validate(); !errors.As(err, &fault) || !strings.Contains(fault.Remedy, want) {
			t.Errorf("%s: %v, %+v", when, err, fault)
		}
	}
}
