package dashly_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/sources"
	"github.com/deskbridge/deskbridge/sources/dashly"
)

func TestChannelsAreListedWhateverTheirPages(t *testing.T) {
	const path = "/apps/$self_app/channels"
	support, mail := sources.Team{ID: "77", Name: "Support"}, sources.Team{ID: "75", Name: "E-mail"}
	for name, c := range map[string]struct {
		answers map[string]string
		want    []sources.Team
		wrong   string
	}{
		"no pages": {map[string]string{path: one(`[{"id":"77","name":"Support"},{"id":75,"name":"E-mail","operators":[]}]`)}, []sources.Team{support, mail}, ""},
		"two pages and an overlap": {map[string]string{
			path: list(`["77"]`, `{"id":"77","name":"Support"}`), path + ` ["77"]`: list("null", `{"id":"77","name":"Support"}`, `{"id":"75","name":"E-mail"}`)}, []sources.Team{support, mail}, ""},
		"the same cursor for ever": {map[string]string{
			path: list(`["77"]`, `{"id":"77","name":"Support"}`), path + ` ["77"]`: list(`["77"]`)}, []sources.Team{support}, ""},
		"none":                 {map[string]string{path: one(`[]`)}, nil, ""},
		"a cursor of no form":  {map[string]string{path: list(`["x"]`, `{"id":"77"}`)}, nil, "unknown form"},
		"no list":              {map[string]string{path: one(`{"77":"Support"}`)}, nil, "no list in it"},
		"a channel without id": {map[string]string{path: one(`[{"name":"Support"}]`)}, nil, "a channel without an id"},
		"refused":              {map[string]string{}, nil, "no such object"},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answers: c.answers}
			s, _ := start(t, d, dashly.Options{})
			got, err := s.Teams(t.Context())
			if c.wrong != "" {
				require.ErrorContains(t, err, c.wrong)
				require.NotEqual(t, api.Stopped, api.ClassOf(err))
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			for _, asked := range d.asked {
				require.True(t, strings.HasPrefix(asked, path), asked)
			}
		})
	}
}
