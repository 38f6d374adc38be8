package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
)

// TestCheckWarnsOfRulesThatNoDirectionUses: what is said of a desk from which nothing is carried can never match.
func TestCheckWarnsOfRulesThatNoDirectionUses(t *testing.T) {
	const (
		toDashly   = "sync: {start: 2026-11-01T00:00:00Z, directions: [intercom_to_dashly]}\n"
		toIntercom = "sync: {start: 2026-11-01T00:00:00Z, directions: [dashly_to_intercom]}\n"
		noDashly   = ": can never match: sync.directions lacks dashly_to_intercom, so nothing is carried from dashly"
		noIntercom = ": can never match: sync.directions lacks intercom_to_dashly, so nothing is carried from intercom"
		noComma    = ": can never match, as far as the documents tell: no desk that something is carried from has tags with a comma"
		kinds      = "kinds: {dashly: {vote: activity, note: drop}, intercom: {conversation_rating_changed: activity}}"
		filters    = "filters: {teams: {only: [dashly:404, \"intercom:*\"], except: [intercom:5017691, \"dashly:*\"]}}"
		teams      = "teams: {map: [{dashly: 75, intercom: 5017691}, {dashly: 404, intercom: 404}]}"
		states     = "status: {dashly_to_intercom: {snoozed: open, closed: keep}, intercom_to_dashly: {closed: open, snoozed: closed, open: open}}"
		noOpening  = "status.intercom_to_dashly.closed: nothing is ever opened by it: dashly has no call that opens a conversation; write keep, which says the same, or closed"
		commas     = "filters: {tags: {only: [vip, \"a,b\"], except: [\"x*,y\"]}}\ntags: {map: [{dashly: \"c,d\", intercom: cd}, {dashly: ef, intercom: \"e,f\"}], drop: [\"g,h\", \"e,*\", i]}"
	)
	for name, c := range map[string]struct {
		rules string
		want  []string
		lists int // of teams that are asked for
	}{
		"kinds, both ways":         {kinds, nil, 0},
		"kinds to dashly":          {toDashly + kinds, []string{"kinds.dashly" + noDashly}, 0},
		"kinds to intercom":        {toIntercom + kinds, []string{"kinds.intercom" + noIntercom}, 0},
		"filters to dashly":        {toDashly + filters, []string{"filters.teams.except[1]" + noDashly, "filters.teams.only[0]" + noDashly}, 1},
		"filters to intercom":      {toIntercom + filters, []string{"filters.teams.except[0]" + noIntercom, "filters.teams.only[0]: dashly:404 is excepted too: no conversation is carried because of it", "filters.teams.only[1]" + noIntercom, "filters.teams.only[0]: dashly has no team or channel 404, so no conversation is in it; there are: 75 E-mail, 77 Support, 78 Telegram"}, 1},
		"a map of teams to dashly": {toDashly + teams, []string{"teams.map: nothing is ever carried by it: the directions that are on lead only to desks that have no call to set a team or channel"}, 0},
		"a map of teams to intercom": {toIntercom + teams, []string{
			"teams.map[1].dashly: dashly does not list 404: write the id of one that exists", "teams.map[1].intercom: intercom does not list 404: write the id of one that exists"}, 2},
		"teams that a filter and the map name are asked for once": {teams + "\nfilters: {teams: {only: [dashly:75, intercom:5017691], except: [dashly:404]}}", []string{
			"filters.teams.except[0]: dashly has no team or channel 404, so no conversation is in it; there are: 75 E-mail, 77 Support, 78 Telegram",
			"teams.map[1].dashly: dashly does not list 404: write the id of one that exists", "teams.map[1].intercom: intercom does not list 404: write the id of one that exists"}, 2},
		"states, both ways":  {states, []string{noOpening}, 0},
		"states to dashly":   {toDashly + states, []string{"status.dashly_to_intercom" + noDashly, noOpening}, 0},
		"states to intercom": {toIntercom + states, []string{"status.intercom_to_dashly" + noIntercom}, 0},
		"commas, both ways": {commas, []string{"tags.map[0].dashly: dashly cannot be given a tag with a comma: it is not carried there",
			"tags.map[1].intercom: tags.drop keeps e,f on its desk: this entry does nothing"}, 0},
		"commas to dashly": {toDashly + commas, []string{"tags.map[0].dashly: dashly cannot be given a tag with a comma: it is not carried there",
			"tags.map[1].intercom: tags.drop keeps e,f on its desk: this entry does nothing"}, 0},
		"commas to intercom": {toIntercom + commas, []string{"tags.map[1].intercom: tags.drop keeps e,f on its desk: this entry does nothing",
			"filters.tags.only[1]" + noComma, "filters.tags.except[0]" + noComma, "tags.drop[0]" + noComma, "tags.map[0].dashly" + noComma}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2, "1s")
			w.tags("vip", "a,b", "x1,y", "cd", "e,f", "g,h", "i")
			w.configure(t, c.rules)
			w.log.Reset()
			r := w.run(t, "check")
			require.Equal(t, report.Done, r.Status, "%+v", r.Error)
			require.Zero(t, r.ExitCode, "warnings are no failure")
			var got []string
			for _, f := range r.Findings {
				block, _, _ := strings.Cut(f.About, ".")
				if f.Level == report.Warning && strings.Contains("kinds filters tags teams status", block) {
					got = append(got, f.About+": "+f.Message)
				}
			}
			require.Equal(t, c.want, got)
			require.Len(t, listsOfTeams(w), c.lists)
		})
	}
}
