package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/retail"
)

type labelsCommand struct {
	List     labelsListCommand     `cmd:"" help:"List the classes, or the items of one class."`
	Review   labelsReviewCommand   `cmd:"" help:"Work the queue: what waits for an operator; accept or reject a label."`
	Why      labelsWhyCommand      `cmd:"" help:"Say of which classes an item is, and why."`
	Measure  labelsMeasureCommand  `cmd:"" help:"Measure how many labels are found, and how many are right."`
	Taxonomy labelsTaxonomyCommand `cmd:"" help:"Compare a copy of the Google product taxonomy with the numbers that labels rest on."`
}

// Help adds an example to --help.
func (labelsCommand) Help() string {
	return `Which items are sensitive (health, pregnancy, faith, ...) or harmful, by the strongest of: an operator's decision, the item's own
labels, its category in a taxonomy, words, a classifier that only proposes. A proposal acts as a label until somebody has looked at it.

  engine:
    labels:
      ask: [pregnancy]                # people may say yes to suggestions of it
      ordinary: {alcohol: we are a wine shop and sell nothing else}
      classes:
        - {name: alcohol, words: [moonshine]}
        - {name: tattoos, kind: sensitive, words: ["tattoo*"], except: [tattoo remover]}`
}

// wireLabel is a label as the API gives it.
type wireLabel struct {
	Item, Title, Class, Kind, Source, Saw, State string
	Acts                                         bool
	Votes                                        []struct{ Answer, Operator, Reason, Time string }
}

func (l *wireLabel) row() []string {
	said := make([]string, len(l.Votes))
	for i, v := range l.Votes {
		said[i] = v.Operator + ": " + v.Answer + " (" + v.Reason + ")"
	}
	acts := "yes"
	if !l.Acts {
		acts = "no"
	}
	return []string{l.Item, l.Title, l.Class, l.Kind, l.Source, l.Saw, acts, l.State, strings.Join(said, "; ")}
}

var labelHead = []string{"ITEM", "TITLE", "CLASS", "KIND", "SOURCE", "SAW", "ACTS", "STATE", "SAID"}

