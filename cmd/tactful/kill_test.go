package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

const (
	killsVariable = "TACTFUL_KILLS" // how many; the measured run had 50
	killsByItself = 8
	killShoppers  = 40
	killThings    = 20
)

// heard is what a server under load acknowledged to its clients before it was
// killed: a whole answer with a good status had arrived.
type heard struct {
	mu       sync.Mutex
	sent     map[int]string // the serial number of an event -> whose
	events   map[int]bool   // of these, acknowledged
	receipts []string
	reports  map[string]int
	consents map[string][]string // whose -> record ids, in order
	fits     int

	answers atomic.Int64
	wrong   []string
}

func (h *heard) note(write func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	write()
}

// killClient asks one server until it dies.
type killClient struct {
	*heard
	http *http.Client
	url  string
	keys map[string]string // by scope
}

var errServerDied = errors.New("the server died")

// call sends one request. Only a transport that breaks is a death; an answer
// that is not good is noted, since this load is within every limit.
func (c *killClient) call(method, path, key string, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequest(method, c.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+c.keys[key])
	got, err := c.http.Do(r)
	if err != nil {
		return errServerDied
	}
	defer got.Body.Close()
	text, err = io.ReadAll(got.Body)
	if err != nil {
		return errServerDied
	}
	if got.StatusCode/100 != 2 {
		c.note(func() { c.wrong = append(c.wrong, fmt.Sprintf("%s %s: %d %s", method, path, got.StatusCode, text)) })
		return fmt.Errorf("status %d", got.StatusCode)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			c.note(func() { c.wrong = append(c.wrong, fmt.Sprintf("%s %s: %v", method, path, err)) })
			return err
		}
	}
	return nil
}

// killEpoch is when event 0 happened; each has a second of its own, by which it is
// known again.
func killEpoch() time.Time { return time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -20) }

func killEvents(epoch time.Time, serials []int) (events []map[string]any, whose map[int]string) {
	whose = map[int]string{}
	for _, n := range serials {
		whose[n] = fmt.Sprintf("shopper-%d", n*7%killShoppers)
		events = append(events, map[string]any{"messageId": fmt.Sprint("m-", n), "userId": whose[n], "action": "viewed",
			"item": fmt.Sprint("A", n*13%killThings), "source": "web", "time": epoch.Add(time.Duration(n) * time.Second).Format(time.RFC3339)})
	}
	return events, whose
}

// TestKillsUnderFullLoadLoseNothingAcknowledged lets many clients use a real
// server over HTTP, kills it with -9 in the middle, looks whether all that it
// acknowledged is there once, and starts the next. TACTFUL_KILLS sets how often.
func TestKillsUnderFullLoadLoseNothingAcknowledged(t *testing.T) {
	kills := killsByItself
	if testing.Short() {
		kills = 3
	}
	if text := os.Getenv(killsVariable); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s=%q: give a number", killsVariable, text)
		}
		kills = n
	}
	s := newShell(t)
	items := "id,title\n"
	for i := range killThings {
		items += fmt.Sprintf("A%d,Thing %d\n", i, i)
	}
	s.on("import", "items", s.write("items.csv", items))
	var people []string
	for i := range killShoppers {
		people = append(people, fmt.Sprintf("shopper-%d", i))
	}
	s.agree(people...)
	keys := map[string]string{}
	for _, scope := range []string{"write", "decide", "rights"} {
		keys[scope] = strings.TrimSpace(s.on("keys", "create", "--name", scope, "--scope", scope))
	}
	keys["admin"] = strings.TrimSpace(s.on("keys", "create", "--name", "admin", "--scope", "admin", "--operator", "Ada B."))
	h := &heard{sent: map[int]string{}, events: map[int]bool{}, reports: map[string]int{}, consents: map[string][]string{}}
	epoch, seed, next := killEpoch(), rand.New(rand.NewPCG(20261126, 5)), new(atomic.Int64)
	answers := 0
	for round := range kills {
		server, url, errOut := s.apart()
		h.answers.Store(0)
		c := &killClient{heard: h, url: url, keys: keys, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}}
		c.sendAgain(t, epoch, round)
		after := 1 + int64(seed.IntN(600))
		got := c.load(t, epoch, round, next, after, func() {
			if err := server.Process.Kill(); err != nil {
				t.Error(err)
			}
		})
		if err := server.Wait(); err == nil || server.ProcessState.ExitCode() >= 0 {
			t.Fatalf("kill %d: the server ended by itself: %v\n%s", round, err, errOut)
		}
		if len(h.wrong) > 0 {
			t.Fatalf("kill %d: %s", round, strings.Join(h.wrong, "\n"))
		}
		answers += got
		s.on("verify") // files, rows, model, ledger
		if round%10 == 9 || round == kills-1 {
			s.holds(h, epoch)
		}
	}
	stored, lost, twice := s.holds(h, epoch)
	records := 0
	for _, ids := range h.consents {
		records += len(ids)
	}
	t.Logf("%d kills -9 under load, %d whole answers: %d acknowledged events each there once (and %d of %d that nobody acknowledged), %d receipts, %d reports, %d consents, %d fits; %d lost, %d twice; after each kill every file, row, leaf and the model verified",
		kills, answers, len(h.events), stored-len(h.events), len(h.sent)-len(h.events), len(h.receipts), len(h.reports), records, h.fits, lost, twice)
	if len(h.events) < 100*kills || len(h.receipts) < 20*kills || records < 3*kills {
		t.Error("too little was acknowledged to prove anything")
	}
}

