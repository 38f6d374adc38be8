package intercom_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	sandboxintercom "github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/sinks"
	"github.com/deskbridge/deskbridge/sinks/intercom"
	"github.com/deskbridge/deskbridge/sinks/sinktest"
	"github.com/deskbridge/deskbridge/sources"
	sourceintercom "github.com/deskbridge/deskbridge/sources/intercom"
)

// TestExam holds the sink against the versions that differ and against each reading of what is not documented.
func TestExam(t *testing.T) {
	for version, change := range map[string]func(*sandboxintercom.Knobs){
		"2.15": func(*sandboxintercom.Knobs) {},
		"2.7": func(k *sandboxintercom.Knobs) {
			k.UntagAbsent, k.CloseClosedPart, k.TagExisting, k.SharedEmails, k.PartOrder = "not_found", true, "refuse", false, "desc"
		},
		"2.16": func(k *sandboxintercom.Knobs) {
			k.ContactHTML, k.PartOrder, k.FreshContactDelay = true, "id", stage.Duration(5*time.Second)
		},
	} {
		t.Run(version, func(t *testing.T) {
			client := func(t *testing.T, a sinktest.Access) *apiintercom.Client {
				c, err := apiintercom.New(apiintercom.Options{BaseURL: a.URL, Token: a.Token, Version: version, HTTP: a.HTTP, AutomationOff: a.AutomationOff})
				require.NoError(t, err)
				return c
			}
			sinktest.Run(t, sinktest.Subject{
				Desk: func() *stage.Front {
					knobs := sandboxintercom.DefaultKnobs()
					change(&knobs)
					return sandbox.NewIntercom(sandbox.Options{Intercom: &knobs}).Front
				},
				Open: func(t *testing.T, a sinktest.Access) sinks.Sink {
					return intercom.New(client(t, a), intercom.Options{Name: "exam", Match: "identified", Fallback: sandboxintercom.Jane})
				},
				Read: func(t *testing.T, a sinktest.Access) sources.Source {
					return sourceintercom.New(client(t, a), sourceintercom.Options{})
				},
				Writes: func(r *http.Request) bool {
					return r.Method != http.MethodGet && strings.HasPrefix(r.URL.Path, "/conversations") && !strings.HasSuffix(r.URL.Path, "/search")
				},
				Contacts: contacts, Agents: [2]string{sandboxintercom.Jane, sandboxintercom.Tom}, Other: "dashly",
			})
		})
	}
}

// contacts counts the contacts of the workspace.
func contacts(t *testing.T, desk *stage.Front) int {
	r := httptest.NewRequest(http.MethodGet, "/contacts", nil)
	r.Header.Set("Authorization", "Bearer any")
	w := httptest.NewRecorder()
	desk.ServeHTTP(w, r)
	var a struct {
		Total *int `json:"total_count"`
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &a))
	require.NotNil(t, a.Total, w.Body.String())
	return *a.Total
}
