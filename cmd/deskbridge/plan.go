package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
)

func (a *app) plan() *cobra.Command {
	var only bounds
	c := a.command("plan", "Show what sync would write, and write nothing", `
Reads both desks as sync does and prints every write that would follow, with whom it can reach: silent (no customer),
quiet (addresses nobody, but the desk's automation may speak) or delivered (reaches the customer). Nothing is written,
neither to a desk nor to the store. What is planned counts as pending, or as parked in a conversation that is parked, and
is no reason for another exit code.`,
		allExits, func(ctx context.Context, _ []string) error {
			req := engine.Request{Command: "plan", DryRun: true}
			if err := only.apply(&req); err != nil {
				return err
			}
			a.show = func(w io.Writer) error { return showPlan(w, a.report) }
			return a.pass(ctx, req, reading)
		})
	only.flags(c)
	return c
}

// showPlan prints the operations of each pair under its name, then the table.
func showPlan(w io.Writer, r report.Report) error {
	var out strings.Builder
	pair := ""
	for _, o := range r.Operations {
		if o.Pair != pair {
			pair = o.Pair
			fmt.Fprintf(&out, "%s\n", pair)
		}
		class := o.Class
		if o.Historic {
			class += ", history"
		}
		text := strings.Join(strings.Fields(o.Text), " ")
		line := fmt.Sprintf("  %-8s  %-10s  %-18s  %-12s  %s", o.Desk, o.Kind, class, cmp.Or(o.Conversation, "(new)"), text)
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if out.Len() > 0 {
		out.WriteString("\n")
	}
	if _, err := io.WriteString(w, out.String()); err != nil {
		return err
	}
	return r.WriteTable(w)
}
