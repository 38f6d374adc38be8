package fidelity

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/deskbridge/deskbridge/mapping"
)

// Heading names a direction with its score.
func (d Direction) Heading() string {
	score := d.Score()
	return fmt.Sprintf("%s to %s, Intercom-Version %s: %d full, %d partial, %d dropped", name(d.From), name(d.To), d.Version, score[mapping.Full], score[mapping.Partial], score[mapping.Dropped])
}

func name(d mapping.Desk) string { return strings.ToUpper(string(d[:1])) + string(d[1:]) }

// cells are a row as people read it.
func (r Row) cells() []string {
	return []string{r.Native, r.Author, r.Content, r.History, r.Live, string(r.Level), strings.Join(codes(r.Losses), ", "), strings.Join(codes(r.Further), ", "), strings.Join(codes(r.Choices), ", "), r.Remark}
}

func codes[T ~string](list []T) (out []string) {
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

var heads = []string{"value", "author", "content", "history becomes", "live becomes", "level", "losses", "with a form or a file", "choices of the kind", "remark"}

// columns gives the heads and the rows of a table without the columns that are empty in all its rows.
func (t Table) columns() (head []string, rows [][]string) {
	used := make([]bool, len(heads))
	for _, r := range t.Rows {
		for i, c := range r.cells() {
			used[i] = used[i] || c != ""
		}
	}
	pick := func(cells []string) (out []string) {
		for i, c := range cells {
			if used[i] {
				out = append(out, c)
			}
		}
		return out
	}
	for _, r := range t.Rows {
		rows = append(rows, pick(r.cells()))
	}
	return pick(heads), rows
}

// Text prints directions as a terminal shows them.
func Text(w io.Writer, directions []Direction) error {
	for _, d := range directions {
		if _, err := fmt.Fprintf(w, "%s\n", d.Heading()); err != nil {
			return err
		}
		for _, t := range d.Tables {
			tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			head, rows := t.columns()
			fmt.Fprintf(tw, "\n%s\n\n%s\n", t.Title, strings.Join(head, "\t"))
			for _, r := range rows {
				fmt.Fprintln(tw, strings.Join(r, "\t"))
			}
			if err := tw.Flush(); err != nil {
				return err
			}
		}
		fmt.Fprintln(w)
	}
	return nil
}

// Version is the Intercom-Version of which Markdown shows every row.
const Version = "2.15"

// Markdown writes docs/fidelity.md: the score of every version, what each can hold and changes, and all rows of one.
func Markdown(w io.Writer) error {
	fmt.Fprint(w, `# What is carried, and what is lost

This page is written by the program: `+"`go run ./cmd/deskbridge mapping --markdown > docs/fidelity.md`"+`. The rows of entries are what the
engine plans for such an entry in a conversation that stands on both desks; "full" means that it stands there with its words, its
author's side, its visibility and its time. The codes of losses are those of the reports, which count them once for each entry
and each field that is written; what a table of values or fields calls dropped is a rule, and is not counted. Agents are taken to have a counterpart;
without one the loss `+"`author_fallback`"+` is added and the words begin with the author's name. What stands here is what
happens without `+"`kinds`"+` in the configuration; the choices are those that it may make for a kind. The losses with a form or a file
count besides, where the words have a form (bold, lists, links with a label), an image stands within them and a file with them; of
them, `+"`file_not_carried`"+` concerns what a transcript only names: that of history, and, live too, that of what
precedes the customer's first words in a thread that the team began. A file that the other desk does not take, by its kind or its
size, has that loss in every row.

The rows below are those of Intercom-Version `+Version+`; `+"`deskbridge mapping --intercom-version 2.9`"+` prints those of another one.

`)
	all, err := editions()
	if err != nil {
		return err
	}
	if err := writeVersions(w, all); err != nil {
		return err
	}
	shown, err := Of(Version)
	if err != nil {
		return err
	}
	for _, d := range shown {
		fmt.Fprintf(w, "\n## %s\n", d.Heading())
		for _, t := range d.Tables {
			head, rows := t.columns()
			fmt.Fprintf(w, "\n### %s\n\n| %s |\n|%s\n", t.Title, strings.Join(head, " | "), strings.Repeat("---|", len(head)))
			for _, r := range rows {
				if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(r, " | ")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
