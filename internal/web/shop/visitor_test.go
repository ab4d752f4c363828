package shop

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/page"
)

// doorless is a shop that can read requests and nothing else.
func doorless(t testing.TB) *shop {
	t.Helper()
	c, err := page.Open(os.DirFS("messages"), "en")
	if err != nil {
		t.Fatal(err)
	}
	return &shop{texts: c, people: []Person{{Number: "14282", Alias: tactful.Alias{Kind: tactful.UserID, ID: "14282"}}}}
}

func TestCookiesOfAnotherFormCountAsAbsent(t *testing.T) {
	s := doorless(t)
	for _, cookies := range []string{
		"shop_who=c.99999", "shop_who=v.short", "shop_who=v." + strings.Repeat("g", 32), "shop_who=14282", "shop_level=full", "shop_level=personal",
		"shop_basket=../x", "shop_lang=xx", "shop_said=k=nothing.such",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", cookies)
		if v := s.recognise(r); v.somebody() || v.level != tactful.LevelUnknown || len(v.basket) != 0 || v.lang != "en" || v.said.key != "" {
			t.Errorf("%s: %+v", cookies, v)
		}
	}
}

func FuzzCookies(f *testing.F) {
	for _, seed := range []string{"shop_who=c.14282; shop_basket=100.200", "shop_who=v.0123456789abcdef0123456789abcdef", "shop_level=context; shop_no=1", "shop_said=k%3Dfull; shop_lang=de", "shop_said=k=added.kept&i=1"} {
		f.Add(seed)
	}
	s := doorless(f)
	f.Fuzz(func(t *testing.T, header string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", header)
		v := s.recognise(r)
		if v.somebody() && v.alias.Validate("who") != nil || v.level > tactful.Context || len(v.basket) > maxBasket || !s.texts.Has(v.lang) {
			t.Errorf("%+v", v)
		}
		if v.said.key != "" && !s.texts.Known("said."+v.said.key) {
			t.Errorf("message %q", v.said.key)
		}
		for _, code := range v.basket {
			if !itemCode.MatchString(code) {
				t.Errorf("code %q", code)
			}
		}
	})
}

func FuzzForm(f *testing.F) {
	for _, seed := range []string{"item=85123A&do=remove", "level=full&back=/basket", "back=//evil.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		fields, err := url.ParseQuery(body)
		if err != nil {
			return
		}
		in := form(fields)
		if code, err := in.item(); (err == nil) != itemCode.MatchString(code) {
			t.Errorf("item %q: %v", code, err)
		}
		if level, err := in.level(); err == nil && level == tactful.LevelUnknown {
			t.Error("the unknown level was chosen")
		}
		if back := in.back(); !strings.HasPrefix(back, "/") || strings.HasPrefix(back, "//") {
			t.Errorf("back %q", back)
		}
	})
}
