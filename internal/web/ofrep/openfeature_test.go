package ofrep

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/open-feature/go-sdk/openfeature"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

// provider is a small provider of the protocol for OpenFeature's Go SDK.
type provider struct{ base, key string }

func (provider) Metadata() openfeature.Metadata {
	return openfeature.Metadata{Name: "ofrep of the tests"}
}
func (provider) Hooks() []openfeature.Hook { return nil }

func ask[T any](ctx context.Context, p provider, flag string, otherwise T, said openfeature.FlattenedContext) (T, openfeature.ProviderResolutionDetail) {
	failed := func(text string) (T, openfeature.ProviderResolutionDetail) {
		return otherwise, openfeature.ProviderResolutionDetail{ResolutionError: openfeature.NewGeneralResolutionError(text), Reason: openfeature.ErrorReason}
	}
	body, err := json.Marshal(map[string]any{"context": said})
	if err != nil {
		return failed(err.Error())
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+"/ofrep/v1/evaluate/flags/"+url.PathEscape(flag), bytes.NewReader(body))
	if err != nil {
		return failed(err.Error())
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-API-Key", p.key)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return failed(err.Error())
	}
	defer w.Body.Close()
	var answer struct {
		Value     any
		Reason    openfeature.Reason
		Variant   string
		Metadata  map[string]any
		ErrorCode string
	}
	if err := json.NewDecoder(w.Body).Decode(&answer); err != nil {
		return failed(err.Error())
	}
	value, ok := answer.Value.(T)
	switch {
	case answer.ErrorCode == "FLAG_NOT_FOUND":
		return otherwise, openfeature.ProviderResolutionDetail{ResolutionError: openfeature.NewFlagNotFoundResolutionError(flag), Reason: openfeature.ErrorReason}
	case answer.ErrorCode != "":
		return failed(answer.ErrorCode)
	case !ok:
		return otherwise, openfeature.ProviderResolutionDetail{ResolutionError: openfeature.NewTypeMismatchResolutionError(flag), Reason: openfeature.ErrorReason}
	}
	return value, openfeature.ProviderResolutionDetail{Reason: answer.Reason, Variant: answer.Variant, FlagMetadata: answer.Metadata}
}

func (p provider) BooleanEvaluation(ctx context.Context, flag string, otherwise bool, said openfeature.FlattenedContext) openfeature.BoolResolutionDetail {
	v, d := ask(ctx, p, flag, otherwise, said)
	return openfeature.BoolResolutionDetail{Value: v, ProviderResolutionDetail: d}
}

func (p provider) StringEvaluation(ctx context.Context, flag string, otherwise string, said openfeature.FlattenedContext) openfeature.StringResolutionDetail {
	v, d := ask(ctx, p, flag, otherwise, said)
	return openfeature.StringResolutionDetail{Value: v, ProviderResolutionDetail: d}
}

func (p provider) FloatEvaluation(ctx context.Context, flag string, otherwise float64, said openfeature.FlattenedContext) openfeature.FloatResolutionDetail {
	v, d := ask(ctx, p, flag, otherwise, said)
	return openfeature.FloatResolutionDetail{Value: v, ProviderResolutionDetail: d}
}

func (p provider) IntEvaluation(ctx context.Context, flag string, otherwise int64, said openfeature.FlattenedContext) openfeature.IntResolutionDetail {
	v, d := ask(ctx, p, flag, float64(otherwise), said)
	return openfeature.IntResolutionDetail{Value: int64(v), ProviderResolutionDetail: d}
}

func (p provider) ObjectEvaluation(ctx context.Context, flag string, otherwise any, said openfeature.FlattenedContext) openfeature.InterfaceResolutionDetail {
	v, d := ask(ctx, p, flag, otherwise, said)
	return openfeature.InterfaceResolutionDetail{Value: v, ProviderResolutionDetail: d}
}

func TestOpenFeaturesGoClientDrivesTheDoor(t *testing.T) {
	h := open(t, door.Limits{})
	if err := openfeature.SetNamedProviderAndWait("tactful", provider{h.base, h.key}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(openfeature.Shutdown)
	client := openfeature.NewClient("tactful")
	ctx := t.Context()
	about := openfeature.NewEvaluationContext("g1", map[string]any{"country": "DE", "loggedIn": true})
	if d, err := client.BooleanValueDetails(ctx, "bool-on", false, about); err != nil || !d.Value || d.Reason != openfeature.TargetingMatchReason || d.Variant != "on" {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := client.FloatValueDetails(ctx, "num", 1, about); err != nil || d.Value != 3.5 || d.Reason != openfeature.StaticReason {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := client.ObjectValueDetails(ctx, "obj", nil, about); err != nil || d.Value.(map[string]any)["layout"] != "grid" {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := client.StringValueDetails(ctx, "none", "mine", about); err == nil || d.Value != "mine" || d.ErrorCode != openfeature.FlagNotFoundCode {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := client.StringValueDetails(ctx, "button", "mine", about); err != nil || d.Value != "Buy now" || d.Reason != openfeature.DisabledReason {
		t.Errorf("who did not agree: %+v %v", d, err)
	}
	h.says(user("g1"), tactful.Granted)
	d, err := client.StringValueDetails(ctx, "button", "mine", about)
	if err != nil || d.Reason != openfeature.SplitReason || d.FlagMetadata["experiment"] != "calm-button" {
		t.Errorf("who agreed: %+v %v", d, err)
	}
	h.says(user("g1"), tactful.Withdrawn)
	if d, err := client.StringValueDetails(ctx, "button", "mine", about); err != nil || d.Value != "Buy now" || d.Reason != openfeature.DisabledReason {
		t.Errorf("who left: %+v %v", d, err)
	}
}
