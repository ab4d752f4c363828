package ofrep

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/web/door"
)

// OpenFeature's error codes, as far as they are used here.
const (
	parseError     = "PARSE_ERROR"
	invalidContext = "INVALID_CONTEXT"
	flagNotFound   = "FLAG_NOT_FOUND"
	general        = "GENERAL"
)

// success is the value of one flag.
type success struct {
	Key      string            `json:"key"`
	Value    any               `json:"value"`
	Reason   engine.FlagReason `json:"reason"`
	Variant  string            `json:"variant"`
	Metadata map[string]string `json:"metadata,omitempty"`
}

func valueOf(a *engine.FlagAnswer) success {
	s := success{Key: a.Key, Value: a.Value, Reason: a.Reason, Variant: a.Variant}
	if a.Experiment != "" {
		s.Metadata = map[string]string{"experiment": a.Experiment}
	}
	return s
}

// failure is why there is no value of one flag, or, without a key, of any.
type failure struct {
	Key     string `json:"key,omitempty"`
	Code    string `json:"errorCode"`
	Details string `json:"errorDetails,omitempty"`
}

func mistyped(a *engine.FlagAnswer) failure {
	return failure{Key: a.Key, Code: invalidContext, Details: "The attribute " + a.Mistyped + " of the context is of another type than the flag declares."}
}

type flags struct {
	Flags   []any         `json:"flags"`
	Streams []eventStream `json:"eventStreams"`
}

type eventStream struct {
	Type       string   `json:"type"`
	Endpoint   endpoint `json:"endpoint"`
	Inactivity int      `json:"inactivityDelaySec"`
}

type endpoint struct {
	URI string `json:"requestUri"`
}

// theConfiguration is the answer of /ofrep/v1/configuration. A server provider must
// not keep values: the next one asks consent again.
var theConfiguration = map[string]any{
	"name": "tactful",
	"capabilities": map[string]any{
		"cacheInvalidation": map[string]any{"polling": map[string]any{"enabled": true, "minPollingIntervalMs": 30_000}},
		"flagEvaluation":    map[string]any{"supportedTypes": []string{"int", "float", "string", "boolean", "object"}},
		"caching":           map[string]any{"enabled": false},
	},
}

func tagOf(text []byte) string {
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}

// matches reads If-None-Match (RFC 9110, 13.1.2): weak and strong tags compare
// alike.
func matches(sent []string, tag string) bool {
	for _, header := range sent {
		for one := range strings.SplitSeq(header, ",") {
			if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
				return true
			}
		}
	}
	return false
}

// badRequest is an error with the code that OpenFeature has for it.
type badRequest struct {
	code string
	err  error
}

// Error says what is wrong.
func (b *badRequest) Error() string { return b.err.Error() }

// Unwrap lets the door find its kind.
func (b *badRequest) Unwrap() error { return b.err }

// refuse answers in the form of the protocol.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, key string, err error) {
	p := door.ProblemOf(err)
	if p.Status >= http.StatusInternalServerError {
		d.opt.Log.LogAttrs(r.Context(), slog.LevelWarn, "request failed", slog.String("request", door.RequestID(r.Context())), slog.String("kind", p.Kind), slog.Any("error", err))
	}
	details := p.Detail
	if p.Field != "" {
		details = p.Field + " " + details
	}
	if p.Remedy != "" {
		details += " (" + p.Remedy + ")"
	}
	f := failure{Key: key, Code: general, Details: details}
	var bad *badRequest
	switch {
	case errors.As(err, &bad):
		f.Code = bad.code
	case p.Status == http.StatusBadRequest || p.Status == http.StatusRequestEntityTooLarge || p.Status == http.StatusUnsupportedMediaType:
		f.Code = parseError
	}
	text, fault := json.Marshal(f)
	if fault != nil { // cannot be: three strings
		text = []byte("{}")
	}
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Bearer realm="tactful"`)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
	}
	_ = d.send(w, p.Status, text)
}

const retryAfter = 2 // seconds
