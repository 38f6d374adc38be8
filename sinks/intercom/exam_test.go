package intercom_test

import (
	"testing"

	api "github.com/deskbridge/deskbridge/internal/api/intercom"
	sandbox "github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sinks/intercom"
	"github.com/deskbridge/deskbridge/sinks/sinktest"
	"github.com/deskbridge/deskbridge/sources"
	source "github.com/deskbridge/deskbridge/sources/intercom"
)

func TestExam(t *testing.T) {
	sinktest.Run(t, sinktest.Subject{
		Readings: sandbox.Readings(),
		Open: func(a sinktest.Access) (sinks.Sink, sources.Source, error) {
			c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, Version: a.Version, HTTP: a.HTTP, AutomationOff: a.AutomationOff})
			if err != nil {
				return nil, nil, err
			}
			return intercom.New(c, intercom.Options{Name: a.Pair, Match: "identified", Fallback: sandbox.Jane}), source.New(c, source.Options{}), nil
		},
	})
}
