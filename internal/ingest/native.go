package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Native reads the body of POST /v1/events: {"events": [...]}. The error is for
// a body that cannot be read at all; what is wrong with one event stands in its
// Problem and harms no other.
func (r *Rules) Native(body []byte, now time.Time) (Delivery, error) {
	s, members, err := top(body, r.c.MaxBodyBytes)
	if err != nil {
		return Delivery{}, fmt.Errorf("read events: %w", err)
	}
	at, ok := members["events"]
	if !ok {
		return Delivery{}, fmt.Errorf("read events: %w", tactful.InvalidField("events", "is missing", `send {"events":[...]}`))
	}
	spans, err := r.spans(s, at, "events")
	if err != nil {
		return Delivery{}, fmt.Errorf("read events: %w", err)
	}
	d := Delivery{Items: make([]Sent, 0, len(spans))}
	for i, at := range spans {
		d.Items = append(d.Items, r.native(&d, i, s, at, now))
	}
	return d, nil
}

// spans finds the events of a delivery.
func (r *Rules) spans(s string, at span, field string) ([]span, error) {
	spans, ok := elements(s, at, r.c.MaxBatch)
	switch {
	case !ok:
		return nil, tactful.InvalidField(field, "is not a list", "send a list of events")
	case len(spans) > r.c.MaxBatch:
		return nil, tactful.InvalidField(field, fmt.Sprintf("has more than %d entries", r.c.MaxBatch), "send smaller deliveries")
	}
	return spans, nil
}

// decode reads one event inside its bounds.
func (r *Rules) decode(s string, at span) (node, *tactful.Error) {
	if size := at.to - at.from; size > r.c.MaxEventBytes {
		return node{}, tactful.InvalidField("", fmt.Sprintf("the event has %d bytes", size), fmt.Sprintf("send at most %d", r.c.MaxEventBytes))
	}
	n, problem := read(s, at, r.c.MaxDepth)
	if problem != nil {
		problem.Detail = "the event " + problem.Detail
		return node{}, problem
	}
	if n.kind != object {
		return node{}, tactful.InvalidField("", "the event is not an object", "send an object")
	}
	return n, nil
}

func (r *Rules) native(d *Delivery, index int, s string, at span, now time.Time) Sent {
	sent := Sent{Index: index}
	n, problem := r.decode(s, at)
	if problem != nil {
		sent.Problem = problem
		return sent
	}
	f := fields{r: r, n: &n, now: now}
	sent.MessageID = cut(n.get("messageId").text, MaxIDBytes)
	sent.Alias, sent.Problem = alias(&n)
	sent.Event.Time = f.when("time", 0)
	early := f.problem
	signal, unreadable := nativeSignal(n.get("consent"), stated(&n, "time"))
	mode, readable := consentMode(n.get("consentMode"))
	if signal.Mode = mode; mode.Said && signal.Form == decision.SignalNone {
		signal.Time, signal.NoTime = stated(&n, "time"), clampNow(sent.Event.Time, now)
	}
	if sent.Signal = signal; !readable {
		sent.Signal.Broken, sent.Signal.Answers = true, nil
		if unreadable == nil {
			unreadable = broken("consentMode")
		}
	}
	if sent.Problem == nil {
		sent.Problem = unreadable
	}
	if sent.Problem == nil {
		sent.Problem = r.inspect(&n)
	}
	if sent.Problem == nil {
		sent.Problem = early
	}
	if sent.Problem != nil {
		sent.Event = tactful.Event{}
		return sent
	}
	e := &sent.Event
	word := f.str("action", 32)
	action, known := tactful.ParseAction(word)
	f.expect(known, "action", "is missing or unknown", "send viewed, added, removed, purchased, returned, declined, clicked, dismissed, saved or searched")
	e.Action = action
	f.expect(n.get("messageId").kind == text && n.get("messageId").text != "", "messageId", "is missing", "send an id of your own, so that a retry is recognised")
	e.MessageID = messageID(f.str("messageId", 4*MaxIDBytes), 0)
	f.item(e, "item", "query")
	e.Quantity = f.quantity("quantity", reject)
	e.Value = f.price("price", "currency", reject)
	e.Order = f.id("order", MaxIDBytes)
	e.Session = f.id("session", MaxIDBytes)
	e.Source = f.source("source", "web")
	e.Provenance = tactful.Observed
	switch p := f.str("provenance", 32); p {
	case "", tactful.Observed.String():
	case tactful.Declared.String():
		e.Provenance = tactful.Declared
	default:
		f.expect(false, "provenance", "is not first-party knowledge", "send observed or declared")
	}
	e.Properties = f.properties(d, n.get("properties"), "properties", e.Provenance)
	sent.Task, sent.Problem = Store, f.problem
	if sent.Problem != nil {
		sent.Task, sent.Event = Ignore, tactful.Event{}
	}
	return sent
}

