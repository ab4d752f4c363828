package client

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/tactful/tactful"
)

// repeat says what may be done when a call fails.
type repeat uint8

const (
	untaken repeat = iota // again only if the server did not take it
	freely                // again: twice is as good as once
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 32 << 20

// call is one request, which may be tried several times.
type call struct {
	method string
	path   []string // segments, unescaped
	query  url.Values
	in     any
	out    any // nil: the answer has no body
	repeat repeat
	gpc    bool // the visitor's request carried Sec-GPC: 1
}

// do sends a call until it is answered, cannot be repeated, or the context ends.
func (c *Client) do(ctx context.Context, one call) error {
	var body []byte
	if one.in != nil {
		var err error
		if body, err = json.Marshal(one.in); err != nil {
			return &tactful.Error{Kind: tactful.Invalid, Field: "body", Detail: "cannot be written as JSON", Err: err}
		}
	}
	for try := 0; ; try++ {
		status, wait, err := c.once(ctx, one, body)
		if err == nil {
			return nil
		}
		if try >= c.opt.Retries || !again(one.repeat, status, err) || ctx.Err() != nil {
			return err
		}
		if rest := c.pause(try); wait < rest {
			wait = rest
		}
		timer := time.NewTimer(min(wait, c.opt.MaxWait))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return errors.Join(err, ctx.Err())
		}
	}
}

// again reports whether a failed try may be repeated. 429 is answered before
// anything is done, and a connection that could not be made carried nothing.
func again(r repeat, status int, err error) bool {
	var dial *net.OpError
	switch {
	case status == http.StatusTooManyRequests:
		return true
	case status == 0 && errors.As(err, &dial) && dial.Op == "dial":
		return true
	case r != freely:
		return false
	case status == 0:
		return true
	}
	return status == http.StatusRequestTimeout || status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}

// pause grows with each try and is shortened by chance, so that many clients do
// not come back at once.
func (c *Client) pause(try int) time.Duration {
	longest := c.opt.Wait << min(try, 20)
	if longest > c.opt.MaxWait || longest <= 0 {
		longest = c.opt.MaxWait
	}
	var drawn [8]byte
	if _, err := io.ReadFull(c.opt.Entropy, drawn[:]); err != nil {
		return longest
	}
	return longest/2 + time.Duration(binary.BigEndian.Uint64(drawn[:])%uint64(longest/2+1))
}

// once is one try. A status of 0 means that no answer came.
func (c *Client) once(ctx context.Context, one call, body []byte) (status int, wait time.Duration, err error) {
	escaped := make([]string, len(one.path))
	for i, part := range one.path {
		escaped[i] = url.PathEscape(part)
		if part == "." || part == ".." { // a path may not hold them, escaped or not
			return http.StatusBadRequest, 0, tactful.InvalidField("id", "is . or ..", "choose another id")
		}
	}
	target := strings.TrimRight(c.base.String(), "/") + "/" + strings.Join(escaped, "/")
	if len(one.query) > 0 {
		target += "?" + one.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, one.method, target, bytes.NewReader(body))
	if err != nil {
		return http.StatusBadRequest, 0, &tactful.Error{Kind: tactful.Invalid, Detail: "the address cannot be made"}
	}
	request.Header.Set("Authorization", "Bearer "+c.opt.Key)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if one.gpc {
		request.Header.Set("Sec-GPC", "1")
	}
	if c.opt.Reason != "" {
		request.Header.Set(tactful.ReasonHeader, "UTF-8''"+url.PathEscape(c.opt.Reason))
	}
	answer, err := c.opt.HTTP.Do(request)
	if err != nil {
		if ctx.Err() != nil {
			return 0, 0, fmt.Errorf("call tactful: %w", ctx.Err())
		}
		return 0, 0, &tactful.Error{Kind: tactful.Unavailable, Detail: "the server does not answer", Remedy: "is it running, and is the address right?", Err: withoutURL(err)}
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, 0, fmt.Errorf("call tactful: %w", ctx.Err())
	case err != nil:
		return 0, 0, &tactful.Error{Kind: tactful.Unavailable, Detail: "the answer broke off", Remedy: "try again", Err: withoutURL(err)}
	case len(text) > maxAnswer:
		return answer.StatusCode, 0, tactful.Errorf(tactful.Internal, "the answer is larger than %d bytes", maxAnswer)
	case answer.StatusCode < 200 || answer.StatusCode > 299:
		return answer.StatusCode, retryAfter(answer.Header), problem(answer.StatusCode, text)
	case one.out == nil:
		return answer.StatusCode, 0, nil
	}
	if err := json.Unmarshal(text, one.out); err != nil {
		return answer.StatusCode, 0, &tactful.Error{Kind: tactful.Internal, Detail: "the answer cannot be read", Remedy: "is a Tactful server of this version at the address?", Err: err}
	}
	return answer.StatusCode, 0, nil
}

// withoutURL takes the address, which may hold a customer's id, out of an error.
func withoutURL(err error) error {
	var told *url.Error
	if errors.As(err, &told) {
		return told.Err
	}
	return err
}

// retryAfter reads seconds, or a date, which is held against the answer's own.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(seconds, 0), 86_400)) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(until.Sub(now), 0)
}

// problem reads a problem document (RFC 9457), or makes one of the status.
func problem(status int, text []byte) error {
	var p struct{ Kind, Field, Detail, Remedy string }
	if json.Unmarshal(text, &p) == nil {
		for kind := tactful.Internal; kind <= tactful.Unavailable; kind++ {
			if kind.String() == p.Kind {
				return &tactful.Error{Kind: kind, Field: p.Field, Detail: p.Detail, Remedy: p.Remedy}
			}
		}
	}
	kind := tactful.Internal
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 502 && status <= 504:
		kind = tactful.Unavailable
	case status == http.StatusNotFound:
		kind = tactful.NotFound
	case status == http.StatusConflict:
		kind = tactful.Conflict
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		kind = tactful.Refused
	case status >= 400 && status < 500:
		kind = tactful.Invalid
	}
	return &tactful.Error{Kind: kind, Detail: "the server answered " + strconv.Itoa(status) + " without a problem document", Remedy: "is a Tactful server at the address?"}
}
