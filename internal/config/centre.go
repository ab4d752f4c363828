package config

import (
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/law"
)

// Centre sets up the customers' privacy centre.
type Centre struct {
	URL      string   `yaml:"url" doc:"public address of the centre's host, such as https://privacy.shop.example; '' where it shares the API's host"`
	Name     string   `yaml:"name" doc:"the business as its customers know it; '' takes engine.controller"`
	Home     string   `yaml:"home" doc:"where 'Back to the shop' leads; '' leaves the link out"`
	Contact  string   `yaml:"contact" doc:"where people get help: an https: or mailto: address; '' leaves it out"`
	Region   string   `yaml:"region" doc:"where its visitors live, as ISO 3166 ('DE', 'US-CA'): the law that the dates and questions of its pages follow; '' takes the strictest"`
	Purposes []string `yaml:"purposes" doc:"purposes that the centre asks about, in this order; only ask for what you use"`
	Theme    Theme    `yaml:"theme" doc:"looks"`
}

// Theme is how the centre looks. Values become CSS variables, so each is of a
// closed form; colours that cannot be read well are refused.
type Theme struct {
	Accent     string `yaml:"accent" doc:"colour of links and marks on light paper, as #rrggbb"`
	AccentDark string `yaml:"accent_dark" doc:"the same on dark paper"`
	Corners    string `yaml:"corners" doc:"square, soft or round"`
	Font       string `yaml:"font" doc:"system, serif or rounded"`
}

// Paper colours that an accent must be readable on, and white on light accents.
const (
	LightPaper = "#f4f6f6"
	DarkPaper  = "#10181b"
	DarkInk    = "#0d1416" // letters on a dark theme's accent
	minAccent  = 4.5       // WCAG 2.2, 1.4.3
)

// Defaults fills what is not set. The classes that people may be asked for are
// asked about each for itself, after the rest.
func (c *Centre) Defaults(classes []string) {
	if c.Purposes == nil {
		c.Purposes = []string{string(tactful.Recommendations), string(tactful.Improvement)}
		for _, class := range classes {
			c.Purposes = append(c.Purposes, string(label.PurposeOf(class)))
		}
	}
	set(&c.Theme.Accent, "#0b5d5e")
	set(&c.Theme.AccentDark, "#7fd4cd")
	set(&c.Theme.Corners, "soft")
	set(&c.Theme.Font, "system")
}

var hexColour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

func (c *Centre) validate(declared map[string]bool, fault func(field, detail, remedy string)) {
	link := func(field, value string, schemes ...string) {
		if value == "" {
			return
		}
		u, err := url.Parse(value)
		if err == nil && len(value) <= 500 && !strings.ContainsAny(value, "\"'<> \n") {
			for _, scheme := range schemes {
				if u.Scheme == scheme && (u.Host != "" || scheme == "mailto") {
					return
				}
			}
		}
		fault(field, "is not an address of the kind that may stand there", "use "+strings.Join(schemes, ": or ")+":")
	}
	link("centre.url", c.URL, "https", "http")
	link("centre.home", c.Home, "https", "http")
	link("centre.contact", c.Contact, "https", "mailto")
	if c.Region != "" && law.For(c.Region).Code == law.Unknown {
		fault("centre.region", "is a place that `tactful law` does not know", "write a code of its list, such as DE or US-CA, or leave it out")
	}
	if len(c.Name) > 100 {
		fault("centre.name", "is too long", "write at most 100 bytes")
	}
	for i, p := range c.Purposes {
		if !declared[p] {
			fault(fmt.Sprintf("centre.purposes[%d]", i), "is not declared", "declare it under engine.consent.purposes or use a built-in one")
		}
	}
	for _, at := range [...]struct{ field, value, paper, on string }{
		{"accent", c.Theme.Accent, LightPaper, "#ffffff"}, {"accent_dark", c.Theme.AccentDark, DarkPaper, DarkInk},
	} {
		switch {
		case !hexColour.MatchString(at.value):
			fault("centre.theme."+at.field, "is not a colour", "write it as #rrggbb, in small letters")
		case Contrast(at.value, at.paper) < minAccent || Contrast(at.value, at.on) < minAccent:
			fault("centre.theme."+at.field, "cannot be read well", fmt.Sprintf("its contrast with %s and with %s must be %.1f or more", at.paper, at.on, minAccent))
		}
	}
	switch c.Theme.Corners {
	case "square", "soft", "round":
	default:
		fault("centre.theme.corners", "is unknown", "square, soft or round")
	}
	switch c.Theme.Font {
	case "system", "serif", "rounded":
	default:
		fault("centre.theme.font", "is unknown", "system, serif or rounded")
	}
}

// Contrast is the contrast ratio of two colours of the form #rrggbb, 1 to 21
// (WCAG 2.2, relative luminance); 0 if one is not a colour.
func Contrast(a, b string) float64 {
	if !hexColour.MatchString(a) || !hexColour.MatchString(b) {
		return 0
	}
	high, low := luminance(a), luminance(b)
	if low > high {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

func luminance(colour string) float64 {
	sum := 0.0
	for i, weight := range [...]float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			return 0
		}
		part := float64(n) / 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weight * part
	}
	return sum
}
