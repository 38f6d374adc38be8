package intercom

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
)

func golden(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return raw
}

// fixture reads a file of the contracts that the project was made from; a plain clone does not have them.
func fixture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "fixtures", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the fixtures (../shared) are not part of a clone")
	}
	require.NoError(t, err)
	return raw
}

func byID(t *testing.T, c mapping.Conversation, id mapping.EntryID) mapping.Entry {
	t.Helper()
	for _, e := range c.Entries {
		if e.ID == id {
			return e
		}
	}
	require.Fail(t, "no such entry", string(id))
	return mapping.Entry{}
}

func TestDecodeModern(t *testing.T) {
	c, err := Decode(golden(t, "modern.json"))
	require.NoError(t, err)
	require.Equal(t, mapping.Ref{Desk: Desk, ID: "180302000000001234567"}, c.Ref, "a long id is not rounded")
	require.Equal(t, time.Unix(1767225600, 0).UTC(), c.Created)
	require.Equal(t, time.Unix(1767229200, 0).UTC(), c.Updated, "milliseconds")
	require.Equal(t, mapping.Fields{State: mapping.Closed, Team: "77", Tags: []string{"billing, urgent", "vip"}, Title: "Invoice & refund"}, c.Fields)
	require.Equal(t, mapping.Contact{ID: "6762f0f31bb69f9f2193bb8b", ExternalID: "70", Name: "Ann", Email: "ann@example.org", Identified: true}, c.Customer)
	require.Empty(t, c.Others)
	require.Equal(t, []mapping.Person{{Role: mapping.Agent, ID: "25", Name: "Jane"}, {Role: mapping.Agent, ID: "26", Name: "Bob"}}, c.Agents)
	require.Equal(t, 3, c.Truncated, "fourteen are counted, eleven shown")
	require.Contains(t, c.Losses, mapping.LossSourceTruncated)

	var ids []string
	for _, e := range c.Entries {
		ids = append(ids, string(e.ID))
	}
	require.Equal(t, "source:900 1010 1001 1002 1003 1004 1005 1006 1007 1008 1009 1011", strings.Join(ids, " "), "the opening, then by time")
}

func TestDecodeModernEntries(t *testing.T) {
	c, err := Decode(golden(t, "modern.json"))
	require.NoError(t, err)

	opening := byID(t, c, "source:900")
	require.True(t, opening.Opening)
	require.Equal(t, "source/email", opening.Native)
	require.Equal(t, "Invoice & refund", opening.Body.Text(), "a subject alone is the text")
	require.Equal(t, mapping.Unknown, opening.Made)

	require.Equal(t, mapping.ByAPI, byID(t, c, "1010").Made)
	shot := byID(t, c, "1001")
	require.Equal(t, mapping.ByHuman, shot.Made)
	require.Equal(t, mapping.Customer, shot.Author.Role, "the id is the contact's, whatever the type")
	require.Equal(t, []mapping.File{
		{Name: "log.txt", Type: "text/plain", Size: 12, URL: "https://cdn.example.org/log.txt", Attached: true},
		{Name: "shot.png", URL: "https://cdn.example.org/a.png?x=1&y=2"},
	}, shot.Files)
	require.Equal(t, mapping.Bot, byID(t, c, "1002").Author.Role)
	require.Equal(t, mapping.Unknown, byID(t, c, "1002").Made, "an absent key tells nothing")

	bye := byID(t, c, "1003")
	require.Equal(t, mapping.Message, bye.Kind)
	require.Equal(t, mapping.Status, bye.Covers)
	yours := byID(t, c, "1004")
	require.Equal(t, []any{mapping.Note, true, mapping.Assignee}, []any{yours.Kind, yours.Doubt, yours.Covers})
	buttons := byID(t, c, "1005")
	require.Equal(t, "• Yes\n• No", buttons.Body.Text())
	require.Equal(t, []mapping.Loss{mapping.LossAnswerRequestFlat}, buttons.Losses)
	require.Equal(t, "rating_not_carried", byID(t, c, "1006").Skip)
	future := byID(t, c, "1007")
	require.Equal(t, []any{mapping.Note, true, []mapping.Loss{mapping.LossUnknownKind}}, []any{future.Kind, future.Doubt, future.Losses})
	require.Equal(t, "unknown_event", byID(t, c, "1008").Skip)
	gone := byID(t, c, "1009")
	require.True(t, gone.Removed)
	require.False(t, gone.HasText(), "the placeholder is nobody's words")
	require.Equal(t, mapping.Message, gone.Kind)
	note := byID(t, c, "1011")
	require.Equal(t, mapping.Note, note.Kind)
	require.Equal(t, "plain\ntwo <lines>", note.Body.Text())
}

