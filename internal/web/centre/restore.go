package centre

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/rights"
)

// restore is how things stood before a click, as far as the click changed
// them: the form of an Undo button. It is written by the centre, goes through
// the browser and is read like any form.
type restore struct {
	Level    tactful.Level // LevelUnknown: was not changed
	Guest    bool          // a guest's no is taken back
	Grants   []grant       // yeses that were taken back
	Denies   []tactful.Purpose
	Settings []setting
	Interest *taken                    // what was taken out of use at once
	Prefs    *tactful.PreferencesPatch // what was declared
	Count    *recounted                // a number that was put right
	Report   *reported                 // what was said of a list
	Mark     string                    // how they stood after the click; see engine.Control
	Switch   string                    // pause, frozen or objected: turn it off; or pause:<unix seconds>
}

// taken is a topic that was taken out of use, and when.
type taken struct {
	Topic string
	At    int64 // unix milliseconds
}

// grant is a yes with the text that it was said to.
type grant struct {
	Purpose tactful.Purpose
	Hash    string
}

// grants are the yeses that stand now to texts in force, of the purposes asked
// for: what a click that takes them back must be able to bring back.
func (c *Centre) grants(v *visit, standing tactful.Consents, of func(tactful.Purpose) bool) []grant {
	var all []grant
	for _, purpose := range sortedPurposes(standing) {
		record := standing.Purposes[purpose]
		if record.Answer != tactful.Granted || !of(purpose) {
			continue
		}
		if _, err := c.shown(v, purpose, record.NoticeHash); err == nil {
			all = append(all, grant{purpose, record.NoticeHash})
		}
	}
	return all
}

// setting is what was said about some items, by their numbers.
type setting struct {
	Word  string
	Items []tactful.ItemNo
}

func (u *restore) empty() bool {
	return u.Level == tactful.LevelUnknown && !u.Guest && len(u.Grants) == 0 && len(u.Denies) == 0 && len(u.Settings) == 0 &&
		u.Interest == nil && u.Prefs == nil && u.Count == nil && u.Report == nil && u.Switch == ""
}

// values are the fields of the form.
func (u *restore) values() url.Values {
	fields := url.Values{}
	if u.Level != tactful.LevelUnknown {
		fields.Set("level", u.Level.String())
	}
	if u.Guest {
		fields.Set("guest", "1")
	}
	for _, g := range u.Grants {
		fields.Add("yes", string(g.Purpose)+":"+g.Hash)
	}
	for _, p := range u.Denies {
		fields.Add("no", string(p))
	}
	for _, s := range u.Settings {
		var numbers []string
		for _, no := range s.Items {
			numbers = append(numbers, strconv.FormatUint(uint64(no), 36))
		}
		fields.Add("set", s.Word+":"+strings.Join(numbers, "."))
	}
	if u.Interest != nil {
		fields.Set("interest", strconv.FormatInt(u.Interest.At, 10)+":"+u.Interest.Topic)
	}
	if u.Prefs != nil {
		if text, err := json.Marshal(u.Prefs); err == nil {
			fields.Set("prefs", string(text))
		}
	}
	if u.Count != nil {
		fields.Set("count", u.Count.Event+":"+strconv.FormatInt(int64(u.Count.Was), 10))
	}
	if u.Report != nil {
		fields.Set("report", u.Report.Kind.String()+":"+u.Report.Decision+":"+u.Report.Item)
	}
	if u.Switch != "" {
		fields.Set("switch", u.Switch)
	}
	if u.Mark != "" && !u.empty() {
		fields.Set("mark", u.Mark)
	}
	return fields
}

// Field is one hidden input of a form.
type Field struct{ Name, Value string }

// Fields are the hidden inputs of the Undo form, in a fixed order.
func (u *restore) Fields() []Field {
	var all []Field
	for name, values := range u.values() {
		for _, value := range values {
			all = append(all, Field{name, value})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].Name+all[i].Value < all[j].Name+all[j].Value
	})
	return all
}

const (
	maxRestored = 1000 // items
	maxAnswers  = 64
)

