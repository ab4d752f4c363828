package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
)

// Options are what the rows need of the world.
type Options struct {
	Seed    uint64        // of the attack; the same seed gives the same attack
	JSON    bool          // write rows as JSON lines instead of text
	Dir     string        // where temporary stores are made; "" is the system's place
	Clock   tactful.Clock // the engine's
	Entropy io.Reader     // cryptographic, for the engine's keys
	N       int           // size of the attack, or how often it is repeated; 0 is the row's own
	Data    string        // directory of the public data sets; "" plays on synthetic people
	Rows    []string      // names of the rows to play; none: all

	Progress func(stage string, done, total int) // hears how far a row is; nil is allowed
}

func (o *Options) report(stage string, done, total int) {
	if o.Progress != nil {
		o.Progress(stage, done, total)
	}
}

// Row is one measured promise.
type Row struct {
	Name     string     `json:"name"`
	Number   int        `json:"number,omitempty"` // of the benchmark (see Case); 0: one of ours besides
	Attack   string     `json:"attack"`
	Metric   string     `json:"metric"`
	Plain    float64    `json:"plain"`    // the same attack on a plain engine, same process; -1 where nothing plain is played
	Tactful  float64    `json:"tactful"`  // on this one
	Goal     string     `json:"goal"`     // in words of the metric
	Bound    float64    `json:"bound"`    // the goal as a number
	Met      bool       `json:"met"`      // goal, and every figure beside it
	N        int        `json:"n"`        // size of the attack
	Seeds    []uint64   `json:"seeds"`    // one per repetition
	Interval [2]float64 `json:"interval"` // 95 % of Tactful
	Beside   []Figure   `json:"beside"`   // what the guard costs, and that the attack was real
}

// Figure is a number that must hold beside the metric.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Goal  string  `json:"goal"`
	Met   bool    `json:"met"`
}

// judge says whether the row is met: its goal, and every figure beside it.
func (r *Row) judge(goal bool) {
	r.Met = goal
	for i := range r.Beside {
		r.Met = r.Met && r.Beside[i].Met
	}
}

// Case is one row of the benchmark, not yet measured.
type Case struct {
	Name    string
	Number  int // of the fifteen replays of the benchmark; 0: one of ours besides
	Promise string
	measure func(context.Context, Options) (Row, error)
}

// Measure runs the row.
func (c Case) Measure(ctx context.Context, opt Options) (Row, error) {
	row, err := c.measure(ctx, opt)
	if err != nil {
		return Row{}, fmt.Errorf("replay %s: %w", c.Name, err)
	}
	row.Name, row.Number = c.Name, c.Number
	return row, nil
}

// Rows returns the rows of the benchmark in their order.
func Rows() []Case {
	return []Case{
		{Name: "canaries", Number: 12, Promise: "no listening, no biometrics, no data from third parties", measure: measureCanaries},
		{Name: "cases", Promise: "every scandal in scandals/*.txt comes out as it must", measure: measureCases},
		{Name: "target", Number: 1, Promise: "no list tells a pregnancy that nobody declared", measure: measureTarget},
		{Name: "specific", Number: 2, Promise: "a list does not tell what the person never said", measure: measureSpecific},
		{Name: "lists", Number: 3, Promise: "public lists do not tell what one person touched", measure: measureLists},
		{Name: "strava", Number: 4, Promise: "a map of where people are shows no home, no lonely group and no sensitive place", measure: measureStrava},
		{Name: "vaccines", Number: 5, Promise: "what is flagged is not promoted, one click opens no flood, and what explains is found", measure: measureVaccines},
		{Name: "mix", Number: 15, Promise: "lists show each person's own mix and most of the catalogue; the list for all is the same for all", measure: measureMix},
		{Name: "experiments", Number: 6, Promise: "nobody is tested who did not agree, no test is about moods, and harm stops one", measure: measureExperiments},
		{Name: "association", Number: 7, Promise: "no list carries the leanings of a group further; both sides of a market are shown", measure: measureAssociation},
		{Name: "even", Number: 8, Promise: "no group is served much worse, and no list depends on what a panel told", measure: measureEven},
		{Name: "controls", Promise: "what a person takes out is gone from the very next list", measure: measureControls},
		{Name: "forget", Number: 13, Promise: "an erased person is gone from the model, the lists of others and every byte of the stores", measure: measureForget},
		{Name: "reasons", Number: 14, Promise: "what a reason names is what the suggestion rests on", measure: measureReasons},
		{Name: "hide", Promise: "what a person hides is out of the model, not only out of their profile", measure: measureHide},
		{Name: "followed", Number: 9, Promise: "no offer follows anybody around, and what was bought is not offered again", measure: measureFollowed},
		{Name: "names", Number: 10, Promise: "no stranger is called by name, and no raw field is ever sent", measure: measureNames},
		{Name: "coercion", Number: 11, Promise: "copy that presses, shames or is eerie is told from calm copy", measure: measureCoercion},
	}
}

// Run measures every row and writes it. It returns the rows; a goal that was
// missed is not an error, and the caller decides what it means.
func Run(ctx context.Context, w io.Writer, opt Options) ([]Row, error) {
	if opt.Clock == nil || opt.Entropy == nil {
		return nil, tactful.Errorf(tactful.Invalid, "a replay needs a clock and entropy")
	}
	cases, err := chosen(opt.Rows)
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, c := range cases {
		row, err := c.Measure(ctx, opt)
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
		if err := write(w, row, opt.JSON); err != nil {
			return rows, fmt.Errorf("write a row: %w", err)
		}
	}
	return rows, nil
}

// chosen are the rows of these names or numbers; all for none.
func chosen(names []string) ([]Case, error) {
	all := Rows()
	if len(names) == 0 {
		return all, nil
	}
	var cases []Case
	var known, numbers []string
	for _, c := range all {
		known = append(known, c.Name)
		number := strconv.Itoa(c.Number)
		if c.Number > 0 {
			numbers = append(numbers, number)
		}
		if slices.Contains(names, c.Name) || c.Number > 0 && slices.Contains(names, number) {
			cases = append(cases, c)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) && !slices.Contains(numbers, name) {
			return nil, tactful.InvalidField("rows", "names a row that is not there", "choose from "+strings.Join(known, ", "))
		}
	}
	return cases, nil
}

func write(w io.Writer, row Row, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(row)
	}
	plain := "not played"
	if row.Plain != -1 {
		plain = fmt.Sprintf("%.4f", row.Plain)
	}
	name := row.Name
	if row.Number > 0 {
		name = fmt.Sprintf("%s (%d)", row.Name, row.Number)
	}
	_, err := fmt.Fprintf(w, "%-10s %s\n  %s: plain %s, tactful %.4f [%.4f, %.4f], goal %s: %s (n %d, seeds %v)\n",
		name, row.Attack, row.Metric, plain, row.Tactful, row.Interval[0], row.Interval[1], row.Goal, verdict(row.Met), row.N, row.Seeds)
	for _, f := range row.Beside {
		if err == nil {
			_, err = fmt.Fprintf(w, "  beside: %s %.4f, goal %s: %s\n", f.Name, f.Value, f.Goal, verdict(f.Met))
		}
	}
	return err
}

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}
