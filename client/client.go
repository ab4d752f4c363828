package client

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tactful/tactful"
)

// Options say how to reach the server. URL and Key are needed; the zero value
// of the rest is the careful choice.
type Options struct {
	URL     string        // such as https://personal.shop.example
	Key     string        // an API key, as `tactful keys create` prints it
	Reason  string        // why one person's data is opened; needed with an operator's key
	Retries int           // tries after the first; 0 is 4, less than 0 none
	Wait    time.Duration // first pause between tries, doubled each time; 0 is 200 ms
	MaxWait time.Duration // longest pause, also if Retry-After asks for more; 0 is 30 s
	HTTP    *http.Client  // nil: one of its own, with a time limit of 30 s for each try; redirects are never followed
	Clock   tactful.Clock // nil: the wall clock; gives events without a time theirs
	Entropy io.Reader     // nil: crypto/rand; gives message ids and jitter
}

// Client calls one server. Make it with New.
type Client struct {
	opt  Options
	base *url.URL
}

// New checks the options and returns a client. It does not call the server.
func New(o Options) (*Client, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") || base.RawQuery != "" || base.Fragment != "" || base.User != nil {
		return nil, tactful.InvalidField("URL", "is no http or https address", "for example https://personal.shop.example")
	}
	if o.Key == "" {
		return nil, tactful.InvalidField("Key", "is empty", "make one with `tactful keys create`")
	}
	if o.Reason != "" {
		if err := tactful.CheckReason(o.Reason); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Retries == 0:
		o.Retries = 4
	case o.Retries < 0:
		o.Retries = 0
	}
	if o.Wait <= 0 {
		o.Wait = 200 * time.Millisecond
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 30 * time.Second
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 30 * time.Second}
	}
	// A redirect could carry the data to another host.
	own := *o.HTTP
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	o.HTTP = &own
	if o.Clock == nil {
		o.Clock = tactful.SystemClock{}
	}
	if o.Entropy == nil {
		o.Entropy = rand.Reader
	}
	return &Client{opt: o, base: base}, nil
}
