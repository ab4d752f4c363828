package replay

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"

	"github.com/tactful/tactful/internal/coercion"
)

// Goals of the row: on the public texts the reader is judged by folds, which never
// show it a text that it learned from; on our own, which it never learned from, as
// it is shipped.
const (
	coercionAUC      = 0.989
	coercionRecall   = 0.92
	coercionOwnAUC   = 0.90
	coercionMostLost = 0.03 // points of AUC under disguise
)

// reading says how much a text presses, 0 to 1.
type reading func(text string) float64

// measureCoercion plays reference/creepiness.md, replay 11: copy that presses,
// shames or is eerie, as written and disguised: other digits, other case, letters
// of other alphabets, torn words.
func measureCoercion(ctx context.Context, opt Options) (Row, error) {
	if opt.Data != "" {
		path := filepath.Join(opt.Data, "darkpattern", "train.tsv")
		if f, err := os.Open(path); err == nil {
			defer f.Close()
			texts, err := coercion.ReadTexts(f)
			if err != nil {
				return Row{}, err
			}
			return coercionByFolds(ctx, opt, texts)
		}
	}
	m, err := coercion.Default()
	if err != nil {
		return Row{}, err
	}
	return coercionBy(ctx, opt, func(text string) float64 { return m.Read(text, "en", nil).Score })
}

func coercionByFolds(ctx context.Context, opt Options, texts []coercion.Example) (Row, error) {
	row := Row{Attack: "copy that presses, as written and disguised (public texts, folds that keep near twins together)", Metric: "AUC", Goal: fmt.Sprintf("at least %.3f", coercionAUC), Bound: coercionAUC, N: len(texts)}
	var aucs, recalls []float64
	for _, seed := range opt.seeds() {
		s, err := coercion.CrossValidate(ctx, texts, coercion.Options{Seed: seed}, func(done, of int) { opt.report("folds", done, of) })
		if err != nil {
			return Row{}, err
		}
		aucs, recalls, row.Seeds = append(aucs, s.AUC), append(recalls, s.RecallAt1), append(row.Seeds, seed)
	}
	row.Tactful, row.Interval = mean(aucs)
	row.Plain = coercion.Measure(scored(texts, blacklist, asWritten, 0), pressing(texts), 0.5).AUC
	recall, _ := mean(recalls)
	row.Beside = append(row.Beside, figure("found at 1 % false alarms", recall, fmt.Sprintf("at least %.2f", coercionRecall), coercionRecall))
	for _, way := range coercion.Disguises() {
		change := func(text string, i int) string { return way.Change(text, rand.New(rand.NewPCG(opt.Seed, uint64(i)))) }
		s, err := coercion.CrossValidateChanged(ctx, texts, coercion.Options{Seed: opt.Seed}, change, nil)
		if err != nil {
			return Row{}, err
		}
		row.Beside = append(row.Beside, lost(way.Name, aucs[0]-s.AUC))
	}
	return judged(row, coercionAUC), nil
}

func coercionBy(ctx context.Context, opt Options, read reading) (Row, error) {
	texts := coercion.OwnTexts()
	row := Row{Attack: "copy that is eerie or shames, English and German, as written and disguised (our own texts)", Metric: "AUC", Goal: fmt.Sprintf("at least %.2f", coercionOwnAUC), Bound: coercionOwnAUC, N: len(texts), Seeds: []uint64{opt.Seed}}
	is := pressing(texts)
	s := coercion.Measure(scored(texts, read, asWritten, opt.Seed), is, 0.5)
	row.Tactful, row.Interval = s.AUC, [2]float64{s.AUC, s.AUC}
	row.Plain = coercion.Measure(scored(texts, blacklist, asWritten, opt.Seed), is, 0.5).AUC
	for _, way := range coercion.Disguises() {
		if err := ctx.Err(); err != nil {
			return Row{}, err
		}
		row.Beside = append(row.Beside, lost(way.Name, s.AUC-coercion.Measure(scored(texts, read, way.Change, opt.Seed), is, 0.5).AUC))
	}
	return judged(row, coercionOwnAUC), nil
}

func lost(way string, points float64) Figure {
	return Figure{Name: "AUC lost under " + way, Value: points, Goal: fmt.Sprintf("at most %.2f", coercionMostLost), Met: points <= coercionMostLost}
}

func judged(row Row, goal float64) Row {
	row.Met = row.Tactful >= goal
	for _, f := range row.Beside {
		row.Met = row.Met && f.Met
	}
	return row
}

func asWritten(text string, _ *rand.Rand) string { return text }

func scored(texts []coercion.Example, read reading, change func(string, *rand.Rand) string, seed uint64) []float64 {
	scores := make([]float64, len(texts))
	for i, e := range texts {
		scores[i] = read(change(e.Text, rand.New(rand.NewPCG(seed, uint64(i)))))
	}
	return scores
}

func pressing(texts []coercion.Example) []bool {
	is := make([]bool, len(texts))
	for i, e := range texts {
		is[i] = e.Category != coercion.Calm
	}
	return is
}

var blacklisted = regexp.MustCompile(`(?i)hurry|only \d+ left|limited time|act now|last chance|don't miss|selling fast|no thanks|ends (today|tonight)|beeil|nur noch|letzte chance`)

// blacklist is what was usual: a list of words.
func blacklist(text string) float64 {
	if blacklisted.MatchString(text) {
		return 1
	}
	return 0
}
