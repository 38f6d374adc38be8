package api_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
)

// A permit is asked after the waiting, before each repetition, and the outer one first.
func TestNothingLeavesWithoutAPermit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		tr := transport(t, "http://desk.test", func(o *api.Options) {
			o.HTTP = &http.Client{Transport: roundTrip(func(*http.Request) *http.Response {
				sent++
				rec := httptest.NewRecorder()
				rec.Header().Set("Retry-After", "30")
				rec.WriteHeader(http.StatusTooManyRequests)
				return rec.Result()
			})}
		})
		began, over, asked := time.Now(), errors.New("the time is over"), 0
		ctx := api.WithPermit(t.Context(), func() error {
			if time.Since(began) > 20*time.Second {
				return over
			}
			return nil
		})
		ctx = api.WithPermit(ctx, func() error { asked++; return nil })
		_, err := tr.Do(ctx, api.Call{Name: "write", Method: http.MethodPost, Path: "/x", Write: true, Reach: api.Silent})
		require.ErrorIs(t, err, over)
		require.Equal(t, api.Stopped, api.ClassOf(err))
		require.Equal(t, 1, sent)
		require.Equal(t, 1, asked, "the outer permit is asked first")
	})
}
