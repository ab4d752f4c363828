package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/experiment"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/web/api/wire"
)

type experimentCommand struct {
	Check    experimentCheckCommand    `cmd:"" help:"Judge a file of flags and experiments; name all faults by line."`
	Register experimentRegisterCommand `cmd:"" help:"Register a file: what it says is locked by its hash."`
	Approve  experimentApproveCommand  `cmd:"" help:"Approve an experiment, as the colleague whom it names."`
	Start    experimentStartCommand    `cmd:"" help:"Start an experiment; not the one who approved it."`
	Stop     experimentStopCommand     `cmd:"" help:"Stop an experiment for good; everybody gets control at once."`
	List     experimentListCommand     `cmd:"" help:"List experiments and flags."`
	Results  experimentResultsCommand  `cmd:"" help:"Show what was counted, and what may be concluded."`
	Power    experimentPowerCommand    `cmd:"" help:"Say how many people a difference takes."`
}

// Help teaches.
func (experimentCommand) Help() string {
	return `A flag is a named value with variants. Pages and servers ask for it with any client of OpenFeature (OFREP, /ofrep/v1 on the same server).
Without an experiment everybody gets what the flag's rules say about the request itself, and nothing of a person is read.

An experiment gives variants to people who said yes to the purpose "experiments", and to nobody else: who did not say so, is a minor,
has paused, objected or locked their data gets control (reason DISABLED) and is not recorded. What is measured is a closed list
(conversion, click, dismissal, creepy, complaint, opt_out); moods and emotions are refused under any name, and so are sensitive
classes, protected traits, prices of single people, and copy that presses.

The way of an experiment, by two operators at least:
  tactful experiment check test.yaml                                             # as often as you like
  tactful experiment register test.yaml --why "..." --as "Ada B."                # locked by its hash
  tactful experiment approve calm-button --why "I looked for harm" --as "Ben C." # the colleague it names, never the owner
  tactful experiment start calm-button --why "..." --as "Ada B."                 # not who approved it
  tactful experiment results calm-button --as "Ada B."                           # look as often as you like
  tactful experiment stop calm-button --why "..." --as "Ben C."                  # anybody, alone

Guardrails are watched at each look (engine.experiments.look). When one is passed the experiment ends by itself and the log says so.

  flags:
    - key: checkout-button
      type: string                      # boolean, string, number or object
      variants: {control: Buy now, calm: Continue to payment}
      control: control                  # of everybody who is in no experiment
      context: {country: string}        # what rules and populations may look at
      layer: checkout                   # experiments of one layer share nobody
  experiments:
    - name: calm-button
      flag: checkout-button
      hypothesis: With a plain label at least as many people buy.
      population: {share: 0.5, where: [{name: country, in: [DE, AT]}]}
      arms: {control: 1, calm: 1}
      metric: conversion
      guardrails:                       # ratio: the most of control's rate; of conversion and click the least
        - {metric: opt_out, ratio: 1}
        - {metric: creepy, ratio: 1}
        - {metric: conversion, ratio: 0.9}
      window: 168h                      # after somebody's first use
      stop: {people: 4000, days: 28, early: true}
      harm_review:
        approver: Ben C.
        risks: Some people may not find the button again.
        measures: The old label comes back as soon as people leave.
      consent: experiments
      owner: Ada B.
      aim: {en: We try out another label on the payment button., de: Wir probieren eine andere Aufschrift aus.}`
}

