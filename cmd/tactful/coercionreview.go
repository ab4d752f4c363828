package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

type coercionReview struct {
	configFlags
	Yes  string `placeholder:"CAMPAIGN/CREATIVE" help:"Let these words out: a human has read them."`
	No   string `placeholder:"CAMPAIGN/CREATIVE" help:"Keep these words in, whatever the reader thinks of them."`
	Why  string `placeholder:"TEXT" help:"Why, in 10 to 300 characters; it is kept with your name."`
	As   string `name:"as" placeholder:"NAME" help:"Who you are."`
	All  bool   `help:"List calm copy too."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (coercionReview) Help() string {
	return `Lists the copy of campaigns that waits for a human or is blocked, with the words that decided and what could be said instead. A yes opens
what waits, and nothing that is blocked; a no blocks. Either holds for these very words: copy that is changed waits anew. It opens the stores, so the
server must not run on them.

Examples:
  tactful coercion review --config tactful.yaml
  tactful coercion review --config tactful.yaml --yes spring/banner --why "the last day is right, and said calmly" --as "Ada B."`
}

// Run reviews.
func (c *coercionReview) Run(a *app) error {
	a = a.actingAs(tactful.Actor{Kind: tactful.ActorOperator, Name: c.As, Reason: c.Why})
	if c.Yes != "" && c.No != "" {
		return tactful.InvalidField("--no", "stands beside --yes", "decide about one at a time")
	}
	eng, done, err := c.open(a)
	if err != nil {
		return err
	}
	defer done()
	var list []engine.CopyFinding
	if at := c.Yes + c.No; at != "" {
		campaign, creative, ok := strings.Cut(at, "/")
		if !ok {
			return tactful.InvalidField("--yes", "names no creative", "write campaign/creative")
		}
		one, err := eng.DecideCopy(a.ctx, campaign, creative, c.Yes != "", c.Why)
		if err != nil {
			return err
		}
		list = append(list, one)
	} else if list, err = eng.CopyFindings(a.ctx); err != nil {
		return err
	}
	rows := [][]string{{"copy", "state", "score", "category", "decided by", "instead", "human"}}
	kept := []engine.CopyFinding{}
	for _, f := range list {
		if f.State == "calm" && !c.All {
			continue
		}
		kept = append(kept, f)
		rows = append(rows, []string{f.Campaign + "/" + f.Creative, f.State, strconv.FormatFloat(f.Score, 'f', 2, 64), f.Category, strings.Join(f.Words, ", "), f.Calmer, strings.TrimSpace(f.By + " " + f.Why)})
	}
	if c.JSON {
		return showJSON(a.out, kept)
	}
	if len(kept) == 0 {
		_, err := fmt.Fprintln(a.out, "no copy waits or is blocked")
		return err
	}
	return showTable(a.out, rows)
}
