package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
)

// soakLoad sends decisions, events and changes of consent, and remembers what
// was acknowledged.
type soakLoad struct {
	addr, key string
	items     []string
	customers []string // lists are asked for by all
	willing   []string // whose events are sent
	changing  []string // whose level changes
	levels    []level  // of those, as far as acknowledged
	turns     int      // over all runs, so that no message id comes twice

	mu        sync.Mutex
	events    []sentEvent
	decisions []string // ids, one of fifty
}

// sentEvent is an acknowledged event, from which it can be made again.
type sentEvent struct {
	client, turn int32
	second       int64
}

// level is what one person was acknowledged to have chosen last, and what was
// sent since without an answer.
type level struct{ acknowledged, unanswered tactful.Level }

// soakCounts is what one run counted.
type soakCounts struct {
	sent, refused, bare, failed int
	failure                     string
	took                        []int32 // of accepted requests, in microseconds
}

func (c *soakCounts) add(other *soakCounts) {
	c.sent, c.refused, c.bare, c.failed = c.sent+other.sent, c.refused+other.refused, c.bare+other.bare, c.failed+other.failed
	c.took = append(c.took, other.took...)
	if c.failure == "" {
		c.failure = other.failure
	}
}

// run sends for so long; perSecond in all, or as fast as answers come where it is 0.
func (l *soakLoad) run(ctx context.Context, clients int, perSecond float64, most time.Duration) (*soakCounts, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	each := time.Duration(0)
	if perSecond > 0 {
		each = time.Duration(float64(clients) / perSecond * float64(time.Second))
	}
	first := l.turns
	l.turns += 1 << 24
	all := make([]soakCounts, clients)
	faults := make([]error, clients)
	var group sync.WaitGroup
	for n := range clients {
		group.Go(func() {
			c := &soakClient{load: l, no: n, of: clients, counts: &all[n]}
			faults[n] = c.run(ctx, first, each)
		})
	}
	group.Wait()
	total := &soakCounts{}
	for i := range all {
		total.add(&all[i])
	}
	return total, errors.Join(faults...)
}

// soakClient is one connection.
type soakClient struct {
	load   *soakLoad
	no, of int
	counts *soakCounts
	conn   net.Conn
	reader *bufio.Reader
	body   []byte
	asked  *level // whose change is under way
}

// behind is how late a client may be before it gives up what it is late with:
// who cannot keep up offers less, and that is counted.
const behind = time.Second

