package campaign

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/tactful/tactful/internal/coercion"
	"github.com/tactful/tactful/internal/decision"
)

// protectedWords are attributes by which no audience is ever chosen (GDPR 9;
// Digital Services Act 26(3); equal treatment), wherever they stand in a key.
var protectedWords = wordSet(`age ages agegroup birthday birthdate birthyear born gender sex sexes male female race racial ethnic ethnicity skin religion religious faith
	church health healthy illness disease disability disabled pregnant pregnancy politics political party union orientation sexuality gay lesbian trans nationality
	origin citizenship migrant marital married divorced widowed family parent parents child children kids income salary wage wealth rich poor debt credit genetic genetics dna biometric
	biometrics criminal crime conviction caste veteran minor minors mood emotion emotions stress lonely sad addiction weight
	alter geschlecht rasse ethnie herkunft glaube konfession gesundheit krankheit behinderung schwanger schwangerschaft partei gewerkschaft staatsangehörigkeit einkommen gehalt kinder familie
	edad sexo genero género raza religión salud embarazo política sindicato ingresos sexe genre santé grossesse politique syndicat revenu âge العمر الجنس الدين الصحة الحمل`)

// Protected reports whether a name asks for an attribute of a person by which no
// audience is chosen.
func Protected(name string) bool {
	all, _ := decision.Parts(name)
	for _, part := range all {
		if protectedWords[part] {
			return true
		}
	}
	return false
}

// sellingWords are what a service message does not say: it tells what a customer
// has to know. Phrases of several words stand with spaces.
var sellingWords = phrases(`offer, offers, special offer, sale, sales, discount, discounts, off, deal, deals, bargain, save, saving, savings, coupon, coupons, voucher, vouchers, promo,
	promotion, free gift, gift card, buy, buy now, shop now, order now, new arrivals, new collection, best seller, bestseller, bestsellers, recommended for you, you may also like, you might also like,
	only today, limited, exclusive, reward, rewards, win, prize, cheap, cheaper, lowest price, price, prices, don't miss, hurry, subscribe now, upgrade now, treat yourself, clearance, cashback, loyalty points,
	angebot, angebote, sonderangebot, rabatt, rabatte, sparen, spare, gutschein, gutscheine, aktion, schnäppchen, kaufen, jetzt kaufen, jetzt bestellen, jetzt shoppen, neuheiten, neue kollektion, bestseller,
	das könnte ihnen gefallen, das könnte dir gefallen, exklusiv, gewinnen, gewinnspiel, günstig, günstiger, preis, preise, nur heute, nur für kurze zeit, ausverkauf, prämie,
	offre, offres, promotion, promotions, remise, réduction, réductions, soldes, bon plan, acheter, achetez, économisez, exclusif, cadeau offert, prix, code promo,
	oferta, ofertas, descuento, descuentos, rebajas, promoción, cupón, comprar, compra ahora, ahorra, exclusivo, gratis, precio, precios,
	discover, discover our, new range, our range, our new, in store now, in our shop, half price, half the price, cost half, costs half, per cent less, percent less, cost less, costs less, treat, promo code, free shipping, free delivery, sign up now,
	entdecken, entdecken sie, entdecke, sortiment, neu im sortiment, reduziert, versandkostenfrei, günstiger, billiger, halber preis, zum halben preis, jetzt neu, rabattcode, gutscheincode,
	découvrez, nouveautés, nouvelle collection, moitié prix, livraison offerte, descubre, descubra, novedades, nueva colección, mitad de precio, envío gratis, rebajado,
	offerta, offerte, offerta speciale, sconto, sconti, saldi, acquista, promozione, scopri, risparmia, novità,
	عرض, عروض, خصم, خصومات, تخفيض, تخفيضات, اشتر, تسوق الآن, قسيمة, حصري, سعر, أسعار, هدية مجانية`)

var money = regexp.MustCompile(`[€$£¥]\s?\d[\d.,]*|\d[\d.,]*\s?(?:€|£|eur\b|usd\b|gbp\b|chf\b|euros?\b|dollars?\b)|\d[\d.,]*\s?(?:%|٪|per ?cent|prozent|pour ?cent|por ?ciento|per ?cento)`)

// Sells returns the first thing in a text that sells: a word, a phrase or a price;
// "" for none. It reads as a person does, through look-alike letters, digits inside
// words and torn words. It knows English, German, French, Spanish, Arabic and a little
// Italian, and only the words in its list; whatever passes waits for a human.
func Sells(text string) string {
	if found := money.FindString(strings.ToLower(text)); found != "" {
		return found
	}
	for _, plain := range [...]string{coercion.Normal(text), coercion.Undisguised(text)} {
		words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
		for i := range words {
			phrase := ""
			for n := 0; n < longestPhrase && i+n < len(words); n++ {
				if n > 0 {
					phrase += " "
				}
				if phrase += words[i+n]; sellingWords[phrase] != "" {
					return sellingWords[phrase]
				}
			}
		}
	}
	return ""
}

const longestPhrase = 4

// phrases are the entries of a list by how the reader sees them.
func phrases(list string) map[string]string {
	set := map[string]string{}
	for phrase := range strings.SplitSeq(list, ",") {
		phrase = strings.Join(strings.Fields(phrase), " ")
		set[coercion.Normal(phrase)] = phrase
	}
	return set
}

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(list) {
		set[word] = true
	}
	return set
}
