package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/oapi-codegen/runtime/types"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/rights"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// ListReports lists the families of reports with their budgets.
func (s *server) ListReports(ctx context.Context, _ wire.ListReportsRequestObject) (wire.ListReportsResponseObject, error) {
	all, err := s.opt.Engine.Reports(ctx)
	if err != nil {
		return nil, err
	}
	answer := wire.ListReports200JSONResponse{Reports: make([]wire.ReportFamily, len(all))}
	for i, f := range all {
		answer.Reports[i] = wire.ReportFamily{
			Name: f.Name, Title: f.Title, Counts: f.Counts, Unit: report.Unit, Groups: int64(f.Groups), Days: int32(f.Days), MostDays: int32(f.MostDays),
			Epsilon: f.Epsilon, Delta: f.Delta, Rho: f.Budget.Rho(), Spent: f.Spent.Rho(), Each: f.Each.Rho(),
			Answers: int64(f.Answers), Renews: types.Date{Time: f.Renews}, Tells: f.Tells, Hides: f.Hides,
		}
	}
	return answer, nil
}

// AskReport answers a question about the crowd.
func (s *server) AskReport(ctx context.Context, r wire.AskReportRequestObject) (wire.AskReportResponseObject, error) {
	q := report.Question{Report: r.Report, Days: int(r.Body.Days), Until: r.Body.Until.Time}
	if _, err := report.ByName(q.Report); err != nil {
		return nil, tactful.Errorf(tactful.NotFound, "there is no such report")
	}
	a, err := s.opt.Engine.AskReport(ctx, q)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	switch r.Body.Format {
	case "csv":
		table := rights.NewTable(&out)
		for _, cells := range a.Table() {
			if err := table.Write(cells...); err != nil {
				return nil, err
			}
		}
		if err := table.Flush(); err != nil {
			return nil, err
		}
		return drawnAnswer{media: "text/csv; charset=utf-8", name: a.Report + ".csv", text: out.Bytes()}, nil
	case "geojson":
		m, err := report.MapOf(a)
		if err != nil {
			return nil, tactful.InvalidField("format", "is for maps", "ask for json, csv or svg of this report")
		}
		if err := m.WriteGeoJSON(&out); err != nil {
			return nil, err
		}
		return drawnAnswer{media: "application/geo+json", name: a.Report + ".geojson", text: out.Bytes()}, nil
	case "png":
		m, err := report.MapOf(a)
		if err != nil {
			return nil, tactful.InvalidField("format", "is for maps", "ask for json, csv or svg of this report")
		}
		tile, ok := report.ParseTile(r.Body.Tile)
		if !ok {
			return nil, tactful.InvalidField("tile", "is none", fmt.Sprintf("write z/x/y, with z up to %d", report.MaxZoom))
		}
		if err := m.WritePNG(&out, tile); err != nil {
			return nil, err
		}
		return drawnAnswer{media: "image/png", name: strings.ReplaceAll(tile.String(), "/", "-") + ".png", text: out.Bytes()}, nil
	case "svg":
		if err := a.WriteSVG(&out); err != nil {
			return nil, err
		}
		return drawnAnswer{media: "image/svg+xml", name: a.Report + ".svg", text: out.Bytes()}, nil
	}
	answer := wire.AskReport200JSONResponse{
		Report: a.Report, Title: a.Title, Counts: a.Counts, Unit: a.Unit, Groups: int64(a.Groups), Until: dated(a.Until), From: dated(a.From), Given: a.Given,
		Epsilon: a.Epsilon, Delta: a.Delta, Rho: a.Rho, Margin: a.Margin, Rows: make([]wire.ReportRow, len(a.Rows)), Tells: a.Tells, Hides: a.Hides,
	}
	for i, row := range a.Rows {
		answer.Rows[i] = wire.ReportRow{Name: row.Name, Of: row.Of, Title: row.Title, People: row.People, Share: row.Share}
	}
	return answer, nil
}

// dated reads a date that the engine wrote; none stays none.
func dated(s string) types.Date {
	t, err := time.Parse(report.Dated, s)
	if err != nil {
		return types.Date{}
	}
	return types.Date{Time: t}
}

// drawnAnswer is a report as a file to keep.
type drawnAnswer struct {
	media, name string
	text        []byte
}

// VisitAskReportResponse writes the answer.
func (a drawnAnswer) VisitAskReportResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", a.media)
	h.Set("Content-Length", strconv.Itoa(len(a.text)))
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", a.name))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(a.text) // the caller is gone; the access log has the status
	return nil
}
