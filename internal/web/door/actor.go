package door

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/access"
)

// Acting says in the request's context who acts with the key, and why. What it
// refuses: a reason that says nothing, and a reason that comes with a service's
// key. A service has none, so a human holds it, and humans have names.
func Acting(r *http.Request, grant access.Grant) (*http.Request, error) {
	actor := grant.Actor()
	reasons := r.Header.Values(tactful.ReasonHeader)
	if len(reasons) > 1 {
		return r, tactful.InvalidField(tactful.ReasonHeader, "is there more than once", "send it once")
	}
	if len(reasons) == 1 {
		if actor.Kind != tactful.ActorOperator {
			return r, &tactful.Error{Kind: tactful.Refused, Field: tactful.ReasonHeader,
				Detail: "This key is a service's, and a service has no reason: a human seems to use it.",
				Remedy: `Make a key of your own: tactful keys create --operator "YOUR NAME".`}
		}
		reason, err := readReason(reasons[0])
		if err != nil {
			return r, err
		}
		actor.Reason = reason
	}
	return r.WithContext(tactful.WithActor(r.Context(), actor)), nil
}

// NeedsReason refuses an operator who opens one person's data and does not say why.
func NeedsReason(r *http.Request) error {
	actor := tactful.ActorOf(r.Context())
	if actor.Kind != tactful.ActorOperator {
		return nil
	}
	return tactful.CheckReason(actor.Reason)
}

// readReason takes the text as it is, or percent-encoded as RFC 8187 writes it
// for clients that can send ASCII only.
func readReason(header string) (string, error) {
	if encoded, ok := strings.CutPrefix(header, "UTF-8''"); ok {
		text, err := url.PathUnescape(encoded)
		if err != nil {
			return "", tactful.InvalidField(tactful.ReasonHeader, "is not well encoded", "write UTF-8'' and the text percent-encoded, or the text as it is")
		}
		header = text
	}
	reason := strings.TrimSpace(header)
	return reason, tactful.CheckReason(reason)
}
