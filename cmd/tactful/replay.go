package main

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/replay"
)

type replayCommand struct {
	Seed  uint64   `placeholder:"N" help:"Seed of the attacks; the same seed gives the same attack. Without it one is chosen and printed."`
	Data  string   `type:"existingdir" placeholder:"DIR" help:"Directory with the public data sets (ml-1m, completejourney); synthetic people without it."`
	Rows  []string `placeholder:"NAME" help:"Only these rows, by name or number, separated by commas."`
	From  string   `type:"existingfile" placeholder:"FILE" help:"Play nothing: take the rows that an earlier run printed with --json."`
	JSON  bool     `name:"json" help:"A row a line as JSON."`
	SVG   string   `name:"svg" placeholder:"FILE" help:"Draw the rows."`
	Maps  string   `placeholder:"FILE" help:"Draw the plain and the safe map of the row strava side by side."`
	Table string   `placeholder:"FILE" help:"Write the rows, with every figure beside them, as a Markdown table."`
}

// Help adds examples to --help.
func (replayCommand) Help() string {
	return `Each row attacks a plain engine and this one in the same process and says whether the goal is met. The exit code is 1 if one is missed.
MovieLens is not shipped: GroupLens allows no passing on. Get it from them, and name the directory with --data.

Examples:
  tactful replay --seed 7 --json --svg replay.svg
  tactful replay --rows specific,hide --data ../shared/data
  tactful replay --rows 1,7,8 --json > rows.jsonl; tactful replay --from rows.jsonl --table replay.md`
}

// Run replays.
func (c *replayCommand) Run(a *app) error {
	a = a.work()
	rows, err := c.rows(a)
	if err != nil {
		return err
	}
	for _, draw := range []struct {
		path  string
		write func(io.Writer, []replay.Row) error
	}{{c.SVG, replay.Draw}, {c.Table, replay.WriteTable}} {
		if draw.path == "" {
			continue
		}
		if err := writeFile(draw.path, func(w io.Writer) error { return draw.write(w, rows) }); err != nil {
			return err
		}
	}
	if c.Maps != "" {
		text, err := replay.DrawMaps(c.Seed)
		if err == nil {
			err = writeFile(c.Maps, func(w io.Writer) error { _, err := w.Write(text); return err })
		}
		if err != nil {
			return err
		}
	}
	for _, row := range rows {
		if !row.Met {
			return errGoalMissed
		}
	}
	return nil
}

// rows plays, or reads what was played.
func (c *replayCommand) rows(a *app) ([]replay.Row, error) {
	if c.From != "" {
		if c.SVG == "" && c.Table == "" {
			return nil, tactful.InvalidField("--from", "is all that there is", "name a file with --svg or --table")
		}
		file, err := os.Open(c.From)
		if err != nil {
			return nil, &tactful.Error{Kind: tactful.Invalid, Field: "--from", Detail: "cannot be read", Remedy: "check the path", Err: err}
		}
		defer file.Close()
		return replay.Read(file)
	}
	if c.Seed == 0 {
		var drawn [4]byte
		if _, err := rand.Read(drawn[:]); err != nil {
			return nil, fmt.Errorf("choose a seed: %w", err)
		}
		c.Seed = uint64(binary.LittleEndian.Uint32(drawn[:])) + 1
		fmt.Fprintf(a.err, "seed %d\n", c.Seed)
	}
	bar := a.progress()
	defer bar.End()
	return replay.Run(a.ctx, a.out, replay.Options{
		Seed: c.Seed, JSON: c.JSON, Data: c.Data, Rows: c.Rows, Progress: bar.Report, Clock: tactful.SystemClock{}, Entropy: rand.Reader,
	})
}
