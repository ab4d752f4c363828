package picture

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/tactful/tactful"
)

// rgb is a colour.
type rgb struct{ r, g, b float64 }

func hex(n uint32) rgb { return rgb{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)} }

func (c rgb) mix(o rgb, share float64) rgb {
	return rgb{c.r + (o.r-c.r)*share, c.g + (o.g-c.g)*share, c.b + (o.b-c.b)*share}
}

func (c rgb) String() string { return fmt.Sprintf("#%02x%02x%02x", int(c.r), int(c.g), int(c.b)) }

func (c rgb) light() float64 { return (0.299*c.r + 0.587*c.g + 0.114*c.b) / 255 }

var (
	black = hex(0x2a211c)
	white = hex(0xfffdf8)
)

// named colours and materials, as titles call them, most telling first.
var named = []struct {
	word string
	rgb  uint32
}{
	{"red", 0xc8444a}, {"pink", 0xe58fa3}, {"blue", 0x5b86b4}, {"green", 0x7ba06d}, {"yellow", 0xecc250}, {"purple", 0x8c6aa5},
	{"orange", 0xe28a45}, {"turquoise", 0x4fb0ac}, {"lilac", 0xb49ccb}, {"mint", 0x9fcdb5}, {"ivory", 0xefe6d2}, {"cream", 0xf1e6cc},
	{"white", 0xf7f3ea}, {"black", 0x47433f}, {"silver", 0xb3bbc1}, {"gold", 0xd3ae5a}, {"brown", 0x93694c}, {"chocolate", 0x7a513a},
	{"grey", 0x8d9296}, {"copper", 0xc07f56}, {"bronze", 0xa87c4f}, {"amber", 0xdf9a3c}, {"amethyst", 0x9a77b8}, {"fuchsia", 0xcc5390},
	{"ruby", 0xb23a52}, {"aqua", 0x6dbfc4}, {"lavender", 0xa79bc9}, {"strawberry", 0xd9536a}, {"cherry", 0xc23b55}, {"rose", 0xd98a96},
	{"navy", 0x3f567f}, {"lime", 0xa7c256}, {"zinc", 0xa3adb3}, {"wicker", 0xc29b68}, {"wooden", 0xbb9064}, {"wood", 0xbb9064},
	{"natural", 0xcbb088}, {"rustic", 0xb08d63}, {"glass", 0xa9cfcd}, {"crystal", 0xb9d3e0}, {"diamante", 0xc9d3de}, {"enamel", 0xdfe6e4},
	{"metal", 0x98a2a8}, {"slate", 0x5f6b70}, {"porcelain", 0xf1f0ee}, {"ceramic", 0xe9dfd0},
}

// themes have a colour by custom; they count only where no colour is named.
var themes = []struct {
	word string
	rgb  uint32
}{
	{"christmas", 0xb8434a}, {"retrospot", 0xc8444a}, {"woodland", 0x8a9a5b}, {"botanical", 0x7ba06d}, {"garden", 0x7ba06d},
	{"paris", 0x7d8fb0}, {"london", 0xc8444a}, {"spaceboy", 0x5b86b4}, {"dolly", 0xe58fa3}, {"circus", 0xe28a45},
	{"regency", 0xd98a96}, {"vintage", 0xbfa486},
}

// spare colours serve titles that name none; variants of a product share one.
var spare = []uint32{0xc97b7b, 0x7f9c7a, 0x6787a8, 0xd0a24a, 0xbf7a56, 0x86688f, 0x569390, 0x8193a0, 0xc98fa0, 0xa5a05d}

// palette is what one picture is painted with.
type palette struct {
	main, dark, light, accent, ground, table rgb
}

func paint(it *tactful.Item, title string) palette {
	seed := number(it.ID)
	if it.Group != "" {
		seed = number(it.Group)
	}
	main := hex(spare[seed%uint32(len(spare))])
	accent := hex(spare[(seed/16+3)%uint32(len(spare))])
	first, second := len(title), len(title)
	for _, n := range named {
		switch i := strings.Index(title, " "+n.word); {
		case i < 0:
		case i < first:
			if first < second && first < len(title) {
				accent, second = main, first
			}
			main, first = hex(n.rgb), i
		case i < second && i > first:
			accent, second = hex(n.rgb), i
		}
	}
	for _, n := range themes {
		if first == len(title) && strings.Contains(title, " "+n.word) {
			main, first = hex(n.rgb), 0
		}
	}
	p := palette{main: main, accent: accent}
	p.dark, p.light = main.mix(black, .28), main.mix(white, .55)
	if main.light() > .85 { // pale things need an edge and a ground that shows them
		p.dark = main.mix(black, .22)
		p.light = main.mix(black, .06)
		p.ground = accent.mix(white, .62)
	} else {
		p.ground = main.mix(white, .84)
	}
	p.table = p.ground.mix(accent, .22)
	return p
}

// number is a stable number for a code.
func number(code string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(code))
	return h.Sum32()
}