// readRestore reads the form; anything that the centre cannot have written is
// an Invalid error.
func readRestore(fields url.Values) (restore, error) {
	var u restore
	bad := func(field string) (restore, error) {
		return restore{}, tactful.InvalidField(field, "is not what our button sends", "go back and try again")
	}
	if word := fields.Get("level"); word != "" {
		level, ok := tactful.ParseLevel(word)
		if !ok {
			return bad("level")
		}
		u.Level = level
	}
	u.Guest = fields.Get("guest") == "1"
	if len(fields["yes"])+len(fields["no"]) > maxAnswers {
		return bad("yes")
	}
	for _, text := range fields["yes"] {
		purpose, hash, ok := strings.Cut(text, ":")
		if !ok || !word.MatchString(purpose) || !textHash.MatchString(hash) {
			return bad("yes")
		}
		u.Grants = append(u.Grants, grant{tactful.Purpose(purpose), hash})
	}
	for _, purpose := range fields["no"] {
		if !word.MatchString(purpose) {
			return bad("no")
		}
		u.Denies = append(u.Denies, tactful.Purpose(purpose))
	}
	items := 0
	for _, text := range fields["set"] {
		name, numbers, ok := strings.Cut(text, ":")
		if !ok || !isSetting(name) {
			return bad("set")
		}
		s := setting{Word: name}
		for part := range strings.SplitSeq(numbers, ".") {
			no, err := strconv.ParseUint(part, 36, 32)
			if err != nil || no == 0 {
				return bad("set")
			}
			s.Items = append(s.Items, tactful.ItemNo(no))
		}
		if items += len(s.Items); items > maxRestored {
			return bad("set")
		}
		u.Settings = append(u.Settings, s)
	}
	if text := fields.Get("interest"); text != "" {
		at, topic, ok := strings.Cut(text, ":")
		n, err := strconv.ParseInt(at, 10, 64)
		if !ok || err != nil || n <= 0 || topic == "" || len(topic) > tactful.MaxTopicBytes {
			return bad("interest")
		}
		u.Interest = &taken{topic, n}
	}
	if text := fields.Get("prefs"); text != "" {
		u.Prefs = &tactful.PreferencesPatch{}
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.DisallowUnknownFields()
		if len(text) > maxForm || decoder.Decode(u.Prefs) != nil {
			return bad("prefs")
		}
	}
	if text := fields.Get("count"); text != "" {
		id, number, _ := strings.Cut(text, ":")
		n, err := strconv.ParseInt(number, 10, 32)
		if !eventCode.MatchString(id) || err != nil || n < 1 || n > rights.MaxQuantity {
			return bad("count")
		}
		u.Count = &recounted{id, int32(n)}
	}
	if text := fields.Get("report"); text != "" {
		kind, rest, _ := strings.Cut(text, ":")
		decision, item, ok := strings.Cut(rest, ":")
		said, err := form{"kind": {kind}}.feedback()
		if !ok || err != nil || decision == "" || len(text) > maxForm {
			return bad("report")
		}
		u.Report = &reported{decision, said, item}
	}
	if u.Switch = fields.Get("switch"); u.Switch != "" && !switchWord.MatchString(u.Switch) {
		return bad("switch")
	}
	if u.Mark = fields.Get("mark"); u.Mark != "" && !eventCode.MatchString(u.Mark) {
		return bad("mark")
	}
	return u, nil
}

var eventCode = regexp.MustCompile(`^[0-9a-f]{1,64}$`)

var switchWord = regexp.MustCompile(`^(pause|pause:[0-9]{1,12}|frozen|objected)$`)

// undo takes the last click back.
func (c *Centre) undo(w http.ResponseWriter, r *http.Request, v *visit) error {
	u, err := readRestore(r.PostForm)
	if err != nil {
		return err
	}
	if u.Report != nil {
		if err := c.retract(r, v, u.Report); err != nil {
			return err
		}
		return c.done(w, r, form(r.PostForm).get("back"), outcome{Key: "undone"})
	}
	before := c.listNow(r, v)
	switch {
	case v.somebody():
		late, err := c.overtaken(r.Context(), v, &u)
		switch {
		case err != nil:
			return err
		case late:
			return c.done(w, r, form(r.PostForm).get("back"), outcome{Key: "overtaken"})
		}
		// The switch first: while an objection stands, no yes beside it counts.
		if err := c.restoreSwitch(r.Context(), v, &u); err != nil {
			return err
		}
		if err := c.restoreConsents(r.Context(), v, &u); err != nil {
			return err
		}
		if err := c.restoreSettings(r.Context(), v, &u); err != nil {
			return err
		}
		if err := c.restoreCount(r, v, &u); err != nil {
			return err
		}
		if err := c.restoreRest(r.Context(), v, &u); err != nil {
			return err
		}
	case v.Guest:
		c.identity.Note(w, r, Visitor{Level: min(u.Level, tactful.Context), SaidNo: v.SaidNo && !u.Guest})
	default:
		return errNobody()
	}
	return c.done(w, r, form(r.PostForm).get("back"), outcome{Key: "undone", Before: before})
}

// marked lets the Undo of an outcome name how somebody stands after the click.
// Where that cannot be read there is no Undo.
func (c *Centre) marked(r *http.Request, v *visit, o outcome) outcome {
	if !v.somebody() || o.Undo.empty() {
		return o
	}
	control, err := c.engine.Control(r.Context(), v.Alias)
	if err != nil || control.Mark == "" {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "no way back is offered", slog.String("kind", tactful.KindOf(err).String()))
		o.Undo = restore{}
		return o
	}
	o.Undo.Mark = control.Mark
	return o
}

