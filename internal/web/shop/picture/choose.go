package picture

import (
	"strings"

	"github.com/tactful/tactful"
)

// words lead to a shape; the first line with a word of the title wins. A word
// that ends in * stands for all that begin with it.
var words = []struct{ words, shape string }{
	{"teapot, tea pot", "teapot"}, {"mug*, beaker*", "mug"}, {"teacup*, saucer*, cup*", "cup"},
	{"cupcake*, cake case*, baking mould*, mould*, jelly*", "cake"}, {"cakestand*, cake stand*, cake plate*", "cakestand"},
	{"lunch bag*, lunch box*, snack box*", "lunchbag"}, {"backpack*, rucksack*", "backpack"}, {"suitcase*, mini cases, case", "suitcase"},
	{"luggage tag*, gift tag*, passport*, tag*", "tag"}, {"handbag*, purse*, washbag*, evening bag*, wallet*, clutch*, doughnut*", "purse"},
	{"bag charm*, phone charm*", "keyring"}, {"jumbo bag*, shopper*, tote*, shoulder bag*, gift bag*, party bag*, peg bag*, bag, bags", "tote"},
	{"necklace*, pendant*", "necklace"}, {"bracelet*, bangle*, braclet*", "bracelet"}, {"earrings*, earring*", "earrings"},
	{"key ring*, keyring*, key fob, key-chain*, charm*", "keyring"}, {"hair*, bow, bows", "bow"}, {"ring, brooch*, tiara*", "ring"},
	{"doorstop*, cushion*, pillow*, filler pad*, quilt*", "cushion"}, {"doormat*, mat, placemat*, rug*", "mat"},
	{"alarm clock*, clock*", "clock"}, {"photo frame*, photoframe*, frame*, canvas*, picture*, wall art*", "frame"}, {"mirror*", "mirror"},
	{"chalkboard*, blackboard*, slate*, memo*", "chalkboard"}, {"metal sign*, sign*, plaque*, doorsign*, word*, letters, tile*", "sign"},
	{"drawer knob*, knob*, drawerknob*", "knob"}, {"hook*, hanger*, rack*, peg*, rail", "hooks"},
	{"t-light*, votive*, candleholder*, candle holder*, candlepot*, tealight*, candlestick*", "tlight"},
	{"lantern*", "lantern"}, {"lamp*, lampshade*, chandelier*, shade", "lamp"}, {"lights, light chain*, fairy lights, led", "lights"},
	{"incense*, fragrance*, scent*, oil*, perfume*", "scent"}, {"dinner candles, botanical candles, candles", "candles"}, {"candle*", "candle"},
	{"hot water bottle*, hottie*", "hotwater"}, {"watering can*", "can"}, {"birdhouse*, bird house*, bird table*, nest*, feeder*, playhouse*", "birdhouse"},
	{"umbrella*, parasol*", "umbrella"}, {"chime*, windmill*, mobile*", "chime"}, {"wreath*", "wreath"}, {"stocking*, sock*, slipper*", "stocking"},
	{"bauble*, droplet*, ball*", "bauble"}, {"christmas tree*, tree*", "tree"}, {"gift wrap*, wrap*, gift box*, present*", "wrap"},
	{"ribbon*, tape*, reel*, string", "ribbon"}, {"playing cards, cards", "cards"}, {"card*, invite*, envelope*, notelet*", "card"},
	{"notebook*, journal*, sketchbook*, album*, book*, organiser*, calendar*, stationery*, diary*", "notebook"},
	{"pencil*, pen, pens, crayon*, ruler*, eraser*, sharpener*, rubber*, chalk*", "pencils"}, {"sticker*, patches, decoupage*, stencil*", "stickers"},
	{"magnet*", "magnet"}, {"bunting*, garland*, flag*, paper chain*, banner*, honeycomb*", "bunting"}, {"balloon*, confetti*, party*", "balloon"},
	{"button*, sewing*, knitting*, pin cushion*", "button"}, {"babushka*, doll*", "babushka"}, {"teddy*, bear*, monkey*", "teddy"},
	{"jigsaw*, puzzle*", "jigsaw"}, {"dice*, domino*, ludo*, game*, bingo*, snakes*, naughts*, solitaire*, skittles*", "dice"},
	{"robot*, spaceboy toy, helicopter*, tractor*, train*", "robot"}, {"block*, toy*, abacus*", "blocks"},
	{"napkin*, doily*, doilies*, doiley*, coaster*", "doily"}, {"apron*", "apron"}, {"towel*, flannel*, curtain*, scarf*, throw*, shawl*, sarong*", "towel"},
	{"bowl*, dish*, basin*", "bowl"}, {"tray*", "tray"}, {"plate*, platter*, charger*", "plate"}, {"jug*", "jug"}, {"jar*, pot pourri", "jar"},
	{"tin, tins, canister*, container*", "tin"}, {"bottle*", "bottle"}, {"glass goblet, goblet*, tumbler*, champagne*, wine*, cocktail*, straws", "glass"},
	{"spoon*, fork*, knife*, cutlery*, whisk*, chopstick*", "cutlery"}, {"cake*, bun*", "cakestand"},
	{"tissue*", "tissues"}, {"soap*, lotion*, bath salts", "soap"}, {"glove*, warmer*, mitten*", "mitten"},
	{"cabinet*, drawer*, chest*, cupboard*", "cabinet"}, {"basket*, hamper*, trug*", "basket"}, {"chair*, stool*, bench*", "chair"},
	{"vase*, posy*", "vase"}, {"plant*, planter*, pot, pots, herb*, cactus*, cacti*", "plant"},
	{"box*, trinket*, storage*, tidy*, crate*", "box"}, {"heart*", "heart"}, {"star*, snowflake*", "star"}, {"bell*", "bell"},
	{"egg*", "egg"}, {"rabbit*, bunny*, bunnies*", "rabbit"}, {"owl*", "owl"}, {"duck*", "duck"}, {"cat, cats, kitten*, dog*", "cat"},
	{"bird*, hen*, chick*, chicks*, dove*, cockerel*, robin*, swan*, goose*", "bird"}, {"butterfly*, butterflies*, dragonfly*", "butterfly"},
	{"mushroom*, toadstool*", "mushroom"}, {"rose*, flower*, daisy*, daisies*, lily*, tulip*, poppy*, sunflower*", "bunch"},
}

