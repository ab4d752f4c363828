package campaign

import (
	"fmt"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/wording"
)

// Whom copy is filled for when it is loaded: nobody that is known, and somebody with a
// name like any.
var (
	stranger  = &wording.Reader{}
	namedLike = &wording.Reader{Bought: true, SignedUp: true, Values: map[string]wording.Value{
		wording.FirstName:  {Text: "Anna", Provenance: tactful.Declared},
		wording.LastName:   {Text: "Berg", Provenance: tactful.Declared},
		wording.Salutation: {Text: "Anna Berg", Provenance: tactful.Declared},
	}}
)

const shopLike = "Linden"

// filled reads a creative as it is written and as it goes out, without a name and with
// one, and returns the strictest of the findings. So copy that is calm as written and
// asks for a human once it is filled waits where humans look, and is not dropped in
// silence later. A claim that only filling makes is left to the moment of the decision,
// which knows whether it is true.
func filled(c *Campaign, v *Creative, reader Reader) coercion.Finding {
	finding := reader.Read(v.Title+"\n"+v.Body, v.Language, nil)
	plain := map[string]string{wording.Category: v.Category[strings.LastIndexByte(v.Category, '/')+1:], wording.Shop: shopLike}
	if !c.Schedule.End.IsZero() {
		plain[wording.Ends] = c.Schedule.End.Format("2006-01-02")
	}
	for _, whom := range []*wording.Reader{stranger, namedLike} {
		title := wording.Render(v.Title, wording.Of(v.Channel, wording.Title), whom, plain).Text
		body := wording.Render(v.Body, wording.Of(v.Channel, wording.Body), whom, plain).Text
		if title == v.Title && body == v.Body || title == "" && body == "" {
			continue
		}
		f := reader.Read(title+"\n"+body, v.Language, nil)
		if len(f.Claims) == len(finding.Claims) && f.Ruling > finding.Ruling {
			f.Claims = finding.Claims
			f.Calmer = strings.TrimSpace(fmt.Sprintf("Once filled it reads %q. %s", strings.TrimSpace(title+" / "+body), f.Calmer))
			finding = f
		}
	}
	return finding
}