func TestDecodeFixture1x(t *testing.T) {
	c, err := Decode(fixture(t, "intercom-conversation-1x.json"))
	require.NoError(t, err)
	require.Equal(t, mapping.PersonID("536e564f316c83104c000020"), c.Customer.ID, "user is the first of the customers")
	require.Len(t, c.Others, 1)
	require.Equal(t, mapping.Fields{State: mapping.Open, Assignee: "25"}, c.Fields)
	require.Len(t, c.Entries, 5)
	require.Equal(t, mapping.EntryID("source:4411"), c.Entries[0].ID)
	require.Equal(t, mapping.Agent, c.Entries[0].Author.Role)
	require.Equal(t, "signature", c.Entries[0].Files[0].Name, "a file without an address is still told of")
	require.Equal(t, mapping.Customer, c.Entries[1].Author.Role)
	require.Equal(t, mapping.Assignee, c.Entries[2].Covers)
	require.Equal(t, mapping.Note, c.Entries[3].Kind)
	require.Zero(t, c.Truncated)
}

func TestDecodeFixture29(t *testing.T) {
	c, err := Decode(fixture(t, "intercom-conversation-2.9.json"))
	require.NoError(t, err)
	require.Equal(t, mapping.Fields{State: mapping.Snoozed, Until: time.Unix(1663686060, 0).UTC(), Assignee: "274", Team: "5017691", Tags: []string{"Test tag"}, Title: "Conversation Title"}, c.Fields)
	open := byID(t, c, "76")
	require.Equal(t, []any{mapping.Message, mapping.Status, mapping.Customer}, []any{open.Kind, open.Covers, open.Author.Role})
	require.Equal(t, mapping.Bot, byID(t, c, "72").Author.Role)
	require.Equal(t, "alice@example.org", c.Customer.Email)
}

