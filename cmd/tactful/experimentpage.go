package main

import (
	"bytes"
	"html/template"

	"github.com/tactful/tactful/internal/web/api/wire"
)

// resultsData is what the page of results is drawn from.
type resultsData struct {
	*wire.Experiment
	Heads []string
	Rows  [][]string
}

// resultsTemplate is a page without scripts, to read and to print.
var resultsTemplate = template.Must(template.New("results").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.Name}}: results</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:end}
th:first-child,td:first-child{text-align:start}.wide{overflow-x:auto}dt{font-weight:600;margin-top:.6rem}dd{margin:0}
@media (prefers-color-scheme:dark){body{color:#eee;background:#111}}
</style>
</head>
<body>
<main>
<h1>{{.Name}}</h1>
<p>{{.Hypothesis}}</p>
<p><strong>It is {{.State}}{{if .Verdict}}; the last look says: {{.Verdict}}{{with .VerdictVariant}} ({{.}}{{with $.VerdictMetric}}, {{.}}{{end}}){{end}}{{end}}.</strong> {{.Why}}</p>
<h2>What was counted</h2>
<div class="wide" role="region" aria-label="What was counted" tabindex="0">
<table>
<caption>People in {{len .Rows}} variants, after {{.Looks}} looks</caption>
<thead><tr>{{range .Heads}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>{{range .Rows}}<tr>{{range $i, $cell := .}}{{if $i}}<td>{{$cell}}</td>{{else}}<th scope="row">{{$cell}}</th>{{end}}{{end}}</tr>{{end}}</tbody>
</table>
</div>
<p>Low and high bound the difference to control, however often one looks. Ended are people whose window of {{.Window}} is over; only they count
for the rate. “few” stands for fewer than 20 people.</p>
<h2>What was registered</h2>
<dl>
<dt>Metric</dt><dd>{{.Metric}}</dd>
<dt>Guardrails</dt><dd>{{range $i, $g := .Guardrails}}{{if $i}}, {{end}}{{$g.Metric}} ({{$g.Ratio}} of control){{end}}</dd>
<dt>It ends after</dt><dd>{{.People}} people or {{.Days}} days</dd>
<dt>Who is in it</dt><dd>{{.Share}} of those who agreed ({{.Consent}})</dd>
<dt>What may go wrong</dt><dd>{{.Risks}}</dd>
<dt>What is done about it</dt><dd>{{.Measures}}</dd>
<dt>What people read about it</dt><dd>{{.Aim}}</dd>
<dt>Owner and approver</dt><dd>{{.Owner}}; {{.Approver}}</dd>
{{with .Registered.By}}<dt>Registered</dt><dd>{{.}}, {{$.Registered.Time.Format "2 January 2006 15:04"}}: {{$.Registered.Why}}</dd>{{end}}
{{with .Approved.By}}<dt>Approved</dt><dd>{{.}}, {{$.Approved.Time.Format "2 January 2006 15:04"}}: {{$.Approved.Why}}</dd>{{end}}
{{with .Started.By}}<dt>Started</dt><dd>{{.}}, {{$.Started.Time.Format "2 January 2006 15:04"}}: {{$.Started.Why}}</dd>{{end}}
{{with .Stopped.By}}<dt>Stopped</dt><dd>{{.}}, {{$.Stopped.Time.Format "2 January 2006 15:04"}}: {{$.Stopped.Why}}</dd>{{end}}
<dt>Lock</dt><dd><code>{{.Lock}}</code></dd>
</dl>
</main>
</body>
</html>
`))

// resultsPage draws the page.
func resultsPage(e *wire.Experiment) ([]byte, error) {
	data := resultsData{Experiment: e, Heads: append([]string{"Variant", "People", "Left", "Ended", "Rate", "Low", "High"}, countNames()...)}
	for i := range e.Arms {
		data.Rows = append(data.Rows, armRow(e, i))
	}
	var page bytes.Buffer
	if err := resultsTemplate.Execute(&page, data); err != nil {
		return nil, err
	}
	return page.Bytes(), nil
}

func countNames() (names []string) {
	for _, m := range counted {
		names = append(names, m.String())
	}
	return names
}
