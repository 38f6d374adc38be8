package main

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/deskbridge/deskbridge/internal/report"
)

//go:embed explain_page.html
var explainPage string

var pageOfExplanation = template.Must(template.New("explanation").Funcs(template.FuncMap{
	"head": entryHead, "verdict": verdict, "side": sideLines,
}).Parse(explainPage))

// explanationPage writes the explanation as one page. The template escapes whatever people wrote.
func explanationPage(w io.Writer, r report.Report) error {
	type row struct {
		report.ExplainedRow
		Halves [2][]report.ShownEntry
	}
	x := r.Explanation
	page := struct {
		*report.Explanation
		Pairs, Sums []string
		Entries     []row
	}{Explanation: x, Pairs: pairLines(r), Sums: sumLines(x)}
	for _, e := range x.Rows {
		page.Entries = append(page.Entries, row{ExplainedRow: e, Halves: besides(x, e)})
	}
	var out strings.Builder
	if err := pageOfExplanation.Execute(&out, page); err != nil {
		return err
	}
	_, err := io.WriteString(w, printable(out.String())) // it may go to a terminal
	return err
}
