package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestFilesOfPrivateHosts: a private host gives files to both directions if files.allow names it, and else to none.
func TestFilesOfPrivateHosts(t *testing.T) {
	w := newWorld(t, 0, "1s")
	inside := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) { _, _ = out.Write([]byte("content")) }))
	t.Cleanup(inside.Close)
	fetch := func() (errs [2]error) {
		cfg, err := config.Load(w.config, os.LookupEnv)
		require.NoError(t, err)
		b, err := open(t.Context(), cfg, reading, zerolog.Nop())
		require.NoError(t, err)
		defer b.close()
		for i, s := range b.sides {
			_, errs[i] = s.Source.File(t.Context(), mapping.File{Name: "x.png", URL: inside.URL + "/x.png"}, 1000)
		}
		return errs
	}
	for _, err := range fetch() {
		require.Equal(t, api.Refused, api.ClassOf(err), "%v", err)
	}
	w.configure(t, "files: {allow: [localhost, \""+strings.TrimPrefix(inside.URL, "http://")+"\"]}")
	require.Equal(t, [2]error{}, fetch())
}
