package tactful

// Surface says where an answer is shown, and so who else may see it.
type Surface uint8

// Surfaces. The zero value is a page on the person's own screen, which is what a
// list on a page is. Whoever sends a list elsewhere says so.
const (
	SurfacePage         Surface = iota
	SurfaceEmail                // the body of a mail, which somebody opens
	SurfaceEmailSubject         // a line that stands in every inbox
	SurfacePush                 // a locked screen
	SurfaceSMS                  // the same
	SurfaceLetter               // a letterbox
	SurfaceHousehold            // a screen of several people, such as a television
)

var surfaceNames = [...]string{"page", "email", "email_subject", "push", "sms", "letter", "household"}

// String returns the wire word.
func (c Surface) String() string {
	if int(c) < len(surfaceNames) {
		return surfaceNames[c]
	}
	return "unknown"
}

// ParseSurface reads a wire word; "" is a page.
func ParseSurface(word string) (Surface, bool) {
	if word == "" {
		return SurfacePage, true
	}
	for i, name := range surfaceNames {
		if name == word {
			return Surface(i), true
		}
	}
	return SurfacePage, false
}

// Known reports whether the surface is one.
func (c Surface) Known() bool { return int(c) < len(surfaceNames) }

// Seen reports whether others may see what arrives there. What is not known is seen.
func (c Surface) Seen() bool {
	switch c {
	case SurfacePage, SurfaceEmail:
		return false
	case SurfaceEmailSubject, SurfacePush, SurfaceSMS, SurfaceLetter, SurfaceHousehold:
		return true
	}
	return true
}