type experimentCheckCommand struct {
	File   string `arg:"" type:"existingfile" help:"File with flags and experiments (YAML)."`
	Config string `placeholder:"FILE" help:"Configuration file (YAML), for its sensitive classes."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (experimentCheckCommand) Help() string {
	return `All faults come at once, each with its line, its field and the way out; the exit code is 1. LOCK is the hash that registering would lock.

Examples:
  tactful experiment check test.yaml
  tactful experiment check test.yaml --config tactful.yaml --json`
}

// Run checks.
func (c *experimentCheckCommand) Run(a *app) error {
	file, err := judgedFile(c.File, c.Config)
	if err != nil {
		return err
	}
	type line struct {
		Name string `json:"name"`
		Flag string `json:"flag"`
		Lock string `json:"lock"`
	}
	lines := []line{}
	for _, d := range file.Documents() {
		lock, err := d.Lock()
		if err != nil {
			return err
		}
		lines = append(lines, line{d.Registration.Name, d.Flag.Key, lock})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	fmt.Fprintf(a.out, "%d flags and %d experiments may be registered.\n", len(file.Flags), len(lines))
	rows := [][]string{{"EXPERIMENT", "FLAG", "LOCK"}}
	for _, l := range lines {
		rows = append(rows, []string{l.Name, l.Flag, l.Lock})
	}
	if len(lines) == 0 {
		return nil
	}
	return showTable(a.out, rows)
}

// judgedFile reads and judges a file as the engine of this configuration would.
func judgedFile(path, configuration string) (*experiment.File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	cfg, err := config.Load(configuration)
	if err != nil {
		return nil, err
	}
	labeller, err := label.New(&cfg.Engine.Labels)
	if err != nil {
		return nil, err
	}
	reader, err := coercion.Default()
	if err != nil {
		return nil, err
	}
	calmer := cfg.Engine.Language
	if !coercion.Knows(calmer) {
		calmer = ""
	}
	rules := experiment.Rules{Read: func(text string) coercion.Finding { return reader.Read(text, calmer, nil) }}
	for _, class := range labeller.Taxonomy().Classes() {
		if class.Kind == label.Sensitive {
			rules.Sensitive = append(rules.Sensitive, class.Name)
		}
	}
	file, err := experiment.Read(text)
	if err != nil {
		return nil, err
	}
	return file, file.Judge(&rules)
}

type experimentRegisterCommand struct {
	casework
	File string `arg:"" type:"existingfile" help:"File with flags and experiments (YAML)."`
	Why  string `placeholder:"TEXT" required:"" help:"The reason, in 10 to 300 characters."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (experimentRegisterCommand) Help() string {
	return `Whoever registers an experiment is its owner. A registered experiment cannot be changed: register a change under another name. Flags that
no experiment holds are put as the file says.

Examples:
  tactful experiment register test.yaml --why "we want to try a plainer label" --as "Ada B."
  TACTFUL_KEY=tk_… tactful experiment register test.yaml --why "we want to try a plainer label" --url http://127.0.0.1:8080`
}

// Run registers.
func (c *experimentRegisterCommand) Run(a *app) error {
	if _, err := judgedFile(c.File, c.Config); err != nil { // all faults at once
		return err
	}
	content, err := os.ReadFile(c.File)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	var done wire.ExperimentList
	text, err := c.call(a, http.MethodPost, "/v1/experiments", wire.ExperimentFile{File: string(content), Reason: c.Why}, &done)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	fmt.Fprintf(a.out, "%d flags are in use.\n", len(done.Flags))
	for _, e := range done.Experiments {
		fmt.Fprintf(a.out, "%s is locked as %s and waits for %s: tactful experiment approve %s\n", e.Name, e.Lock, e.Approver, e.Name)
	}
	return nil
}

// experimentMove is what approve, start and stop share.
type experimentMove struct {
	casework
	Name string `arg:"" help:"Name of the experiment."`
	Why  string `placeholder:"TEXT" required:"" help:"The reason, in 10 to 300 characters; it is kept with your name."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

func (c *experimentMove) move(a *app, step string) error {
	var e wire.Experiment
	text, err := c.call(a, http.MethodPost, "/v1/experiments/"+url.PathEscape(c.Name)+"/"+step, wire.ExperimentMove{Reason: c.Why}, &e)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	_, err = fmt.Fprintf(a.out, "%s is %s.\n", e.Name, e.State)
	return err
}

type experimentApproveCommand struct{ experimentMove }

// Help adds examples to --help.
func (experimentApproveCommand) Help() string {
	return `Only the approver whom the registration names can, with a key that the owner did not make.

Example:
  tactful experiment approve calm-button --why "I looked for harm and found none" --as "Ben C."`
}

// Run approves.
func (c *experimentApproveCommand) Run(a *app) error { return c.move(a, "approve") }

type experimentStartCommand struct{ experimentMove }

// Help adds examples to --help.
func (experimentStartCommand) Help() string {
	return `Who approved an experiment does not start it. It gets a run of people of its layer that no other running experiment has.

Example:
  tactful experiment start calm-button --why "the sale is over" --as "Ada B."`
}

// Run starts.
func (c *experimentStartCommand) Run(a *app) error { return c.move(a, "start") }

type experimentStopCommand struct{ experimentMove }

// Help adds examples to --help.
func (experimentStopCommand) Help() string {
	return `Any operator may, alone. From this moment everybody gets control; it does not start again.

Example:
  tactful experiment stop calm-button --why "customers called us about it" --as "Ben C."`
}

// Run stops.
func (c *experimentStopCommand) Run(a *app) error { return c.move(a, "stop") }

type experimentListCommand struct {
	casework
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (experimentListCommand) Help() string {
	return `Example:
  tactful experiment list --as "Ada B."`
}

// Run lists.
func (c *experimentListCommand) Run(a *app) error {
	var all wire.ExperimentList
	text, err := c.call(a, http.MethodGet, "/v1/experiments", nil, &all)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"EXPERIMENT", "FLAG", "STATE", "VERDICT", "LOOKS", "OWNER", "APPROVER"}}
	for _, e := range all.Experiments {
		rows = append(rows, []string{e.Name, e.Flag, string(e.State), string(e.Verdict), strconv.Itoa(int(e.Looks)), e.Owner, e.Approver})
	}
	if err := showTable(a.out, rows); err != nil {
		return err
	}
	rows = [][]string{{"\nFLAG", "TYPE", "VARIANTS", "CONTROL", "EXPERIMENT"}}
	for _, f := range all.Flags {
		rows = append(rows, []string{f.Key, string(f.Type), strings.Join(f.Variants, ","), f.Control, f.Experiment})
	}
	return showTable(a.out, rows)
}

type experimentResultsCommand struct {
	casework
	Name string `arg:"" help:"Name of the experiment."`
	HTML string `name:"html" type:"path" placeholder:"FILE" help:"Write the results as a page to read and to print."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (experimentResultsCommand) Help() string {
	return `LOW and HIGH bound the difference of each variant to control. They hold however often one looks and whenever one stops: with a chance of 2.5 in
100 they ever miss. ENDED are people whose window is over; only they count for the rate. "few" stands for numbers about fewer than 20
people, or that would tell of so few.

Verdicts: undecided; better; worse; harm (a guardrail was passed, the experiment ended by itself; exit code 1); mismatched (the arms do not
have the people that their weights ask for, so nothing is to be believed); no finding.

Examples:
  tactful experiment results calm-button --as "Ada B."
  tactful experiment results calm-button --as "Ada B." --html results.html`
}

// Run shows.
func (c *experimentResultsCommand) Run(a *app) error {
	var e wire.Experiment
	text, err := c.call(a, http.MethodGet, "/v1/experiments/"+url.PathEscape(c.Name), nil, &e)
	if err != nil {
		return err
	}
	switch {
	case c.HTML != "":
		page, err := resultsPage(&e)
		if err == nil {
			err = os.WriteFile(c.HTML, page, 0o600)
		}
		if err != nil {
			return fmt.Errorf("write the page: %w", err)
		}
		fmt.Fprintf(a.out, "%s is written.\n", c.HTML)
	case c.JSON:
		if _, err := a.out.Write(append(text, '\n')); err != nil {
			return err
		}
	default:
		if err := showResults(a, &e); err != nil {
			return err
		}
	}
	if e.Verdict == wire.ExperimentVerdictHarm {
		return errGoalMissed
	}
	return nil
}

func showResults(a *app, e *wire.Experiment) error {
	fmt.Fprintf(a.out, "%s: %s\n%s\nMetric: %s, within %s. Looks: %d.\n", e.Name, e.State, e.Hypothesis, e.Metric, e.Window, e.Looks)
	if e.Verdict != "" {
		fmt.Fprintf(a.out, "Verdict: %s %s %s\n%s\n", e.Verdict, e.VerdictVariant, e.VerdictMetric, e.Why)
	}
	rows := [][]string{append([]string{"VARIANT", "PEOPLE", "LEFT", "ENDED", "RATE", "LOW", "HIGH"}, countHeads()...)}
	for i := range e.Arms {
		rows = append(rows, armRow(e, i))
	}
	return showTable(a.out, rows)
}

// counted are the metrics in the order in which they are printed.
var counted = []experiment.Metric{experiment.Conversion, experiment.Click, experiment.Dismissal, experiment.Creepy, experiment.Complaint, experiment.OptOut}

func countHeads() (heads []string) {
	for _, m := range counted {
		heads = append(heads, strings.ToUpper(m.String()))
	}
	return heads
}

// armRow prints one arm; what is about few people is a word.
func armRow(e *wire.Experiment, i int) []string {
	arm := &e.Arms[i]
	if e.Looks == 0 {
		return []string{arm.Variant}
	}
	told := func(name, text string) string {
		if slices.Contains(arm.Few, name) {
			return "few"
		}
		return text
	}
	whole := func(name string, n int64) string { return told(name, strconv.FormatInt(n, 10)) }
	share := func(name string, x float64) string { return told(name, fmt.Sprintf("%.4f", x)) }
	row := []string{arm.Variant, whole("people", arm.People), whole("left", arm.Left), whole("ended", arm.Ended), rateOf(arm, share)}
	if i == 0 {
		row = append(row, "", "")
	} else {
		row = append(row, share("difference", arm.Low), share("difference", arm.High))
	}
	for _, m := range counted {
		row = append(row, whole(m.String(), arm.Counts[m.String()]))
	}
	return row
}

// rateOf is empty where nobody's window is over yet.
func rateOf(arm *wire.ExperimentArm, share func(string, float64) string) string {
	if arm.Ended == 0 && !slices.Contains(arm.Few, "ended") {
		return ""
	}
	return share("rate", arm.Rate)
}
