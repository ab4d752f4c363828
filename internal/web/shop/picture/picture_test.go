package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// wellFormed fails unless the drawing is XML without scripts and outside references.
func wellFormed(t *testing.T, svg []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok {
			if e.Name.Local == "script" || e.Name.Local == "image" || e.Name.Local == "style" {
				t.Fatalf("element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || a.Name.Local == "style" {
					t.Fatalf("attribute %s", a.Name.Local)
				}
			}
		}
	}
}

func TestEveryShapeIsDrawnWithoutHolesInIt(t *testing.T) {
	used := map[string]bool{}
	for _, line := range words {
		used[line.shape] = true
	}
	for _, s := range shelves {
		used[s] = true
	}
	for name := range used {
		if _, ok := shapes[name]; !ok {
			t.Errorf("shape %q is chosen and does not exist", name)
		}
	}
	for name := range shapes {
		if !used[name] {
			t.Errorf("shape %q is never chosen", name)
		}
	}
	for _, line := range words {
		word, _, _ := strings.Cut(line.words, ", ")
		it := tactful.Item{ID: "10002", Title: "Red retrospot " + strings.TrimSuffix(word, "*")}
		svg := SVG(&it)
		wellFormed(t, svg)
		if bytes.ContainsAny(svg, "{}") || bytes.Contains(svg, []byte("NaN")) {
			t.Errorf("%q leaves a placeholder: %s", it.Title, svg)
		}
	}
}

func TestAPictureFollowsTheTitle(t *testing.T) {
	red := SVG(&tactful.Item{ID: "1", Title: "Red retrospot mug"})
	for name, other := range map[string]string{
		"another colour": "Blue retrospot mug", "another pattern": "Red mug", "another thing": "Red retrospot plate",
	} {
		if bytes.Equal(red, SVG(&tactful.Item{ID: "1", Title: other})) {
			t.Errorf("%s gives the same picture", name)
		}
	}
	if again := SVG(&tactful.Item{ID: "1", Title: "Red retrospot mug"}); !bytes.Equal(red, again) {
		t.Error("the same item gives another picture")
	}
}

func TestATitleCannotWriteIntoThePicture(t *testing.T) {
	svg := SVG(&tactful.Item{ID: `"><script>`, Title: `<script>alert(1)</script> red mug`, Categories: []string{`"/><a>`}})
	wellFormed(t, svg)
	if bytes.Contains(svg, []byte("alert")) {
		t.Error("the title is in the picture")
	}
}

func FuzzSVG(f *testing.F) {
	f.Add("85123A", "", "White hanging heart T-light holder", "Candles & lights")
	f.Add(`"><script>`, "1", "Set of 3 red\x00 retrospot union jack </svg>", "")
	f.Fuzz(func(t *testing.T, id, group, title, category string) {
		wellFormed(t, SVG(&tactful.Item{ID: id, Group: group, Title: title, Categories: []string{category}}))
	})
}
