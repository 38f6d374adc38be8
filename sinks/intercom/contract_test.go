package intercom

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// TestEverythingSentFitsTheContract holds each request body, reads' included, against Intercom's own description.
func TestEverythingSentFitsTheContract(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "contracts", "intercom-2.15.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the contracts (../shared) are not part of a clone")
	}
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	require.NoError(t, err)

	answers := willing()
	answers["POST /contacts/search"] = list("")
	answers["POST /contacts"] = `{"id":"n1"}`
	answers["POST /tags"] = `{"id":"9"}`
	answers["GET /contacts/find_by_external_id/known"] = `{"id":"` + contactID + `"}`
	answers["POST /conversations/search"] = `{"conversations":[],"pages":null}`
	s, d := open(t, "2.15", "identified", answers)
	for name, row := range operations() {
		_, err := s.Do(t.Context(), row.op)
		require.NoError(t, err, name)
	}
	_, err = s.Do(t.Context(), sinks.Operation{Kind: sinks.AddTag, Class: sinks.Quiet, Conversation: "1", Tag: "new"})
	require.NoError(t, err)
	_, err = s.Ensure(t.Context(), "dashly", mapping.Contact{ID: "5", Email: "ann@example.org", Phone: "+15550100", Name: "Ann", Identified: true})
	require.NoError(t, err)
	_, err = s.Find(t.Context(), "dashly", mapping.Contact{ID: "5", ExternalID: "known"})
	require.NoError(t, err)

	templates := []struct{ path, template string }{
		{`^/conversations/1/reply$`, "/conversations/{conversation_id}/reply"},
		{`^/conversations/1/parts$`, "/conversations/{conversation_id}/parts"},
		{`^/conversations/1/tags$`, "/conversations/{conversation_id}/tags"},
		{`^/conversations/1/tags/7$`, "/conversations/{conversation_id}/tags/{tag_id}"},
		{`^/conversations/1$`, "/conversations/{conversation_id}"},
		{`^(/conversations|/conversations/search|/contacts|/contacts/search|/tags)$`, ""},
	}
	checked := map[string]bool{}
	for _, r := range d.log {
		if r.Body == nil {
			continue
		}
		found := false
		for _, tm := range templates {
			if !regexp.MustCompile(tm.path).MatchString(r.Path) {
				continue
			}
			if tm.template == "" {
				tm.template = r.Path
			}
			op := doc.Paths.Value(tm.template).GetOperation(r.Method)
			require.NotNil(t, op, tm.template)
			schema := op.RequestBody.Value.Content.Get("application/json").Schema.Value
			require.NoError(t, schema.VisitJSON(r.Body), "%s %s", r.Method, r.Path)
			found, checked[r.Method+" "+tm.template] = true, true
		}
		require.True(t, found, "%s %s is in no template", r.Method, r.Path)
	}
	require.Len(t, checked, 10, "%v", checked)
}