// overtaken reports whether an Undo would allow something, and anything was
// said or switched after the click that it takes back: an old button must not
// lift a newer no. What only takes away is never too late.
func (c *Centre) overtaken(ctx context.Context, v *visit, u *restore) (bool, error) {
	standing, err := c.standing(ctx, v)
	if err != nil {
		return false, err
	}
	if len(u.Grants) == 0 && u.Switch == "" && u.Level <= standing.Level {
		u.Mark = ""
		return false, nil
	}
	control, err := c.engine.Control(ctx, v.Alias)
	if err != nil {
		return false, fmt.Errorf("read what is switched on: %w", err)
	}
	return u.Mark == "" || control.Mark != u.Mark, nil
}

// restoreConsents says again what was said before. A yes comes back only to
// the text that it was said to.
func (c *Centre) restoreConsents(ctx context.Context, v *visit, u *restore) error {
	change := engine.ConsentChange{Level: u.Level, Mark: u.Mark}
	for _, g := range u.Grants {
		n, err := c.shown(v, g.Purpose, g.Hash)
		if err != nil {
			return err
		}
		change.Answers = append(change.Answers, said(n, tactful.Granted))
	}
	for _, p := range u.Denies {
		change.Answers = append(change.Answers, tactful.Consent{Purpose: p, Answer: tactful.Denied, Method: method})
	}
	if change.Level == tactful.LevelUnknown && len(change.Answers) == 0 {
		return nil
	}
	if err := c.say(ctx, v, change); err != nil {
		return fmt.Errorf("take a change of consent back: %w", err)
	}
	return nil
}

func (c *Centre) restoreSettings(ctx context.Context, v *visit, u *restore) error {
	if len(u.Settings) == 0 {
		return nil
	}
	entries, err := c.engine.History(ctx, v.Alias, historyMost)
	if err != nil {
		return fmt.Errorf("read the history: %w", err)
	}
	words := map[string]string{}
	for _, s := range u.Settings {
		for _, e := range entries {
			if slices.Contains(s.Items, e.Item.No) && e.Setting != s.Word {
				words[e.Item.ID] = s.Word
			}
		}
	}
	if len(words) == 0 {
		return nil
	}
	if err := c.engine.SetHistories(ctx, v.Alias, words); err != nil {
		return fmt.Errorf("take a change of the history back: %w", err)
	}
	return nil
}

// restoreRest takes back what was said of interests, or declared.
func (c *Centre) restoreRest(ctx context.Context, v *visit, u *restore) error {
	if u.Interest != nil {
		if _, err := c.engine.SetInterest(ctx, v.Alias, u.Interest.Topic, "none", time.UnixMilli(u.Interest.At).UTC()); err != nil {
			return fmt.Errorf("take a change of interests back: %w", err)
		}
	}
	if u.Prefs != nil {
		if _, err := c.engine.PatchPreferences(ctx, v.Alias, *u.Prefs); err != nil {
			return fmt.Errorf("take a wish back: %w", err)
		}
	}
	return nil
}

// restoreSwitch switches back what was paused, locked or stopped.
func (c *Centre) restoreSwitch(ctx context.Context, v *visit, u *restore) error {
	var err error
	name, value, _ := strings.Cut(u.Switch, ":")
	switch name {
	case "pause":
		var until time.Time
		if seconds, bad := strconv.ParseInt(value, 10, 64); bad == nil {
			until = time.Unix(seconds, 0).UTC()
		}
		err = c.engine.Pause(ctx, v.Alias, until)
	case "frozen":
		err = c.engine.Unrestrict(ctx, v.Alias)
	case "objected":
		err = c.engine.Unobject(ctx, v.Alias)
	}
	if err != nil {
		return fmt.Errorf("switch back: %w", err)
	}
	if u.Switch != "" && len(u.Grants) > 0 { // they stand otherwise now
		control, err := c.engine.Control(ctx, v.Alias)
		if err != nil {
			return fmt.Errorf("read what is switched on: %w", err)
		}
		if !control.Objected.IsZero() {
			return &tactful.Error{Kind: tactful.Conflict, Detail: "advertising was stopped again", Remedy: "see how it stands now"}
		}
		u.Mark = control.Mark
	}
	return nil
}

// before is the restore that puts entries back to how they stand now.
func before(entries []engine.HistoryEntry) restore {
	var u restore
	for _, e := range entries {
		if e.Item.No == 0 {
			continue
		}
		at := slices.IndexFunc(u.Settings, func(s setting) bool { return s.Word == e.Setting })
		if at < 0 {
			at = len(u.Settings)
			u.Settings = append(u.Settings, setting{Word: e.Setting})
		}
		u.Settings[at].Items = append(u.Settings[at].Items, e.Item.No)
	}
	return u
}
