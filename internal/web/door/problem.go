package door

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// Problem is a problem document (RFC 9457) with our extension members.
type Problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Kind      string `json:"kind"`
	Detail    string `json:"detail"`
	Field     string `json:"field,omitempty"`
	Remedy    string `json:"remedy,omitempty"`
	RequestID string `json:"requestId"`
}

// StatusOf is the one table from kinds to status codes.
func StatusOf(kind tactful.Kind) int {
	switch kind {
	case tactful.Invalid:
		return http.StatusBadRequest
	case tactful.Refused:
		return http.StatusForbidden
	case tactful.NotFound:
		return http.StatusNotFound
	case tactful.Conflict:
		return http.StatusConflict
	case tactful.Unavailable:
		return http.StatusServiceUnavailable
	case tactful.Internal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// retryAfter is what overloaded doors ask callers to wait.
const retryAfter = 2 * time.Second

// Refuse answers with the problem document of err. What is our own fault goes
// to the log with its cause and to the caller without it.
func Refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	p := problemOf(err)
	p.RequestID = RequestID(r.Context())
	if p.Status >= http.StatusInternalServerError && log != nil {
		level := slog.LevelWarn // overload, closing, a caller who went away
		if p.Status == http.StatusInternalServerError {
			level = slog.LevelError
		}
		log.LogAttrs(r.Context(), level, "request failed",
			slog.String("request", p.RequestID), slog.String("kind", p.Kind), slog.Any("error", err))
	}
	body, encodeErr := json.Marshal(p)
	if encodeErr != nil { // cannot be: the struct has strings and one int
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	wait := retryAfter
	var later interface{ RetryAfter() time.Duration }
	if errors.As(err, &later) {
		wait = later.RetryAfter()
	}
	if v := visitOf(r.Context()); v != nil && !v.read && r.ContentLength != 0 && (p.Status == http.StatusUnauthorized || p.Status == http.StatusForbidden) {
		h.Set("Connection", "close") // or the server would read the body of nobody before it answers
	}
	switch p.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", `Bearer realm="tactful", Basic realm="tactful"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the caller is gone; the access log has the status
}

func problemOf(err error) Problem {
	p := Problem{Type: "about:blank"}
	var own *faultError
	var known *tactful.Error
	switch {
	case errors.As(err, &own):
		p.Status, known = own.status, own.known
	case errors.As(err, &known):
		p.Status = StatusOf(known.Kind)
		var later interface{ RetryAfter() time.Duration }
		var significant *tactful.Significant
		switch {
		case errors.As(err, &later):
			p.Status = http.StatusTooManyRequests
		case errors.As(err, &significant):
			p.Status = http.StatusUnprocessableEntity
		}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		known = &tactful.Error{Kind: tactful.Unavailable, Detail: "This took longer than the time limit.", Remedy: "Try again, or ask for less at once."}
		p.Status = StatusOf(known.Kind)
	default:
		known = &tactful.Error{Kind: tactful.Internal}
		p.Status = StatusOf(known.Kind)
	}
	p.Title = http.StatusText(p.Status)
	p.Kind = known.Kind.String()
	p.Detail, p.Field, p.Remedy = clip(known.Detail, 1024), clip(known.Field, 512), clip(known.Remedy, 1024)
	if known.Kind == tactful.Internal {
		p.Detail, p.Field = "Something went wrong on our side.", ""
		p.Remedy = "Try again; if it stays so, give the operator the requestId."
	}
	if p.Detail == "" {
		p.Detail = p.Title + "."
	}
	return p
}

// faultError is a tactful.Error for which HTTP has a status of its own.
type faultError struct {
	status int
	known  *tactful.Error
}

func (f *faultError) Error() string { return f.known.Error() }
func (f *faultError) Unwrap() error { return f.known }

func fault(status int, kind tactful.Kind, field, detail, remedy string) error {
	return &faultError{status: status, known: &tactful.Error{Kind: kind, Field: field, Detail: detail, Remedy: remedy}}
}

// NoRoute is the answer to an unknown path.
func NoRoute() error {
	return fault(http.StatusNotFound, tactful.NotFound, "", "There is no such address.", "See /openapi.yaml for what there is.")
}

// TooMany is the answer when a door is full.
func TooMany() error {
	return fault(http.StatusTooManyRequests, tactful.Unavailable, "", "There are more requests at once than this door takes.", "Wait as Retry-After says and try again.")
}

// tooSlow is the answer to a body that does not keep its pace: nothing was done
// yet, so it may come again.
func tooSlow() error {
	return fault(http.StatusTooManyRequests, tactful.Unavailable, "body", "came too slowly", "Send it again over a faster connection, or in smaller parts.")
}

func tooLarge(limit int64) error {
	return fault(http.StatusRequestEntityTooLarge, tactful.Invalid, "body",
		"is larger than "+strconv.FormatInt(limit, 10)+" bytes", "send it in smaller parts")
}

func mediaType(field, detail, remedy string) error {
	return fault(http.StatusUnsupportedMediaType, tactful.Invalid, field, detail, remedy)
}

// KeyRefused is the answer to an error of access.Keys.Check.
func KeyRefused(err error) error {
	switch {
	case errors.Is(err, access.ErrNoKeys):
		return fault(http.StatusUnauthorized, tactful.Refused, "Authorization", "No API key has been created, so nobody may call.", "Run tactful keys create.")
	case errors.Is(err, access.ErrMissing):
		return fault(http.StatusUnauthorized, tactful.Refused, "Authorization", "This call needs an API key.", "Send Authorization: Bearer KEY; tactful keys create makes one.")
	case errors.Is(err, access.ErrUnknown):
		return fault(http.StatusUnauthorized, tactful.Refused, "Authorization", "The API key is unknown or was revoked.", "Check the key, or run tactful keys create.")
	case errors.Is(err, access.ErrWaits):
		return fault(http.StatusForbidden, tactful.Refused, "Authorization", "This API key opens nothing yet: one operator alone made it, and a second one must release it.",
			"Let another operator run tactful keys release NAME --url URL, or make the key at the machine itself.")
	}
	return err
}

func clip(s string, bytes int) string {
	if len(s) <= bytes {
		return s
	}
	for bytes > 0 && s[bytes]&0xC0 == 0x80 { // not inside a character
		bytes--
	}
	return s[:bytes]
}

// WrongMethod is the answer to a known path with another method.
func WrongMethod(allow string) error {
	return fault(http.StatusMethodNotAllowed, tactful.Invalid, "method", "This address does not take this method.", "Use "+allow+".")
}

// NotJSON is the answer to a body of another media type.
func NotJSON() error {
	return mediaType("Content-Type", "is not application/json", "send JSON with Content-Type: application/json")
}
