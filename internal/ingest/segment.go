package ingest

import (
	"fmt"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
)

// Call is one of Segment's calls, told by the path of the request.
type Call uint8

// Calls. The zero value is none and is refused.
const (
	NoCall Call = iota
	Identify
	Track
	Page
	ScreenCall
	Group
	AliasCall
	Batch
)

var callWords = [...]string{"", "identify", "track", "page", "screen", "group", "alias", "batch"}

// ParseCall reads a path's last part: "identify" or its first letter as
// Segment's browser library sends it ("i", "t", "p", "s", "g", "a", "b").
func ParseCall(word string) (Call, bool) {
	for i, w := range callWords {
		if i > 0 && (word == w || word == w[:1]) {
			return Call(i), true
		}
	}
	return NoCall, false
}

// String returns Segment's word.
func (c Call) String() string {
	if int(c) < len(callWords) {
		return callWords[c]
	}
	return ""
}

// choosing is Segment's event for the moment in which somebody chooses.
const choosing = "segment consent preference updated"

// Segment reads one of Segment's or RudderStack's calls. As with Native, the
// error is for a body that cannot be read at all.
func (r *Rules) Segment(body []byte, call Call, now time.Time) (Delivery, error) {
	s, members, err := top(body, r.c.MaxBodyBytes)
	if err != nil {
		return Delivery{}, fmt.Errorf("read segment call: %w", err)
	}
	outer := segmentBody{d: &Delivery{}, s: s, now: now}
	if at, ok := members["writeKey"]; ok {
		if key, problem := read(s, at, 1); problem == nil && key.kind == text && len(key.text) <= MaxIDBytes {
			outer.d.WriteKey = key.text
		}
	}
	outer.skew = outer.clockError(members)
	switch call {
	case Identify, Track, Page, ScreenCall, Group, AliasCall:
		r.segment(&outer, 0, span{0, len(s)}, call)
		return *outer.d, nil
	case Batch:
	default:
		return Delivery{}, fmt.Errorf("read segment call: %w", tactful.Errorf(tactful.Invalid, "the call is unknown"))
	}
	at, ok := members["batch"]
	if !ok {
		return Delivery{}, fmt.Errorf("read segment call: %w", tactful.InvalidField("batch", "is missing", `send {"batch":[...]}`))
	}
	if at, ok := members["context"]; ok {
		// A context beside the batch holds for every call that has no consent object of its own.
		var problem *tactful.Error
		if outer.context, problem = r.decode(s, at); problem != nil {
			return Delivery{}, fmt.Errorf("read segment call: %w", problem)
		}
	}
	spans, err := r.spans(s, at, "batch")
	if err != nil {
		return Delivery{}, fmt.Errorf("read segment call: %w", err)
	}
	outer.d.Items = make([]Sent, 0, len(spans))
	for i, at := range spans {
		r.segment(&outer, i, at, NoCall)
	}
	return *outer.d, nil
}

// segmentBody is what the calls of one body share.
type segmentBody struct {
	d       *Delivery
	s       string
	now     time.Time
	skew    time.Duration
	context node
}

// clockError is how far the sender's clock is behind ours, told by sentAt;
// small differences are the time on the wire.
func (b *segmentBody) clockError(members map[string]span) time.Duration {
	at, ok := members["sentAt"]
	if !ok {
		return 0
	}
	n, problem := read(b.s, at, 1)
	if problem != nil || n.kind != text {
		return 0
	}
	sent, err := time.Parse(time.RFC3339, n.text)
	if err != nil {
		return 0
	}
	if d := b.now.Sub(sent); d > FutureSkew || d < -FutureSkew/5 {
		return d
	}
	return 0
}

// segment reads one call and appends what becomes of it.
func (r *Rules) segment(b *segmentBody, index int, at span, call Call) {
	sent := Sent{Index: index}
	n, problem := r.decode(b.s, at)
	if problem != nil {
		sent.Problem = problem
		b.d.Items = append(b.d.Items, sent)
		return
	}
	f := fields{r: r, n: &n, now: b.now}
	sent.MessageID = cut(n.get("messageId").text, MaxIDBytes)
	if call == NoCall {
		var known bool
		word := n.get("type").text
		if call, known = ParseCall(word); !known || call == Batch || len(word) < 2 {
			f.expect(false, "type", "is missing or unknown", "send identify, track, page, screen, group or alias")
		}
	}
	sent.Alias, problem = alias(&n)
	if f.problem == nil {
		f.problem = problem
	}
	clock := firstOf(&n, "timestamp", "originalTimestamp")
	when := f.when(clock, b.skew)
	context := n.get("context")
	banner, mode := context, context.get("consentMode")
	if context.get("consent").kind == absent && context.get("consentManagement").kind == absent {
		banner = &b.context // what the batch says holds for an event that says nothing itself
	}
	if mode.kind == absent {
		mode = b.context.get("consentMode")
	}
	sent.Signal, problem = contextSignal(banner, mode, stated(&n, clock), clampNow(when, b.now))
	name := strings.ToLower(strings.TrimSpace(n.get("event").text))
	sent.Signal.Chosen = call == Track && name == choosing && sent.Signal.Form != decision.SignalNone && !sent.Signal.Broken
	if f.problem == nil {
		f.problem = problem
	}
	if f.problem == nil {
		f.problem = r.inspect(&n)
	}
	if sent.Problem = f.problem; sent.Problem != nil {
		b.d.Items = append(b.d.Items, sent)
		return
	}
	b.d.minimise(&n, context)
	sent.Event.Time = when
	switch call {
	case Track:
		r.track(b, sent, &n, name, b.s[at.from:at.to])
		return
	case Identify:
		sent.Word = WordIdentify
		if other := n.get("anonymousId"); sent.Alias.Kind == tactful.UserID && other.kind == text {
			join(&sent, tactful.Alias{Kind: tactful.Anonymous, ID: other.text}, "anonymousId")
		}
	case AliasCall:
		sent.Word = WordSameName
		if other := n.get("previousId"); other.kind == text && other.text != sent.Alias.ID {
			join(&sent, tactful.Alias{Kind: tactful.Anonymous, ID: other.text}, "previousId")
		}
	case Page:
		sent.Word = WordPage
	case ScreenCall:
		sent.Word = WordScreen
	case Group:
		sent.Word = WordGroup
	}
	sent.Event = tactful.Event{}
	b.d.Items = append(b.d.Items, sent)
}

// join asks for two names to become one person.
func join(sent *Sent, other tactful.Alias, field string) {
	if err := other.Validate(field); err != nil {
		sent.Problem = tactful.InvalidField(field, "is empty or too long", fmt.Sprintf("send 1 to %d bytes", tactful.MaxAliasBytes))
		return
	}
	sent.Task, sent.Word, sent.Other = Join, "", other
}

func firstOf(n *node, names ...string) string {
	for _, name := range names {
		if k := n.get(name).kind; k != absent && k != null {
			return name
		}
	}
	return names[0]
}

// origin is where a call came from: a browser's library, or one in an app.
func origin(context *node) string {
	switch name := strings.ToLower(context.get("library").get("name").text); {
	case strings.Contains(name, "ios"), strings.Contains(name, "android"), strings.Contains(name, "kotlin"), strings.Contains(name, "swift"),
		strings.Contains(name, "react-native"), strings.Contains(name, "flutter"):
		return "app"
	}
	return "web"
}
