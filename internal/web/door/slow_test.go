package door

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// reader is a door that checks a key, reads the body and says how long it was.
type reader struct {
	frame *Frame
	addr  string
}

func newReader(t *testing.T, limits Limits) *reader {
	t.Helper()
	d := &reader{}
	known := grants{}
	for _, name := range []string{"shop", "other"} {
		known[name] = access.Grant{KeyID: name, Scopes: access.Write}
	}
	d.frame = NewFrame(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if _, err := Enter(r, known, Need{Scopes: access.Write}); err != nil {
				Refuse(w, r, nil, err)
				return
			}
			body, err := ReadBody(w, r, 1000)
			if err != nil {
				Refuse(w, r, nil, err)
				return
			}
			if err := r.Context().Err(); err != nil {
				t.Errorf("the request ended while it was served: %v", err)
			}
			_, _ = fmt.Fprint(w, len(body))
		}
	}), FrameOptions{Log: slog.New(slog.DiscardHandler), Clock: tactful.SystemClock{}, Limits: limits})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := limits.Server(d.frame)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	d.addr = listener.Addr().String()
	return d
}

// sender is one connection with a request under way.
type sender struct {
	t    *testing.T
	conn net.Conn
}

// begin sends the head of a request and the first bytes of its body.
func (d *reader) begin(t *testing.T, key string, length int, first string) *sender {
	t.Helper()
	conn, err := net.Dial("tcp", d.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", key, length, first); err != nil {
		t.Fatal(err)
	}
	return &sender{t, conn}
}

func (s *sender) more(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.conn, text); err != nil {
		s.t.Fatal(err)
	}
}

// answer is the status and the body.
func (s *sender) answer() (int, string) {
	s.t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(s.conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusTooManyRequests && response.Header.Get("Retry-After") == "" {
		s.t.Error("a refusal does not say when to come again")
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// until waits for something that the door's own goroutines bring about.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within ten seconds: %s", what)
		}
	}
}

func (d *reader) bodies() int {
	d.frame.slow.mu.Lock()
	defer d.frame.slow.mu.Unlock()
	return d.frame.slow.all.bodies
}

func (d *reader) empty() bool {
	d.frame.slow.mu.Lock()
	defer d.frame.slow.mu.Unlock()
	return d.frame.slow.all == burden{} && len(d.frame.slow.of) == 0 && len(d.frame.entered) == 0
}

// TestSlowSendersKeepNobodyFromBeingServed has two hundred senders who send a
// byte and wait, at a door of eight places, and others who send all at once.
func TestSlowSendersKeepNobodyFromBeingServed(t *testing.T) {
	const slowOnes, fastOnes = 200, 400
	d := newReader(t, Limits{AtOnce: 8, Grace: time.Minute})
	var waiting []*sender
	for range slowOnes {
		waiting = append(waiting, d.begin(t, "shop", 100, "{"))
		until(t, "it is among the slow", func() bool { return d.bodies() == len(waiting) })
	}
	if held := len(d.frame.entered); held != 0 {
		t.Errorf("%d places are held by bodies that are not there", held)
	}
	var slowest time.Duration
	for i := range fastOnes {
		began := time.Now()
		if code, text := d.begin(t, []string{"shop", "other"}[i%2], 100, strings.Repeat("x", 100)).answer(); code != http.StatusOK || text != "100" {
			t.Fatalf("a fast one beside them: %d %s", code, text)
		}
		slowest = max(slowest, time.Since(began))
	}
	t.Logf("%d fast ones beside %d slow ones at %d places: the slowest took %s", fastOnes, slowOnes, 8, slowest)
	for _, s := range waiting { // who sends the rest is served as well
		s.more(strings.Repeat("x", 99))
		if code, text := s.answer(); code != http.StatusOK || text != "100" {
			t.Fatalf("a slow one at last: %d %s", code, text)
		}
	}
	until(t, "everything is given back", d.empty)
}

