package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/audit"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/linear"
)

type auditCommand struct {
	Items     string `type:"existingfile" required:"" placeholder:"FILE" help:"Items: item, title, categories (joined by ;)."`
	History   string `type:"existingfile" required:"" placeholder:"FILE" help:"What people did: person, item."`
	Lists     string `placeholder:"FILE" help:"The lists to be judged: person, item, place. With --make they are written there."`
	Attribute string `type:"existingfile" placeholder:"FILE" help:"What is known of people and no list may tell: person, value."`
	Held      string `type:"existingfile" placeholder:"FILE" help:"What people did later, to measure accuracy: person, item."`
	Make      string `enum:",plain,bestsellers,ours" default:"" help:"Make lists from the history first: plain EASE, bestsellers, or ours through the engine with all guards."`
	Config    string `type:"existingfile" placeholder:"FILE" help:"Configuration (YAML) under which --make ours decides; the careful defaults without it."`
	Length    int    `default:"10" help:"Items in a list that is made."`
	Seed      uint64 `default:"1" help:"Seed of the attacks."`
	HTML      string `name:"html" placeholder:"FILE" help:"Write the report as a page with charts."`
	JSON      bool   `name:"json" help:"Print as JSON."`
}

// Help adds examples to --help.
func (auditCommand) Help() string {
	return `Runs the attackers of the replays on anybody's lists and measures who is shown, how far the mix is from people's own, what is
amplified. Files are CSV with a line of column names. The report names no person. The exit code is 1 if a goal is missed.
Lists of ours are made with all guards on: what is labelled as sensitive or harmful is in none of them (docs/AUDIT.md).

Examples:
  tactful audit --items items.csv --history history.csv --lists lists.csv --attribute gender.csv --html audit.html
  tactful audit --items items.csv --history history.csv --held later.csv --attribute gender.csv --make plain --lists plain.csv
  tactful audit --items items.csv --history history.csv --held later.csv --attribute gender.csv --make ours --lists ours.csv --config shop.yaml --json`
}

// Run measures.
func (c *auditCommand) Run(a *app) error {
	a = a.work()
	if c.Lists == "" {
		return tactful.InvalidField("--lists", "is missing", "name the file of the lists; with --make it is written")
	}
	if c.Length < 1 || c.Length > tactful.MaxCount {
		return tactful.InvalidField("--length", "is out of range", fmt.Sprintf("between 1 and %d", tactful.MaxCount))
	}
	bar := a.progress()
	defer bar.End()
	d := audit.New()
	for _, file := range []struct {
		path string
		read func(io.Reader) error
	}{{c.Items, d.ReadItems}, {c.History, d.ReadHistory}, {c.Held, d.ReadHeld}, {c.Attribute, d.ReadAttribute}} {
		if err := readCSV(file.path, file.read); err != nil {
			return err
		}
	}
	if c.Make != "" {
		if err := c.make(a, d, bar.Report); err != nil {
			return err
		}
	}
	if err := readCSV(c.Lists, d.ReadLists); err != nil {
		return err
	}
	report, err := audit.Measure(a.ctx, d, c.Seed, bar.Report)
	if err != nil {
		return err
	}
	bar.End()
	if c.HTML != "" {
		if err := writeFile(c.HTML, report.WriteHTML); err != nil {
			return err
		}
	}
	if c.JSON {
		err = showJSON(a.out, report)
	} else {
		err = report.WriteText(a.out)
	}
	if err == nil && !report.Met() {
		return errGoalMissed
	}
	return err
}

func readCSV(path string, read func(io.Reader) error) error {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: path, Detail: "cannot be read", Remedy: "check the path", Err: err}
	}
	defer file.Close()
	return read(file)
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return &tactful.Error{Kind: tactful.Invalid, Field: path, Detail: "cannot be written", Remedy: "check the path", Err: err}
	}
	if err := write(file); err != nil {
		return fmt.Errorf("write %s: %w", path, joinClose(err, file))
	}
	return file.Close()
}

func joinClose(err error, file io.Closer) error {
	if closed := file.Close(); closed != nil {
		return fmt.Errorf("%w; %w", err, closed)
	}
	return err
}

