package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/tactful/tactful"
)

// serverFlags are shared by the commands that can ask a running server, which
// holds the stores, instead of opening them.
type serverFlags struct {
	URL string `name:"url" placeholder:"URL" help:"Ask a running server instead of opening its stores."`
	Key string `name:"key" env:"TACTFUL_KEY" help:"API key with scope admin, for --url; better in the environment."`
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// ask sends a request to the server and reads the answer into answer, unless
// that is nil. It returns the answer's bytes as they came. What the server
// refuses comes back with its own remedy.
func (f *serverFlags) ask(a *app, method, path string, body, answer any) ([]byte, error) {
	base, err := f.base(a)
	if err != nil {
		return nil, err
	}
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(a.ctx, method, base+path, content)
	if err != nil {
		return nil, errNoURL()
	}
	request.Header.Set("Authorization", "Bearer "+f.Key)
	if reason := tactful.ActorOf(a.ctx).Reason; reason != "" {
		request.Header.Set(tactful.ReasonHeader, reason)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	// A redirect would turn a POST into a GET, or carry the key elsewhere.
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		var place *url.Error // its text repeats the address
		if errors.As(err, &place) {
			err = place.Err
		}
		return nil, fmt.Errorf("ask the server: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, refusedBy(response, text)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			return nil, fmt.Errorf("read the answer: %w", err)
		}
	}
	return text, nil
}

// base checks the address before the key is sent to it.
func (f *serverFlags) base(a *app) (string, error) {
	u, err := url.Parse(f.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", errNoURL()
	}
	if f.Key == "" {
		return "", tactful.InvalidField("--key", "is missing", "put a key with the scope admin into TACTFUL_KEY; without a server running, `tactful keys create --name operator --scope admin --operator 'YOUR NAME'` makes the first")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		fmt.Fprintln(a.err, "tactful: the key goes to another machine unencrypted; use https unless the network is yours alone")
	}
	return strings.TrimSuffix(f.URL, "/"), nil
}

func errNoURL() error {
	return tactful.InvalidField("--url", "is not a URL", "for example http://127.0.0.1:8080")
}

// refusedBy reads the server's problem document.
func refusedBy(response *http.Response, text []byte) error {
	var problem struct{ Detail, Field, Remedy string }
	if err := json.Unmarshal(text, &problem); err != nil || problem.Detail == "" {
		return &tactful.Error{Kind: tactful.Refused, Detail: "the server answered " + response.Status, Remedy: "is this the address of a tactful server?"}
	}
	return &tactful.Error{Kind: tactful.Refused, Field: problem.Field, Detail: problem.Detail, Remedy: problem.Remedy}
}
