package dashly_test

import (
	"testing"

	api "github.com/deskbridge/deskbridge/internal/api/dashly"
	sandbox "github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/dashly"
	"github.com/deskbridge/deskbridge/sources/sourcetest"
)

func TestExam(t *testing.T) {
	sourcetest.Run(t, sourcetest.Subject{
		Readings: sandbox.Readings(),
		Largest:  64 << 20,
		Open: func(a sourcetest.Access) (sources.Source, error) {
			c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, MaxRate: 1000, HTTP: a.HTTP})
			if err != nil {
				return nil, err
			}
			return dashly.New(c, dashly.Options{Settle: a.Settle, Allow: a.Allow}), nil
		},
	})
}
