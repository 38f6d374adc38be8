package dashly_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	sandboxdashly "github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sinks/dashly"
	"github.com/deskbridge/deskbridge/sinks/sinktest"
	"github.com/deskbridge/deskbridge/sources"
	sourcedashly "github.com/deskbridge/deskbridge/sources/dashly"
)

// TestExam holds the sink against each reading of what Dashly's documents leave open.
func TestExam(t *testing.T) {
	for name, change := range map[string]func(*sandboxdashly.Knobs){
		"likely": func(*sandboxdashly.Knobs) {},
		"odd": func(k *sandboxdashly.Knobs) {
			k.StartReturns, k.ReplyAnswer, k.CloseClosed, k.BodyAs, k.UserVia = "part", "receipt", "error", "html", "web_user"
			k.UnknownUser, k.LeadsEnvelope, k.SystemVia, k.SystemFrom = "create", "array", "system", "null"
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := func(t *testing.T, a sinktest.Access) *apidashly.Client {
				c, err := apidashly.New(apidashly.Options{BaseURL: a.URL, Token: a.Token, MaxRate: 1000, HTTP: a.HTTP, AutomationOff: a.AutomationOff})
				require.NoError(t, err)
				return c
			}
			sinktest.Run(t, sinktest.Subject{
				Desk: func() *stage.Front {
					knobs := sandboxdashly.DefaultKnobs()
					change(&knobs)
					return sandbox.NewDashly(sandbox.Options{Dashly: &knobs}).Front
				},
				Open: func(t *testing.T, a sinktest.Access) sinks.Sink {
					return dashly.New(client(t, a), dashly.Options{Name: "exam"})
				},
				Read: func(t *testing.T, a sinktest.Access) sources.Source {
					return sourcedashly.New(client(t, a), sourcedashly.Options{})
				},
				Writes: func(r *http.Request) bool {
					return r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/props")
				},
				Contacts: leads, Agents: [2]string{sandboxdashly.Jane, sandboxdashly.Tom}, Other: "intercom",
			})
		})
	}
}

// leads counts the users of the site; each of them has an own id, a property or a word.
func leads(t *testing.T, desk *stage.Front) int {
	r := httptest.NewRequest(http.MethodGet, `/v2/apps/$self_app/users?limit=50`, nil)
	r.Header.Set("Authorization", "Token any")
	w := httptest.NewRecorder()
	desk.ServeHTTP(w, r)
	var a struct{ Data json.RawMessage }
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
	require.Equal(t, http.StatusOK, w.Code, w.Body.String())
	var users []struct{}
	if json.Unmarshal(a.Data, &users) != nil {
		var in struct{ Users []struct{} }
		require.NoError(t, json.Unmarshal(a.Data, &in), w.Body.String())
		users = in.Users
	}
	return len(users)
}
