package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/state"
)

// Main is the program with everything that it needs from its surroundings, so that a test can be its surroundings.
type Main struct {
	Stdout, Stderr io.Writer
	Env            func(string) (string, bool)
	Signals        <-chan os.Signal // nil: none will come
	Exit           func(code int)   // ends the process at once, on the second signal
	Terminal       bool             // Stderr is read by a person
	// Watch, when set, stands in front of a stand-in desk of the demo, to look at its traffic.
	Watch func(desk string, h http.Handler) http.Handler
}

// Run does one command and returns its exit code. It prints exactly one JSON object on Stdout under --json, whatever
// happens.
func (m *Main) Run(ctx context.Context, args []string) int {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	asJSON := wantsJSON(args)
	a := &app{Main: m, json: asJSON, stop: make(chan struct{}), started: time.Now().UTC()}
	a.log = a.newLogger(zerolog.InfoLevel)
	a.report = report.Report{Schema: report.Schema, Command: "help", StartedAt: a.started}
	go a.watch(ctx)

	root := a.root()
	root.SetArgs(args)
	help := &witness{to: m.Stdout}
	root.SetOut(help)
	if a.json {
		root.SetOut(m.Stderr) // the help text, and what follows it on stdout is the object
	}
	root.SetErr(m.Stderr)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = a.unknown
	}
	if err != nil && !a.ran {
		err = &usageError{err}
		a.json = asJSON // a value that cannot be read has taken it back
	}
	if err != nil {
		a.asked = c.CommandPath()
		if c != root {
			a.report.Command = name(c)
		}
	}
	if a.ran || err != nil || a.json {
		a.finish(err)
	}
	if help.err != nil {
		a.unheard(help.err)
	}
	return a.report.ExitCode
}

// wantsJSON looks for --json before the command line is read: the flag may stand behind what cannot be read, or have a value
// that is none.
func wantsJSON(args []string) bool {
	for _, arg := range slices.Backward(args) {
		flag, value, valued := strings.Cut(arg, "=")
		if flag == "--json" {
			yes, err := strconv.ParseBool(value)
			return !valued || yes || err != nil
		}
	}
	return false
}

// name is what the report calls a command.
func name(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), "deskbridge ") }

// witness remembers that something could not be written.
type witness struct {
	to  io.Writer
	err error
}

func (w *witness) Write(p []byte) (int, error) {
	if _, err := w.to.Write(p); err != nil && w.err == nil {
		w.err = err
	}
	return len(p), nil
}

// app is one run of the program.
type app struct {
	*Main
	configFile, level string
	json              bool
	ran               bool       // the command line was understood and the command began
	asked             string     // the command of a command line that was not understood, as it is written
	unknown           error      // help was asked for about what is no command
	logging           sync.Mutex // held while log is replaced, and by others while they read it
	log               zerolog.Logger
	started           time.Time
	stop              chan struct{} // closed by the first signal
	report            report.Report
	// show prints the outcome for people; nil prints the report's table.
	show func(w io.Writer) error
}

// sameSignal is the time within which a signal is a repetition of the first: timeout(1) and terminals send to a process
// and to its group.
const sameSignal = 500 * time.Millisecond

// watch turns the first signal into a request to end, and the second into the end.
func (a *app) watch(ctx context.Context) {
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-a.Signals:
			switch {
			case !ok:
				return
			case !first.IsZero() && time.Since(first) < sameSignal:
				continue
			case !first.IsZero():
				a.Exit(report.ExitStopped)
				return
			}
			first = time.Now()
			a.logger().Info().Msg("stopping after the writes in hand; a second signal ends at once")
			close(a.stop)
		}
	}
}