type labelsListCommand struct {
	casework
	Class string `help:"List the items of this class."`
	JSON  bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (labelsListCommand) Help() string {
	return `Examples:
  tactful labels list --as "Ada B."
  tactful labels list --class pregnancy --as "Ada B."`
}

// Run lists.
func (c *labelsListCommand) Run(a *app) error {
	if c.Class != "" {
		return listLabels(a, &c.casework, "all", c.Class, c.JSON)
	}
	var answer struct {
		Classes []struct {
			Name, Kind, Ordinary, Policy string
			Special, Asked               bool
			Items                        int
		}
	}
	text, err := c.call(a, http.MethodGet, "/v1/labels", nil, &answer)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	rows := [][]string{{"CLASS", "KIND", "ITEMS", "NOTE"}}
	for _, one := range answer.Classes {
		var notes []string
		if one.Special {
			notes = append(notes, "special category")
		}
		if one.Asked {
			notes = append(notes, "people are asked: "+string(label.PurposeOf(one.Name)))
		}
		if one.Ordinary != "" {
			notes = append(notes, "ordinary here: "+one.Ordinary)
		}
		if one.Policy != "" {
			notes = append(notes, one.Policy)
		}
		rows = append(rows, []string{one.Name, one.Kind, strconv.Itoa(one.Items), strings.Join(notes, "; ")})
	}
	return showTable(a.out, rows)
}

// listLabels prints labels, page by page.
func listLabels(a *app, c *casework, show, class string, asJSON bool) error {
	rows, after := [][]string{labelHead}, ""
	lines := []wireLabel{}
	for {
		var page struct {
			Labels []wireLabel
			Next   string
		}
		query := url.Values{"show": {show}, "limit": {"200"}}
		if class != "" {
			query.Set("class", class)
		}
		if after != "" {
			query.Set("after", after)
		}
		if _, err := c.call(a, http.MethodGet, "/v1/labels/proposals?"+query.Encode(), nil, &page); err != nil {
			return err
		}
		for i := range page.Labels {
			lines, rows = append(lines, page.Labels[i]), append(rows, page.Labels[i].row())
		}
		if after = page.Next; after == "" {
			break
		}
	}
	switch {
	case asJSON:
		return showJSON(a.out, lines)
	case len(lines) == 0:
		_, err := fmt.Fprintln(a.out, "There are none.")
		return err
	}
	return showTable(a.out, rows)
}

type labelsReviewCommand struct {
	casework
	Item   string `arg:"" optional:"" help:"Item to decide about; without one the queue is listed."`
	Class  string `arg:"" optional:"" help:"Class to decide about."`
	Accept bool   `xor:"answer" help:"It is of the class."`
	Reject bool   `xor:"answer" help:"It is not. A sensitive label goes when a second operator says so too."`
	Why    string `placeholder:"TEXT" help:"The reason, kept with your name."`
	JSON   bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (labelsReviewCommand) Help() string {
	return `Without an item it lists what waits: guesses that nobody looked at, and labels that one person took away.
Accepting a class that an item does not have gives it the label.

Examples:
  tactful labels review --as "Ada B."
  tactful labels review A17 pregnancy --reject --why "a doll's dress" --as "Ada B."
  TACTFUL_KEY=tk_… tactful labels review A17 pregnancy --reject --why "a doll's dress, I looked too" --url http://127.0.0.1:8080`
}

// Run lists or decides.
func (c *labelsReviewCommand) Run(a *app) error {
	if c.Item == "" {
		return listLabels(a, &c.casework, "proposals", "", c.JSON)
	}
	if c.Class == "" || !c.Accept && !c.Reject {
		return tactful.InvalidField("CLASS", "or the answer is missing", "name the class, and say --accept or --reject")
	}
	if c.Why == "" {
		return tactful.InvalidField("--why", "is missing", "say why in a few words; they are kept with your name")
	}
	answer := label.Is
	if c.Reject {
		answer = label.IsNot
	}
	var one wireLabel
	text, err := c.call(a, http.MethodPost, "/v1/labels/decisions",
		map[string]any{"item": c.Item, "class": c.Class, "answer": answer.String(), "reason": c.Why}, &one)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	switch one.State {
	case "waiting":
		_, err = fmt.Fprintf(a.out, "Noted. %[1]s still acts as %[2]s until a second operator says so too: tactful labels review %[1]s %[2]s --reject --why \"...\"\n", one.Item, one.Class)
	case "taken":
		_, err = fmt.Fprintf(a.out, "%s is not %s any more.\n", one.Item, one.Class)
	default:
		_, err = fmt.Fprintf(a.out, "%s is %s.\n", one.Item, one.Class)
	}
	return err
}

type labelsWhyCommand struct {
	casework
	Item string `arg:"" help:"Item."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (labelsWhyCommand) Help() string {
	return `Example:
  tactful labels why A17 --as "Ada B."`
}

// Run explains.
func (c *labelsWhyCommand) Run(a *app) error {
	var answer struct{ Labels []wireLabel }
	text, err := c.call(a, http.MethodGet, "/v1/labels/items/"+url.PathEscape(c.Item), nil, &answer)
	if err != nil {
		return err
	}
	if c.JSON {
		_, err := a.out.Write(append(text, '\n'))
		return err
	}
	if len(answer.Labels) == 0 {
		_, err := fmt.Fprintln(a.out, "It is of no class.")
		return err
	}
	rows := [][]string{labelHead}
	for i := range answer.Labels {
		rows = append(rows, answer.Labels[i].row())
	}
	return showTable(a.out, rows)
}

type labelsMeasureCommand struct {
	Data string `type:"existingdir" placeholder:"DIR" help:"Folder with completejourney/products.tsv.gz; without it only the demo shop is measured."`
	Seed uint64 `default:"26" help:"Seed of the part that is held out: three tenths, told apart from the rest."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (labelsMeasureCommand) Help() string {
	return `Compares the labels with what was decided by hand (internal/label/measured). FOUND are items of a class that have the label, WRONG those
with it that are not of it, GUESSED labels that only the classifier proposes. The words were written with the demo shop and Complete
Journey in view, so read both parts of these as fitted: the part held out is for whoever changes the words from now on. The unseen
things were decided about before any label was looked at.

Example:
  tactful labels measure --data ../shared/data`
}

type labelsMeasured struct {
	Data string `json:"data"`
	label.Measured
}

// parts measures what the words may be written with, and what is held out.
type parts struct {
	seed       uint64
	seen, held *label.Meter
}

func newParts(l *label.Labeller, seed uint64) *parts {
	return &parts{seed: seed, seen: label.NewMeter(l), held: label.NewMeter(l)}
}

// add looks at one item; things of one name are on one side.
func (p *parts) add(item *tactful.Item, name string, is decision.Classes) {
	if label.HeldOut(p.seed, name) {
		p.held.Add(item, is)
		return
	}
	p.seen.Add(item, is)
}

func (p *parts) sum(data string) []labelsMeasured {
	return []labelsMeasured{{data, p.seen.Sum()}, {data + ", held out", p.held.Sum()}}
}

// Run measures.
func (c *labelsMeasureCommand) Run(a *app) error {
	var config label.Config
	config.Defaults()
	l, err := label.New(&config)
	if err != nil {
		return err
	}
	all, err := measureShop(l, c.Seed)
	if err != nil {
		return err
	}
	if c.Data != "" {
		market, err := measureMarket(a, l, filepath.Join(c.Data, "completejourney", "products.tsv.gz"), c.Seed)
		if err != nil {
			return err
		}
		all = append(all, market...)
	}
	unseen, truth, err := label.Unseen(l.Taxonomy())
	if err != nil {
		return err
	}
	meter := label.NewMeter(l)
	for i := range unseen {
		meter.Add(&unseen[i], truth.Of(unseen[i].ID, unseen[i].Title))
	}
	all = append(all, labelsMeasured{"unseen things of the same trade", meter.Sum()})
	if c.JSON {
		return showJSON(a.out, all)
	}
	for _, m := range all {
		fmt.Fprintf(a.out, "%s: %d items, %d labels\n", m.Data, m.Items, m.Labels)
		rows := [][]string{{"CLASS", "ITEMS", "FOUND", "WRONG", "GUESSED", "RECALL", "PRECISION"}}
		for _, f := range append(m.Figures, m.All) {
			rows = append(rows, []string{f.Class, strconv.Itoa(f.Items), strconv.Itoa(f.Found), strconv.Itoa(f.Wrong), strconv.Itoa(f.Guessed),
				fmt.Sprintf("%.3f", f.Recall), fmt.Sprintf("%.3f", f.Precision)})
		}
		if err := showTable(a.out, rows); err != nil {
			return err
		}
	}
	return nil
}

func measureShop(l *label.Labeller, seed uint64) ([]labelsMeasured, error) {
	data, err := retail.Load()
	if err != nil {
		return nil, err
	}
	truth, err := label.TruthOf("shop", l.Taxonomy())
	if err != nil {
		return nil, err
	}
	p := newParts(l, seed)
	items := data.Items()
	for i := range items {
		p.add(&items[i], items[i].ID, truth.Of(items[i].ID, ""))
	}
	return p.sum("the demo shop"), nil
}

func measureMarket(a *app, l *label.Labeller, path string, seed uint64) ([]labelsMeasured, error) {
	truth, err := label.TruthOf("completejourney", l.Taxonomy())
	if err != nil {
		return nil, err
	}
	rows, err := openRows(path, "tsv", nil)
	if err != nil {
		return nil, err
	}
	defer rows.close()
	p := newParts(l, seed)
	bar := a.progress()
	defer bar.End()
	for n := 1; ; n++ {
		if err := a.ctx.Err(); err != nil {
			return nil, err
		}
		r, err := rows.next()
		if errors.Is(err, io.EOF) {
			return p.sum("Complete Journey"), nil
		}
		if err != nil {
			return nil, err
		}
		text := func(name string) string { said, _ := r.fields[name].(string); return said }
		p.add(&tactful.Item{ID: text("product_id"), Title: text("product_type"), Categories: []string{text("department"), text("product_category")}},
			text("product_category"), truth.Of(text("product_category"), text("product_type")))
		if n%1000 == 0 {
			bar.Report("label", int(rows.read()), int(rows.size))
		}
	}
}

type labelsTaxonomyCommand struct {
	File string `arg:"" type:"existingfile" help:"taxonomy-with-ids.en-US.txt as Google publishes it."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (labelsTaxonomyCommand) Help() string {
	return `One public copy of the taxonomy numbers its rows anew, and every label by number would be wrong without a sign. If your feed's
numbers come from a copy, compare it: 1680 must be Pregnancy Tests.

Example:
  tactful labels taxonomy taxonomy-with-ids.en-US.txt`
}

// Run compares.
func (c *labelsTaxonomyCommand) Run(a *app) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: "FILE", Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	var config label.Config
	config.Defaults()
	l, err := label.New(&config)
	if err != nil {
		return err
	}
	checked, err := l.CheckGoogle(string(text))
	if err != nil {
		return err
	}
	if c.JSON {
		return showJSON(a.out, map[string]int{"checked": checked})
	}
	_, err = fmt.Fprintf(a.out, "%d numbers are what they should be; 1680 is Pregnancy Tests.\n", checked)
	return err
}
