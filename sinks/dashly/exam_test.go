package dashly_test

import (
	"testing"

	api "github.com/deskbridge/deskbridge/internal/api/dashly"
	sandbox "github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sinks/dashly"
	"github.com/deskbridge/deskbridge/sinks/sinktest"
	"github.com/deskbridge/deskbridge/sources"
	source "github.com/deskbridge/deskbridge/sources/dashly"
)

func TestExam(t *testing.T) {
	sinktest.Run(t, sinktest.Subject{
		Readings: sandbox.Readings(),
		Open: func(a sinktest.Access) (sinks.Sink, sources.Source, error) {
			c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, MaxRate: 1000, HTTP: a.HTTP, AutomationOff: a.AutomationOff})
			if err != nil {
				return nil, nil, err
			}
			return dashly.New(c, dashly.Options{Name: a.Pair}), source.New(c, source.Options{}), nil
		},
	})
}
