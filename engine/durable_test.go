package engine

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/records"
)

const (
	killedDir    = "ENGINE_KILLED_DIR"
	killedRound  = "ENGINE_KILLED_ROUND"
	killShoppers = 16 // send events and ask for lists
	killVoters   = 4  // say yes and no in turn
	killItems    = 24
)

func killConfig(c *Config) {
	c.Learn.Check = time.Hour
	c.Learn.Support = 1
}

// killMoment is when the events of a round happened.
func killMoment(round int) time.Time { return noon.Add(time.Duration(round) * time.Hour) }

func shopper(n int) string { return "shopper-" + strconv.Itoa(n) }
func voter(n int) string   { return "voter-" + strconv.Itoa(n) }

// TestKilledChild works until it is killed. It says what it is about to do and
// what was acknowledged to it, one line each, in one write each.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killedDir)
	if dir == "" {
		t.Skip("runs only as a child of TestKillLosesNothingAcknowledged")
	}
	round, err := strconv.Atoi(os.Getenv(killedRound))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, clock: &clock{now: killMoment(round)}, dir: dir}
	killConfig(&w.cfg)
	w.cfg.Defaults()
	w.open()
	c := &killed{world: w, round: round}
	for n := range 3 {
		go c.forever(func(turn int) error { return c.ingest(n, turn) })
	}
	for n := range killVoters {
		go c.forever(func(turn int) error { return c.vote(n, turn) })
	}
	for n := range 3 {
		go c.forever(func(turn int) error { return c.ask(n, turn) })
	}
	go c.forever(func(int) error {
		report, err := w.Train(context.Background(), nil)
		if err == nil {
			c.say("model", report.Hash)
		}
		return err
	})
	select {} // until the kill
}

// killed is the life of the child.
type killed struct {
	*world
	round int
	mu    sync.Mutex
}

func (c *killed) say(words ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintln(os.Stdout, strings.Join(words, " "))
}

func (c *killed) forever(step func(turn int) error) {
	for turn := 0; ; turn++ {
		if err := step(turn); err != nil {
			c.say("failed", strings.ReplaceAll(err.Error(), " ", "_"))
			return
		}
	}
}

// killEvent is one event of a child; the parent can build the same one again.
func killEvent(id, who string) map[string]any {
	round, _ := strconv.Atoi(strings.Split(id, "-")[1])
	at := killMoment(round)
	sum := 0
	for _, b := range []byte(id) {
		sum = sum*31 + int(b)
	}
	return map[string]any{"messageId": id, "userId": who, "action": "purchased", "item": fmt.Sprintf("item-%d", 1+(sum%killItems+killItems)%killItems),
		"source": "web", "time": at.Format(time.RFC3339)}
}

func (c *killed) ingest(worker, turn int) error {
	var events []map[string]any
	var ids, names []string
	for i := range 1 + turn%20 {
		id, who := fmt.Sprintf("m-%d-%d-%d-%d", c.round, worker, turn, i), shopper((worker*7+turn*3+i)%killShoppers)
		events = append(events, killEvent(id, who))
		ids, names = append(ids, id), append(names, who)
	}
	body, err := json.Marshal(map[string]any{"events": events})
	if err != nil {
		return err
	}
	c.say("sending", strings.Join(ids, ","), strings.Join(names, ","))
	outcomes, err := c.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
	if err != nil {
		return err
	}
	for i, o := range outcomes {
		if o.Status != OutcomeAccepted || o.MessageID != ids[i] {
			return fmt.Errorf("event %d: %s %s %s", i, o.Status, o.Reason, o.Detail)
		}
	}
	c.say("events", strings.Join(ids, ","), strings.Join(names, ","))
	return nil
}

func (c *killed) vote(n, turn int) error {
	c.clock.pass(time.Millisecond)
	change := ConsentChange{}
	for _, notice := range c.Notices("en") {
		if notice.Purpose == tactful.Recommendations {
			answer := tactful.Consent{Purpose: notice.Purpose, Answer: tactful.Denied, Method: "form"}
			if turn%2 == 0 {
				answer = tactful.Consent{Purpose: notice.Purpose, Answer: tactful.Granted, NoticeVersion: notice.Version,
					NoticeHash: notice.Hash, Language: notice.Language, Method: "form"}
			}
			change.Answers = append(change.Answers, answer)
		}
	}
	next, err := c.SetConsents(context.Background(), user(voter(n)), change)
	if err != nil {
		return err
	}
	if n == 0 { // so that kills fall into the ledger's work too
		if err := c.sequence(context.Background()); err != nil {
			return err
		}
	}
	stands := next.Purposes[tactful.Recommendations]
	c.say("consent", stands.ID, voter(n))
	return nil
}

