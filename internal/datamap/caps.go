package datamap

// caps says how often offers are shown, and when nothing is sent.
func (m *Map) caps(p *pen) {
	r, at := m.cfg.Guards.Frequency, "engine.guards.frequency."
	p.line("caps.creative", of(at+"creative", at+"creative_in"), "caps.creative", r.Creative, p.words.span(r.In))
	p.line("caps.messages", of(at+"daily", at+"weekly"), "caps.messages", r.Daily, r.Weekly)
	p.line("caps.retarget", of(at+"retarget"), "caps.retarget", p.words.span(r.Retarget))
	p.line("caps.ignored", of(at+"ignored"), "caps.ignored", p.words.span(r.Ignored))
	p.line("caps.dismissed", of(at+"dismissed"), "caps.dismissed", p.words.span(r.Dismissed))
	quiet := m.cfg.Guards.Quiet
	key := "caps.quiet"
	if !quiet.Service {
		key = "caps.quiet.service"
	}
	p.line("caps.quiet", of("engine.guards.quiet.from", "engine.guards.quiet.until", "engine.guards.quiet.service"), key, quiet.From, quiet.Until)
}
