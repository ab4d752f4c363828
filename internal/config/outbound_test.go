package config

import (
	"strings"
	"testing"
)

func TestCallsGoOutsideOnlyUnlessNetworksAreListed(t *testing.T) {
	for _, c := range []struct{ name, text, fault string }{
		{"nothing is set", "", ""},
		{"a network of one's own", "outbound: {private: [10.20.0.0/16, \"fd12::/64\"], plain_http: true}", ""},
		{"no network", "outbound: {private: [mailer]}", "outbound.private[0]"},
		{"everything at once", "outbound: {private: [10.0.0.0/8, 0.0.0.0/0]}", "outbound.private[1]"},
		{"plain http to everywhere", "outbound: {plain_http: true}", "outbound.plain_http"},
		{"no time", "outbound: {timeout: 0s}", "outbound.timeout"},
		{"a term of a day for nobody", "engine: {erasure: {suppress: 1h}}", "engine.erasure.suppress"},
		{"receipts that end before backups", "engine: {erasure: {receipts: 720h, backups: 1000h}}", "engine.erasure.receipts"},
		{"a webhook that is no address", "engine: {parties: {recipients: [{name: M, role: processor, country: DE, why: mail, purpose: recommendations, records: [event], webhook: \"mailer\"}]}}", "engine.parties.recipients[0].webhook"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := Parse([]byte(c.text))
			switch {
			case c.fault == "" && err != nil:
				t.Error(err)
			case c.fault != "" && (err == nil || !strings.Contains(err.Error(), c.fault)):
				t.Errorf("%v, want a fault of %s", err, c.fault)
			case c.text == "" && (len(cfg.Outbound.Private) > 0 || cfg.Outbound.PlainHTTP):
				t.Errorf("%+v", cfg.Outbound)
			}
		})
	}
}
