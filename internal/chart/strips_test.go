package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
)

var strip = Strip{Name: "Target <1>", Metric: "AUC above basket size", Value: -0.08, Span: [2]float64{-0.1, -0.06}, Other: Other{"plain", 0.27}, Goal: Level{"at most +0.02", 0.02}, Met: true}

func TestStripsCanBeReadWithoutSeeingThem(t *testing.T) {
	missed := strip
	missed.Name, missed.Met, missed.Other = "Hinge", false, Other{}
	s := Strips{Title: "Rows & goals", Description: "Each on an axis of its own.", Rows: []Strip{strip, missed}}
	var b strings.Builder
	if err := s.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
	}
	for _, want := range []string{"Rows &amp; goals", "Target &lt;1&gt;, AUC above basket size: -0.080 [-0.100, -0.060], plain 0.270, goal: at most +0.02; met.", "; missed.", ">missed<", "role=\"img\""} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
	if strings.Count(b.String(), "stroke=\"#b4541f\"") != 1 {
		t.Error("what is compared is drawn where there is nothing to compare, or not where there is")
	}
}

func TestStripsThatCannotBeDrawnAreRefused(t *testing.T) {
	bad := strip
	bad.Value = math.NaN()
	far := strip
	far.Other.Value = math.Inf(1)
	for name, s := range map[string]Strips{"none": {}, "no number": {Rows: []Strip{bad}}, "no end": {Rows: []Strip{far}}} {
		if err := s.WriteSVG(io.Discard); err == nil {
			t.Errorf("%s is drawn", name)
		}
	}
}
