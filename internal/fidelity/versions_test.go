package fidelity

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestVersionsDifferAsTheirTableSays: what each version can hold, what of a Dashly conversation becomes of it there, and
// what its own payload tells.
func TestVersionsDifferAsTheirTableSays(t *testing.T) {
	const full, partial, dropped = mapping.Full, mapping.Partial, mapping.Dropped
	for version, want := range map[string]struct {
		silent, time, title mapping.Level
		reply, history      string // of an agent's words from Dashly
		made                mapping.Provenance
		assignee            mapping.PersonID
		name                string
		entries             int
	}{
		"2.9":  {silent: dropped, time: partial, title: dropped, reply: "note", history: "line of a transcript, in a note", made: mapping.Unknown, entries: 6},
		"2.11": {silent: dropped, time: full, title: dropped, reply: "note", history: "line of a transcript, in a note", made: mapping.Unknown, assignee: "25", entries: 6},
		"2.13": {silent: dropped, time: full, title: full, reply: "note", history: "line of a transcript, in a note", made: mapping.ByHuman, assignee: "25", name: "Order 881", entries: 7},
		"2.15": {silent: full, time: full, title: full, reply: "message, silent", history: "message, silent", made: mapping.ByHuman, assignee: "25", name: "Order 881", entries: 9},
		"2.16": {silent: full, time: full, title: full, reply: "message, silent", history: "message, silent", made: mapping.ByHuman, name: "Order 881", entries: 11},
	} {
		t.Run(version, func(t *testing.T) {
			f, err := intercom.Features(version)
			require.NoError(t, err)
			require.Equal(t, []mapping.Level{want.silent, want.time, want.title}, []mapping.Level{f.SilentReply, f.ChosenTime, f.Title})
			w := dashlyRows(t, version)
			original := thread(t)
			for _, e := range original.Entries {
				if e.Native != "reply_admin" || e.Author.Role != mapping.Agent || !e.HasText() {
					continue
				}
				r := becomes(t, original, w, e)
				require.Equal(t, want.history, r.History)
				require.Contains(t, r.Live, want.reply)
			}

			c := readIntercom(t, payload(t, "intercom-"+version))
			require.Len(t, c.Entries, want.entries)
			require.Equal(t, mapping.Fields{State: mapping.Open, Assignee: want.assignee, Tags: []string{"vip"}, Title: want.name}, c.Fields, "unassigned is null below 2.16 and 0 from there on")
			require.Equal(t, mapping.Contact{ID: "6762f0f31bb69f9f2193bb8b", ExternalID: "crm-1", Name: "Ann", Email: "ann@example.org", Identified: true}, c.Customer)
			made := map[mapping.EntryID]mapping.Provenance{}
			for _, e := range c.Entries {
				made[e.ID] = e.Made
				switch e.ID {
				case "1001":
					require.Equal(t, mapping.Bot, e.Author.Role, "an answer of the AI is a bot's, whoever it names")
				case "1005":
					require.Equal(t, "priority_not_carried", e.Skip, "whatever the words for it are")
				case "1009":
					require.Equal(t, mapping.SkipMerge, e.Skip)
				}
			}
			require.Equal(t, want.made, made["1003"], "app_package_code is null for a human from 2.13 on, and absent below")
			if version >= "2.13" && version != "2.9" {
				require.Equal(t, mapping.ByAPI, made["1006"])
			}
		})
	}
}
