package ofrep

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"time"

	"github.com/tactful/tactful"
)

// Bounds of a stream. How many there are is bounded by the frame.
const (
	streamLasts = 30 * time.Minute // then the browser connects again by itself
	streamBeat  = 15 * time.Second
	streamRest  = time.Second // between two words, so that a flurry of changes is one
)

// stream tells a page that flags have changed, so that it asks again: nothing of
// any value, and nothing of anybody. A page's EventSource can send no key, so the
// address that the page got with its flags opens it.
func (d *Door) stream(w http.ResponseWriter, r *http.Request) {
	if subtle.ConstantTimeCompare([]byte(r.URL.Query().Get("channel")), []byte(d.opt.Engine.FlagsChannel())) != 1 {
		d.refuse(w, r, "", &tactful.Error{Kind: tactful.Refused, Field: "channel", Detail: "is not one of this server", Remedy: "take the address that came with the flags"})
		return
	}
	changed, end := d.opt.Engine.WatchFlags()
	defer end()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	say := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(2 * streamBeat)) // the server's own would end the stream
		if _, err := fmt.Fprint(w, text); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !say("retry: 3000\n\n") {
		return
	}
	over := time.NewTimer(streamLasts)
	defer over.Stop()
	beat := time.NewTicker(streamBeat)
	defer beat.Stop()
	for {
		text := ""
		select {
		case <-r.Context().Done():
			return
		case <-d.ending:
			return
		case <-over.C:
			return
		case <-beat.C:
			text = ": still here\n\n"
		case <-changed:
			version := d.opt.Engine.FlagsVersion()
			text = fmt.Sprintf("id: %s\nevent: message\ndata: {\"type\":\"refetchEvaluation\",\"etag\":%q,\"lastModified\":%d}\n\n", version, version, d.opt.Clock.Now().Unix())
		}
		if !say(text) {
			return
		}
		if text[0] != 'i' {
			continue
		}
		select {
		case <-time.After(streamRest):
		case <-r.Context().Done():
			return
		case <-d.ending:
			return
		}
	}
}

var _ http.Handler = (*Door)(nil)
