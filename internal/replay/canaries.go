package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful/engine"
)

// door takes deliveries and afterwards shows everything that was stored of them.
type door interface {
	deliver(ctx context.Context, form engine.Form, body []byte) (accepted int, err error)
	stored(ctx context.Context) (*catch, error)
	close(ctx context.Context) error
}

// batchSize is how many events one delivery carries.
const batchSize = 250

// canaryCount is the row's own size: creepiness.md section 8, row 12.
const canaryCount = 10_000

// measureCanaries smuggles canaries through the real engine, mixed with
// harmless events, and looks for them in everything that was stored: a part of
// them with each seed, each time through another engine.
func measureCanaries(ctx context.Context, opt Options) (Row, error) {
	n := opt.N
	if n == 0 {
		n = canaryCount
	}
	var rows []Row
	for i := range repetitions {
		opt.report("canaries: engines", i, repetitions)
		part := opt
		part.Seed, part.N = opt.Seed+uint64(i), max(n/repetitions, 1)
		row, err := canariesOnce(ctx, part)
		if err != nil {
			return Row{}, err
		}
		rows = append(rows, row)
	}
	opt.report("canaries: engines", repetitions, repetitions)
	row := together(rows)
	found := 0
	row.N, row.Plain, row.Tactful = 0, 0, 0
	for i := range rows {
		row.N += rows[i].N
		found += int(math.Round(rows[i].Tactful * float64(rows[i].N)))
		row.Plain += rows[i].Plain / float64(len(rows))
	}
	row.Tactful, row.Interval = float64(found)/float64(row.N), upTo(found, row.N)
	row.judge(found == 0)
	return row, nil
}

// together is one row of several repetitions, with the worst of every figure.
func together(rows []Row) Row {
	row := rows[0]
	row.Beside = slices.Clone(row.Beside)
	for _, other := range rows[1:] {
		row.Seeds = append(row.Seeds, other.Seeds...)
		row.Tactful = max(row.Tactful, other.Tactful)
		for i, f := range other.Beside {
			least := strings.HasPrefix(f.Goal, "at least")
			if was := &row.Beside[i]; was.Met && (!f.Met || least && f.Value < was.Value || !least && f.Value > was.Value) {
				*was = f
			}
		}
	}
	return row
}

