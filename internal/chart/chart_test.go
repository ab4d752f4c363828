package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

func draw(t *testing.T, c Chart) string {
	t.Helper()
	var b strings.Builder
	if err := c.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	decoder := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return b.String()
		} else if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, b.String())
		}
	}
}

func TestAChartCanBeReadWithoutSeeingIt(t *testing.T) {
	svg := draw(t, Chart{
		Title: "Accuracy & size <k>", Description: "It rises and flattens.", X: "neighbours", Y: "NDCG@20", Scale: Log,
		Lines: []Line{{"model", []Point{{50, .1}, {100, .15}, {200, .155}}}, {"plain", []Point{{50, .09}, {200, .09}}}},
		Mark:  &Level{"goal", .14},
	})
	for _, want := range []string{"Accuracy &amp; size &lt;k&gt;", "It rises and flattens. model: 0.1 at 50, 0.15 at 100, 0.155 at 200. plain: 0.09 at 50", ">goal<", "role=\"img\""} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is not in\n%s", want, svg)
		}
	}
	if strings.Count(svg, "<polyline") != 2 || strings.Count(svg, "<circle") != 5 {
		t.Error("lines or points are missing")
	}
}

func TestHigherValuesAreDrawnHigher(t *testing.T) {
	svg := draw(t, Chart{Title: "a", Lines: []Line{{"l", []Point{{0, 1}, {10, 3}}}}})
	i := strings.Index(svg, `points="`)
	first, second, _ := strings.Cut(svg[i+8:i+8+strings.Index(svg[i+8:], `"`)], " ")
	_, low, _ := strings.Cut(first, ",")
	_, high, _ := strings.Cut(second, ",")
	lowAt, err := strconv.ParseFloat(low, 64)
	if err != nil {
		t.Fatal(err)
	}
	highAt, err := strconv.ParseFloat(high, 64)
	if err != nil || highAt >= lowAt { // y grows downwards
		t.Errorf("1 is drawn at %s, 3 at %s (%v)", low, high, err)
	}
}

func TestWhatCannotBeDrawnIsRefused(t *testing.T) {
	for name, c := range map[string]Chart{
		"no line":           {Title: "a"},
		"no number":         {Lines: []Line{{"l", []Point{{1, math.NaN()}}}}},
		"zero on log scale": {Scale: Log, Lines: []Line{{"l", []Point{{0, 1}}}}},
	} {
		if err := c.WriteSVG(io.Discard); err == nil {
			t.Errorf("%s was drawn", name)
		}
	}
	draw(t, Chart{Title: "one point", Lines: []Line{{"l", []Point{{5, 5}}}}})
}
