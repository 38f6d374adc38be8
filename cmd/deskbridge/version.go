package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/report"
)

// release is set by the linker: -ldflags "-X main.release=v1.2.3". Without it the module's version stands.
var release string

func (a *app) version() *cobra.Command {
	return a.command("version", "Tell which program this is", `
Prints the version, the commit and the Go release that it was built with.`, "  0    done\n  4    the command line is wrong", func(context.Context, []string) error {
		v := built()
		a.report.Version = &v
		a.show = func(w io.Writer) error {
			commit := ""
			if v.Commit != "" {
				commit = " (" + v.Commit + ")"
			}
			_, err := fmt.Fprintf(w, "deskbridge %s%s, %s\n", v.Version, commit, v.Go)
			return err
		}
		return nil
	})
}

func built() report.Version {
	v := report.Version{Version: release, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if v.Version == "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			v.Commit = s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}