// load runs all clients at once until so many answers have come and the server
// is dead.
func (c *killClient) load(t *testing.T, epoch time.Time, round int, next *atomic.Int64, after int64, kill func()) int {
	t.Helper()
	var group sync.WaitGroup
	var once sync.Once
	client := func(step func(turn int) error) {
		group.Go(func() {
			for turn := 0; ; turn++ {
				if err := step(turn); err != nil {
					if !errors.Is(err, errServerDied) {
						once.Do(kill)
					}
					return
				}
				if c.answers.Add(1) >= after {
					once.Do(kill)
				}
			}
		})
	}
	for i := range 5 {
		client(func(turn int) error {
			serials := make([]int, 1+turn*(i/2)%20) // two clients send single events
			for k := range serials {
				serials[k] = int(next.Add(1))
			}
			return c.send(epoch, serials)
		})
	}
	for i := range 3 {
		client(func(turn int) error { return c.decide(turn*3 + i) })
	}
	for i := range 2 {
		client(func(turn int) error { return c.vote(t, fmt.Sprintf("voter-%d-%d", round, i), turn) })
	}
	client(func(int) error {
		err := c.call("POST", "/v1/train", "admin", nil, nil)
		if err == nil {
			c.note(func() { c.fits++ })
		}
		return err
	})
	group.Wait()
	return int(c.answers.Load())
}

func (c *killClient) send(epoch time.Time, serials []int) error {
	events, whose := killEvents(epoch, serials)
	c.note(func() {
		for n, who := range whose {
			c.sent[n] = who
		}
	})
	var answer struct{ Accepted int }
	if err := c.call("POST", "/v1/events", "write", map[string]any{"events": events}, &answer); err != nil {
		return err
	}
	c.note(func() {
		if answer.Accepted != len(serials) {
			c.wrong = append(c.wrong, fmt.Sprintf("%d of %d events accepted", answer.Accepted, len(serials)))
		}
		for n := range whose {
			c.events[n] = true
		}
	})
	return nil
}

func (c *killClient) decide(n int) error {
	ask := map[string]any{"placement": "for_you", "count": 5}
	if n%8 > 0 {
		ask["userId"] = fmt.Sprintf("shopper-%d", n%killShoppers)
	}
	var d struct {
		ID          string
		Suggestions []struct{ Item struct{ ID string } }
	}
	if err := c.call("POST", "/v1/decisions/recommendations", "decide", ask, &d); err != nil {
		return err
	}
	c.note(func() { c.receipts = append(c.receipts, d.ID) })
	if err := c.call("POST", "/v1/decisions/"+d.ID+"/shown", "decide", struct{}{}, nil); err != nil {
		return err
	}
	c.note(func() { c.reports[d.ID]++ })
	return nil
}