func TestABodyThatDoesNotKeepThePaceIsToldToComeAgain(t *testing.T) {
	d := newReader(t, Limits{AtOnce: 2, Grace: 50 * time.Millisecond, Pace: 1000})
	if code, text := d.begin(t, "shop", 100, "x").answer(); code != http.StatusTooManyRequests || !strings.Contains(text, "came too slowly") {
		t.Errorf("%d %s", code, text)
	}
	until(t, "its share is given back", d.empty)
	steady := d.begin(t, "shop", 400, strings.Repeat("x", 100))
	for range 3 { // each part within the time that those before it earned
		until(t, "it is among the slow", func() bool { return d.bodies() == 1 })
		steady.more(strings.Repeat("x", 100))
	}
	if code, text := steady.answer(); code != http.StatusOK || text != "400" {
		t.Errorf("the control: %d %s", code, text)
	}
}

func TestSlowBodiesAreBoundedForAllAndForOneKey(t *testing.T) {
	for _, tt := range []struct {
		name   string
		limits Limits
		others int // slow ones of another key that have room when one key has its half
	}{
		{"by their number", Limits{AtOnce: 8, Slow: 6, Grace: time.Minute}, 3},
		{"by their bytes", Limits{AtOnce: 8, SlowBytes: 600, Grace: time.Minute}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newReader(t, tt.limits)
			for range 3 {
				d.begin(t, "shop", 100, "x")
			}
			until(t, "three are among the slow", func() bool { return d.bodies() == 3 })
			if code, _ := d.begin(t, "shop", 100, "x").answer(); code != http.StatusTooManyRequests {
				t.Errorf("one more of the same key: %d", code)
			}
			for range tt.others {
				d.begin(t, "other", 100, "x")
			}
			until(t, "three of another key too", func() bool { return d.bodies() == 3+tt.others })
			if code, _ := d.begin(t, "other", 100, "x").answer(); code != http.StatusTooManyRequests {
				t.Errorf("one more than all: %d", code)
			}
			if code, text := d.begin(t, "shop", 10, strings.Repeat("x", 10)).answer(); code != http.StatusOK || text != "10" {
				t.Errorf("a fast one of a key whose slow ones are too many: %d %s", code, text)
			}
		})
	}
}

// TestTheDeadlineOfASlowBodyEndsWithIt serves a slow body for longer than its
// deadline was: the reads of the server itself must not run into it.
func TestTheDeadlineOfASlowBodyEndsWithIt(t *testing.T) {
	d := newReader(t, Limits{AtOnce: 2, Grace: 200 * time.Millisecond, Pace: 1 << 20})
	inner := d.frame.routes
	d.frame.routes = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(w, r)
		select {
		case <-r.Context().Done():
			t.Errorf("ended by its body's deadline: %v", r.Context().Err())
		case <-time.After(400 * time.Millisecond):
		}
	})
	s := d.begin(t, "shop", 2, "x")
	until(t, "it is among the slow", func() bool { return d.bodies() == 1 })
	s.more("x")
	if code, text := s.answer(); code != http.StatusOK || text != "2" {
		t.Errorf("%d %s", code, text)
	}
	if _, err := io.WriteString(s.conn, "POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer shop\r\nContent-Length: 1\r\n\r\nx"); err != nil {
		t.Fatal(err)
	}
	if code, text := s.answer(); code != http.StatusOK || text != "1" {
		t.Errorf("the next request on the connection: %d %s", code, text)
	}
}

func TestWhoHasNoKeyIsAnsweredBeforeTheirBodyIsThere(t *testing.T) {
	d := newReader(t, Limits{AtOnce: 1, Grace: time.Minute})
	for range 3 {
		if code, _ := d.begin(t, "nobody's", 100, "x").answer(); code != http.StatusForbidden {
			t.Errorf("%d", code)
		}
	}
	if d.bodies() != 0 {
		t.Error("a body of nobody is among the slow")
	}
}