func (c *killed) ask(worker, turn int) error {
	r := tactful.Request{Placement: tactful.ForYou, Count: 5}
	if n := (worker*5 + turn) % (killShoppers + 1); n < killShoppers {
		r.Subject = user(shopper(n))
	}
	d, err := c.Decide(context.Background(), &r)
	if err != nil {
		return err
	}
	c.say("decision", d.ID, strconv.Itoa(len(d.Suggestions)))
	return nil
}

// acknowledged is what the children were told before they died.
type acknowledged struct {
	sent      map[string]string // message id -> whose
	events    map[string]string // of these, acknowledged
	decisions []string
	consents  map[string][]string // voter -> record ids, in order
	models    int
}

func TestKillLosesNothingAcknowledged(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, killConfig)
	w.stock(killItems)
	w.crowd(40, killItems)
	for n := range killShoppers {
		w.agree(shopper(n), tactful.Personal)
	}
	for n := range killVoters {
		w.agree(voter(n), tactful.Personal)
	}
	w.train()
	w.shut()

	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	seed := mathrand.New(mathrand.NewPCG(20261122, 2))
	all := &acknowledged{sent: map[string]string{}, events: map[string]string{}, consents: map[string][]string{}}
	checked, loaded := killedCount{}, 0
	for round := 1; round <= rounds; round++ {
		lines := 1 + seed.IntN(250)
		got := all.child(t, exe, w.dir, round, lines)
		var text bytes.Buffer
		w.clock = &clock{now: killMoment(round).Add(30 * time.Minute)}
		w.reopen(&text)
		checked = w.holdsAll(all, round)
		switch h := w.Health(); {
		case h.ModelHash != "":
			loaded++
		case !strings.Contains(text.String(), "the model is refused"):
			t.Errorf("round %d: there is no model and nobody said why", round)
		}
		if d := w.decide(tactful.Request{Subject: user(shopper(0)), Placement: tactful.ForYou}); d.ID == "" {
			t.Errorf("round %d: no decision", round)
		}
		if round == rounds {
			w.train() // the sums can be rebuilt from what is left
		} else {
			w.shut()
		}
		t.Logf("round %d: killed after %d lines, %d came", round, lines, got)
	}
	t.Logf("%d kills: %d acknowledged events there once (and %d of %d never acknowledged), all duplicates when sent again; %d answered decisions with their receipts; %d acknowledged consents on record and %d leaves of theirs in the ledger, each once; %d fits acknowledged, the model loaded %d times of %d",
		rounds, checked.events, checked.silent, len(all.sent)-len(all.events), checked.decisions, checked.consents, checked.leaves, all.models, loaded, rounds)
	if least := 20 * rounds; checked.events < least || checked.decisions < least || checked.consents < rounds {
		t.Error("too little was acknowledged to prove anything")
	}
	if loaded != rounds {
		t.Error("a kill without a power loss cost the model")
	}
}