func TestCustomerIsIdentifiedOnlyAsAUser(t *testing.T) {
	for name, tc := range map[string]struct {
		contact string
		want    bool
	}{
		"user":              {`{"type":"user","id":"a"}`, true},
		"lead":              {`{"type":"lead","id":"a"}`, false},
		"reference":         {`{"type":"contact","id":"a"}`, false},
		"role":              {`{"type":"contact","role":"user","id":"a"}`, true},
		"the bridge's own":  {`{"type":"contact","role":"user","id":"a","external_id":"deskbridge:main:5"}`, false},
		"another bridge's":  {`{"role":"user","id":"a","external_id":"deskbridge:other:5"}`, false},
		"a lead with an id": {`{"role":"lead","id":"a","external_id":"5"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Decode([]byte(`{"id":"1","contacts":[` + tc.contact + `]}`))
			require.NoError(t, err)
			require.Equal(t, mapping.PersonID("a"), c.Customer.ID)
			require.Equal(t, tc.want, c.Customer.Identified)
		})
	}
}

// TestWhoBeganStandsFirst: in which order the desk lists contacts does not decide whose conversation it is, and it tells
// that participants came or went.
func TestWhoBeganStandsFirst(t *testing.T) {
	for name, c := range map[string]struct {
		contacts, part string
		customer       mapping.PersonID
		others         int
		joined         bool
	}{
		"alone":              {`{"id":"a"}`, "comment", "a", 0, false},
		"as they joined":     {`{"id":"a"},{"id":"b"}`, "comment", "a", 1, true},
		"newest first":       {`{"id":"c"},{"id":"b"},{"id":"a"}`, "comment", "a", 2, true},
		"who began has left": {`{"id":"b"}`, "participant_removed", "b", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode([]byte(`{"id":"1","created_at":1735689600,"source":{"body":"<p>Hi</p>","author":{"type":"user","id":"a"}},"contacts":{"contacts":[` + c.contacts + `]},
				"conversation_parts":{"conversation_parts":[{"id":"5","part_type":"` + c.part + `","created_at":1735689700,"author":{"type":"admin","id":"25"}}]}}`))
			require.NoError(t, err)
			require.Equal(t, c.customer, got.Customer.ID)
			require.Len(t, got.Others, c.others)
			require.Equal(t, c.joined, got.Joined)
		})
	}
}

// TestATeamIsNobody: what a team says is the team's side's, under the team's name, and no teammate's, whatever it is called.
// What later parts leave out of a teammate stays known.
func TestATeamIsNobody(t *testing.T) {
	c, err := Decode([]byte(`{"id":"1","created_at":1767225600,"conversation_parts":{"conversation_parts":[
		{"id":"10","part_type":"comment","body":"a","created_at":1767225601,"author":{"type":"team","id":"77","name":"Anna","email":"anna@example.org"}},
		{"id":"11","part_type":"comment","body":"b","created_at":1767225602,"author":{"type":"team","id":"78"}},
		{"id":"12","part_type":"comment","body":"c","created_at":1767225603,"author":{"type":"admin","id":"25","name":"Jane"}},
		{"id":"13","part_type":"comment","body":"d","created_at":1767225604,"author":{"type":"admin","id":"25","email":"jane@example.org"}}]}}`))
	require.NoError(t, err)
	require.Equal(t, mapping.Person{Role: mapping.Agent, Name: "Anna"}, byID(t, c, "10").Author)
	require.Equal(t, mapping.Person{Role: mapping.Agent, Name: "Agent 78"}, byID(t, c, "11").Author)
	require.Equal(t, []mapping.Person{{Role: mapping.Agent, ID: "25", Name: "Jane", Email: "jane@example.org"}}, c.Agents)
}

func TestOpeningAuthors(t *testing.T) {
	for name, tc := range map[string]struct {
		source string
		want   mapping.Role
		doubt  bool
	}{
		"customer":         {`{"body":"x","delivered_as":"customer_initiated","author":{"type":"user","id":"a"}}`, mapping.Customer, false},
		"blank customer":   {`{"body":"x","delivered_as":"customer_initiated","author":{"type":"","id":""}}`, mapping.Customer, false},
		"agent":            {`{"body":"x","delivered_as":"admin_initiated","author":{"type":"admin","id":"5"}}`, mapping.Agent, false},
		"campaign":         {`{"body":"x","delivered_as":"campaigns_initiated","author":{"type":"admin","id":"5"}}`, mapping.Bot, false},
		"operator":         {`{"body":"x","delivered_as":"operator_initiated","author":{"type":"admin","id":"5"}}`, mapping.Bot, false},
		"to a bot":         {`{"body":"x","delivered_as":"operator_initiated","author":{"type":"user","id":"a"}}`, mapping.Customer, false},
		"by a contact":     {`{"body":"x","delivered_as":"automated","author":{"type":"contact","id":"a"}}`, mapping.Customer, false},
		"in a campaign":    {`{"body":"x","delivered_as":"campaigns_initiated","author":{"type":"lead","id":"a"}}`, mapping.Customer, false},
		"automated":        {`{"body":"x","delivered_as":"automated","author":null}`, mapping.Bot, false},
		"unknown delivery": {`{"body":"x","delivered_as":"teleported","author":{"type":"admin","id":"5"}}`, mapping.Agent, false},
		"nobody":           {`{"body":"x"}`, mapping.System, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Decode([]byte(`{"id":"1","contacts":[{"id":"a"}],"source":` + tc.source + `}`))
			require.NoError(t, err)
			require.Len(t, c.Entries, 1)
			require.Equal(t, mapping.EntryID("source:1"), c.Entries[0].ID, "without an id of its own it takes the conversation's")
			require.Equal(t, tc.want, c.Entries[0].Author.Role)
			require.Equal(t, tc.doubt, c.Entries[0].Doubt)
			if tc.want == mapping.Customer {
				require.Equal(t, mapping.PersonID("a"), c.Entries[0].Author.ID)
			}
		})
	}
}

// TestAnOpeningOfNobodyIsTheOnlyCustomers: one that the customer's side began and that names nobody is the customer's, unless
// somebody else may have written it: others are, came or went, or could have where nobody can read any more.
func TestAnOpeningOfNobodyIsTheOnlyCustomers(t *testing.T) {
	const alone = `{"id":"ann"}`
	for name, c := range map[string]struct {
		contacts, parts string
		total           int
		want            mapping.PersonID
	}{
		"alone":                {alone, `{"id":"3","part_type":"comment","body":"<p>hi</p>","author":{"type":"user","id":"ann"}}`, 1, "ann"},
		"nobody is left":       {``, ``, 0, ""},
		"another is shown":     {alone + `,{"id":"bob"}`, ``, 0, ""},
		"somebody was added":   {alone, `{"id":"3","part_type":"participant_added"}`, 1, ""},
		"somebody was removed": {alone, `{"id":"3","part_type":"participant_removed"}`, 1, ""},
		"not all can be read":  {alone, `{"id":"3","part_type":"comment","body":"<p>hi</p>","author":{"type":"user","id":"ann"}}`, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode(fmt.Appendf(nil, `{"id":"1","created_at":1,"source":{"body":"<p>My password is wrong</p>","delivered_as":"customer_initiated","author":{}},
				"contacts":{"contacts":[%s]},"conversation_parts":{"total_count":%d,"conversation_parts":[%s]}}`, c.contacts, c.total, c.parts))
			require.NoError(t, err)
			require.Equal(t, mapping.Person{Role: mapping.Customer, ID: c.want}, got.Entries[0].Author)
			require.Equal(t, mapping.Message, got.Entries[0].Kind)
		})
	}
}

// TestTitleAndSubject: where one says the same as the other, or as the opening, it is told once; where not, none is lost.
func TestTitleAndSubject(t *testing.T) {
	for name, c := range map[string]struct{ title, source, want, beside string }{
		"a title alone":                   {`"Refund"`, `"body":"<p>Hi</p>"`, "Refund", ""},
		"a subject alone":                 {`null`, `"subject":"Invoice 77","body":"<p>Hi</p>"`, "Invoice 77", ""},
		"both":                            {`"Refund"`, `"subject":"Invoice 77","body":"<p>Hi</p>"`, "Refund", "Invoice 77"},
		"both, of the same words":         {`"Invoice  & refund"`, `"subject":"<p>Invoice &amp; refund</p>","body":"<p>Hi</p>"`, "Invoice  & refund", ""},
		"a subject that is the opening":   {`"Refund"`, `"subject":"Invoice 77","body":""`, "Refund", ""},
		"a subject over nothing but file": {`"Refund"`, `"subject":"Invoice 77","attachments":[{"name":"a.pdf"}]`, "Refund", "Invoice 77"},
		"a subject that was taken away":   {`"Refund"`, `"subject":"Invoice 77","body":"","redacted":true`, "Refund", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Decode([]byte(`{"id":"1","created_at":1,"title":` + c.title + `,"source":{"author":{"type":"user","id":"9"},` + c.source + `}}`))
			require.NoError(t, err)
			require.Equal(t, c.want, got.Fields.Title)
			require.Equal(t, c.beside, got.Subject)
		})
	}
}

// TestSubjectsKeepWhatStandsInAngleBrackets, unless they are wrapped as bodies are.
func TestSubjectsKeepWhatStandsInAngleBrackets(t *testing.T) {
	for subject, want := range map[string]string{
		"<p>Invoice &amp; refund</p>":                  "Invoice & refund",
		"<p>How do I use &lt;b&gt;?</p>":               "How do I use <b>?",
		"How do I use <b>?":                            "How do I use <b>?",
		"<b>Sale</b>":                                  "<b>Sale</b>",
		"Re: <ann@example.org> wrote":                  "Re: <ann@example.org> wrote",
		"Salt &amp; pepper &lt;3":                      "Salt & pepper <3",
		"https://example.org/?order=1&copy=2&amp;no=3": "https://example.org/?order=1&copy=2&no=3",
		"  plain ": "plain",
		"<p>":      "<p>",
	} {
		require.Equal(t, want, plainTitle(Text(subject)), subject)
	}
}

// TestUnwrappedTextKeepsAngleBrackets: a body that was never wrapped loses no words. What HTML hides stays hidden.
func TestUnwrappedTextKeepsAngleBrackets(t *testing.T) {
	for body, want := range map[string]string{
		"Write to Ann <ann@example.org>, not to <Bob>": "Write to Ann <ann@example.org>, not to <Bob>",
		"Salt &amp; pepper &lt;3\n2 < 3":               "Salt & pepper <3\n2 < 3",
		"How do I close <header>?":                     "How do I close <header>?",
		"Hello<!-- at most 50 % -->, Ann":              "Hello, Ann",
		"Hello, Ann<!-- at most 50 %":                  "Hello, Ann",
		"<style>p { color: red }</STYLE >Hello":        "Hello",
		"Hello<script>alert(1)":                        "Hello",
		"<p>Write to &lt;Bob&gt;</p>":                  "Write to <Bob>",
	} {
		b, _ := content(Text(body), nil)
		require.Equal(t, want, b.Text(), body)
		require.False(t, b.Simplified, body)
	}
}

// TestOddAttachmentsAreFiles: what is listed is there, whatever is told of it, so that a line can stand for it.
func TestOddAttachmentsAreFiles(t *testing.T) {
	file := mapping.File{Attached: true}
	linked, named := file, file
	linked.URL, named.Name = "https://x.org/1.png", "1.png"
	for attachments, want := range map[string][]mapping.File{
		`[{"type":"upload","content_type":"image/png","filesize":5}]`: {{Type: "image/png", Size: 5, Attached: true}},
		`{"type":"upload","content_type":"image/png"}`:                {{Type: "image/png", Attached: true}},
		`["https://x.org/1.png",{"name":"1.png"}]`:                    {linked, named},
		`{"type":"list","data":["https://x.org/1.png"]}`:              {linked},
		`[{}, 7, ["https://x.org/1.png"], null]`:                      {file, file, file},
		`[]`:                                                          nil,
		`{"type":"list"}`:                                             nil,
		`null`:                                                        nil,
		`"no"`:                                                        nil,
	} {
		require.Equal(t, want, onePart(t, `{"id":"9","part_type":"comment","body":"<p>See</p>","attachments":`+attachments+`}`, "null").Files, attachments)
	}
}

// TestAnImageThatIsAttachedTooIsMoved: the sign in the text is counted, whichever of the two files is looked at.
func TestAnImageThatIsAttachedTooIsMoved(t *testing.T) {
	e := onePart(t, `{"id":"9","part_type":"comment","body":"<p>Press <img src=\"https://x.org/1.png\"> then</p>","attachments":[{"name":"1.png","url":"https://x.org/1.png"}]}`, "null")
	require.Contains(t, e.Body.Text(), mapping.ImagePlace)
	require.True(t, slices.ContainsFunc(e.Files, func(f mapping.File) bool { return f.Within }))
}

// TestButtonsAreNoWordsOfWhoIsAsked.
func TestButtonsAreNoWordsOfWhoIsAsked(t *testing.T) {
	for author, want := range map[string]string{`"admin"`: "• Yes\n• No", `"bot"`: "• Yes\n• No", `"user"`: "", `"lead"`: ""} {
		e := onePart(t, `{"id":"9","part_type":"quick_reply","author":{"type":`+author+`,"id":"7"},"metadata":{"quick_reply_options":[{"text":"Yes"},{"text":"No"}]}}`, "null")
		require.Equal(t, want, e.Body.Text(), author)
		require.Equal(t, want == "", e.Kind == mapping.Event, author)
	}
}

// TestNestedListsAreNotFollowed beyond what any desk would nest: each level is a copy.
func TestNestedListsAreNotFollowed(t *testing.T) {
	within := func(levels int) []byte {
		return []byte(`{"id":"1","tags":` + strings.Repeat(`{"data":`, levels) + `[{"name":"vip"}]` + strings.Repeat(`}`, levels) + `}`)
	}
	for levels, want := range map[int][]string{0: {"vip"}, 1: {"vip"}, maxWrappers: {"vip"}, maxWrappers + 1: nil, 1000: nil} {
		c, err := Decode(within(levels))
		require.NoError(t, err)
		require.Equal(t, want, c.Fields.Tags, "%d", levels)
	}
}

// TestManyContacts: each is looked for once, however many there are and however much they say.
func TestManyContacts(t *testing.T) {
	n := 50_000 / thin.By
	var contacts, parts []string
	for i := range n {
		contacts = append(contacts, fmt.Sprintf(`{"id":"%d"}`, i))
		parts = append(parts, fmt.Sprintf(`{"id":"%d","part_type":"comment","author":{"type":"user","id":"%d","name":"N%d"}}`, i+1, i, i))
	}
	began := time.Now()
	c, err := Decode([]byte(`{"id":"1","contacts":{"contacts":[` + strings.Join(contacts, ",") + `]},"conversation_parts":{"conversation_parts":[` + strings.Join(parts, ",") + `]}}`))
	require.NoError(t, err)
	require.Len(t, c.Others, n-1)
	require.Equal(t, mapping.Contact{ID: "7", Name: "N7", Identified: true}, c.Others[6])
	require.Less(t, time.Since(began), 20*time.Second, "far longer, if each were compared with each")
}

func TestTruncated(t *testing.T) {
	parts := func(n int) string {
		var s []string
		for i := range n {
			s = append(s, fmt.Sprintf(`{"id":"%d","part_type":"note","body":"x","created_at":%d}`, i+1, i+1))
		}
		return "[" + strings.Join(s, ",") + "]"
	}
	for name, tc := range map[string]struct {
		shown, want int
		total, stat string
	}{
		"all shown":                   {3, 0, "3", "3"},
		"fewer than counted":          {3, 2, "5", "3"},
		"a full list, total capped":   {500, 120, "500", "620"},
		"a full list, total is true":  {500, 130, "630", "620"},
		"a full list, exactly":        {500, 0, "500", "500"},
		"a full list, nothing known":  {500, 1, "null", "null"},
		"a full list, total alone":    {500, 1, "500", "null"},
		"statistics alone, not full":  {4, 0, "null", "9"},
		"statistics count events too": {3, 0, "3", "8"},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Decode(fmt.Appendf(nil, `{"id":"1","statistics":{"count_conversation_parts":%s},"conversation_parts":{"total_count":%s,"conversation_parts":%s}}`, tc.stat, tc.total, parts(tc.shown)))
			require.NoError(t, err)
			require.Equal(t, tc.want, c.Truncated)
			require.Equal(t, tc.want > 0 && tc.shown == 500, c.NewestOnly)
		})
	}
}

func TestListingAndReadHaveOneVersion(t *testing.T) {
	var whole map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(golden(t, "modern.json"), &whole))
	delete(whole, "conversation_parts")
	delete(whole, "teammates")
	item, err := json.Marshal(whole)
	require.NoError(t, err)
	listed, err := VersionOf(item)
	require.NoError(t, err)
	read, err := Decode(golden(t, "modern.json"))
	require.NoError(t, err)
	require.Equal(t, read.Version, listed)

	for key, value := range map[string]string{
		"updated_at": `1`, "state": `"open"`, "snoozed_until": `1767226000`, "admin_assignee_id": `4`, "team_assignee_id": `4`,
		"tags": `{"tags":[{"id":"2","name":"vip"}]}`, "title": `"t"`, "statistics": `{"count_conversation_parts":12}`,
		"priority": `"priority"`, "conversation_rating": `{"rating":2,"remark":null}`,
	} {
		old := whole[key]
		whole[key] = json.RawMessage(value)
		item, err := json.Marshal(whole)
		require.NoError(t, err)
		changed, err := VersionOf(item)
		require.NoError(t, err)
		require.NotEqual(t, listed, changed, key)
		whole[key] = old
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []string{`1767225600`, `1767225600.7`, `1767225600000`, `"1767225600"`, `"2026-01-01T00:00:00Z"`, `"2026-01-01T03:00:00+03:00"`, `"2026-01-01 00:00:00 UTC"`, `"2026-01-01"`} {
		var got Time
		require.NoError(t, json.Unmarshal([]byte(s), &got))
		require.True(t, want.Equal(got.Time), "%s reads as %s", s, got)
	}
	for _, s := range []string{`null`, `0`, `""`, `"soon"`, `64654125776`, `64654125776000`, `-5`, `{}`, `[]`, `true`, `1e300`} {
		var got Time
		require.NoError(t, json.Unmarshal([]byte(s), &got))
		require.True(t, got.IsZero(), "%s reads as %s", s, got)
	}
}

func TestIDsAreNotRounded(t *testing.T) {
	for in, want := range map[string]Text{`18446744073709551615`: "18446744073709551615", `"007"`: "007", `12.0`: "12", `1.2e1`: "12", `1e999999`: "1e999999", `null`: "", `true`: "", `{"a":1}`: "", `[1]`: ""} {
		var got Text
		require.NoError(t, json.Unmarshal([]byte(in), &got))
		require.Equal(t, want, got, in)
	}
}

func TestIdentityMustBeReadable(t *testing.T) {
	for _, s := range []string{``, `null`, `[]`, `{}`, `{"id":null}`, `{"id":{}}`, `{"id":"1"`, `{"id":"1","conversation_parts":[{"part_type":"comment","body":"words"}]}`} {
		_, err := Decode([]byte(s))
		require.Error(t, err, s)
	}
}

func TestDecodeNewest(t *testing.T) {
	whole, err := Decode(golden(t, "modern.json"))
	require.NoError(t, err)
	parts := len(whole.Entries) - 1 // all but the opening
	for n := range parts + 2 {
		c, err := DecodeNewest(golden(t, "modern.json"), n)
		require.NoError(t, err)
		require.Equal(t, whole.Customer, c.Customer)
		require.Len(t, c.Entries, 1+min(n, parts))
		for _, e := range c.Entries {
			require.Equal(t, byID(t, whole, e.ID), e)
		}
		for _, older := range whole.Entries {
			for _, e := range c.Entries {
				newer := older.Opening || e.Opening || compareIDs(Text(older.ID), Text(e.ID)) <= 0
				require.True(t, newer || slices.ContainsFunc(c.Entries, func(k mapping.Entry) bool { return k.ID == older.ID }), "%s is left out, and newer than %s", older.ID, e.ID)
			}
		}
	}
	for _, odd := range []string{`{"id": "1", "conversation_parts": {"conversation_parts": "none"}}`, `{"id": "1"}`, `{"id": "1", "conversation_parts": []}`} {
		c, err := DecodeNewest([]byte(odd), 1)
		require.NoError(t, err)
		require.Empty(t, c.Entries)
	}
	for _, torn := range []string{``, `null`, `{"id": "1", "conversation_parts": {"conversation_parts": [{"id": "1"}, {"id": "2"}`} {
		_, err := DecodeNewest([]byte(torn), 1)
		require.Error(t, err, torn)
	}
}

// TestAssignmentsTellOfTeams: an assignment to an agent tells of the agent alone; one to a team, or to nobody, may be
// about the team. Each tells to whom, unless the desk does not.
func TestAssignmentsTellOfTeams(t *testing.T) {
	type told struct {
		also   mapping.Field
		target string
	}
	for to, want := range map[string]told{
		`{"type":"admin","id":"25"}`: {target: "25"}, `{"type":"team","id":"5017691"}`: {mapping.Team, "5017691"},
		`{"type":"nobody_admin","id":null}`: {mapping.Team, mapping.Nobody}, `null`: {also: mapping.Team},
	} {
		c, err := Decode([]byte(`{"id":"1","created_at":1,"state":"open","team_assignee_id":null,"conversation_parts":{"conversation_parts":[
			{"id":"2","part_type":"assign_and_reopen","created_at":2,"author":{"type":"admin","id":"25"},"assigned_to":` + to + `}]}}`))
		require.NoError(t, err)
		require.Equal(t, mapping.Assignee, c.Entries[0].Covers, to)
		require.Equal(t, want, told{c.Entries[0].Also, c.Entries[0].Target}, to)
	}
	for fields, want := range map[string]mapping.Fields{
		`"team_assignee_id":5017691`:                {Team: "5017691"},
		`"team_assignee_id":null`:                   {},
		`"team_assignee_id":0`:                      {},
		`"assignee":{"type":"team","id":"77"}`:      {Team: "77"},
		`"assignee":{"type":"admin","id":"25"}`:     {Assignee: "25"},
		`"admin_assignee_id":25`:                    {Assignee: "25", TeamHidden: true},
		`"title":"neither is told","assignee":null`: {Title: "neither is told", TeamHidden: true},
	} {
		c, err := Decode([]byte(`{"id":"1","created_at":1,"state":"open",` + fields + `}`))
		require.NoError(t, err)
		want.State = mapping.Open
		require.Equal(t, want, c.Fields, fields)
	}
}

// TestTagEventsTellWhich: the event names the tags, where its details are told (intercom-api.md 8.3).
func TestTagEventsTellWhich(t *testing.T) {
	for details, want := range map[string][2][]string{
		`{"tags_added":["bug","shop, cart"],"tags_removed":["old"]}`: {{"bug", "shop, cart"}, {"old"}},
		`{"tags_added":[],"tags_removed":[null,7,""]}`:               {},
		`null`:   {},
		`"odd"`:  {},
		`[1, 2]`: {},
	} {
		c, err := Decode([]byte(`{"id":"1","created_at":1,"state":"open","conversation_parts":{"conversation_parts":[
			{"id":"2","part_type":"conversation_tags_updated","created_at":2,"author":{"type":"admin","id":"25"},"event_details":` + details + `}]}}`))
		require.NoError(t, err)
		require.Equal(t, mapping.Tags, c.Entries[0].Covers, details)
		require.Equal(t, want, [2][]string{c.Entries[0].Tagged, c.Entries[0].Untagged}, details)
	}
}

// TestEitherSignMakesABot: no machine is shown as a colleague, whatever the type of its author says.
func TestEitherSignMakesABot(t *testing.T) {
	for signs, want := range map[string]mapping.Role{
		`"from_ai_agent": false, "is_ai_answer": true`:  mapping.Bot,
		`"is_ai_answer": true`:                          mapping.Bot,
		`"from_ai_agent": null, "is_ai_answer": true`:   mapping.Bot,
		`"from_ai_agent": true, "is_ai_answer": false`:  mapping.Bot,
		`"from_ai_agent": true`:                         mapping.Bot,
		`"from_ai_agent": false, "is_ai_answer": false`: mapping.Agent,
		`"is_ai_answer": null`:                          mapping.Agent,
	} {
		c, err := Decode([]byte(`{"type": "conversation", "id": "1", "created_at": 1767225801, "conversation_parts": {"conversation_parts":
			[{"id": "2", "part_type": "comment", "created_at": 1767225802, "author": {"type": "admin", "id": "5", "name": "Ann", ` + signs + `}, "body": "<p>Hi</p>"}]}}`))
		require.NoError(t, err)
		require.Len(t, c.Entries, 1)
		require.Equal(t, want, c.Entries[0].Author.Role, signs)
	}
}

// TestAuthorless: an opening, a comment and a reply that opens again, of nobody, may be the words of a contact who was deleted.
// Nothing else may: no contact writes in it, or somebody is named.
func TestAuthorless(t *testing.T) {
	decode := func(source, part string) []mapping.Entry {
		c, err := Decode([]byte(`{"id":"1","created_at":1,"state":"open","source":{"id":"2","body":"<p>Hi</p>",` + source + `},
			"conversation_parts":{"conversation_parts":[{"id":"3","created_at":2,"body":"<p>There</p>",` + part + `}]}}`))
		require.NoError(t, err)
		require.Len(t, c.Entries, 2)
		return c.Entries
	}
	for part, want := range map[string]bool{
		`"part_type":"comment","author":{}`:                          true,
		`"part_type":"comment","author":null`:                        true,
		`"part_type":"open"`:                                         true,
		`"part_type":"comment","author":{"type":"user"}`:             false,
		`"part_type":"comment","author":{"type":"bot"}`:              false,
		`"part_type":"comment","author":{"id":"5"}`:                  false,
		`"part_type":"comment","author":{"name":"Leo"}`:              false,
		`"part_type":"comment","author":{"email":"leo@example.org"}`: false,
		`"part_type":"close","author":{}`:                            false,
		`"part_type":"note","author":{}`:                             false,
		`"part_type":"assignment","author":{}`:                       false,
		`"part_type":"whatever_comes","author":{}`:                   false,
	} {
		require.Equal(t, want, decode(`"author":{"type":"user","id":"9"}`, part)[1].Authorless, part)
	}
	for source, want := range map[string]bool{
		`"delivered_as":"operator_initiated","author":{}`:             true,
		`"delivered_as":"customer_initiated","author":{}`:             false, // read as theirs anyway
		`"delivered_as":"operator_initiated","author":{"type":"bot"}`: false,
	} {
		require.Equal(t, want, decode(source, `"part_type":"comment","author":{}`)[0].Authorless, source)
	}
}