func (c *killClient) vote(t *testing.T, who string, turn int) error {
	answer := map[string]any{"purpose": "recommendations", "answer": "denied", "method": "form"}
	if turn%2 == 0 {
		n := notice(t, tactful.Recommendations)
		answer["answer"], answer["noticeVersion"], answer["noticeHash"], answer["language"] = "granted", n.Version, n.Hash, "en"
	}
	var stands struct {
		Purposes map[string]struct{ ID string }
	}
	err := c.call("PUT", "/v1/subjects/"+who+"/consents", "rights", map[string]any{"level": "personal", "answers": []any{answer}}, &stands)
	if err != nil {
		return err
	}
	c.note(func() { c.consents[who] = append(c.consents[who], stands.Purposes["recommendations"].ID) })
	return nil
}

// sendAgain repeats what was acknowledged since the last kill, as clients do that
// did not hear the answer: all of it is known already.
func (c *killClient) sendAgain(t *testing.T, epoch time.Time, round int) {
	t.Helper()
	const last = 500
	var serials []int
	for n := range c.events {
		serials = append(serials, n)
		if len(serials) == last {
			break
		}
	}
	if len(serials) == 0 {
		return
	}
	events, _ := killEvents(epoch, serials)
	var answer struct{ Accepted, Duplicate int }
	if err := c.call("POST", "/v1/events", "write", map[string]any{"events": events}, &answer); err != nil {
		t.Fatalf("kill %d: %v", round, err)
	}
	if answer.Duplicate != len(serials) {
		t.Errorf("kill %d: of %d acknowledged events sent again %d are known, %d are taken anew", round, len(serials), answer.Duplicate, answer.Accepted)
	}
}

// holds opens the stores that a kill left and looks for all that was ever
// acknowledged. It counts the events that are there, and of all what is not or is twice.
func (s *shell) holds(h *heard, epoch time.Time) (stored, lost, twice int) {
	s.Helper()
	ctx := context.Background()
	flags := &configFlags{DataDir: s.stores()[1], KeyDir: s.stores()[3]}
	cfg, err := flags.load()
	if err != nil {
		s.Fatal(err)
	}
	eng, done, err := openEngine(&app{ctx: ctx, out: io.Discard, err: io.Discard}, &cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		s.Fatal(err)
	}
	defer done()
	times := map[int]int{}
	looking := tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: "the test", Reason: "to count what the kills left"})
	err = eng.EachConsented(looking, tactful.Recommendations, func(string, int, int) {}, func(p engine.PersonEvents) error {
		for _, event := range p.Events {
			n := int(event.Time.Sub(epoch) / time.Second)
			times[n]++
			if _, sent := h.sent[n]; !sent || event.Item != fmt.Sprint("A", n*13%killThings) {
				s.Errorf("event %d is there and was not sent like that", n)
			}
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
	for n, count := range times {
		if stored++; count > 1 {
			twice++
			s.Errorf("event %d is there %d times", n, count)
		}
	}
	for n := range h.events {
		if times[n] == 0 {
			lost++
			s.Errorf("the acknowledged event %d is lost", n)
		}
	}
	for _, id := range h.receipts {
		r, err := eng.Receipt(ctx, id)
		if err != nil {
			lost++
			s.Errorf("the receipt of an answered decision: %v", err)
			continue
		}
		if got, want := len(r.Feedback), h.reports[id]; got < want || got > 1 {
			lost, twice = lost+max(want-got, 0), twice+max(got-1, 0)
			s.Errorf("a decision has %d reports, %d were acknowledged", got, want)
		}
	}
	for who, ids := range h.consents {
		log, err := eng.ConsentLog(ctx, tactful.Alias{Kind: tactful.UserID, ID: who}, 1000)
		if err != nil {
			s.Fatal(err)
		}
		there := map[string]int{}
		for _, entry := range log {
			there[entry.Consent.ID]++
		}
		for _, id := range ids {
			if there[id] != 1 {
				lost, twice = lost+max(1-there[id], 0), twice+max(there[id]-1, 0)
				s.Errorf("an acknowledged consent of %s is there %d times", who, there[id])
			}
		}
		if len(log) > len(ids)+1 {
			s.Errorf("%s has %d records, said %d", who, len(log), len(ids))
		}
	}
	return stored, lost, twice
}
