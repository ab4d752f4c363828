package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/tactful/tactful"
)

// Notice is the text of one purpose, as it must be shown before a grant.
type Notice struct {
	Purpose  tactful.Purpose
	Version  string
	Language string
	Text     string
	Hash     string // SHA-256 of Text, hex
}

// Notices returns the texts in the language that fits best; "" is the server's default.
func (c *Client) Notices(ctx context.Context, language string) ([]Notice, error) {
	query := url.Values{}
	if language != "" {
		query.Set("language", language)
	}
	var out struct{ Notices []Notice }
	if err := c.do(ctx, call{method: http.MethodGet, path: []string{"v1", "notices"}, query: query, out: &out, repeat: freely}); err != nil {
		return nil, fmt.Errorf("get the notices: %w", err)
	}
	return out.Notices, nil
}

// SetConsents records what a person said, and returns what it amounts to now. A
// level of LevelUnknown leaves the level as it is.
func (c *Client) SetConsents(ctx context.Context, a tactful.Alias, level tactful.Level, answers ...tactful.Consent) (tactful.Consents, error) {
	in := consentsChange{}
	if level != tactful.LevelUnknown {
		in.Level = level.String()
	}
	for _, said := range answers {
		in.Answers = append(in.Answers, answerBody{Purpose: string(said.Purpose), Answer: said.Answer.String(), NoticeVersion: said.NoticeVersion, NoticeHash: said.NoticeHash,
			Language: said.Language, Method: said.Method, Jurisdiction: said.Jurisdiction, Time: said.Time, Expires: said.Expires})
	}
	return c.consents(ctx, a, http.MethodPut, in, "record consents", untaken)
}

// Consents returns what a person permitted.
func (c *Client) Consents(ctx context.Context, a tactful.Alias) (tactful.Consents, error) {
	return c.consents(ctx, a, http.MethodGet, nil, "get the consents", freely)
}

func (c *Client) consents(ctx context.Context, a tactful.Alias, method string, in any, doing string, again repeat) (tactful.Consents, error) {
	one, err := about(a, method, "consents")
	if err != nil {
		return tactful.Consents{}, fmt.Errorf("%s: %w", doing, err)
	}
	var out struct {
		Level    string
		GPC      bool
		Purposes map[tactful.Purpose]struct {
			ID, Answer, NoticeVersion, NoticeHash, Language, Method, Jurisdiction, EnteredBy, AgreedBy string
			Time, Expires                                                                              time.Time
		}
	}
	one.in, one.out, one.repeat = in, &out, again
	if err := c.do(ctx, one); err != nil {
		return tactful.Consents{}, fmt.Errorf("%s: %w", doing, err)
	}
	all := tactful.Consents{GPC: out.GPC, Purposes: map[tactful.Purpose]tactful.Consent{}}
	all.Level, _ = tactful.ParseLevel(out.Level) // left out until somebody chose
	for purpose, r := range out.Purposes {
		answer, _ := tactful.ParseAnswer(r.Answer) // a word of a newer server is no answer, and permits nothing
		all.Purposes[purpose] = tactful.Consent{ID: r.ID, Purpose: purpose, Answer: answer, NoticeVersion: r.NoticeVersion, NoticeHash: r.NoticeHash,
			Language: r.Language, Method: r.Method, Jurisdiction: r.Jurisdiction, Time: r.Time, Expires: r.Expires, EnteredBy: r.EnteredBy, AgreedBy: r.AgreedBy}
	}
	return all, nil
}

// Erase forgets a person for real. It is not tried again after an answer that
// was lost: ask once more, and NotFound says that it is done.
func (c *Client) Erase(ctx context.Context, a tactful.Alias) error {
	one, err := about(a, http.MethodDelete)
	if err == nil {
		err = c.do(ctx, one)
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

// about begins a call about one person.
func about(a tactful.Alias, method string, rest ...string) (call, error) {
	if err := a.Validate("subject"); err != nil {
		return call{}, err
	}
	one := call{method: method, path: append([]string{"v1", "subjects", a.ID}, rest...), query: url.Values{}}
	if a.Kind == tactful.Anonymous {
		one.query.Set("kind", "anonymous")
	}
	return one, nil
}

type consentsChange struct {
	Level   string       `json:"level,omitempty"`
	Answers []answerBody `json:"answers,omitempty"`
}

type answerBody struct {
	Purpose       string    `json:"purpose"`
	Answer        string    `json:"answer"`
	NoticeVersion string    `json:"noticeVersion,omitempty"`
	NoticeHash    string    `json:"noticeHash,omitempty"`
	Language      string    `json:"language,omitempty"`
	Method        string    `json:"method,omitempty"`
	Jurisdiction  string    `json:"jurisdiction,omitempty"`
	Time          time.Time `json:"time,omitzero"`
	Expires       time.Time `json:"expires,omitzero"`
}
