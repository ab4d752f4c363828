package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/tactful/tactful"
)

// clockCommand is about a clock that was wrong.
type clockCommand struct {
	Accept clockAcceptCommand `cmd:"" help:"Say that the clock is right now, and was ahead of the time before."`
	Log    clockLogCommand    `cmd:"" help:"List when that was said, by whom and why."`
}

type clockAcceptCommand struct {
	configFlags
	As     string `required:"" placeholder:"NAME" help:"Who you are; it stays on record."`
	Reason string `required:"" placeholder:"TEXT" help:"Why the clock was wrong; it stays on record."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (clockAcceptCommand) Help() string {
	return `After the clock stood ahead of the time for a while and was set back, a yes that would have run out by then stays so, and the log says so
every few minutes. Run this, while no server holds the stores, when the clock is right now. If it is wrong now, set it right instead.

Example:
  tactful clock accept --as "Ada B." --reason "the time server was a year ahead on Monday night"`
}

// acceptedClock is how an acceptance is printed.
type acceptedClock struct {
	Time   time.Time `json:"time"`
	Was    time.Time `json:"was"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Run accepts.
func (c *clockAcceptCommand) Run(a *app) error {
	a = a.actingAs(tactful.Actor{Kind: tactful.ActorOperator, Name: c.As, Reason: c.Reason})
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	accepted, err := eng.AcceptClock(a.ctx, c.Reason)
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, acceptedClock(accepted))
	}
	_, err = fmt.Fprintf(a.out, "on record: the clock had shown %s; from now on what is judged is judged as of %s\n",
		accepted.Was.Format(time.RFC3339), accepted.Time.Format(time.RFC3339))
	return err
}

type clockLogCommand struct {
	configFlags
	JSON bool `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (clockLogCommand) Help() string { return "Example:\n  tactful clock log --config tactful.yaml" }

// Run lists.
func (c *clockLogCommand) Run(a *app) error {
	a = a.work()
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	all, err := eng.AcceptedClocks(a.ctx)
	if err != nil {
		return err
	}
	list := make([]acceptedClock, len(all))
	for i := range all {
		list[i] = acceptedClock(all[i])
	}
	if c.JSON {
		return showJSON(a.out, list)
	}
	table := tabwriter.NewWriter(a.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "WHEN\tTHE CLOCK HAD SHOWN\tBY\tWHY")
	for _, one := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.Time.Format(time.RFC3339), one.Was.Format(time.RFC3339), one.By, one.Reason)
	}
	return table.Flush()
}