// alias reads whose event it is: the account where there is one.
func alias(n *node) (tactful.Alias, *tactful.Error) {
	user, anonymous := n.get("userId"), n.get("anonymousId")
	a := tactful.Alias{Kind: tactful.UserID, ID: user.text}
	field := "userId"
	if user.kind == number && whole(user.text) {
		user = &node{kind: text, text: user.text}
	}
	if (user.kind == absent || user.kind == null || user.text == "") && anonymous.kind == text {
		a, field, user = tactful.Alias{Kind: tactful.Anonymous, ID: anonymous.text}, "anonymousId", anonymous
	}
	if user.kind != text {
		return tactful.Alias{}, tactful.InvalidField("userId", "names nobody", "send a userId or an anonymousId, as text")
	}
	if err := a.Validate(field); err != nil {
		return tactful.Alias{}, tactful.InvalidField(field, "is empty or too long", fmt.Sprintf("send 1 to %d bytes", tactful.MaxAliasBytes))
	}
	return a, nil
}

func whole(literal string) bool {
	return literal != "" && len(literal) <= 20 && strings.Trim(literal, "0123456789") == ""
}

// messageID turns a sender's message id into one of fixed form: a retry lands
// on itself, and nothing that somebody put into the id is stored.
func messageID(id string, line int) string {
	sum := sha256.Sum256([]byte(id + "\x00" + strconv.Itoa(line)))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// stated is when the sender's own clock says that something happened; zero if
// it says nothing. What is said about consent counts as of this moment: moved
// by a guess about the clock, an old yes that comes again would be new.
func stated(n *node, name string) time.Time {
	t, err := time.Parse(time.RFC3339, n.get(name).text)
	if n.get(name).kind != text || err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Millisecond)
}

// clampNow is the time at which something can have been said.
func clampNow(t, now time.Time) time.Time {
	if t.IsZero() || t.After(now) {
		return now.UTC()
	}
	return t
}

// strictness says what a malformed side value does.
type strictness uint8

const (
	forgive strictness = iota // the value is left out
	reject                    // the event is refused
)

// fields reads members of one event and keeps the first problem.
type fields struct {
	r       *Rules
	n       *node
	now     time.Time
	prefix  string
	problem *tactful.Error
}

func (f *fields) expect(ok bool, field, detail, remedy string) {
	if !ok && f.problem == nil {
		f.problem = tactful.InvalidField(f.prefix+field, detail, remedy)
	}
}

func (f *fields) str(name string, limit int) string {
	switch n := f.n.get(name); n.kind {
	case absent, null:
	case text:
		f.expect(len(n.text) <= limit, name, "is too long", fmt.Sprintf("send at most %d bytes", limit))
		return n.text
	case number:
		if whole(n.text) {
			return n.text
		}
		f.expect(false, name, "is not text", "send text")
	default:
		f.expect(false, name, "is not text", "send text")
	}
	return ""
}

// id reads a code that is kept as it is.
func (f *fields) id(name string, limit int) string {
	s := strings.TrimSpace(f.str(name, limit))
	if s == "" || f.problem != nil {
		return ""
	}
	if found := f.r.screen.ID(s); found != Clean {
		f.expect(false, name, "contains "+found.String(), "send a code of your own that is not a person's number, address or data")
	}
	return s
}

