package replay

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/scandals"
)

// Verdict is what came of one case.
type Verdict struct {
	File    string   `json:"file"`
	Scandal string   `json:"scandal"`
	Guard   string   `json:"guard"`
	Checks  int      `json:"checks"` // expectations looked at
	Faults  []string `json:"faults"` // those that failed, with their line
}

// Play plays every case of a directory, each in a world of its own.
func Play(ctx context.Context, files fs.FS, opt Options) ([]Verdict, error) {
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, fmt.Errorf("find the cases: %w", err)
	}
	var verdicts []Verdict
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read a case: %w", err)
		}
		v, err := PlayOne(ctx, name, string(text), opt)
		if err != nil {
			return nil, fmt.Errorf("play %s: %w", name, err)
		}
		verdicts = append(verdicts, v)
	}
	return verdicts, nil
}

// measureCases plays the scandals that ship and counts what came out wrong.
func measureCases(ctx context.Context, opt Options) (Row, error) {
	return measureVerdicts(ctx, scandals.Files(), opt)
}

func measureVerdicts(ctx context.Context, files fs.FS, opt Options) (Row, error) {
	verdicts, err := Play(ctx, files, opt)
	if err != nil {
		return Row{}, err
	}
	row := Row{Attack: "the scandals, one small world each", Metric: "expectations that failed", Goal: "0", Plain: -1, Seeds: []uint64{opt.Seed}}
	wrong := 0
	for _, v := range verdicts {
		row.N += v.Checks
		wrong += len(v.Faults)
		row.Beside = append(row.Beside, Figure{Name: v.File + ": " + strings.Join(append([]string{v.Scandal}, v.Faults...), "; "), Value: float64(len(v.Faults)), Goal: "0", Met: len(v.Faults) == 0})
	}
	if row.N == 0 {
		return Row{}, tactful.Errorf(tactful.Internal, "there are no cases")
	}
	row.Tactful, row.Interval, row.Met = float64(wrong)/float64(row.N), upTo(wrong, row.N), wrong == 0
	return row, nil
}

// PlayOne plays one case. The error is for a case that cannot be read or a
// world that cannot be made; what came out wrong stands in the Verdict.
func PlayOne(ctx context.Context, name, text string, opt Options) (v Verdict, err error) {
	dir, err := os.MkdirTemp(opt.Dir, "case-")
	if err != nil {
		return Verdict{}, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary place harms nothing
	w := &world{opt: opt, dir: dir, verdict: Verdict{File: name}, clock: &movable{at: opt.Clock.Now()}, law: consent.OptIn}
	defer func() {
		if w.engine != nil {
			err = errors.Join(err, w.engine.Close(ctx))
		}
	}()
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, ok := strings.Cut(line, ":")
		if !ok {
			return Verdict{}, tactful.Errorf(tactful.Invalid, "line %d has no word", n)
		}
		w.line = n
		if err := w.step(ctx, word, strings.TrimSpace(rest)); err != nil {
			return Verdict{}, fmt.Errorf("line %d (%s): %w", n, word, err)
		}
	}
	if w.verdict.Checks < 2 || w.verdict.Scandal == "" || w.verdict.Guard == "" {
		return Verdict{}, tactful.Errorf(tactful.Invalid, "a case needs a scandal, a guard, and at least two expectations")
	}
	return w.verdict, nil
}

// movable is a clock that a case moves.
type movable struct{ at time.Time }

// Now returns the instant of the case.
func (m *movable) Now() time.Time { return m.at }

// world is the small shop of one case.
type world struct {
	opt      Options
	dir      string
	clock    *movable
	law      consent.Regime
	asks     []string // classes that people may be asked for
	items    []tactful.Item
	engine   *engine.Engine // opened at the first line that needs it
	crowd    int            // people made so far
	sent     int
	decision *tactful.Decision
	request  tactful.Request
	line     int
	verdict  Verdict
}

func (w *world) expect(ok bool, format string, args ...any) {
	w.verdict.Checks++
	if !ok {
		w.verdict.Faults = append(w.verdict.Faults, fmt.Sprintf("line %d: ", w.line)+fmt.Sprintf(format, args...))
	}
}

// open makes the engine and lists the items.
func (w *world) open(ctx context.Context) error {
	if w.engine != nil {
		return nil
	}
	var c engine.Config
	c.Consent.DefaultRegime = w.law
	if w.law == consent.OptOut {
		c.Consent.Looser = map[string]string{"default": "the case is told of a place with opt-out"}
	}
	c.Labels.Ask = w.asks
	c.Learn.Check, c.Learn.Every, c.Learn.Changes = 24*time.Hour, 365*24*time.Hour, 1e9 // cases train when they say so
	c.Defaults()
	e, err := engine.Open(ctx, c, engine.Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"), Clock: w.clock, Entropy: w.opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return fmt.Errorf("open an engine: %w", err)
	}
	w.engine = e
	return e.PutItems(ctx, w.items)
}

// fields splits a line at its bars.
func fields(text string, least, most int) ([]string, error) {
	parts := strings.Split(text, "|")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	if len(parts) < least || len(parts) > most {
		return nil, tactful.Errorf(tactful.Invalid, "there are %d parts instead of %d to %d", len(parts), least, most)
	}
	return append(parts, make([]string, most-len(parts))...), nil
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// age reads "3 days", "5 hours" or "now".
func age(text string) (time.Duration, error) {
	if text == "" || text == "now" {
		return 0, nil
	}
	var n int
	var unit string
	if _, err := fmt.Sscanf(text, "%d %s", &n, &unit); err != nil {
		return 0, tactful.Errorf(tactful.Invalid, "an age is not like \"3 days\"")
	}
	switch strings.TrimSuffix(unit, "s") {
	case "minute":
		return time.Duration(n) * time.Minute, nil
	case "hour":
		return time.Duration(n) * time.Hour, nil
	case "day":
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return 0, tactful.Errorf(tactful.Invalid, "an age has an unknown unit")
}

func user(name string) tactful.Alias {
	if name == "" || name == "nobody" {
		return tactful.Alias{}
	}
	return tactful.Alias{Kind: tactful.UserID, ID: name}
}
