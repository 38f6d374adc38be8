package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/fidelity"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

const mappingExits = "  0    done\n  1    lint: a documented value has no row\n  4    the command line is wrong"

func (a *app) mapping() *cobra.Command {
	version, markdown := fidelity.Version, false
	c := a.command("mapping", "Print what is carried and what is lost", `
Prints one row per documented value of both desks: what becomes of it on the other desk as history and live, how well
(full, partial, dropped), and the codes of what is lost. Needs no configuration and no desk.`, mappingExits, func(context.Context, []string) error {
		directions, err := fidelity.Of(version)
		if err != nil {
			return &usageError{err}
		}
		a.report.Mapping = directions
		a.show = func(w io.Writer) error {
			if markdown {
				return fidelity.Markdown(w)
			}
			return fidelity.Text(w, directions)
		}
		return nil
	})
	c.Flags().StringVar(&version, "intercom-version", version, "the `VERSION` of Intercom's API, "+intercom.Versions[0]+" to "+intercom.Versions[len(intercom.Versions)-1])
	c.Flags().BoolVar(&markdown, "markdown", false, "print docs/fidelity.md: the scores of every version, the rows of "+fidelity.Version)
	c.AddCommand(a.mappingLint())
	return c
}

func (a *app) mappingLint() *cobra.Command {
	return a.command("lint", "Fail when a documented value has no row", `
Compares the tables with the values that the documents of both desks name.`, mappingExits, func(context.Context, []string) error {
		if missing := fidelity.Lint(); len(missing) > 0 {
			return errors.New(strings.Join(missing, "; "))
		}
		a.show = func(w io.Writer) error {
			_, err := fmt.Fprintln(w, "every documented value has a row")
			return err
		}
		return nil
	})
}