// item reads what the event is about: an item, or the query of a search.
func (f *fields) item(e *tactful.Event, item, query string) {
	if e.Action != tactful.Searched {
		e.Item = f.id(item, MaxItemBytes)
		f.expect(e.Item != "", item, "is missing", "send the item's id in the catalogue")
		return
	}
	q := f.str(query, 16*MaxQueryBytes)
	f.expect(strings.TrimSpace(q) != "", query, "is missing", "a search needs its query")
	if f.problem == nil {
		e.Query, _ = f.r.screen.Text(q)
	}
}

func (f *fields) quantity(name string, s strictness) int32 {
	n := f.n.get(name)
	if n.kind == absent || n.kind == null {
		return 1
	}
	q, err := strconv.ParseFloat(n.text, 64)
	ok := (n.kind == number || n.kind == text && s == forgive) && err == nil && q >= 1 && q <= MaxQuantity && q == float64(int32(q))
	if !ok && s == reject {
		f.expect(false, name, "is not a whole number in range", fmt.Sprintf("send 1 to %d", MaxQuantity))
	}
	if !ok {
		return 1
	}
	return int32(q)
}

// maxPrice is a billion, in hundredths.
const maxPrice = 100_000_000_000

func (f *fields) price(name, currency string, s strictness) int64 {
	n, c := f.n.get(name), f.n.get(currency)
	if n.kind == absent || n.kind == null {
		return 0
	}
	value, ok := hundredths(n.text)
	ok = ok && (n.kind == number || n.kind == text && s == forgive)
	fine := c.kind == absent || c.kind == null || c.kind == text && currencyCode.MatchString(c.text)
	if s == reject {
		f.expect(ok, name, "is not an amount", "send a number of 0 to 1000000000")
		f.expect(fine, currency, "is not an ISO 4217 code", `send three capital letters such as "EUR"`)
	}
	if !ok || !fine || f.r.c.Currency != "" && c.text != "" && c.text != f.r.c.Currency {
		return 0
	}
	return value
}

// hundredths reads a decimal number exactly, rounding half up at the third
// decimal. Exponents are refused: no shop writes prices so.
func hundredths(literal string) (int64, bool) {
	units, rest, _ := strings.Cut(literal, ".")
	if units == "" || len(units) > 10 || !whole(units) || rest != "" && strings.Trim(rest, "0123456789") != "" {
		return 0, false
	}
	value, err := strconv.ParseInt(units, 10, 64)
	if err != nil {
		return 0, false
	}
	rest += "000"
	value = value*100 + int64(rest[0]-'0')*10 + int64(rest[1]-'0')
	if rest[2] >= '5' {
		value++
	}
	return value, value <= maxPrice
}

func (f *fields) source(name, missing string) string {
	s := f.str(name, 32)
	if s == "" {
		s = missing
	}
	f.expect(slices.Contains(f.r.c.Sources, s), name, "is not a configured first-party source", "send one of the sources under ingest.sources")
	return s
}

// when reads a time, moved by the sender's clock error, and checks its bounds.
func (f *fields) when(name string, skew time.Duration) time.Time {
	n := f.n.get(name)
	if n.kind == absent || n.kind == null {
		return f.now.UTC().Truncate(time.Millisecond)
	}
	t, err := time.Parse(time.RFC3339, n.text)
	if n.kind != text || err != nil {
		f.expect(false, name, "is not a time", `send RFC 3339, for example "2026-11-22T12:00:00Z"`)
		return time.Time{}
	}
	t = t.Add(skew)
	f.expect(!t.After(f.now.Add(FutureSkew)), name, "lies in the future", "send when it happened, in UTC; check the sender's clock")
	f.expect(!t.Before(f.now.Add(-f.r.c.MaxAge)), name, "is too old", "raise ingest.max_age if such events shall count")
	return clampNow(t, f.now).UTC().Truncate(time.Millisecond)
}
