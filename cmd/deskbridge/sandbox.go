package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
)

func (a *app) sandbox() *cobra.Command {
	var o struct {
		dashly, intercom, dashlyToken, intercomToken string
		conversations                                int
		seed                                         uint64
	}
	c := a.command("sandbox", "Run the two stand-in desks as servers", `
Two stateful stand-in desks over HTTP, for trying out deskbridge or any other client without an account. Any non-empty
token is accepted, unless one is set. GET /_sandbox/log on either lists every request, and every notification that a
real desk would have sent to a person.`, `  0    ended by a signal
  1    failed: an address cannot be listened on
  4    the command line is wrong`, func(ctx context.Context, _ []string) error {
		if o.conversations < 0 {
			return &usageError{fmt.Errorf("--conversations %d is negative", o.conversations)}
		}
		log := &sandbox.Log{}
		d := sandbox.NewDashly(sandbox.Options{Token: o.dashlyToken, Log: log})
		i := sandbox.NewIntercom(sandbox.Options{Token: o.intercomToken, Log: log})
		sandbox.Seed(d, i, o.conversations, o.seed, time.Now().Add(-6*time.Hour).Truncate(time.Second))
		log.Reset()
		servers := &servers{}
		defer servers.close()
		for _, desk := range []struct {
			name, address string
			handler       http.Handler
		}{{"dashly", o.dashly, d}, {"intercom", o.intercom, i}} {
			url, err := servers.start(desk.address, desk.handler)
			if err != nil {
				return &failure{report.Failed, report.Failure{Code: "listen", Message: desk.name + ": " + err.Error(), Where: "--" + desk.name}}
			}
			a.log.Info().Str("desk", desk.name).Str("base_url", url).Msg("serving")
		}
		until, cancel := a.untilStop(ctx)
		defer cancel()
		<-until.Done()
		a.report.Ended()
		return nil
	})
	c.Flags().StringVar(&o.dashly, "dashly", "127.0.0.1:8081", "listen here as Dashly: `ADDR`")
	c.Flags().StringVar(&o.intercom, "intercom", "127.0.0.1:8082", "listen here as Intercom: `ADDR`")
	c.Flags().IntVar(&o.conversations, "conversations", 0, "begin with `N` made-up conversations")
	c.Flags().Uint64Var(&o.seed, "seed", 1, "the same `N` makes the same conversations")
	c.Flags().StringVar(&o.dashlyToken, "dashly-token", "", "the only `TOKEN` that Dashly accepts (default: any)")
	c.Flags().StringVar(&o.intercomToken, "intercom-token", "", "the only `TOKEN` that Intercom accepts (default: any)")
	return c
}

// servers are HTTP servers that end together.
type servers struct{ running []*http.Server }

// start listens on an address and gives the base URL.
func (s *servers) start(address string, h http.Handler) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	s.running = append(s.running, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			_ = l.Close()
		}
	}()
	return "http://" + l.Addr().String(), nil
}

func (s *servers) close() {
	for _, server := range s.running {
		_ = server.Close()
	}
}
