package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
)

const explainExits = `  0    done
  1    failed: nothing could run, or the desk does not show the conversation
  3    incomplete: the other desk could not be read
  4    the configuration or the command line is wrong, or the store belongs to another account
  130  stopped by a signal`

// explaining are the flags of explain.
type explaining struct {
	html   bool
	output string
	width  int
}

// narrowest is the least width of two columns that can be read.
const narrowest = 40

func (a *app) explain() *cobra.Command {
	var o explaining
	c := a.command("explain desk:id", "Show one conversation side by side, entry by entry", `
Reads one conversation, of either desk, and its twin as they stand now, and shows them side by side: each entry, what became
of it or what would be written, by which rule, what is lost, and its twin. Nothing is written, neither to a desk nor to the
store; it works while serve runs. Long texts are cut; the page of --html and the object of --json have the whole.`,
		explainExits, func(ctx context.Context, args []string) error {
			ref, err := o.check(args[0], a.json)
			if err != nil {
				return &usageError{err}
			}
			return a.explained(ctx, ref, o)
		})
	c.Args = oneConversation
	c.Flags().BoolVar(&o.html, "html", false, "write one page of HTML that needs nothing else")
	c.Flags().StringVar(&o.output, "output", "", "write the page of --html to a new `FILE`, not to stdout")
	c.Flags().IntVar(&o.width, "width", 100, "columns of the terminal: `N`")
	return c
}

// check reads the command line.
func (o explaining) check(text string, asJSON bool) (mapping.Ref, error) {
	ref, err := mapping.ParseRef(text)
	if err == nil {
		err = knownDesk(text, string(ref.Desk))
	}
	switch {
	case err != nil:
	case o.html && asJSON:
		err = errors.New("--html and --json exclude each other")
	case o.output != "" && !o.html:
		err = errors.New("--output is for the page of --html")
	case o.width < narrowest:
		err = fmt.Errorf("--width %d is less than %d", o.width, narrowest)
	}
	return ref, err
}

// explained looks at the conversation and shows it in the form that was asked for.
func (a *app) explained(ctx context.Context, ref mapping.Ref, o explaining) error {
	file, err := o.create()
	if err != nil {
		return &usageError{err}
	}
	written := false
	defer func() {
		if file != nil && !written {
			_ = file.Close()
			_ = os.Remove(o.output)
		}
	}()
	a.show = func(io.Writer) error { return nil } // of what could not be read there is nothing to show
	if err := a.pass(ctx, engine.Request{Command: "explain", DryRun: true, Explain: true, Conversations: []mapping.Ref{ref}}, reading); err != nil {
		return err
	}
	if !a.judgeExplanation(ref) {
		return nil
	}
	if file == nil {
		a.show = func(w io.Writer) error { return showExplanation(w, a.report, o) }
		return nil
	}
	if err := errors.Join(showExplanation(file, a.report, o), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", o.output, err)
	}
	written = true
	a.show = func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s is written. It holds what customers wrote: only you may read it.\n", o.output)
		return err
	}
	return nil
}

// create makes the file of --output before anything is read. One that exists is left alone.
func (o explaining) create() (*os.File, error) {
	if o.output == "" {
		return nil, nil
	}
	file, err := os.OpenFile(o.output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("--output %s: there is such a file already: name another one", o.output)
	}
	if err != nil {
		return nil, fmt.Errorf("--output: %w", err)
	}
	return file, nil
}

// judgeExplanation adds to an outcome that is good so far what the explanation tells, and reports whether there is
// anything to show.
func (a *app) judgeExplanation(asked mapping.Ref) bool {
	x := a.report.Explanation
	shown := x != nil && (x.Sides[0].Read || x.Sides[1].Read)
	switch {
	case a.report.Status == report.Stopped:
		return false
	case a.report.Status != report.Done:
		return shown
	case x == nil:
		a.report.Conclude(report.Incomplete, &report.Failure{Code: "unfinished", Message: asked.String() + ": its pair could not be found out: run it again", Where: asked.String()})
		return false
	}
	for _, s := range x.Sides {
		if s.Desk == string(asked.Desk) && !s.Read {
			a.report.Conclude(report.Failed, unreadFailure(asked, s))
			return shown
		}
	}
	if x.Ended != nil && x.Ended.Reason != notFound {
		a.report.Conclude(report.Incomplete, &report.Failure{Code: x.Ended.Reason, Message: x.Pair + " could not be looked at whole: " + x.Ended.Detail, Where: x.Pair})
	}
	return shown
}

// notFound is the reason of a conversation that its desk does not find. Of a twin, that is what there is to explain.
const notFound = "not_found"

// unreadFailure says why the conversation that was asked for cannot be shown.
func unreadFailure(asked mapping.Ref, s report.ExplainedSide) *report.Failure {
	if s.Unread != nil && s.Unread.Reason != notFound {
		return &report.Failure{Code: s.Unread.Reason, Message: asked.String() + " could not be read: " + s.Unread.Detail, Where: asked.String()}
	}
	return &report.Failure{Code: notFound, Message: asked.String() + ": the desk does not find the conversation", Where: asked.String()}
}

func showExplanation(w io.Writer, r report.Report, o explaining) error {
	if o.html {
		return explanationPage(w, r)
	}
	return explanationText(w, r, o.width)
}
