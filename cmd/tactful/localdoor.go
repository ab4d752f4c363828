package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/config"
	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/api"
)

// casework is shared by the commands that do what the API does, with a server
// or without: without one they go through the same door to the stores, so that
// there is one way in, with the same checks.
type casework struct {
	configFlags
	serverFlags
	operatorFlags
}

// call sends a request to the server, or through a door of its own.
func (f *casework) call(a *app, method, path string, body, answer any) ([]byte, error) {
	a = f.act(a)
	if f.URL != "" {
		return f.ask(a, method, path, body, answer)
	}
	if f.As == "" {
		return nil, tactful.InvalidField("--as", "is missing", "say who you are with --as NAME; the person will see it")
	}
	cfg, err := f.load()
	if err != nil {
		return nil, err
	}
	eng, done, err := openEngine(a, &cfg, newLog(a, "warn"), f.despite())
	if err != nil {
		return nil, err
	}
	defer done()
	door, err := newLocalDoor(a, eng, &cfg, f.As)
	if err != nil {
		return nil, err
	}
	text, err := door.ask(a, f.Reason, method, path, body, answer)
	if err == nil && method != http.MethodGet { // it may have released an erasure
		ctx, cancel := context.WithTimeout(a.ctx, tellTime)
		defer cancel()
		if err := eng.TellRecipients(ctx); err != nil {
			fmt.Fprintln(a.err, "tactful: recipients are still to be told; the next start goes on:", err)
		}
	}
	return text, err
}

// tellTime bounds how long a command waits for recipients to be told; the
// server's background goes on.
const tellTime = 15 * time.Second

// localDoor is the API over stores that this process holds.
type localDoor struct{ handler http.Handler }

func newLocalDoor(a *app, eng *engine.Engine, cfg *config.Config, name string) (*localDoor, error) {
	handler, err := api.New(api.Options{
		Engine: eng, Keys: atTheMachine(name), KeyTable: eng.Access(), Map: datamap.Of(&cfg.Engine), Log: newLog(a, "error"), Clock: tactful.SystemClock{},
	})
	return &localDoor{handler}, err
}

// atTheMachine lets whoever types the command in, under the name they give.
type atTheMachine string

// Check grants what an operator's key would.
func (n atTheMachine) Check(context.Context, string) (access.Grant, error) {
	return access.Grant{Kind: tactful.ActorOperator, Person: string(n), Scopes: access.Rights | access.Admin}, nil // they could make any key for themself
}

// KnowsOrigin knows no pages.
func (atTheMachine) KnowsOrigin(string) bool { return false }

func (d *localDoor) ask(a *app, reason, method, path string, body, answer any) ([]byte, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(a.ctx, method, "http://localhost"+path, content)
	if err != nil {
		return nil, errNoURL()
	}
	if reason != "" {
		request.Header.Set(tactful.ReasonHeader, "UTF-8''"+url.PathEscape(reason))
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	kept := &keptAnswer{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(kept, request)
	text := kept.body.Bytes()
	if kept.status < 200 || kept.status > 299 {
		return nil, refusedBy(&http.Response{StatusCode: kept.status, Status: http.StatusText(kept.status)}, text)
	}
	if answer != nil {
		if err := json.Unmarshal(text, answer); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// keptAnswer keeps what a handler answers.
type keptAnswer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header returns the answer's headers.
func (k *keptAnswer) Header() http.Header { return k.header }

// WriteHeader keeps the status.
func (k *keptAnswer) WriteHeader(status int) { k.status = status }

// Write keeps the body.
func (k *keptAnswer) Write(b []byte) (int, error) { return k.body.Write(b) }
