package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
)

type coercionCommand struct {
	Train coercionTrain `cmd:"" help:"Learn from judged texts and write the weights; says how well it tells texts it has not seen."`
	Score coercionScore `cmd:"" help:"Measure the reader on a file of judged texts."`
	Read  coercionRead  `cmd:"" help:"Read texts, one a line, and say what presses in them and what could be said instead."`

	Review coercionReview `cmd:"" help:"List the copy of campaigns that waits for a human, and decide about it."`
}

type coercionTrain struct {
	In        []string `required:"" placeholder:"FILE" help:"Judged texts: tab-separated text, label, category. May be repeated."`
	Out       string   `placeholder:"FILE" help:"Write the weights here; only measure if left out."`
	Taught    []string `placeholder:"FILE" help:"Texts of our own, for a second reader beside the first; the first learns the calm ones of them. May be repeated."`
	OutTaught string   `name:"out-taught" placeholder:"FILE" help:"Write the weights of the second reader here."`
	Seeds     int      `default:"5" help:"How many ways of cutting folds are measured."`
	Disguised bool     `name:"disguises" help:"Also measure texts with other digits, case, look-alike letters and torn words."`
	JSON      bool     `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (coercionTrain) Help() string {
	return `Learns a linear model over words and letters. What is printed comes from folds that keep near twins together, so that no text is
judged by a model that saw it or a text like it.

Examples:
  tactful coercion train --in train.tsv --disguises
  tactful coercion train --in train.tsv --taught internal/coercion/testdata/taught.tsv --out internal/coercion/weights.bin --out-taught internal/coercion/taught.bin`
}

// crossed is what folds said.
type crossed struct {
	Texts string            `json:"texts"`
	Seeds []coercion.Scores `json:"seeds"`
	Mean  coercion.Scores   `json:"mean"`
}

// Run trains.
func (c *coercionTrain) Run(a *app) error {
	a = a.work()
	if c.Seeds < 0 || c.Seeds > 100 {
		return tactful.InvalidField("--seeds", "is out of range", "give 0 to 100")
	}
	examples, err := readExamples(c.In)
	if err != nil {
		return err
	}
	var ours []coercion.Example
	if len(c.Taught) > 0 {
		if ours, err = readExamples(c.Taught); err != nil {
			return err
		}
	}
	bar := a.progress()
	defer bar.End()
	ways := []coercion.Disguise{{Name: "as written", Change: func(text string, _ *rand.Rand) string { return text }}}
	if c.Disguised {
		ways = append(ways, coercion.Disguises()...)
	}
	var all []crossed
	for _, way := range ways {
		x := crossed{Texts: way.Name}
		for seed := range c.Seeds {
			change := func(text string, i int) string {
				return way.Change(text, rand.New(rand.NewPCG(uint64(seed), uint64(i))))
			}
			o, report := coercion.Options{Seed: uint64(seed) + 1}, func(done, of int) { bar.Report("folds, "+way.Name, seed*of+done, c.Seeds*of) }
			var s coercion.Scores
			if len(ours) > 0 {
				s, err = coercion.CrossValidateBeside(a.ctx, examples, ours, o, change, report)
			} else {
				s, err = coercion.CrossValidateChanged(a.ctx, examples, o, change, report)
			}
			if err != nil {
				return err
			}
			x.Seeds = append(x.Seeds, s)
		}
		if c.Seeds > 0 {
			x.Mean = meanOf(x.Seeds)
			all = append(all, x)
		}
	}
	if len(ours) > 0 && c.Out != "" {
		if c.OutTaught == "" {
			return tactful.InvalidField("--out-taught", "is missing", "name a second file: two readers have two files of weights")
		}
		first, second, err := coercion.Train2(a.ctx, examples, ours, coercion.Options{Seed: 1}, func(done, of int) { bar.Report("train", done, of) })
		if err != nil {
			return err
		}
		for name, m := range map[string]*coercion.Model{c.Out: first, c.OutTaught: second} {
			if err := os.WriteFile(name, m.Encode(), 0o644); err != nil {
				return fmt.Errorf("write the weights: %w", err)
			}
			fmt.Fprintf(a.err, "wrote %s: %s\n", name, m)
		}
	} else if c.Out != "" {
		m, err := coercion.Train(a.ctx, examples, coercion.Options{Seed: 1}, func(done, of int) { bar.Report("train", done, of) })
		if err != nil {
			return err
		}
		if err := os.WriteFile(c.Out, m.Encode(), 0o644); err != nil {
			return fmt.Errorf("write the weights: %w", err)
		}
		bar.End()
		fmt.Fprintf(a.err, "wrote %s: %s\n", c.Out, m)
	}
	bar.End()
	if c.JSON {
		return showJSON(a.out, all)
	}
	rows := [][]string{append([]string{fmt.Sprintf("%d texts, %d seeds", len(examples), c.Seeds)}, scoreHeads...)}
	for _, x := range all {
		rows = append(rows, append([]string{x.Texts}, scoreCells(x.Mean)...))
	}
	return showTable(a.out, rows)
}

func meanOf(list []coercion.Scores) (m coercion.Scores) {
	n := float64(len(list))
	for _, s := range list {
		m.Texts = s.Texts
		m.Accuracy += s.Accuracy / n
		m.AUC += s.AUC / n
		m.F1 += s.F1 / n
		m.Precision += s.Precision / n
		m.Recall += s.Recall / n
		m.RecallAt1 += s.RecallAt1 / n
	}
	return m
}

var scoreHeads = []string{"accuracy", "AUC", "F1", "precision", "recall", "recall at 1 % false positives"}

func scoreCells(s coercion.Scores) []string {
	var cells []string
	for _, x := range []float64{s.Accuracy, s.AUC, s.F1, s.Precision, s.Recall, s.RecallAt1} {
		cells = append(cells, strconv.FormatFloat(x, 'f', 4, 64))
	}
	return cells
}

func readExamples(files []string) ([]coercion.Example, error) {
	var all []coercion.Example
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open judged texts: %w", err)
		}
		list, err := coercion.ReadTexts(f)
		f.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

type coercionScore struct {
	In   string `required:"" placeholder:"FILE" help:"Judged texts: tab-separated text, label, category."`
	JSON bool   `name:"json" help:"Print as JSON."`
}

// Help adds an example to --help.
func (coercionScore) Help() string {
	return `A text counts as found where its score says more likely pressing than not; the last columns say what happens to it: stopped, or put before a
person.

Example:
  tactful coercion score --in judged.tsv --json`
}

// scored is how the reader did on a file.
type scored struct {
	coercion.Scores
	Stopped    float64         `json:"calm_stopped"` // share of the calm texts
	Asked      float64         `json:"calm_asked"`
	Passed     float64         `json:"pressing_passed"` // share of the pressing texts
	Categories []scoredOfOne   `json:"categories"`
	Confusion  map[string]uint `json:"named_rightly"`
}

type scoredOfOne struct {
	Category string  `json:"category"`
	Texts    int     `json:"texts"`
	Found    float64 `json:"found"`   // share with a score above one half
	Stopped  float64 `json:"stopped"` // share that is stopped
	Asked    float64 `json:"asked"`
	Named    float64 `json:"named"` // share of those found whose category is named rightly
}

// Run measures.
func (c *coercionScore) Run(a *app) error {
	examples, err := readExamples([]string{c.In})
	if err != nil {
		return err
	}
	m, err := coercion.Default()
	if err != nil {
		return err
	}
	bar := a.progress()
	score, pressing := make([]float64, len(examples)), make([]bool, len(examples))
	type tally struct{ texts, found, stopped, asked, named float64 }
	var by [coercion.Categories]tally
	for i, e := range examples {
		if err := a.ctx.Err(); err != nil {
			return err
		}
		f := m.Read(e.Text, "en", nil)
		score[i], pressing[i] = f.Score, e.Category != coercion.Calm
		t := &by[e.Category]
		t.texts++
		if f.Score > 0.5 {
			t.found++
			if f.Category == e.Category {
				t.named++
			}
		}
		switch f.Ruling {
		case coercion.Stop:
			t.stopped++
		case coercion.Ask:
			t.asked++
		}
		bar.Report("read", i+1, len(examples))
	}
	bar.End()
	s := scored{Scores: coercion.Measure(score, pressing, 0.5), Confusion: map[string]uint{}}
	passed, of := 0.0, 0.0
	for k, t := range by {
		if t.texts == 0 {
			continue
		}
		if coercion.Category(k) == coercion.Calm {
			s.Stopped, s.Asked = t.stopped/t.texts, t.asked/t.texts
			continue
		}
		passed, of = passed+t.texts-t.stopped-t.asked, of+t.texts
		s.Confusion[coercion.Category(k).String()] = uint(t.named)
		s.Categories = append(s.Categories, scoredOfOne{coercion.Category(k).String(), int(t.texts), t.found / t.texts, t.stopped / t.texts, t.asked / t.texts, t.named / max(1, t.found)})
	}
	if of > 0 {
		s.Passed = passed / of
	}
	if c.JSON {
		return showJSON(a.out, s)
	}
	if err := showTable(a.out, [][]string{append([]string{"texts"}, scoreHeads...), append([]string{strconv.Itoa(s.Texts)}, scoreCells(s.Scores)...)}); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "calm texts stopped %.1f %%, put before a person %.1f %%; pressing texts passed %.1f %%\n", 100*s.Stopped, 100*s.Asked, 100*s.Passed)
	rows := [][]string{{"category", "texts", "found", "stopped", "put before a person", "named rightly"}}
	for _, k := range s.Categories {
		rows = append(rows, []string{k.Category, strconv.Itoa(k.Texts), percent(k.Found), percent(k.Stopped), percent(k.Asked), percent(k.Named)})
	}
	return showTable(a.out, rows)
}

func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

type coercionRead struct {
	Text     []string `arg:"" optional:"" help:"Texts to read; lines of standard input if none is given."`
	Language string   `default:"en" help:"Language of the calmer words: en, de."`
	Stock    int64    `default:"-1" help:"Pieces left, to check claims of scarcity against."`
	Ends     string   `placeholder:"TIME" help:"When the offer ends (RFC 3339), to check claims of urgency against."`
	JSON     bool     `name:"json" help:"Print as JSON, one object a line."`
}

// Help adds an example to --help.
func (coercionRead) Help() string {
	return `Says pass, ask (a person decides) or stop, why, the words that decided, and what could be said instead. The exit code is 1 if a
text is stopped.

Examples:
  tactful coercion read "Hurry, only 2 left!" --stock 40
  tactful coercion read < creatives.txt`
}

// Run reads.
func (c *coercionRead) Run(a *app) error {
	facts := &coercion.Facts{Stock: c.Stock, Now: time.Now()}
	if c.Ends != "" {
		ends, err := time.Parse(time.RFC3339, c.Ends)
		if err != nil {
			return tactful.InvalidField("--ends", "is no time", "write it like 2026-12-24T18:00:00+01:00")
		}
		facts.Ends = ends
	}
	lines := bufio.NewScanner(io.Reader(os.Stdin))
	lines.Buffer(nil, 2*coercion.MaxText)
	if len(c.Text) > 0 {
		lines = bufio.NewScanner(strings.NewReader(strings.Join(c.Text, "\n")))
		lines.Buffer(nil, 2*coercion.MaxText)
	}
	m, err := coercion.Default()
	if err != nil {
		return err
	}
	stopped := false
	for lines.Scan() && a.ctx.Err() == nil {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		f := m.Read(lines.Text(), c.Language, facts)
		stopped = stopped || f.Ruling == coercion.Stop
		if err := c.say(a.out, lines.Text(), &f); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	if stopped {
		return errGoalMissed
	}
	return a.ctx.Err()
}

func (c *coercionRead) say(w io.Writer, text string, f *coercion.Finding) error {
	if c.JSON {
		type claim struct {
			Words string `json:"words"`
			Truth string `json:"truth"`
		}
		claims := []claim{}
		for _, k := range f.Claims {
			claims = append(claims, claim{k.Words, k.Truth.String()})
		}
		return showJSON(w, map[string]any{"text": text, "ruling": f.Ruling.String(), "score": f.Score, "category": f.Category.String(),
			"words": f.Words, "claims": claims, "calmer": f.Calmer})
	}
	fmt.Fprintf(w, "%s (%.2f): %s\n", f.Ruling, f.Score, text)
	if f.Ruling == coercion.Pass {
		return nil
	}
	fmt.Fprintf(w, "  %s; decided by: %s\n", f.Category, strings.Join(f.Words, ", "))
	for _, k := range f.Claims {
		fmt.Fprintf(w, "  claims %q: %s\n", k.Words, k.Truth)
	}
	_, err := fmt.Fprintf(w, "  instead: %s\n", f.Calmer)
	return err
}
