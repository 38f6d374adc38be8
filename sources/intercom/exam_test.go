package intercom_test

import (
	"testing"

	api "github.com/deskbridge/deskbridge/internal/api/intercom"
	sandbox "github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/intercom"
	"github.com/deskbridge/deskbridge/sources/sourcetest"
)

func TestExam(t *testing.T) {
	sourcetest.Run(t, sourcetest.Subject{
		Readings: sandbox.Readings(),
		Largest:  100 << 20,
		Open: func(a sourcetest.Access) (sources.Source, error) {
			c, err := api.New(api.Options{BaseURL: a.URL, Token: a.Token, Version: a.Version, HTTP: a.HTTP})
			if err != nil {
				return nil, err
			}
			return intercom.New(c, intercom.Options{Settle: a.Settle, Allow: a.Allow}), nil
		},
	})
}
