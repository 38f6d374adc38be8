// Command deskbridge keeps two helpdesks in step: Dashly (Carrot quest) and Intercom.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup(1) ignores it, and it stays so
		signal.Notify(signals, syscall.SIGHUP)
	}
	// Whoever reads what is printed may go away: that is an error of the write then, and not the end of a run in the middle.
	signal.Ignore(syscall.SIGPIPE)
	m := Main{
		Stdout: os.Stdout, Stderr: os.Stderr, Env: os.LookupEnv, Signals: signals, Exit: os.Exit,
		Terminal: isatty.IsTerminal(os.Stderr.Fd()),
	}
	os.Exit(m.Run(context.Background(), os.Args[1:]))
}