// canariesOnce is one repetition.
func canariesOnce(ctx context.Context, opt Options) (Row, error) {
	dir, err := os.MkdirTemp(opt.Dir, "replay-")
	if err != nil {
		return Row{}, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary place harms nothing
	real, err := openHouse(ctx, dir, opt)
	if err != nil {
		return Row{}, err
	}
	return smuggle(ctx, opt, real)
}

// smuggle attacks one door.
func smuggle(ctx context.Context, opt Options, real door) (row Row, err error) {
	defer func() {
		if closing := real.close(ctx); err == nil && closing != nil {
			err = fmt.Errorf("close: %w", closing)
		}
	}()
	n := opt.N
	if n == 0 {
		n = canaryCount
	}
	rng := rand.New(rand.NewPCG(opt.Seed, 12))
	s := &smuggler{rng: rng}
	canaries := make([]canary, n)
	plain := newCatch()
	var honest int
	native, segment := &batch{form: engine.Native, field: "events"}, &batch{form: engine.SegmentBatch, field: "batch"}
	when := opt.Clock.Now().Add(-time.Hour)
	send := func(b *batch, e map[string]any, harmless bool) error {
		stamp(e, b.form, when)
		b.events = append(b.events, e)
		if harmless {
			b.harmless++
		}
		if len(b.events) < batchSize {
			return nil
		}
		return b.flush(ctx, real)
	}
	// Canaries and harmless events travel in different deliveries, so that the
	// answers count the harmless ones that were kept; the store is one.
	calm := map[bool]*batch{false: {form: engine.Native, field: "events"}, true: {form: engine.SegmentBatch, field: "batch"}}
	for i := range canaries {
		canaries[i] = s.next()
		c := &canaries[i]
		plain.object(c.event) // the plain engine stores what it is sent
		to := native
		if c.segment {
			to = segment
		}
		if err := send(to, c.event, false); err != nil {
			return Row{}, err
		}
		e, isSegment := harmless(rng, i)
		if err := send(calm[isSegment], e, true); err != nil {
			return Row{}, err
		}
	}
	for _, b := range []*batch{native, segment, calm[false], calm[true]} {
		if err := b.flush(ctx, real); err != nil {
			return Row{}, err
		}
	}
	honest = calm[false].accepted + calm[true].accepted
	kept, err := real.stored(ctx)
	if err != nil {
		return Row{}, fmt.Errorf("look at what was stored: %w", err)
	}
	found, seen := kept.count(canaries), plain.count(canaries)
	row = Row{
		Attack: "events that smuggle biometric, voice, third-party and personal data: renamed, nested, encoded, in fields that are kept",
		Metric: "canaries stored", Goal: "0", N: n, Seeds: []uint64{opt.Seed},
		Plain: float64(seen) / float64(n), Tactful: float64(found) / float64(n), Interval: upTo(found, n),
		Beside: []Figure{
			figure("harmless events kept", float64(honest)/float64(n), "at least 0.99", 0.99),
			figure("canaries that the plain engine stores", float64(seen)/float64(n), "at least 1.00, or the attack is none", 1),
			figure("texts and rows looked at", float64(kept.looked), "at least one for each harmless event kept", float64(honest)),
		},
	}
	row.judge(found == 0)
	return row, nil
}

func figure(name string, value float64, goal string, least float64) Figure {
	return Figure{Name: name, Value: value, Goal: goal, Met: value >= least}
}

// upTo is a 95 % interval of a share: the rule of three where nothing was
// found, else the Wilson interval's bounds.
func upTo(found, n int) [2]float64 {
	if found == 0 {
		return [2]float64{0, 3 / float64(n)}
	}
	return wilson(found, n)
}

// stamp gives an event the time at which it happened.
func stamp(e map[string]any, form engine.Form, when time.Time) {
	name := "time"
	if form == engine.SegmentBatch {
		name = "timestamp"
	}
	e[name] = when.Format(time.RFC3339)
}

// batch collects events of one form.
type batch struct {
	form     engine.Form
	field    string
	events   []map[string]any
	harmless int
	accepted int
}

func (b *batch) flush(ctx context.Context, to door) error {
	if len(b.events) == 0 {
		return nil
	}
	body, err := json.Marshal(map[string]any{b.field: b.events})
	if err != nil {
		return fmt.Errorf("write a delivery: %w", err)
	}
	b.events = b.events[:0]
	accepted, err := to.deliver(ctx, b.form, body)
	if err != nil {
		return fmt.Errorf("deliver: %w", err)
	}
	b.accepted += accepted
	return nil
}

// catch is a corpus in which canaries are looked for: windows of text and of
// digits, so that ten thousand needles cost one pass.
type catch struct {
	text   map[string]bool // every window of needleBytes
	digits map[string]bool // every window of digitNeedle digits, whatever stands between them
	looked int
}

func newCatch() *catch {
	return &catch{text: make(map[string]bool), digits: make(map[string]bool)}
}

// add looks at one stored text.
func (c *catch) add(s string) {
	c.looked++
	lower := strings.ToLower(folded(s))
	for i := 0; i+needleBytes <= len(lower); i++ {
		c.text[lower[i:i+needleBytes]] = true
	}
	var digits []byte
	for i := range len(lower) {
		if lower[i] >= '0' && lower[i] <= '9' {
			digits = append(digits, lower[i])
		}
	}
	for i := 0; i+digitNeedle <= len(digits); i++ {
		c.digits[string(digits[i:i+digitNeedle])] = true
	}
}

// digitNeedle is how many digits in a row give a number away: so many that no
// honest code meets them by chance.
const digitNeedle = 12

// object looks at every name and value of a decoded event.
func (c *catch) object(v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			c.add(name)
			c.object(value)
		}
	case []any:
		for _, value := range v {
			c.object(value)
		}
	case string:
		c.add(v)
		c.unfold(v)
	case nil, bool:
	default:
		c.add(fmt.Sprint(v))
	}
}

// count says how many canaries are in the corpus.
func (c *catch) count(canaries []canary) int {
	n := 0
	for i := range canaries {
		if c.has(&canaries[i]) {
			n++
		}
	}
	return n
}

func (c *catch) has(x *canary) bool {
	for _, needle := range x.text {
		if c.text[needle] {
			return true
		}
	}
	return x.digits != "" && c.digits[x.digits[len(x.digits)-digitNeedle:]]
}
