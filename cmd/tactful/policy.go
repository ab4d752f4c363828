package main

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/policy"
)

type policyCommand struct {
	Check policyCheckCommand `cmd:"" help:"Check the rules of a configuration; list what a rule may name."`
	Test  policyTestCommand  `cmd:"" help:"Hold the rules to a file of cases."`
	Diff  policyDiffCommand  `cmd:"" help:"Say what other rules would have changed in the lists of the last hours."`
	Log   policyLogCommand   `cmd:"" help:"List who changed the rules, when and why."`
}

// Help adds an example to --help.
func (policyCommand) Help() string {
	return `Rules of your own are written in CEL in the configuration. They can refuse an item or move it down; no rule allows
what a guard has refused. A rule that cannot be worked out on an item has refused it.

  engine:
    guards:
      policy:
        changed: {by: Ada B., why: wine may not be sent to Norway}
        rules:
          - name: no-wine-abroad
            when: "'Wine' in item.categories && request.region == 'NO'"
            then: refuse
            why: We may not send wine there.`
}

type policyCheckCommand struct {
	Config    string `placeholder:"FILE" help:"Configuration file (YAML)."`
	Variables bool   `help:"List what a rule may name."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (policyCheckCommand) Help() string {
	return `All faults come at once, each with its line, its field and the way out. COST is the most that a rule can cost on one item, in
CEL's units; ASKED says how often it is worked out.

Examples:
  tactful policy check --config tactful.yaml
  tactful policy check --variables`
}

// ruleLine is one rule as it is printed.
type ruleLine struct {
	Name  string `json:"name"`
	Then  string `json:"then"`
	Asked string `json:"asked"`
	Cost  uint64 `json:"cost"`
	When  string `json:"when"`
	Why   string `json:"why"`
}

// Run checks.
func (c *policyCheckCommand) Run(a *app) error {
	if c.Variables {
		if c.JSON {
			return showJSON(a.out, policy.WithTypes())
		}
		rows := [][]string{{"VARIABLE", "TYPE", "MEANS"}}
		for _, v := range policy.WithTypes() {
			rows = append(rows, []string{v.Name, v.Type, v.Means})
		}
		return showTable(a.out, rows)
	}
	set, err := rulesOf(c.Config)
	if err != nil {
		return err
	}
	lines := []ruleLine{}
	rows := [][]string{{"RULE", "THEN", "ASKED", "COST", "WHY"}}
	for i := range set.Len() {
		r := set.Rule(i)
		cost, asked := set.Cost(i)
		lines = append(lines, ruleLine{r.Name, r.Then, asked, cost, r.When, r.Why})
		rows = append(rows, []string{r.Name, r.Then, asked, strconv.FormatUint(cost, 10), r.Why})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	if len(lines) == 0 {
		_, err := fmt.Fprintln(a.out, "There are no rules.")
		return err
	}
	return showTable(a.out, rows)
}

func rulesOf(path string) (*policy.Set, error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	return policy.New(&c.Engine.Guards.Policy)
}

type policyTestCommand struct {
	File   string `arg:"" type:"existingfile" help:"File of cases (YAML)."`
	Config string `placeholder:"FILE" help:"Configuration file (YAML) with the rules."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (policyTestCommand) Help() string {
	return `The exit code is 1 if a case is not met. A file of cases:

  # cases.yaml
  - name: wine stays out of Norway
    item: {id: w, title: Red wine, categories: [Food, Wine], price: 2000, classes: [alcohol]}
    request: {placement: for_you, region: "NO"}
    level: personal
    now: 2026-12-01T10:00:00Z
    expect: refuse          # allow, demote or refuse
    rule: no-wine-abroad    # the one that decides; may be left out

Example:
  tactful policy test cases.yaml --config tactful.yaml`
}

// Run tests.
func (c *policyTestCommand) Run(a *app) error {
	set, err := rulesOf(c.Config)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	cases, err := policy.ReadCases(text)
	if err != nil {
		return err
	}
	type line struct {
		Name   string `json:"name"`
		Expect string `json:"expect"`
		Says   string `json:"says"`
		Rule   string `json:"rule,omitempty"`
		Met    bool   `json:"met"`
	}
	var lines []line
	missed := 0
	now := time.Now()
	for i := range cases {
		said := set.Check(&cases[i], now)
		lines = append(lines, line{cases[i].Name, cases[i].Expect, said.Word, said.Rule, said.Met})
		if !said.Met {
			missed++
		}
	}
	if c.JSON {
		if err := showJSON(a.out, lines); err != nil {
			return err
		}
	} else {
		for _, l := range lines {
			if !l.Met {
				fmt.Fprintf(a.out, "missed: %s: the rules say %s%s, expected is %s\n", l.Name, l.Says, by(l.Rule), l.Expect)
			}
		}
		fmt.Fprintf(a.out, "%d cases, %d missed\n", len(cases), missed)
	}
	if missed > 0 {
		return errGoalMissed
	}
	return nil
}

func by(rule string) string {
	if rule == "" {
		return ""
	}
	return " (" + rule + ")"
}

type policyDiffCommand struct {
	casework
	Next  string `arg:"" type:"existingfile" help:"Configuration file (YAML) with the rules to try."`
	Hours int    `default:"24" help:"How far back, 1 to 168."`
	JSON  bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (policyDiffCommand) Help() string {
	return `A dry run over the receipts of the last hours: which suggestions the new rules would have refused or moved down, and what they
would let through again. Nothing is changed. A receipt does not hold the whole request; OPEN counts what a rule asks that it does not say.

Examples:
  tactful policy diff next.yaml --as "Ada B."
  TACTFUL_KEY=tk_… tactful policy diff next.yaml --hours 48 --url http://127.0.0.1:8080`
}

// wireRule is a rule as the API takes it.
type wireRule struct {
	Name string `json:"name"`
	When string `json:"when"`
	Then string `json:"then"`
	Why  string `json:"why"`
}

func wireRules(rules []policy.Rule) []wireRule {
	list := make([]wireRule, len(rules))
	for i, r := range rules {
		list[i] = wireRule{r.Name, r.When, r.Then, r.Why}
	}
	return list
}

// Run asks for the dry run.
func (c *policyDiffCommand) Run(a *app) error {
	next, err := config.Load(c.Next)
	if err != nil {
		return err
	}
	rules := wireRules(next.Engine.Guards.Policy.Rules)
	var d struct {
		Lists, Shown, Unlisted, ListsChanged, Refused, Demoted, Open, MayComeBack, RefusedUnnamed int
		Truncated                                                                                 bool
		Version, Next                                                                             string
		Rules                                                                                     []struct {
			Rule, Then                     string
			Refused, Demoted, Open, Failed int
			Items                          []string
		}
	}
	text, err := c.call(a, http.MethodPost, "/v1/policy/diff", map[string]any{"rules": rules, "hours": c.Hours}, &d)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	fmt.Fprintf(a.out, "%d lists of the last %d hours with %d suggestions. These rules (%s, in use is %s) would have changed %d lists.\n",
		d.Lists, c.Hours, d.Shown, d.Next, d.Version, d.ListsChanged)
	fmt.Fprintf(a.out, "Refused: %d. Moved down: %d. Not to be told from receipts: %d. Let through again: %d of those named", d.Refused, d.Demoted, d.Open, d.MayComeBack)
	fmt.Fprintf(a.out, " (%d are not named). No longer listed: %d.\n", d.RefusedUnnamed, d.Unlisted)
	if d.Truncated {
		fmt.Fprintln(a.out, "There were more lists than are looked at.")
	}
	if len(d.Rules) == 0 {
		return nil
	}
	rows := [][]string{{"RULE", "THEN", "REFUSED", "DEMOTED", "OPEN", "FAILED", "ITEMS"}}
	for _, r := range d.Rules {
		rows = append(rows, []string{r.Rule, r.Then, strconv.Itoa(r.Refused), strconv.Itoa(r.Demoted), strconv.Itoa(r.Open), strconv.Itoa(r.Failed), strings.Join(r.Items, ",")})
	}
	return showTable(a.out, rows)
}

type policyLogCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (policyLogCommand) Help() string {
	return `Each change of the rules, newest first, with who made it and why. A change gets into the log before anything is decided under it.

Examples:
  tactful policy log --as "Ada B."
  TACTFUL_KEY=tk_… tactful policy log --url http://127.0.0.1:8080`
}

// Run prints the log.
func (c *policyLogCommand) Run(a *app) error {
	var p struct {
		Version string
		Log     []struct {
			No                      int
			Time, By, Why, Version  string
			Added, Removed, Changed []string
		}
	}
	text, err := c.call(a, http.MethodGet, "/v1/policy", nil, &p)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"NO", "TIME", "BY", "WHY", "ADDED", "REMOVED", "CHANGED", "VERSION"}}
	for _, l := range p.Log {
		rows = append(rows, []string{strconv.Itoa(l.No), l.Time, l.By, l.Why, strings.Join(l.Added, ","), strings.Join(l.Removed, ","), strings.Join(l.Changed, ","), l.Version})
	}
	return showTable(a.out, rows)
}