// reopen opens the engine with a log that can be read.
func (w *world) reopen(text *bytes.Buffer) {
	w.t.Helper()
	e, err := Open(context.Background(), w.cfg, Options{
		Dir: filepath.Join(w.dir, "data"), KeyDir: filepath.Join(w.dir, "keys"),
		Clock: w.clock, Entropy: rand.Reader, Log: slog.New(slog.NewTextHandler(text, nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Engine = e
}

// child runs a child and kills it after so many lines.
func (a *acknowledged) child(t *testing.T, exe, dir string, round, lines int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestKilledChild$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), killedDir+"="+dir, killedRound+"="+strconv.Itoa(round))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(out)
	got := 0
	for {
		line, err := reader.ReadString('\n')
		if err != nil { // a line that the kill cut counts for nothing
			break
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		switch words[0] {
		case "sending":
			pairUp(a.sent, words[1], words[2])
			continue
		case "events":
			pairUp(a.events, words[1], words[2])
		case "decision":
			a.decisions = append(a.decisions, words[1])
		case "consent":
			a.consents[words[2]] = append(a.consents[words[2]], words[1])
		case "model":
			a.models++
		default:
			t.Errorf("round %d: the child said %q", round, line)
		}
		if got++; got == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || got < lines {
		t.Errorf("round %d: the child ended by itself after %d lines", round, got)
	}
	return got
}

func pairUp(into map[string]string, ids, names string) {
	whose := strings.Split(names, ",")
	for i, id := range strings.Split(ids, ",") {
		into[id] = whose[i]
	}
}

type killedCount struct{ events, silent, decisions, consents, leaves int }

// holdsAll looks for everything that was ever acknowledged.
func (w *world) holdsAll(a *acknowledged, round int) (n killedCount) {
	w.t.Helper()
	n.events, n.silent = w.holdsEvents(a)
	for _, id := range a.decisions {
		if _, err := w.Receipt(context.Background(), id); err != nil {
			w.t.Fatalf("round %d: an answered decision has no receipt: %v", round, err)
		}
		n.decisions++
	}
	for who, ids := range a.consents {
		n.consents += w.holdsConsents(who, ids)
		n.leaves += w.holdsLeaves(who, ids)
	}
	w.sound()
	w.sendAgain(a, round)
	return n
}

func (w *world) ref(id string) tactful.Ref {
	w.t.Helper()
	ref, err := w.find(context.Background(), user(id), w.clock.Now())
	if err != nil || ref.IsZero() {
		w.t.Fatalf("%s is nobody: %v", id, err)
	}
	return ref
}

// holdsEvents counts stored events by name: acknowledged ones must be there
// exactly once and as sent, others must at least have been sent.
func (w *world) holdsEvents(a *acknowledged) (there, silent int) {
	w.t.Helper()
	names := w.nameAll(a)
	for n := range killShoppers {
		who := shopper(n)
		subject, err := w.records.Open(context.Background(), w.ref(who), records.Want{Events: records.AllEvents}, w.clock.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		stored := map[decision.EventKey]string{}
		for i := range subject.Events {
			if _, twice := stored[subject.Events[i].Key]; twice {
				w.t.Errorf("%s has an event twice", who)
			}
			stored[subject.Events[i].Key] = subject.Events[i].Event.Item
		}
		for id, whose := range a.sent {
			if whose != who {
				continue
			}
			item, stands := stored[names[id].key]
			delete(stored, names[id].key)
			_, acked := a.events[id]
			switch {
			case stands && item != names[id].item:
				w.t.Errorf("an event came back with another item")
			case acked && !stands:
				w.t.Errorf("an acknowledged event is gone")
			case acked:
				there++
			case stands:
				silent++
			}
		}
		if len(stored) > 0 {
			w.t.Errorf("%s has %d events that nobody sent", who, len(stored))
		}
	}
	return there, silent
}

// stored names what a sent event must have become.
type storedName struct {
	key  decision.EventKey
	item string
}

func (w *world) nameAll(a *acknowledged) map[string]storedName {
	w.t.Helper()
	names := make(map[string]storedName, len(a.sent))
	for id, who := range a.sent {
		body, err := json.Marshal(map[string]any{"events": []any{killEvent(id, who)}})
		if err != nil {
			w.t.Fatal(err)
		}
		read, err := w.rules.Native(body, w.clock.Now())
		if err != nil || len(read.Items) != 1 {
			w.t.Fatal(err)
		}
		key, err := w.records.EventKey(&read.Items[0].Event)
		if err != nil {
			w.t.Fatal(err)
		}
		names[id] = storedName{key, read.Items[0].Event.Item}
	}
	return names
}

func (w *world) holdsConsents(who string, ids []string) int {
	w.t.Helper()
	log, err := w.records.ConsentLog(context.Background(), w.ref(who), 0, w.clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	at := map[string]int{}
	for i := range log {
		at[log[i].ID] = i
	}
	for _, id := range ids {
		if _, ok := at[id]; !ok {
			w.t.Fatalf("%s: an acknowledged consent is not on record", who)
		}
	}
	stands, err := w.Consents(context.Background(), user(who))
	if err != nil {
		w.t.Fatal(err)
	}
	// Log is newest first. What stands is the last one acknowledged, or a later
	// one that the kill kept from being acknowledged.
	current, ok := at[stands.Purposes[tactful.Recommendations].ID]
	if !ok || current > at[ids[len(ids)-1]] {
		w.t.Errorf("%s: an older answer than the last acknowledged one stands", who)
	}
	return len(ids)
}

// sendAgain repeats this round's acknowledged events, as a client would that
// did not hear the answer.
func (w *world) sendAgain(a *acknowledged, round int) {
	w.t.Helper()
	var events []map[string]any
	flush := func() {
		body, err := json.Marshal(map[string]any{"events": events})
		if err != nil {
			w.t.Fatal(err)
		}
		outcomes, err := w.Ingest(context.Background(), Delivery{Trust: Trusted, Form: Native, Body: body})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, o := range outcomes {
			if o.Status != OutcomeDuplicate {
				w.t.Errorf("an acknowledged event sent again is %s %s %s", o.Status, o.Reason, o.Detail)
			}
		}
		events = events[:0]
	}
	for id, who := range a.events {
		if strings.HasPrefix(id, fmt.Sprintf("m-%d-", round)) {
			events = append(events, killEvent(id, who))
		}
		if len(events) == 100 {
			flush()
		}
	}
	if len(events) > 0 {
		flush()
	}
}
