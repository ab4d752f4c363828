package shop

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// TestATitleCannotRunAnythingOnAPage gives every item a hostile title and
// category, and looks for elements and attributes that only they can have made.
func TestATitleCannotRunAnythingOnAPage(t *testing.T) {
	const title = `"><script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>' onmouseover='alert(4) {{.}} javascript:alert(5)`
	b := open(t)
	for i := range b.engine.items {
		b.engine.items[i].Title = title
	}
	b.send("/person", "who", "14282")
	b.send("/basket", "item", itemNo(4), "do", "add")
	shown := false
	for _, path := range []string{"/", "/item/100002", "/basket", "/search?q=" + "%22%3E%3Cscript%3Ealert(6)%3C/script%3E", "/search?q=script", "/about"} {
		doc := b.get(path)
		shown = shown || strings.Contains(text(doc), "<script>alert(1)</script>") // as text: the control
		for node := range doc.Descendants() {
			if node.Type != html.ElementNode {
				continue
			}
			if node.Data == "script" && (attr(node, "src") != "/privacy/centre.js" || node.FirstChild != nil) {
				t.Errorf("%s: a title made a script", path)
			}
			for _, a := range node.Attr {
				if strings.HasPrefix(a.Key, "on") || strings.HasPrefix(strings.TrimSpace(strings.ToLower(a.Val)), "javascript:") {
					t.Errorf("%s: a title made the attribute %s", path, a.Key)
				}
			}
		}
	}
	if !shown {
		t.Error("the hostile title is on no page: the look is blind")
	}
}
