package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/consent"
	"github.com/tactful/tactful/internal/records"
)

// Diagnose looks at all subjects and says what bounds personalization.
func (e *Engine) Diagnose(ctx context.Context) (Diagnosis, error) {
	if err := e.enter(); err != nil {
		return Diagnosis{}, err
	}
	defer e.leave()
	d := Diagnosis{Because: map[string]int{}}
	now := e.clock.Now()
	if err := e.survey(ctx, &d, now); err != nil {
		return Diagnosis{}, err
	}
	e.tally.mu.Lock()
	d.Accepted, d.Refusals = e.tally.events.Accepted, maps.Clone(e.tally.events.Refused)
	e.tally.mu.Unlock()
	d.Sentences = e.findings(&d)
	return d, nil
}

// surveyShards is how many slices a survey of all subjects is cut into, so
// that Ctrl-C is heeded between them.
const surveyShards = 16

func (e *Engine) survey(ctx context.Context, d *Diagnosis, now time.Time) error {
	for shard := range surveyShards {
		err := e.records.ScanSubjects(ctx, shard, surveyShards, now, func(_ tactful.Ref, s *records.Standing) error {
			d.Subjects++
			if s.Held != "" {
				d.Held++
			}
			permit := e.policy.Permit(e.standing(s, now), consent.Ask{Purpose: tactful.Recommendations}, now)
			if permit.Allowed {
				d.Permitted++
			} else {
				d.Because[permit.Because.String()]++
			}
			return ctx.Err()
		})
		if err != nil {
			return fmt.Errorf("survey the subjects: %w", err)
		}
	}
	return nil
}

// remedies say what to do about what bounds people or refuses events.
var remedies = map[string]string{
	"no_record":       "nobody has answered yet: show the consent question, or import consents with their evidence",
	"denied":          "they were asked and said no; ask again after six months at the earliest",
	"withdrawn":       "they took their yes back; nothing is to be done",
	"expired":         "the yes ran out: ask again",
	"notice_changed":  "the purpose's text has changed since they said yes: ask again, or list the old text under consent.purposes[].accepts if it said the same",
	"level":           "they chose a level below personal; nothing is to be done",
	"no_subject":      "nobody is known by these ids: record consent first, under the same userId or anonymousId as the events",
	"not_permitted":   "they came with a browser key, which keeps events only under an anonymousId whose permission is on record: send consents, accounts and joins from your server",
	"frozen":          "processing is restricted for them (GDPR 18)",
	"minor":           "they are known or declared to be minors; nobody profiles them",
	"paused":          "they asked for a pause; it ends by itself",
	"objected":        "they objected to direct marketing (GDPR 21); only a later yes of their own lifts it",
	"removed":         "the person removed what happened then from their history; it is not kept again",
	"gpc":             "Global Privacy Control binds this purpose",
	"unknown_purpose": "the purpose is not declared in the configuration",
	"screened":        "the events carry what is never kept (biometric, third-party, personal text): the outcome of each names the field",
	"too_old":         "they are older than they may be kept: see ingest.retention",
	"both_known":      "both names have a history of their own that may not be joined: the outcome of each event says why",
	"unavailable":     "they were not stored: send them again with the same messageId",
	"unknown":         "the standing could not be read; see the log",
	"invalid":         "the events are malformed: the outcome of each names the field",
}

// RefusalReasons are the closed words that an outcome's Reason may be.
func RefusalReasons() []string { return slices.Sorted(maps.Keys(remedies)) }

// GuardNames returns the guards in the receipt's order.
func (e *Engine) GuardNames() []string {
	names := make([]string, len(e.guards))
	for i, g := range e.guards {
		names[i] = g.Name()
	}
	return names
}

// findings says what was found in sentences, the weightiest first.
func (e *Engine) findings(d *Diagnosis) []string {
	var lines []string
	g := e.ground.Load()
	if g.items.Len() == 0 {
		lines = append(lines, "The catalogue is empty: import items, or nothing can be suggested.")
	}
	if g.model == nil {
		lines = append(lines, "There is no model yet: run `tactful train`, or wait for the background fit.")
	} else if g.model.Len() == 0 {
		lines = append(lines, "The model knows no items: nobody's events may be learned from, or none are about listed items.")
	}
	if behind := e.behind(e.clock.Now()); behind > clockSlack {
		lines = append(lines, fmt.Sprintf("The clock stands %s behind a time that was seen here: a yes that had run out by then stays so. Remedy: set it right; if it is right now, stop the server and run `tactful clock accept`.", behind.Round(time.Minute)))
	}
	if limited := e.limited(); limited != "" {
		lines = append(lines, strings.ToUpper(limited[:1])+limited[1:]+". It ends by itself.")
	}
	if sentence := e.surgeSentence(); sentence != "" {
		lines = append(lines, sentence)
	}
	if sentence := e.harmSentence(); sentence != "" {
		lines = append(lines, sentence)
	}
	if d.Held > 0 {
		lines = append(lines, fmt.Sprintf("%d people came among unusually many of one key: they are served, and the model does not learn from them. Remedy: look at `tactful newcomers`; revoke the key, or release them.", d.Held))
	}
	refused := uint64(0)
	for _, n := range d.Refusals {
		refused += n
	}
	if d.Accepted+refused == 0 {
		lines = append(lines, "No events have arrived yet: send them to POST /v1/events or import them.")
	}
	for _, word := range byCount(d.Refusals) {
		n := d.Refusals[word]
		lines = append(lines, fmt.Sprintf("%s of events refused: %s. %s", percent(float64(n), float64(d.Accepted+refused)), reasonText(word), remedy(word)))
	}
	if d.Subjects == 0 {
		return append(lines, "Nobody is on record: no consent has been recorded yet.")
	}
	counts := make(map[string]uint64, len(d.Because))
	for word, n := range d.Because {
		counts[word] = uint64(n)
	}
	lines = append(lines, fmt.Sprintf("%s of %d people get recommendations from what they did.", percent(float64(d.Permitted), float64(d.Subjects)), d.Subjects))
	for _, word := range byCount(counts) {
		lines = append(lines, fmt.Sprintf("%s of people do not: %s. %s", percent(float64(counts[word]), float64(d.Subjects)), reasonText(word), remedy(word)))
	}
	return lines
}

func percent(part, whole float64) string {
	share := 100 * part / whole
	if share > 0 && share < 1 {
		return "less than 1 %"
	}
	return fmt.Sprintf("%.0f %%", share)
}

func reasonText(word string) string {
	switch word {
	case "no_record", "no_subject":
		return "no consent for recommendations (" + word + ")"
	default:
		return word
	}
}

func remedy(word string) string {
	if text, ok := remedies[word]; ok {
		return "Remedy: " + text + "."
	}
	return ""
}

func byCount(counts map[string]uint64) []string {
	words := slices.Sorted(maps.Keys(counts))
	slices.SortStableFunc(words, func(a, b string) int {
		switch {
		case counts[a] > counts[b]:
			return -1
		case counts[a] < counts[b]:
			return 1
		}
		return 0
	})
	return words
}
