package main

import (
	"fmt"
	"strconv"

	"github.com/tactful/tactful"
)

type panelCommand struct {
	Set     panelSet     `cmd:"" help:"Record what a person told about themselves so that others are protected."`
	Remove  panelRemove  `cmd:"" help:"Take back what a person told."`
	Measure panelMeasure `cmd:"" help:"What lists do with the groups that the panel told."`
	List    panelList    `cmd:"" help:"Count who told what; counts below 20 are not told."`
}

// panelFlags name a person and an attribute.
type panelFlags struct {
	configFlags
	operatorFlags
	Person    string `arg:"" help:"The id by which the shop knows the person."`
	Attribute string `arg:"" help:"One of engine.protection.attributes."`
	Anonymous bool   `help:"The id is a browser's, not an account's."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

func (f *panelFlags) alias() tactful.Alias {
	if f.Anonymous {
		return tactful.Alias{Kind: tactful.Anonymous, ID: f.Person}
	}
	return tactful.Alias{Kind: tactful.UserID, ID: f.Person}
}

// done says what was done, and no more: what was told is not repeated.
func (f *panelFlags) done(a *app, word string) error {
	if f.JSON {
		return showJSON(a.out, map[string]string{"attribute": f.Attribute, "status": word})
	}
	_, err := fmt.Fprintf(a.out, "%s; the next fit takes it in: every column is solved again\n", word)
	return err
}

type panelSet struct {
	panelFlags
	Value string `arg:"" help:"One of the attribute's values."`
}

// Help adds an example to --help.
func (panelSet) Help() string {
	return `The person must have said yes to the purpose protection. The answer is kept sealed, apart from all that serves; it is used only while the
model is fitted, so that suggestions give the attribute away less. It ends with the yes.

Example:
  tactful panel set u-1042 gender f --as "Ada B." --reason "told us on the form of May"`
}

// Run records one answer.
func (c *panelSet) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	if err := eng.SetPanel(c.act(a).ctx, c.alias(), c.Attribute, c.Value); err != nil {
		return err
	}
	return c.done(a, "recorded")
}

type panelRemove struct{ panelFlags }

// Help adds an example to --help.
func (panelRemove) Help() string {
	return "Example:\n  tactful panel remove u-1042 gender --as \"Ada B.\" --reason \"she took it back by phone\""
}

// Run takes one answer back.
func (c *panelRemove) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	if err := eng.RemovePanel(c.act(a).ctx, c.alias(), c.Attribute); err != nil {
		return err
	}
	return c.done(a, "taken back")
}

type panelList struct {
	configFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (panelList) Help() string {
	return "Counts only people whose yes to protection stands now.\n\nExample:\n  tactful panel list --json"
}

// Run lists the counts.
func (c *panelList) Run(a *app) error {
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	counts, err := eng.Panels(a.ctx)
	if err != nil {
		return err
	}
	type line struct {
		Attribute string `json:"attribute"`
		Value     string `json:"value"`
		People    int    `json:"people,omitempty"` // left out below 20
	}
	lines := []line{}
	rows := [][]string{{"ATTRIBUTE", "VALUE", "PEOPLE"}}
	for _, p := range counts {
		people := strconv.Itoa(p.People)
		if p.Few {
			people = "fewer than 20"
		}
		lines = append(lines, line{p.Attribute, p.Value, p.People})
		rows = append(rows, []string{p.Attribute, p.Value, people})
	}
	if c.JSON {
		return showJSON(a.out, lines)
	}
	return showTable(a.out, rows)
}
