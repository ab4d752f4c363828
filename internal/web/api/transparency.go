package api

import (
	"context"

	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// GetTransparency returns what people are told, made from the configuration.
func (s *server) GetTransparency(_ context.Context, r wire.GetTransparencyRequestObject) (wire.GetTransparencyResponseObject, error) {
	m := s.opt.Map
	return wire.GetTransparency200JSONResponse{
		Notice: documentOut(m.Notice(r.Params.Language), publicLines), How: documentOut(m.HowItWorks(r.Params.Language), publicLines), Languages: datamap.Languages(),
	}, nil
}

// GetProcessing returns what authorities are shown.
func (s *server) GetProcessing(context.Context, wire.GetProcessingRequestObject) (wire.GetProcessingResponseObject, error) {
	m := s.opt.Map
	out := wire.GetProcessing200JSONResponse{
		Records: make([]wire.DataRecord, len(m.Records)), Processing: documentOut(m.ArticleThirty(), wholeLines), Assessment: documentOut(m.Assessment(), wholeLines),
	}
	for i, r := range m.Records {
		out.Records[i] = dataRecordOut(r)
	}
	return out, nil
}

// publicLines leaves out which settings a line speaks of: people have no use for it.
func publicLines(l datamap.Line) wire.DocumentLine { return wire.DocumentLine{Id: l.ID, Text: l.Text} }

func wholeLines(l datamap.Line) wire.DocumentLine {
	return wire.DocumentLine{Id: l.ID, Text: l.Text, Settings: l.Settings}
}

func documentOut(d *datamap.Document, line func(datamap.Line) wire.DocumentLine) wire.Document {
	out := wire.Document{Title: d.Title, Language: d.Language, Reviewed: d.Reviewed, Sections: make([]wire.DocumentSection, len(d.Sections))}
	for i, section := range d.Sections {
		lines := make([]wire.DocumentLine, len(section.Lines))
		for j, l := range section.Lines {
			lines[j] = line(l)
		}
		out.Sections[i] = wire.DocumentSection{Id: section.ID, Title: section.Title, Lines: lines}
	}
	return out
}

func dataRecordOut(r datamap.Record) wire.DataRecord {
	out := wire.DataRecord{
		Name: r.Name, Means: r.Means, About: wire.DataRecordAbout(r.About), Waits: r.Waits, Recipients: append([]string{}, r.Recipients...),
		Fields: make([]wire.DataField, len(r.Fields)),
	}
	for i, f := range r.Fields {
		kept := make([]wire.DataTerm, len(f.Keep))
		for j, k := range f.Keep {
			kept[j] = wire.DataTerm{What: k.What, Hours: k.For.Hours(), Until: wire.DataTermUntil(k.Until), Setting: k.Setting}
		}
		out.Fields[i] = wire.DataField{
			Name: f.Name, Means: f.Means, Category: wire.DataFieldCategory(f.Category), Source: wire.DataFieldSource(f.Origin),
			Purposes: append([]string{}, f.Purposes...), Kept: kept,
		}
	}
	return out
}
