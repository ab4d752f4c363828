package api

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/door"
)

const typicalRequest = `{"placement":"basket","count":10,"userId":"user-4711","items":["85123A","71053","84406B"],"level":"personal","language":"en","filter":{"categories":["Home"],"availableOnly":true}}`

// BenchmarkValidateDecisionRequest is what the schema costs: parse and check.
func BenchmarkValidateDecisionRequest(b *testing.B) {
	known, err := readOnce()
	if err != nil {
		b.Fatal(err)
	}
	schema, text := known["POST /v1/decisions/recommendations"].body, []byte(typicalRequest)
	b.ReportAllocs()
	for b.Loop() {
		v, err := door.ParseJSON(text, 32)
		if err != nil {
			b.Fatal(err)
		}
		if err := schema.VisitJSON(v, openapi3.VisitAsRequest()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncodeDecision is the answer of 10 suggestions.
func BenchmarkEncodeDecision(b *testing.B) {
	d := aDecision(&tactful.Request{Placement: tactful.Basket}, 10)
	var s server
	b.ReportAllocs()
	for b.Loop() {
		if err := (decisionAnswer{server: &s, decision: d}).VisitRecommendResponse(httptest.NewRecorder()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDecisionThroughTheDoor is everything but the network and the engine.
func BenchmarkDecisionThroughTheDoor(b *testing.B) {
	d := newDesk(b, quiet)
	b.ReportAllocs()
	for b.Loop() {
		d.engine.decisions = d.engine.decisions[:0]
		r := httptest.NewRequest(http.MethodPost, "/v1/decisions/recommendations", strings.NewReader(typicalRequest))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer decide")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