// plainRidge is that of plain EASE.
const plainRidge = 50

// make writes lists that are made from the history.
func (c *auditCommand) make(a *app, d *audit.Data, report func(string, int, int)) error {
	train := &evaluate.Pairs{People: d.History, Items: d.Items}
	lists := make([][]uint32, d.People)
	switch c.Make {
	case "ours":
		if err := c.ours(a, d, lists, report); err != nil {
			return err
		}
	default:
		ranker := evaluate.Popularity(train)
		if c.Make == "plain" {
			var err error
			if ranker, err = evaluate.EASE(a.ctx, train, plainRidge); err != nil {
				return err
			}
		}
		rank := ranker()
		for u, history := range d.History {
			lists[u] = slices.Clone(rank(history, c.Length))
		}
	}
	return writeFile(c.Lists, func(w io.Writer) error { return d.WriteLists(w, lists) })
}

const panelName = "attribute"

// panelValues gives each value of the attribute a word as the panel has them;
// nothing if there are more than it takes.
func panelValues(d *audit.Data) map[string]string {
	words := map[string]string{}
	for _, v := range d.Attribute {
		if _, known := words[v]; v != "" && !known {
			words[v] = fmt.Sprintf("v%d", len(words)+1)
		}
	}
	if len(words) > 8 {
		return nil
	}
	return words
}

// tellPanel records a yes to protection and what was told under it.
func tellPanel(a *app, eng *engine.Engine, person int, value string) error {
	for _, n := range eng.Notices("en") {
		if n.Purpose == tactful.Protection {
			_, err := eng.SetConsents(a.ctx, pairAlias(person), engine.ConsentChange{Answers: []tactful.Consent{{Purpose: n.Purpose, Answer: tactful.Granted,
				NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "simulated"}}})
			if err != nil {
				return err
			}
		}
	}
	return eng.SetPanel(a.ctx, pairAlias(person), panelName, value)
}

// ours has a whole engine decide, with consent, all guards and receipts, in a
// place that is removed afterwards. Every second person whose attribute is known
// tells it to the panel, so that the model is made blind to it.
func (c *auditCommand) ours(a *app, d *audit.Data, lists [][]uint32, report func(string, int, int)) error {
	dir, err := os.MkdirTemp("", "tactful-audit-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg, err := config.Load(c.Config)
	if err != nil {
		return err
	}
	cfg.DataDir, cfg.KeyDir = filepath.Join(dir, "data"), filepath.Join(dir, "keys")
	cfg.Engine.Learn.Check = time.Hour
	cfg.Engine.Learn.Neighbours = max(linear.DefaultSettings().K, min(d.Items, 400))
	values := panelValues(d)
	if len(values) > 1 {
		cfg.Engine.Protection.Attributes = []engine.Attribute{{Name: panelName, Values: slices.Sorted(maps.Values(values)), Least: 100}}
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "error"))
	if err != nil {
		return err
	}
	defer done()
	for from := 1; from < d.Items; from += 1000 {
		var items []tactful.Item
		for no := from; no < min(from+1000, d.Items); no++ {
			items = append(items, tactful.Item{ID: pairItem(uint32(no)), Title: d.Title[no], Categories: d.Categories[no], Price: -1})
		}
		if err := eng.PutItems(a.ctx, items); err != nil {
			return err
		}
	}
	for u, history := range d.History {
		if len(history) == 0 {
			continue
		}
		if err := sendPerson(a.ctx, eng, u, history); err != nil {
			return err
		}
		if word := values[d.Attribute[u]]; word != "" && len(values) > 1 && u%4 < 2 {
			if err := tellPanel(a, eng, u, word); err != nil {
				return err
			}
		}
		report("send what people did", u+1, d.People)
	}
	if _, err := eng.Train(a.ctx, report); err != nil {
		return err
	}
	for u, history := range d.History {
		if len(history) == 0 {
			continue
		}
		if lists[u], err = decideFor(a.ctx, eng, u, c.Length); err != nil {
			return err
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
		report("decide", u+1, d.People)
	}
	return nil
}
