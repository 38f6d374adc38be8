package intercom

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/sources"
)

func TestTeams(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   []sources.Team
		wrong  string
	}{
		"two":            {`{"type":"team.list","teams":[{"type":"team","id":"5017691","name":"Support","admin_ids":[25]},{"id":7,"name":null}]}`, []sources.Team{{ID: "5017691", Name: "Support"}, {ID: "7"}}, ""},
		"none":           {`{"type":"team.list","teams":[]}`, nil, ""},
		"no list":        {`{"type":"team.list"}`, nil, "no list of teams"},
		"one without id": {`{"teams":[{"name":"Support"}]}`, nil, "no list of teams"},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "/teams", r.URL.Path)
				fmt.Fprint(w, c.answer)
			}))
			defer srv.Close()
			client, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: "2.15", Attempts: 1})
			require.NoError(t, err)
			got, err := New(client, Options{}).Teams(t.Context())
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}
