package picture

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tactful/tactful"
)

// patterns by the words that ask for them; {c} is the colour to draw in.
var patterns = []struct{ words, mark string }{
	{"retrospot, polkadot*, polka*, spot, spots, spotty, dotty", `<pattern id="p" width="26" height="26" patternUnits="userSpaceOnUse"><g fill="{c}"><circle cx="7" cy="7" r="4.4"/><circle cx="20" cy="20" r="4.4"/></g></pattern>`},
	{"union jack, union flag", `<pattern id="p" width="64" height="48" patternUnits="userSpaceOnUse"><path d="M0 0h64v48H0z" fill="#3f567f"/><path d="M0 0l64 48M64 0L0 48" stroke="#fffdf8" stroke-width="8"/><path d="M32 0v48M0 24h64" stroke="#fffdf8" stroke-width="14"/><path d="M32 0v48M0 24h64" stroke="#c8444a" stroke-width="8"/></pattern>`},
	{"gingham, check, tartan, airmail", `<pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse"><path d="M0 0h10v20H0z" fill="{c}" opacity=".45"/><path d="M0 0h20v10H0z" fill="{c}" opacity=".45"/></pattern>`},
	{"stripe*, stripey, striped", `<pattern id="p" width="18" height="18" patternUnits="userSpaceOnUse"><path d="M0 0h8v18H0z" fill="{c}" opacity=".75"/></pattern>`},
	{"strawberry, cherry, cherries, fruit, apple*, pears", `<pattern id="p" width="34" height="34" patternUnits="userSpaceOnUse"><g fill="{c}"><circle cx="10" cy="13" r="5"/><circle cx="27" cy="29" r="5"/></g><path d="M10 8l3-5M27 24l3-5" stroke="{c}" stroke-width="2.4"/></pattern>`},
	{"rose*, flower*, floral, daisy, daisies, paisley, blossom, botanical, folkart, poppy, poppies, suki, regency, doily, lace, oriental, baroque", `<pattern id="p" width="40" height="40" patternUnits="userSpaceOnUse"><g fill="{c}" opacity=".85"><circle cx="11" cy="7" r="3.6"/><circle cx="11" cy="17" r="3.6"/><circle cx="6" cy="12" r="3.6"/><circle cx="16" cy="12" r="3.6"/><circle cx="31" cy="27" r="3.6"/><circle cx="31" cy="37" r="3.6"/><circle cx="26" cy="32" r="3.6"/><circle cx="36" cy="32" r="3.6"/></g><g fill="#f0bd4e"><circle cx="11" cy="12" r="2.4"/><circle cx="31" cy="32" r="2.4"/></g></pattern>`},
	{"heart*, love, sweetheart, lovebird*", `<pattern id="p" width="34" height="34" patternUnits="userSpaceOnUse"><path d="M10 17c-11-7-9-14-4-14 3 0 4 3 4 3s1-3 4-3c5 0 7 7-4 14zM27 33c-11-7-9-14-4-14 3 0 4 3 4 3s1-3 4-3c5 0 7 7-4 14z" fill="{c}"/></pattern>`},
	{"star, stars, space*, circus, skull*", `<pattern id="p" width="36" height="36" patternUnits="userSpaceOnUse"><path d="M10 3l2.4 5 5.4.7-4 3.8 1 5.5-4.8-2.7-4.8 2.7 1-5.5-4-3.8 5.4-.7zM28 20l2.4 5 5.4.7-4 3.8 1 5.5-4.8-2.7-4.8 2.7 1-5.5-4-3.8 5.4-.7z" fill="{c}"/></pattern>`},
	{"leaf, leaves, woodland, forest, fern, garden, herb*", `<pattern id="p" width="36" height="36" patternUnits="userSpaceOnUse"><path d="M5 17c0-10 8-13 14-13 0 10-6 14-14 13zM20 34c0-10 8-13 14-13 0 10-6 14-14 13z" fill="{c}" opacity=".7"/></pattern>`},
}

// several stands in titles of things that come as more than one.
var several = regexp.MustCompile(`\b(?:set|pack|box|bag) of (\d+)|^(\d+) |\bpair\b`)

// SVG draws an item. The text of the title never enters the drawing, so that
// no title can put elements into it.
func SVG(it *tactful.Item) []byte {
	title := spaced(it.Title)
	s := shapes[choose(it)]
	p := paint(it, title)
	seed := number(it.ID)
	defs, overlay := "", ""
	for _, pat := range patterns {
		if anyOf(title, pat.words) {
			ink := white
			if p.main.light() > .72 {
				ink = p.accent.mix(black, .1)
			}
			defs = "<defs>" + strings.ReplaceAll(pat.mark, "{c}", ink.String()) + "</defs>"
			overlay = fmt.Sprintf(`<path d="%s" fill="url(#p)"/>`, s.body)
			break
		}
	}
	colours := strings.NewReplacer("{m}", p.main.String(), "{d}", p.dark.String(), "{l}", p.light.String(), "{a}", p.accent.String())
	thing := colours.Replace(s.under) + fmt.Sprintf(`<path d="%s" fill="%s" fill-rule="evenodd"/>`, s.body, p.main) + overlay + colours.Replace(s.over)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 320" width="320" height="320">%s`, defs)
	fmt.Fprintf(&b, `<path fill="%s" d="M0 0h320v320H0z"/>`, p.ground)
	ground(&b, p, seed)
	if several.MatchString(strings.ToLower(it.Title)) && !strings.Contains(title, " in box") {
		fmt.Fprintf(&b, `<g transform="translate(24 62) scale(.74)">%s</g><g transform="translate(122 62) scale(.74)">%s</g><g transform="translate(66 92) scale(.82)">%s</g>`, thing, thing, thing)
	} else {
		tilt := int(seed>>8%7) - 3
		scale := 1.08
		if anyOf(title, "mini, small, tiny, pocket") {
			scale = .88
		}
		if anyOf(title, "large, jumbo, giant, big") {
			scale = 1.2
		}
		fmt.Fprintf(&b, `<g transform="translate(160 162) rotate(%d) scale(%.2f) translate(-120 -122)">%s</g>`, tilt, scale, thing)
	}
	b.WriteString(`</svg>`)
	return []byte(b.String())
}

// ground draws what the thing stands before: one of three plain settings.
func ground(b *strings.Builder, p palette, seed uint32) {
	switch seed % 3 {
	case 0:
		fmt.Fprintf(b, `<circle cx="160" cy="160" r="128" fill="%s"/>`, p.table)
	case 1:
		fmt.Fprintf(b, `<path d="M0 226h320v94H0z" fill="%s"/>`, p.table)
	default:
		fmt.Fprintf(b, `<path d="M48 320V160a112 112 0 0 1 224 0v160z" fill="%s"/>`, p.table)
	}
	fmt.Fprintf(b, `<ellipse cx="160" cy="246" rx="92" ry="11" fill="%s" opacity=".5"/>`, p.table.mix(black, .28))
}

func anyOf(title, list string) bool {
	for w := range strings.SplitSeq(list, ", ") {
		if names(title, w) {
			return true
		}
	}
	return false
}
