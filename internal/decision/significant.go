package decision

import (
	"strings"
	"unicode"
)

// The words by which a field's name asks for a decision about one person that
// matters too much to be made here. Stems count wherever they occur.
var (
	creditStems = []string{"creditlimit", "creditscore", "creditrating", "creditline", "creditworth", "creditcheck", "creditdecision", "kreditlimit", "kreditlinie", "bonitaet", "bonität",
		"schufa", "solvency", "underwrit", "loanamount", "loanoffer", "paylater", "buynowpay", "bnpl", "instalmentplan", "installmentplan", "affordab"}
	eligibleStems = []string{"eligib", "entitle", "prequalif", "preapprov", "berechtig"}
	ownPriceStems = []string{"dynamicpric", "personalpric", "personalizedpric", "personalisedpric", "individualpric", "customerpric", "userpric", "subjectpric", "priceforuser",
		"pricetier", "pricefactor", "pricemultipl", "priceadjust", "priceoptim", "priceboost", "willingnesstopay", "dynamicdiscount", "personaldiscount", "personalizeddiscount",
		"individualdiscount", "userdiscount", "customerdiscount", "surgepric", "preisfaktor", "discountfor"}
	creditWords   = []string{"credit", "credits", "loan", "loans", "mortgage", "insurance", "lending", "kredit", "versicherung", "employment", "hiring", "housing", "tenancy", "interest"}
	eligibleWords = []string{"qualify", "qualified", "qualifies", "approve", "approval", "approved"}
	priceWords    = []string{"price", "prices", "pricing", "discount", "discounts", "rebate", "rebates", "markdown", "preis", "preise", "rabatt", "fee", "fees", "tariff", "surcharge", "markup"}
)

// What a name can ask for, in the words of a sentence.
const (
	AboutPrices      = "prices"
	AboutEligibility = "eligibility"
	AboutCredit      = "credit"
)

// OwnTerms says which terms of one person a name means, whoever uses it: credit,
// eligibility, or a price of their own; "" for none. The names of ordinary goods
// and sales (price, discount, coupon) mean none.
func OwnTerms(name string) string {
	_, all := Parts(name)
	for _, kind := range [...]struct {
		stems []string
		about string
	}{{creditStems, AboutCredit}, {eligibleStems, AboutEligibility}, {ownPriceStems, AboutPrices}} {
		for _, stem := range kind.stems {
			if strings.Contains(all, stem) {
				return kind.about
			}
		}
	}
	return ""
}

// AsksForTerms says which decision a name asks for where it stands in a request
// for one, in a place that no ordinary field has; "" for none. Here price and
// discount ask too: what else should the answer do with them?
func AsksForTerms(name string) string {
	if about := OwnTerms(name); about != "" {
		return about
	}
	parts, _ := Parts(name)
	for _, part := range parts {
		for _, kind := range [...]struct {
			words []string
			about string
		}{{creditWords, AboutCredit}, {eligibleWords, AboutEligibility}, {priceWords, AboutPrices}} {
			for _, word := range kind.words {
				if part == word {
					return kind.about
				}
			}
		}
	}
	return ""
}

const longestName = 256 // bytes that are looked at

// Parts splits a name at signs and at capitals, in lower case, and joins its
// letters.
func Parts(name string) (parts []string, all string) {
	name = name[:min(len(name), longestName)]
	var part, whole strings.Builder
	end := func() {
		if part.Len() > 0 {
			parts = append(parts, part.String())
			part.Reset()
		}
	}
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) {
			end()
			small = false
			continue
		}
		if unicode.IsUpper(r) && small {
			end()
		}
		small = unicode.IsLower(r)
		part.WriteRune(unicode.ToLower(r))
		whole.WriteRune(unicode.ToLower(r))
	}
	end()
	return parts, whole.String()
}
