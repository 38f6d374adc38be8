package intercom

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	apiintercom "github.com/deskbridge/deskbridge/internal/api/intercom"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks"
)

// TestRatings: one quiet call writes the attribute that is named, and none does without a name.
func TestRatings(t *testing.T) {
	op := sinks.Operation{ID: "1", Kind: sinks.SetRating, Class: sinks.Quiet, Conversation: "1", Author: agent, Rating: `vote: 5 "kind"`}
	s, d := open(t, "2.15", "none", map[string]string{"PUT /conversations/1": answer})
	require.Equal(t, mapping.Dropped, s.Features().Rating)
	_, err := s.Do(t.Context(), op)
	require.Equal(t, api.Refused, api.ClassOf(err))
	require.Empty(t, d.writes())

	s = New(s.client, Options{Name: "main", Fallback: "25", Rating: "Their rating"})
	require.Equal(t, mapping.Full, s.Features().Rating)
	_, err = s.Do(t.Context(), op)
	require.NoError(t, err)
	require.Len(t, d.writes(), 1)
	require.Equal(t, map[string]any{"custom_attributes": map[string]any{"Their rating": `vote: 5 "kind"`}}, d.writes()[0].Body)
	op.Class = sinks.Silent
	_, err = s.Do(t.Context(), op)
	require.Equal(t, api.Refused, api.ClassOf(err), "a change of a conversation may wake its automation")
}

// TestARatingIsReadFromItsAttribute, whatever else the conversation has.
func TestARatingIsReadFromItsAttribute(t *testing.T) {
	for attributes, want := range map[string]string{
		`{"Their rating":"5","their rating":"1"}`: "5", `{"Their rating":5}`: "5", `{"Their rating":null}`: "", `{}`: "", `null`: "", `[]`: "", `{"Their rating":{"a":1}}`: "",
	} {
		srv := httptest.NewServer(&desk{answers: map[string]string{"GET /conversations/1": `{"id":"1","updated_at":1753970000,"custom_attributes":` + attributes + `}`}})
		t.Cleanup(srv.Close)
		for name, want := range map[string]string{"Their rating": want, "": ""} {
			c, err := apiintercom.New(apiintercom.Options{BaseURL: srv.URL, Token: "t", Version: "2.15", Rating: name})
			require.NoError(t, err)
			conv, err := c.Conversation(t.Context(), "1")
			require.NoError(t, err)
			require.Equal(t, want, conv.Rating, attributes)
		}
	}
}
