package fidelity_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/contract"
	"github.com/deskbridge/deskbridge/internal/contract/contracttest"
	"github.com/deskbridge/deskbridge/internal/fidelity"
)

// shown is a schema of what a desk shows, and how its fields are called in the rows: "part: " before the list of a row, or
// "source." before each name.
type shown struct {
	file, schema string
	direction    int
	before, each string
	elsewhere    map[string]string // properties without a row among the fields, with where they are told
}

const (
	inParts  = "the rows of parts"
	inValues = "the other documented values"
	identity = "what it is, or which one: not carried by its nature"
)

var shownFields = []shown{
	{"dashly-v2.yaml", "ConversationCore", 0, "", "", map[string]string{
		"id": identity, "type": inValues, "reply_type": inValues, "reply_last_type": inValues, "status": inValues, "assistant_type": inValues, "recipient_type": inValues,
	}},
	{"dashly-v2.yaml", "Conversation", 0, "", "", map[string]string{
		"user": "the rows of the user", "part_last": "shown among the parts, too", "important_part_last": "shown among the parts, too", "reply_last": "shown among the parts, too",
	}},
	{"dashly-v2.yaml", "ConversationPart", 0, "part: ", "", map[string]string{
		"id": identity, "conversation": identity, "created": inParts, "body": inParts, "type": inParts, "sent_via": "a table of its own",
		"from": inValues, "direction": inValues, "reply_type": inValues, "attachments": inValues,
		"assignee": "the part assigned, and the field", "tag": "the parts tag_added and tag_deleted, and the field", "channel": "the part channel_changed, and the field",
	}},
	{"dashly-v2.yaml", "User", 0, "user: ", "", map[string]string{"presence": inValues, "email_status": inValues}},
	{"intercom-2.15.yaml", "conversation", 1, "", "", map[string]string{
		"type": identity, "id": identity, "open": "an older form of the state", "priority": inValues,
		"source": "the rows of its fields", "conversation_parts": inParts,
	}},
	{"intercom-2.15.yaml", "conversation_source", 1, "", "source.", map[string]string{
		"id": identity, "type": inValues, "delivered_as": "a table of its own", "body": inParts, "author": inValues, "attachments": inValues,
	}},
	{"intercom-2.15.yaml", "conversation_part", 1, "part: ", "", map[string]string{
		"type": identity, "id": identity, "part_type": inParts, "body": inParts, "created_at": inParts,
		"assigned_to": inValues, "author": inValues, "attachments": inValues, "state": "the rows of the conversation's state",
	}},
	{"intercom-2.15.yaml", "contact", 1, "contact: ", "", map[string]string{"type": identity, "role": inValues}},
}

// names are the fields in a row, without a value or what stands in brackets.
var names = regexp.MustCompile(`[$a-z][a-z0-9_.]*`)

// named are the fields of one kind that the rows of a direction name.
func (s shown) named(rows []fidelity.Row) (all []string) {
	for _, r := range rows {
		before := ""
		for _, list := range strings.Split(r.Native, ", ") {
			for _, kind := range []string{"part: ", "user: ", "contact: "} {
				if rest, ok := strings.CutPrefix(list, kind); ok {
					before, list = kind, rest
				}
			}
			if before != s.before && !(s.each != "" && strings.HasPrefix(list, s.each)) {
				continue
			}
			if name := names.FindString(list); s.each == "" || strings.HasPrefix(name, s.each) {
				all = append(all, strings.TrimPrefix(name, s.each))
			}
		}
	}
	return all
}

// TestEveryFieldOfTheContractsHasARow: each property of a conversation, a part and a person is named by a row, or told
// elsewhere, and not both.
func TestEveryFieldOfTheContractsHasARow(t *testing.T) {
	contracttest.Suite(t) // skips where there is nothing
	dir, err := contract.Dir()
	require.NoError(t, err)
	directions, err := fidelity.Of("2.15")
	require.NoError(t, err)
	for _, s := range shownFields {
		rows := directions[s.direction].Tables[2].Rows
		raw, err := os.ReadFile(filepath.Join(dir, s.file))
		require.NoError(t, err)
		properties := schemasOf(t, raw)[s.schema].all()
		require.NotEmpty(t, properties, s.schema)
		named := s.named(rows)
		for _, p := range properties {
			require.NotEqual(t, slices.Contains(named, p), s.elsewhere[p] != "", "%s.%s is named by a row: %t, and told elsewhere: %q", s.schema, p, slices.Contains(named, p), s.elsewhere[p])
		}
		for p, where := range s.elsewhere {
			require.Contains(t, properties, p, "%s has no such property any more: %s", s.schema, where)
		}
	}
}

// TestNamesAreReadOutOfRows: a field whose row is taken away is named no more, and one of another kind does not stand in.
func TestNamesAreReadOutOfRows(t *testing.T) {
	rows := []fidelity.Row{{Native: "state: snoozed, snoozed_until"}, {Native: "title, source.subject"}, {Native: "part: redacted, source.redacted"}, {Native: "read, part: read"}, {Native: "user: props ($city and others)"}}
	require.Equal(t, []string{"state", "snoozed_until", "title", "source.subject", "read"}, shown{}.named(rows))
	require.Equal(t, []string{"subject", "redacted"}, shown{each: "source."}.named(rows))
	require.Equal(t, []string{"redacted", "source.redacted", "read"}, shown{before: "part: "}.named(rows))
	require.Equal(t, []string{"props"}, shown{before: "user: "}.named(rows))
	require.NotContains(t, shown{}.named(rows[1:]), "state")
}