func (c *soakClient) run(ctx context.Context, turn int, each time.Duration) error {
	if err := c.dial(ctx); err != nil {
		return err
	}
	defer func() { _ = c.conn.Close() }()
	due := time.Now().Add(time.Duration(c.no) * each / time.Duration(c.of))
	for ; ctx.Err() == nil; turn++ {
		if each > 0 {
			if wait := time.Until(due); wait > 0 {
				select {
				case <-ctx.Done():
					return nil
				case <-time.After(wait):
				}
			} else if -wait > behind {
				due = time.Now()
			}
			due = due.Add(each)
		}
		if err := c.one(turn); err != nil {
			c.counts.failed++
			if c.counts.failure == "" {
				c.counts.failure = err.Error()
			}
			_ = c.conn.Close()
			if err := c.dial(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *soakClient) dial(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(context.WithoutCancel(ctx), "tcp", c.load.addr)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	c.conn, c.reader = conn, bufio.NewReaderSize(conn, 32<<10)
	return nil
}

// one sends one request and takes note of the answer.
func (c *soakClient) one(turn int) error {
	l := c.load
	n := mix(uint64(c.no)<<40 ^ uint64(turn))
	var request []byte
	c.asked = nil
	note := func() error { return nil }
	switch kind := n % 100; {
	case kind < 1:
		request, note = c.consent(n, turn)
	case kind < 20:
		request, note = c.event(turn)
	default:
		who := l.customers[n>>8%uint64(len(l.customers))]
		request = post("/v1/decisions/recommendations", l.key, fmt.Appendf(nil, `{"userId":"%s","placement":"for_you","count":10}`, who))
		if n>>32%50 == 0 {
			note = c.decision
		}
	}
	c.counts.sent++
	begun := time.Now()
	if err := c.conn.SetDeadline(begun.Add(time.Minute)); err != nil {
		return err
	}
	if _, err := c.conn.Write(request); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	status, retry, err := c.answer()
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	switch {
	case status == 429 || status == 503:
		c.counts.refused++
		if !retry {
			c.counts.bare++
		}
		if c.asked != nil {
			c.asked.unanswered = tactful.LevelUnknown // it was not done
		}
		return nil
	case status < 200 || status > 299:
		return fmt.Errorf("%d %s", status, c.body[:min(len(c.body), 300)])
	}
	c.counts.took = append(c.counts.took, int32(time.Since(begun).Microseconds()))
	return note()
}

// event sends one event of somebody who agreed.
func (c *soakClient) event(turn int) ([]byte, func() error) {
	e := sentEvent{int32(c.no), int32(turn), time.Now().Unix()}
	body := append([]byte(`{"events":[`), c.load.eventOf(e)...)
	return post("/v1/events", c.load.key, append(body, "]}"...)), func() error {
		if !bytes.Contains(c.body, []byte(`"accepted"`)) {
			return fmt.Errorf("an event was not accepted: %s", c.body[:min(len(c.body), 300)])
		}
		c.load.mu.Lock()
		c.load.events = append(c.load.events, e)
		c.load.mu.Unlock()
		return nil
	}
}

// eventOf makes an event from where and when it was sent: the same each time.
func (l *soakLoad) eventOf(e sentEvent) []byte {
	n := mix(uint64(e.client)<<40 ^ uint64(e.turn) ^ 1<<63)
	return fmt.Appendf(nil, `{"messageId":"soak-%d-%d","userId":"%s","action":"viewed","item":"%s","source":"web","time":"%s"}`,
		e.client, e.turn, l.willing[n%uint64(len(l.willing))], l.items[n>>32%uint64(len(l.items))], time.Unix(e.second, 0).UTC().Format(time.RFC3339))
}

// consent changes the level of one of the people who belong to this client.
func (c *soakClient) consent(n uint64, turn int) ([]byte, func() error) {
	mine := len(c.load.changing) / c.of
	at := c.no + int(n>>8%uint64(mine))*c.of
	next := tactful.Full
	if turn%2 == 0 {
		next = tactful.Personal
	}
	state := &c.load.levels[at]
	state.unanswered, c.asked = next, state
	body := fmt.Appendf(nil, `{"level":"%s"}`, next)
	head := fmt.Appendf(nil, "PUT /v1/subjects/%s/consents HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		c.load.changing[at], c.load.key, len(body))
	return append(head, body...), func() error {
		state.acknowledged, state.unanswered = next, tactful.LevelUnknown
		return nil
	}
}

// decision keeps the id of one decision.
func (c *soakClient) decision() error {
	var d struct{ ID string }
	if err := json.Unmarshal(c.body, &d); err != nil || d.ID == "" {
		return fmt.Errorf("a decision has no id: %w", err)
	}
	c.load.mu.Lock()
	c.load.decisions = append(c.load.decisions, d.ID)
	c.load.mu.Unlock()
	return nil
}

// answer reads one response; its body is in c.body until the next one.
func (c *soakClient) answer() (status int, retry bool, err error) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return 0, false, err
	}
	if len(line) < 12 {
		return 0, false, io.ErrUnexpectedEOF
	}
	if status, err = strconv.Atoi(line[9:12]); err != nil {
		return 0, false, err
	}
	length, chunked := 0, false
	for {
		if line, err = c.reader.ReadString('\n'); err != nil {
			return 0, false, err
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(name) {
		case "content-length":
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, false, err
			}
		case "transfer-encoding":
			chunked = true
		case "retry-after":
			retry = true
		}
	}
	return status, retry, c.readBody(length, chunked)
}

func (c *soakClient) readBody(length int, chunked bool) error {
	c.body = c.body[:0]
	for {
		if chunked {
			line, err := c.reader.ReadString('\n')
			if err != nil {
				return err
			}
			size, err := strconv.ParseInt(strings.TrimSpace(line), 16, 32)
			if err != nil {
				return err
			}
			length = int(size)
		}
		from := len(c.body)
		c.body = append(c.body, make([]byte, length)...)
		if _, err := io.ReadFull(c.reader, c.body[from:]); err != nil {
			return err
		}
		if !chunked {
			return nil
		}
		if _, err := c.reader.Discard(2); err != nil {
			return err
		}
		if length == 0 {
			return nil
		}
	}
}

// readBack opens the stores that the killed server left and looks for all that
// it had acknowledged. An event that is there is a duplicate when it comes again.
func (l *soakLoad) readBack(a *app, c *benchSoak, dir string, r *soakResult) error {
	fmt.Fprintf(a.err, "look for %d events, %d levels and %d decisions after kill -9\n", len(l.events), len(l.levels), len(l.decisions))
	cfg, err := c.config(dir)
	if err != nil {
		return err
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "error"))
	if err != nil {
		return err
	}
	defer done()
	for first := 0; first < len(l.events); first += 500 {
		part := l.events[first:min(first+500, len(l.events))]
		body := []byte(`{"events":[`)
		for i, e := range part {
			if i > 0 {
				body = append(body, ',')
			}
			body = append(body, l.eventOf(e)...)
		}
		outcomes, err := eng.Ingest(a.ctx, engine.Delivery{Trust: engine.Trusted, Form: engine.Native, Body: append(body, "]}"...)})
		if err != nil {
			return fmt.Errorf("look for events: %w", err)
		}
		r.Events.Acknowledged += len(part)
		for i := range outcomes {
			if outcomes[i].Status != engine.OutcomeDuplicate {
				r.Events.Lost++
			}
		}
	}
	for at, person := range l.changing {
		if l.levels[at].acknowledged == tactful.LevelUnknown {
			continue
		}
		stands, err := eng.Consents(a.ctx, tactful.Alias{Kind: tactful.UserID, ID: person})
		if err != nil {
			return fmt.Errorf("look for consents: %w", err)
		}
		r.Consents.Acknowledged++
		if stands.Level != l.levels[at].acknowledged && stands.Level != l.levels[at].unanswered {
			r.Consents.Lost++
		}
	}
	for _, id := range l.decisions {
		r.Decisions.Acknowledged++
		if _, err := eng.Receipt(a.ctx, id); tactful.KindOf(err) == tactful.NotFound && err != nil {
			r.Decisions.Lost++
		} else if err != nil {
			return fmt.Errorf("look for decisions: %w", err)
		}
	}
	return nil
}
