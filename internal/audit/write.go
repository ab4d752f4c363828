package audit

import (
	"fmt"
	"html/template"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteText writes the figures as a table.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "%d people with a list, %d items, seed %d\n\n", r.People, r.Items, r.Seed)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "FIGURE\tVALUE\tGOAL\tMET\tMEANS")
	for _, f := range r.Figures {
		fmt.Fprintf(t, "%s\t%.4f\t%s\t%s\t%s\n", f.Name, f.Value, f.Goal, f.met(), f.Means)
	}
	return t.Flush()
}

func (f *Figure) met() string {
	switch {
	case f.Met == nil:
		return ""
	case *f.Met:
		return "yes"
	}
	return "no"
}

// page is the report as a page of its own: no script, nothing from elsewhere.
var page = template.Must(template.New("audit").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Audit of lists</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2b27;background:#fffdf9}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .6rem;border-bottom:1px solid #ddd6ca;vertical-align:top}
td:nth-child(2){text-align:end;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto;margin:1rem 0}</style></head>
<body><main><h1>Audit of lists</h1><p>{{.People}} people with a list, {{.Items}} items, seed {{.Seed}}.</p>
<table><caption>What was measured</caption><thead><tr><th scope="col">Figure</th><th scope="col">Value</th><th scope="col">Goal</th><th scope="col">Met</th><th scope="col">What it means</th></tr></thead>
<tbody>{{range .Rows}}<tr><th scope="row">{{.Name}}</th><td>{{.Value}}</td><td>{{.Goal}}</td><td>{{.Met}}</td><td>{{.Means}}</td></tr>
{{end}}</tbody></table>
{{range .Charts}}<figure>{{.}}</figure>
{{end}}</main></body></html>
`))

// WriteHTML writes the report as one page with its charts.
func (r *Report) WriteHTML(w io.Writer) error {
	type row struct{ Name, Value, Goal, Met, Means string }
	data := struct {
		People, Items int
		Seed          uint64
		Rows          []row
		Charts        []template.HTML
	}{People: r.People, Items: r.Items, Seed: r.Seed}
	for i := range r.Figures {
		f := &r.Figures[i]
		data.Rows = append(data.Rows, row{f.Name, fmt.Sprintf("%.4f", f.Value), f.Goal, f.met(), f.Means})
	}
	for i := range r.Charts {
		var svg strings.Builder
		if err := r.Charts[i].WriteSVG(&svg); err != nil {
			return err
		}
		own := strings.NewReplacer(`id="t"`, fmt.Sprintf(`id="t%d"`, i), `id="d"`, fmt.Sprintf(`id="d%d"`, i), `aria-labelledby="t d"`, fmt.Sprintf(`aria-labelledby="t%d d%d"`, i, i))
		data.Charts = append(data.Charts, template.HTML(own.Replace(svg.String()))) // package chart escapes every word
	}
	return page.Execute(w, data)
}
