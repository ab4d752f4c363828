package door

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// moment is how long a body may take that is read in a place of the door.
const moment = 2 * time.Millisecond

// slow are the bodies that take longer to come than a moment. They hold no place
// of the door, so whoever sends slowly keeps nobody from being served; what they
// may hold instead is bounded here, for all together and, at half of that, for
// one key. Before a key is known the address counts.
type slow struct {
	most      int
	mostBytes int64

	mu  sync.Mutex
	all burden
	of  map[string]burden
}

// burden is what slow bodies hold: each may become as long as it said, or as its
// limit.
type burden struct {
	bodies int
	bytes  int64
}

func (b burden) and(bodies int, bytes int64) burden {
	return burden{b.bodies + bodies, b.bytes + bytes}
}

func (s *slow) join(who string, bytes int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, one := s.all.and(1, bytes), s.of[who].and(1, bytes)
	if all.bodies > s.most || all.bytes > s.mostBytes || one.bodies > (s.most+1)/2 || one.bytes > (s.mostBytes+1)/2 {
		return false
	}
	s.all, s.of[who] = all, one
	return true
}

func (s *slow) leave(who string, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = s.all.and(-1, -bytes)
	if one := s.of[who].and(-1, -bytes); one.bodies > 0 {
		s.of[who] = one
	} else {
		delete(s.of, who)
	}
}

// pace watches over the reading of one body. After a moment the request gives
// its place back and joins the slow; there it must keep a pace, or is told to
// come again. When the body is there it takes a place as if it had just come.
type pace struct {
	io.ReadCloser
	visit *visit
	conn  *http.ResponseController
	who   string
	bytes int64     // that the body may have
	began time.Time // reading
	until time.Time // when its time is over whatever its pace, zero: never
	turn  *time.Timer

	mu       sync.Mutex
	read     int64
	slowly   bool // it has no place, and is one of the slow
	turnedBy bool // there was no room among the slow
	whole    bool
	done     bool
}

// watch begins to watch over a body. Outside of a frame there is nothing to give
// back, and nil.
func watch(w http.ResponseWriter, r *http.Request, limit int64) *pace {
	v := visitOf(r.Context())
	if v == nil || r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	v.read = true
	p := &pace{ReadCloser: r.Body, visit: v, conn: http.NewResponseController(w), who: v.key, bytes: limit, began: time.Now()}
	if r.ContentLength >= 0 && r.Header.Get("Content-Encoding") == "" {
		p.bytes = r.ContentLength
	}
	if p.who == "" {
		p.who, _, _ = net.SplitHostPort(r.RemoteAddr) // no address: all such are one
	}
	p.until, _ = r.Context().Deadline()
	p.turn = time.AfterFunc(moment, p.slowDown)
	return p
}

// slowDown gives the place back.
func (p *pace) slowDown() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.done || p.whole:
	case p.visit.frame.slow.join(p.who, p.bytes):
		p.slowly = true
		p.visit.leave()
		p.hurry()
	default:
		p.turnedBy = true
		_ = p.conn.SetReadDeadline(p.began) // a connection that cannot be told keeps its place until the server's own limit
	}
}

// hurry sets the time by which the next bytes must be there.
func (p *pace) hurry() {
	l := &p.visit.frame.opt.Limits
	by := p.began.Add(l.Grace + time.Duration(float64(p.read)/float64(l.Pace)*float64(time.Second)))
	if last := p.began.Add(l.Read); by.After(last) {
		by = last
	}
	if !p.until.IsZero() && by.After(p.until) {
		by = p.until
	}
	_ = p.conn.SetReadDeadline(by) // as above
}

// Read reads on.
func (p *pace) Read(b []byte) (int, error) {
	p.mu.Lock()
	if p.slowly && !p.whole { // after the end the connection's reads are the server's own
		p.hurry()
	}
	p.mu.Unlock()
	n, err := p.ReadCloser.Read(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read += int64(n)
	p.whole = p.whole || errors.Is(err, io.EOF)
	return n, err
}

// stop ends the watch and leaves the slow. It may be repeated.
func (p *pace) stop() {
	p.turn.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.slowly && !p.done {
		p.visit.frame.slow.leave(p.who, p.bytes)
		if p.whole { // a deadline that was set in the same moment would end the request itself
			_ = p.conn.SetReadDeadline(time.Time{})
		}
	}
	p.done = true
}

// end is what became of the reading, which ended with err. A body that came
// slowly and whole still needs a place.
func (p *pace) end(ctx context.Context, err error) error {
	p.stop()
	switch {
	case p.turnedBy:
		return TooMany()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return tooSlow()
	case err != nil || !p.slowly:
		return err
	case !p.visit.enter(ctx):
		return TooMany()
	}
	return nil
}
