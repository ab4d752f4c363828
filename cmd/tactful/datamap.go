package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/tactful/tactful/internal/datamap"
	"github.com/tactful/tactful/internal/rights"
)

type datamapCommand struct {
	Config   string `placeholder:"FILE" help:"Configuration file (YAML); the careful defaults if left out."`
	Document string `enum:"map,notice,how,processing,assessment" default:"map" help:"map (every field), notice (for people), how (how lists are made), processing (GDPR 30) or assessment (draft, GDPR 35)."`
	Language string `default:"en" help:"Of notice and how: en, de, fr, es or ar."`
	Format   string `enum:"text,markdown,json,csv" default:"text" help:"text, markdown, json, or csv of the map."`
	JSON     bool   `name:"json" help:"The same as --format json."`
}

// Help adds examples to --help.
func (datamapCommand) Help() string {
	return `What is kept about people, from the live configuration: every field with its purpose,
source, term and recipients, and the documents that are made from it.

Examples:
  tactful datamap --config tactful.yaml
  tactful datamap --config tactful.yaml --document notice --language de --format markdown
  tactful datamap --config tactful.yaml --document processing > record-of-processing.txt
  tactful datamap --format csv > fields.csv`
}

// Run prints the map or a document. It opens no stores.
func (c *datamapCommand) Run(a *app) error {
	flags := configFlags{Config: c.Config}
	cfg, err := flags.load()
	if err != nil {
		return err
	}
	if err := datamap.Check(&cfg.Engine); err != nil {
		return err
	}
	if c.JSON {
		c.Format = "json"
	}
	m := datamap.Of(&cfg.Engine)
	var document *datamap.Document
	switch c.Document {
	case "notice":
		document = m.Notice(c.Language)
	case "how":
		document = m.HowItWorks(c.Language)
	case "processing":
		document = m.ArticleThirty()
	case "assessment":
		document = m.Assessment()
	default:
		return c.fields(a, m)
	}
	switch c.Format {
	case "json":
		return showJSON(a.out, document)
	case "markdown":
		_, err = fmt.Fprint(a.out, document.Markdown())
	case "csv":
		rows := [][]string{{"section", "line", "text", "settings"}}
		for _, s := range document.Sections {
			for _, l := range s.Lines {
				rows = append(rows, []string{s.Title, l.ID, l.Text, strings.Join(l.Settings, " ")})
			}
		}
		return showCSV(a, rows)
	default:
		_, err = fmt.Fprint(a.out, document.Text())
	}
	return err
}

// fields prints the map itself.
func (c *datamapCommand) fields(a *app, m *datamap.Map) error {
	if c.Format == "json" {
		return showJSON(a.out, m)
	}
	rows := [][]string{{"RECORD", "FIELD", "MEANS", "ABOUT", "CATEGORY", "SOURCE", "PURPOSES", "KEPT", "RECIPIENTS"}}
	for _, r := range m.Records {
		recipients := strings.Join(r.Recipients, ", ")
		if recipients == "" {
			recipients = "nobody"
		}
		for _, f := range r.Fields {
			var kept []string
			for _, k := range f.Keep {
				kept = append(kept, keptFor(k))
			}
			row := []string{r.Name, f.Name, f.Means, string(r.About), string(f.Category), string(f.Origin), strings.Join(f.Purposes, ", "), strings.Join(kept, "; "), recipients}
			if c.Format == "text" {
				row[7] = short(row[7], 40)
			}
			rows = append(rows, row)
		}
	}
	switch c.Format {
	case "csv":
		return showCSV(a, rows)
	case "markdown":
		for i, row := range rows {
			fmt.Fprintln(a.out, "| "+strings.ReplaceAll(strings.Join(row, " | "), "\n", " ")+" |")
			if i == 0 {
				fmt.Fprintln(a.out, strings.Repeat("|---", len(row))+"|")
			}
		}
		return nil
	}
	return showTable(a.out, rows)
}

func keptFor(k datamap.Keep) string {
	text := string(k.Until)
	if k.For > 0 {
		text = k.For.String()
		if day := 24 * time.Hour; k.For%day == 0 {
			text = fmt.Sprintf("%d d", k.For/day)
		}
		if k.Until == datamap.Closed {
			text += " after it is closed"
		}
	}
	if k.What != "" {
		text = k.What + " " + text
	}
	return text
}

// showCSV prints rows so that no spreadsheet takes a cell for a formula.
func showCSV(a *app, rows [][]string) error {
	w := rights.NewTable(a.out)
	for _, row := range rows {
		if err := w.Write(row...); err != nil {
			return err
		}
	}
	return w.Flush()
}
