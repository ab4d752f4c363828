package decision

import "testing"

func TestNamesThatAskForADecisionAboutOnePerson(t *testing.T) {
	for _, test := range []struct{ name, own, asks string }{
		{"creditLimit", "credit", "credit"},
		{"credit_limit", "credit", "credit"},
		{"CREDIT-LIMIT-EUR", "credit", "credit"},
		{"customer.credit_score", "credit", "credit"},
		{"bonität", "credit", "credit"},
		{"eligibility", "eligibility", "eligibility"},
		{"isEligible", "eligibility", "eligibility"},
		{"ineligibleFor", "eligibility", "eligibility"},
		{"dynamicPrice", "prices", "prices"},
		{"personalised_pricing", "prices", "prices"},
		{"price_for_user", "prices", "prices"},
		{"willingness_to_pay", "prices", "prices"},
		{"loan", "", "credit"},
		{"price", "", "prices"},
		{"Price", "", "prices"},
		{"discountPercent", "", "prices"},
		{"maxPrice", "", "prices"},
		{"approve", "", "eligibility"},
		{"placement", "", ""},
		{"count", "", ""},
		{"userId", "", ""},
		{"priceless", "", ""},
		{"feedback", "", ""},
		{"accredited", "", ""},
		{"colour", "", ""},
		{"", "", ""},
		{"…", "", ""},
	} {
		if got := OwnTerms(test.name); got != test.own {
			t.Errorf("OwnTerms(%q) is %q, want %q", test.name, got, test.own)
		}
		if got := AsksForTerms(test.name); got != test.asks {
			t.Errorf("AsksForTerms(%q) is %q, want %q", test.name, got, test.asks)
		}
	}
}

func FuzzAsksForTerms(f *testing.F) {
	f.Add("creditLimit")
	f.Add("\xff\u202eprice")
	f.Fuzz(func(t *testing.T, name string) {
		if own, asks := OwnTerms(name), AsksForTerms(name); own != "" && asks != own {
			t.Errorf("means %q and asks for %q", own, asks)
		}
	})
}