// shelves lead to a shape when no word does: by the narrow category, then by the wide one.
var shelves = map[string]string{
	"Candles": "candle", "Lanterns & lamps": "lantern", "Scent & incense": "scent", "T-light holders": "tlight",
	"Plates & bowls": "plate", "Jugs & jars": "jar", "Glasses": "glass", "Cutlery & tools": "cutlery", "Cake & baking": "cake",
	"Table linen": "doily", "Teapots & tea": "teapot", "Mugs & cups": "mug", "Cards": "card", "Notebooks": "notebook",
	"Pens & pencils": "pencils", "Soft toys & dolls": "teddy", "Games": "dice", "Toys": "blocks", "Garden": "plant", "Flowers": "flower",
	"Clocks": "clock", "Cushions & textiles": "cushion", "Frames & mirrors": "frame", "Wall art & signs": "sign", "Hooks & hangers": "hooks",
	"Storage": "box", "Furniture": "chair", "Ornaments": "vase", "Umbrellas": "umbrella", "Scarves & gloves": "mitten", "Hair": "bow",
	"Rings & brooches": "ring", "Sewing": "button", "Craft kits": "button", "Travel": "tag", "Bathroom": "soap", "Warm & cosy": "mitten",
	"Bags": "tote", "Bath & body": "soap", "Candles & lights": "candle", "Children": "blocks", "Christmas": "bauble", "Craft & sewing": "button",
	"Easter": "egg", "Home": "box", "Jewellery": "necklace", "Kitchen & dining": "bowl", "Party": "balloon",
	"Stationery & cards": "card", "Toys & games": "blocks", "Clothes & accessories": "mitten",
}

// choose names the shape of an item.
func choose(it *tactful.Item) string {
	title := spaced(it.Title)
	for _, line := range words {
		for w := range strings.SplitSeq(line.words, ", ") {
			if names(title, w) {
				return line.shape
			}
		}
	}
	for i := len(it.Categories) - 1; i >= 0; i-- {
		if s, ok := shelves[it.Categories[i]]; ok {
			return s
		}
	}
	return "box"
}

// names reports whether a spaced title has the word.
func names(title, word string) bool {
	if stem, ok := strings.CutSuffix(word, "*"); ok {
		return strings.Contains(title, " "+stem)
	}
	return strings.Contains(title, " "+word+" ")
}

// spaced writes a title as " word word ".
func spaced(title string) string {
	fields := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '\''
	})
	return " " + strings.Join(fields, " ") + " "
}