// untilStop derives a context that ends with the first signal, for commands that have no write to finish.
func (a *app) untilStop(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-a.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (a *app) stopped() bool {
	select {
	case <-a.stop:
		return true
	default:
		return false
	}
}

func (a *app) newLogger(level zerolog.Level) zerolog.Logger {
	var w io.Writer = a.Stderr
	if a.Terminal {
		w = zerolog.ConsoleWriter{Out: a.Stderr, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(zerolog.SyncWriter(w)).Level(level).With().Timestamp().Logger()
}

// configure reads the configuration file.
func (a *app) configure() (*config.Config, error) {
	cfg, err := config.Load(a.configFile, a.Env)
	if err != nil {
		return nil, err
	}
	if a.level == "" {
		a.setLevel(cfg.Log.Level)
	}
	return cfg, nil
}

func (a *app) setLevel(name string) {
	if level, err := zerolog.ParseLevel(name); err == nil {
		a.setLogger(a.newLogger(level))
	}
}

// logger is for other goroutines than the command's, which may be about to set the level.
func (a *app) logger() *zerolog.Logger {
	a.logging.Lock()
	defer a.logging.Unlock()
	l := a.log
	return &l
}

func (a *app) setLogger(l zerolog.Logger) {
	a.logging.Lock()
	defer a.logging.Unlock()
	a.log = l
}

// usageError is a command line that cannot be understood.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

// failure is an error that knows its own outcome.
type failure struct {
	status report.Status
	report.Failure
}

func (e *failure) Error() string { return e.Message }

// outcome puts an error into the terms of the report.
func (a *app) outcome(err error) (report.Status, *report.Failure) {
	var usage *usageError
	var wrong config.Errors
	var own *failure
	var held *state.HeldError
	switch {
	case err == nil:
		return report.Done, nil
	case errors.As(err, &own):
		return own.status, &own.Failure
	case errors.As(err, &usage):
		line, _, _ := strings.Cut(err.Error(), "\n")
		return report.Config, &report.Failure{Code: "usage", Message: line + "; see " + a.asked + " --help", Where: "command line"}
	case errors.As(err, &wrong):
		return report.Config, &report.Failure{Code: "config", Message: wrong.Error(), Where: wrong[0].Where()}
	case errors.As(err, &held):
		return report.Locked, &report.Failure{Code: "locked", Message: held.Error() + ": wait until it has ended, or stop it", Where: "state.url"}
	case a.stopped() && (errors.Is(err, context.Canceled) || api.ClassOf(err) == api.Stopped):
		return report.Stopped, nil
	}
	return report.Failed, &report.Failure{Code: "failed", Message: err.Error()}
}

// finish concludes the report and prints it.
func (a *app) finish(err error) {
	status, why := a.outcome(err)
	if a.report.Status == "" || err != nil {
		a.report.Conclude(status, why)
	}
	if a.report.DurationS == 0 {
		a.report.DurationS = time.Since(a.started).Seconds()
	}
	failed := a.report.Error
	switch {
	case a.json:
		if failed != nil {
			a.log.Error().Str("code", failed.Code).Str("where", failed.Where).Msg(failed.Message)
		}
		err = a.report.WriteJSON(a.Stdout)
	case a.report.Idle(): // what there is to say stands on stderr
		err = nil
	case a.show != nil && err == nil:
		err = a.show(a.Stdout)
	case len(a.report.Directions) > 0:
		err = a.report.WriteTable(a.Stdout)
	default:
		err = nil
	}
	if !a.json && failed != nil {
		for line := range strings.Lines(failed.Message) {
			fmt.Fprintln(a.Stderr, "deskbridge: "+strings.TrimRight(line, "\n"))
		}
	}
	if err != nil {
		a.unheard(err)
	}
}

// unheard is the end of a command whose output could not be written.
func (a *app) unheard(err error) {
	a.log.Error().Err(err).Msg("the output could not be written")
	if a.report.ExitCode == report.ExitDone {
		a.report.ExitCode = report.ExitFailed // nobody heard that it went well
	}
}

// command makes a command whose help ends with its exit codes.
func (a *app) command(use, short, long, exits string, do func(ctx context.Context, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: strings.TrimSpace(long), Args: cobra.NoArgs, Annotations: map[string]string{"exits": strings.TrimRight(exits, "\n")}}
	if do == nil { // a group: it shows its help, and knows what it is not
		c.Args = known
		c.RunE = func(c *cobra.Command, _ []string) error {
			if c.Flags().NFlag() > 0 { // the command may have been taken for the value of a flag
				return errors.New("a command is missing")
			}
			return c.Help()
		}
	} else {
		c.RunE = func(c *cobra.Command, args []string) error {
			a.ran = true
			a.report.Command = name(c)
			if err := a.chooseLevel(c); err != nil {
				return err
			}
			return do(c.Context(), args)
		}
	}
	return c
}

// chooseLevel obeys --log-level, if it was given.
func (a *app) chooseLevel(c *cobra.Command) error {
	if !c.Flags().Changed("log-level") {
		return nil
	}
	if !slices.Contains(levels, a.level) {
		return &usageError{fmt.Errorf("--log-level %q is not known: write %s", a.level, strings.Join(levels, ", "))}
	}
	a.setLevel(a.level)
	return nil
}

// known refuses what is none of a group's commands.
func known(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		hint = ", is " + strings.Join(near, " or ") + " meant?"
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], c.CommandPath(), hint)
}

// oneConversation asks for the conversation that a command is about.
func oneConversation(c *cobra.Command, args []string) error {
	usage := c.Parent().CommandPath() + " " + c.Use
	switch {
	case len(args) == 0:
		return errors.New("name a conversation: " + usage)
	case len(args) > 1:
		return errors.New("name one conversation only: " + usage)
	}
	return nil
}

// plainFlag says what belongs into a flag, in place of what the parser of its value said.
func plainFlag(_ *cobra.Command, err error) error {
	bad, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	kinds := map[string]string{"bool": "true or false", "int": "a whole number", "uint64": "a whole number without a sign"}
	return fmt.Errorf("--%s: %q is not %s", bad.GetFlag().Name, bad.GetValue(), cmp.Or(kinds[bad.GetFlag().Value.Type()], "what belongs here"))
}

var levels = []string{"trace", "debug", "info", "warn", "error"}

const helpTemplate = `{{.Long}}

{{.UsageString}}{{with .Annotations.exits}}
Exit codes:
{{.}}
{{end}}`

const allExits = `  0    done
  1    failed: nothing could run
  2    done, but something is parked
  3    incomplete: a desk or direction failed, something is pending, or differences were found
  4    the configuration or the command line is wrong
  5    another run holds the lease
  130  stopped by a signal, after the writes in hand`

const readExits = `  0    done
  1    failed: the store cannot be read
  4    the configuration or the command line is wrong
  130  stopped by a signal`

func (a *app) root() *cobra.Command {
	root := a.command("deskbridge", "Keeps two helpdesks in step", `
deskbridge keeps two helpdesks in step: Dashly (also sold as Carrot quest) and Intercom.
It carries conversations both ways, remembers what it did, and can be repeated or killed at any time.

Begin with "deskbridge demo": it needs no account and no configuration.`, allExits, nil)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpTemplate(helpTemplate)
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "deskbridge.yaml", "configuration `FILE`")
	flags.BoolVar(&a.json, "json", a.json, "print one JSON object on stdout at the end")
	flags.StringVar(&a.level, "log-level", "", "trace, debug, info, warn or error (default: log.level of the configuration)")
	root.SetFlagErrorFunc(plainFlag)
	version, bare := a.version(), root.RunE
	asked := root.Flags().Bool("version", false, "print what deskbridge version prints")
	root.RunE = func(c *cobra.Command, args []string) error {
		if !*asked {
			return bare(c, args)
		}
		if err := a.chooseLevel(c); err != nil {
			return err
		}
		return version.RunE(version, args)
	}
	root.AddCommand(a.demo(), a.check(), a.plan(), a.sync(), a.backfill(), a.serve(), a.explain(), a.parked(), a.status(), a.state(), a.mapping(), a.sandbox(), version)
	a.helps(root)
	return root
}

// helps makes help know what is no command.
func (a *app) helps(root *cobra.Command) {
	show := root.HelpFunc()
	root.SetHelpFunc(func(c *cobra.Command, args []string) {
		if c.HasSubCommands() {
			a.unknown = known(c, c.Flags().Args())
		}
		if a.unknown == nil {
			show(c, args)
		}
	})
	help := a.command("help [command]", "Show the help of a command", "Prints what --help prints.", "  0    done\n  4    there is no such command", func(_ context.Context, args []string) error {
		about, rest, err := root.Find(args)
		if err == nil {
			err = known(about, rest)
		}
		if err != nil {
			return &usageError{err}
		}
		about.InitDefaultHelpFlag()
		return about.Help()
	})
	help.Args = cobra.ArbitraryArgs
	root.SetHelpCommand(help)
}
