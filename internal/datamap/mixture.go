package datamap

import (
	"fmt"
	"slices"
	"strings"
)

// mixture says how a list is put together as a whole.
func (m *Map) mixture(p *pen) {
	inference, diverse, fair := &m.cfg.Guards.Inference, &m.cfg.Guards.Diverse, &m.cfg.Guards.Fair
	p.line("told.list", of("engine.guards.inference.list"), "guards.told_list", number(inference.List))
	p.line("told.week", of("engine.guards.inference.week"), "guards.told_week", number(inference.Week))
	p.line("told.cue", of("engine.guards.inference.cue"), "guards.told_cue", number(inference.Cue))
	p.line("mix", of("engine.guards.diverse.calibration"), "guards.mix", number(max(diverse.Calibration, 0)))
	p.line("breadth", of("engine.guards.diverse.breadth"), "guards.breadth", max(diverse.Breadth, 1))
	m.cues(p)
	if fair.Popularity >= 0 {
		p.line("popularity", of("engine.guards.fair.popularity"), "guards.popularity", number(1+fair.Popularity))
	} else {
		p.line("popularity", of("engine.guards.fair.popularity"), "guards.popularity_free")
	}
	p.line("rare", of("engine.guards.fair.rare"), "guards.rare", max(fair.Rare, 0))
	for i, share := range fair.Shares {
		at := fmt.Sprintf("engine.guards.fair.shares[%d].", i)
		most := share.Most
		if most == 0 {
			most = 1
		}
		p.line(fmt.Sprint("share.", i), of(at+"attribute", at+"value", at+"least", at+"most"), "guards.share",
			share.Attribute, share.Value, number(100*share.Least), number(100*most))
	}
}

// cues says where it is known from what tells something private.
func (m *Map) cues(p *pen) {
	cues := &m.cfg.Protection.Cues
	if cues.Panel {
		p.line("cues.panel", of("engine.protection.cues.panel", "engine.protection.cues.least"), "guards.cues_panel", cues.Least)
	}
	for i, list := range cues.Lists {
		at := fmt.Sprintf("engine.protection.cues.lists[%d].", i)
		p.line(fmt.Sprint("cues.list.", i), of(at+"class", at+"items", at+"categories", at+"odds"), "guards.cues_list",
			list.Class, strings.Join(slices.Concat(list.Items, list.Categories), ", "), number(list.Odds))
	}
}
