package dashly_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden decodes each testdata/*.json, {"desk_time", "conversation", "parts"}, and compares with the text beside it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			require.NoError(t, err)
			var in struct {
				DeskTime     dashly.Time         `json:"desk_time"`
				Conversation dashly.Conversation `json:"conversation"`
				Parts        []dashly.Part       `json:"parts"`
			}
			require.NoError(t, json.Unmarshal(raw, &in))
			conv, err := dashly.Decode(dashly.Input{Conversation: in.Conversation, Parts: in.Parts, DeskTime: in.DeskTime.Time})
			require.NoError(t, err)
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			got := render(conv)
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

// render writes a conversation as a teammate could read it.
func render(c mapping.Conversation) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s created %s updated %s", c.Ref, stamp(c.Created), stamp(c.Updated))
	line("customer %+v", c.Customer)
	for _, o := range c.Others {
		line("other %+v", o)
	}
	fields, _ := json.Marshal(c.Fields)
	line("fields %s", fields)
	line("version %s", c.Version)
	line("truncated %d losses %v", c.Truncated, c.Losses)
	for _, a := range c.Agents {
		line("agent {Role:%s ID:%s Name:%s Email:%s}", a.Role, a.ID, a.NameForTeam(), a.Email)
	}
	for _, e := range c.Entries {
		line("")
		line("%s %s %s (%s) by %s %q id %q", stamp(e.At), e.ID, e.Kind, e.Native, e.Author.Role, e.Author.Name, e.Author.ID)
		line("  marker %q made %q opening %t removed %t covers %q skip %q doubt %t losses %v", e.Marker, e.Made, e.Opening, e.Removed, e.Covers, e.Skip, e.Doubt, e.Losses)
		if !e.Body.IsEmpty() {
			line("  %s", strings.ReplaceAll(e.Body.Text(), "\n", "\n  "))
		}
		for _, f := range e.Files {
			line("  file %+v", f)
		}
	}
	return b.String()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

func decodeOne(t *testing.T, part string) mapping.Entry {
	t.Helper()
	p, err := dashly.ParsePart([]byte(part))
	require.NoError(t, err)
	c, err := dashly.Decode(dashly.Input{Conversation: dashly.Conversation{ID: "1", User: dashly.Maybe[dashly.User]{Value: dashly.User{ID: "13587"}}}, Parts: []dashly.Part{p}})
	require.NoError(t, err)
	require.Len(t, c.Entries, 1)
	return c.Entries[0]
}

func TestEveryAuthorAndOrigin(t *testing.T) {
	admin, bot, campaign := `{"id":1,"type":"admin","name":"Jane"}`, `{"id":2,"type":"bot","name":"Dash"}`, `{"id":3,"type":"message_sender","name":"Team"}`
	for _, row := range []struct {
		kind, from, via string
		role            mapping.Role
		id              mapping.PersonID
		made            mapping.Provenance
		doubt           bool
	}{
		{"reply_user", `13587`, "web_user", mapping.Customer, "13587", mapping.Unknown, false},
		{"reply_user", `null`, "web_user", mapping.Customer, "13587", mapping.Unknown, false},
		{"reply_user", `13587`, "email_user", mapping.Customer, "13587", mapping.ByHuman, false},
		{"reply_user", `13587`, "api", mapping.Customer, "13587", mapping.ByAPI, false},
		{"reply_user", `13587`, "web_panel", mapping.Customer, "13587", mapping.Unknown, false},
		{"reply_user", `{"id":"44","user_id":null,"props":{"$name":"Bob"}}`, "web_user", mapping.Customer, "44", mapping.Unknown, false},
		{"reply_user", admin, "web_panel", mapping.Agent, "1", mapping.ByHuman, true},
		{"reply_admin", admin, "web_panel", mapping.Agent, "1", mapping.ByHuman, false},
		{"reply_admin", admin, "app_ios", mapping.Agent, "1", mapping.ByHuman, false},
		{"reply_admin", admin, "api", mapping.Agent, "1", mapping.ByAPI, false},
		{"reply_admin", admin, "some_integration", mapping.Agent, "1", mapping.Unknown, false},
		{"reply_admin", `14709`, "web_panel", mapping.Agent, "14709", mapping.ByHuman, false},
		{"reply_admin", admin, "message_auto", mapping.Bot, "1", mapping.Unknown, false},
		{"reply_admin", admin, "message_manual", mapping.Agent, "1", mapping.Unknown, false},
		{"reply_admin", campaign, "message_manual", mapping.Bot, "sender:3", mapping.Unknown, false},
		{"reply_admin", `{"type":"default_admin","name":"Example"}`, "api", mapping.Agent, "", mapping.ByAPI, false},
		{"reply_admin", `{"type":"default_admin","name":"Example"}`, "message_auto", mapping.Bot, "", mapping.Unknown, false},
		{"reply_admin", bot, "api", mapping.Bot, "2", mapping.ByAPI, false},
		{"reply_admin", `{"id":9,"type":"alien"}`, "web_panel", mapping.Bot, "sender:9", mapping.ByHuman, false},
		{"reply_admin", `13587`, "web_panel", mapping.Customer, "13587", mapping.Unknown, true},
		{"auto_reply", admin, "web_panel", mapping.Bot, "1", mapping.ByHuman, false},
		{"chat_bot_admin", campaign, "message_chat_bot", mapping.Bot, "sender:3", mapping.Unknown, false},
		{"reply_django_user", admin, "web_panel", mapping.Agent, "1", mapping.ByHuman, false},
		{"vote", `13587`, "web_user", mapping.Customer, "13587", mapping.Unknown, true},
		{"reply_admin", `{"id":1,"type":"admin","name":"Helper","is_bot":true}`, "web_panel", mapping.Bot, "1", mapping.ByHuman, false},
		{"reply_user", `{"id":"13587","type":"user","is_bot":true}`, "web_user", mapping.Bot, "13587", mapping.Unknown, true},
	} {
		e := decodeOne(t, fmt.Sprintf(`{"id":5,"type":%q,"from":%s,"sent_via":%q,"body":"Hello"}`, row.kind, row.from, row.via))
		require.Equal(t, row.role, e.Author.Role, row)
		require.Equal(t, row.id, e.Author.ID, row)
		require.Equal(t, row.made, e.Made, row)
		require.Equal(t, row.doubt, e.Doubt, row)
		if row.doubt {
			require.Equal(t, mapping.Note, e.Kind, row)
		}
	}
}

// TestWhatThePanelCallsThem: an internal name is no public one, and an address if it is one; what a conversation tells of an
// operator in several places is known together, until an internal name stands where the address stood.
func TestWhatThePanelCallsThem(t *testing.T) {
	for raw, want := range map[string]mapping.Person{
		`{"id":1,"name":"Olga","name_internal":"Olga (night)"}`: {Role: mapping.Agent, ID: "1", Name: "Olga", NameInternal: "Olga (night)"},
		`{"id":1,"name":" ","name_internal":"Olga (night)"}`:    {Role: mapping.Agent, ID: "1", NameInternal: "Olga (night)"},
		`{"id":1,"name_internal":"Olga@example.org"}`:           {Role: mapping.Agent, ID: "1", Email: "olga@example.org"},
	} {
		var a dashly.Admin
		require.NoError(t, json.Unmarshal([]byte(raw), &a))
		require.Equal(t, want, a.Person(), raw)
	}
	var c dashly.Conversation
	require.NoError(t, json.Unmarshal([]byte(`{"id":1,"assignee":{"id":5,"type":"admin","name":"Anna"},"last_admin":{"id":5,"type":"admin","name_internal":"anna@example.org"}}`), &c))
	require.Equal(t, []mapping.Person{{Role: mapping.Agent, ID: "5", Name: "Anna", Email: "anna@example.org"}}, dashly.Team(c))
	require.Equal(t, mapping.Person{Role: mapping.Agent, ID: "5", Name: "Karl", NameInternal: "Karl", Former: "Anna"},
		dashly.Team(c)[0].With(dashly.Admin{ID: "5", Name: "Karl", NameInternal: "Karl"}.Person()))
}

func TestTextIsNeverDropped(t *testing.T) {
	kinds := []string{"brand_new_kind", ""}
	for _, r := range dashly.Table() {
		if r.Native[0] != '*' {
			kinds = append(kinds, r.Native)
		}
	}
	for _, kind := range kinds {
		for _, from := range []string{`13587`, `null`, `{"id":1,"type":"admin"}`, `{"id":2,"type":"bot"}`, `77`} {
			if kind == "vote" && strings.Contains(from, "bot") {
				continue // the desk's own question
			}
			e := decodeOne(t, fmt.Sprintf(`{"id":5,"type":%q,"from":%s,"sent_via":"web_panel","body":"Hello"}`, kind, from))
			require.NotEqual(t, mapping.Event, e.Kind, "%s from %s", kind, from)
			require.Equal(t, "Hello", e.Body.Text())
			e = decodeOne(t, fmt.Sprintf(`{"id":5,"type":%q,"from":%s,"attachments":[{"id":1,"filename":"a.png","url":"https://x/a.png"}]}`, kind, from))
			require.NotEqual(t, mapping.Event, e.Kind, "%s from %s", kind, from)
			require.Len(t, e.Files, 1)
		}
	}
}

// TestNobodySaysWhatTheyDidNot: of a part without text and file nothing is a message of a person.
func TestNobodySaysWhatTheyDidNot(t *testing.T) {
	for _, kind := range append(dashly.Kinds(), "brand_new_kind", "") {
		for _, from := range []string{`13587`, `null`, `{"id":1,"type":"admin"}`, `{"type":"default_admin"}`, `77`} {
			e := decodeOne(t, fmt.Sprintf(`{"id":5,"type":%q,"from":%s,"sent_via":"web_panel","body":" ","body_json":{"id":31}}`, kind, from))
			require.False(t, e.Kind == mapping.Message && e.Author.Role != mapping.Bot, "%s from %s: %q", kind, from, e.Body.Text())
		}
	}
	e := decodeOne(t, `{"id":5,"type":"article","from":{"id":1,"type":"admin"},"body":""}`)
	require.Equal(t, mapping.Note, e.Kind)
	require.Equal(t, []mapping.Loss{mapping.LossNoteForReply, mapping.LossFormatting}, e.Losses)
	e = decodeOne(t, `{"id":5,"type":"article","from":{"id":1,"type":"admin"},"body":"How to pay"}`)
	require.Equal(t, mapping.Message, e.Kind)
	e = decodeOne(t, `{"id":5,"type":"article","from":{"id":1,"type":"admin"},"body":"How to pay","removed":true}`)
	require.Equal(t, mapping.Message, e.Kind, "it was one")
	require.Equal(t, []mapping.Loss{mapping.LossRemoved}, e.Losses)
}

// TestAVoteOfNobodyKeepsItsWords: who is named at a customer's vote is not documented (U42). What it says counts all the same.
func TestAVoteOfNobodyKeepsItsWords(t *testing.T) {
	raw := `{"id":5,"type":"vote","from":null,"body":"Bob was rude to me","meta_data":{"vote":1}}`
	e := decodeOne(t, raw)
	require.Equal(t, mapping.Note, e.Kind)
	require.True(t, e.Doubt)
	require.Equal(t, mapping.System, e.Author.Role)
	require.Equal(t, "Bob was rude to me\n\n[vote (vote: 1)]", e.Body.Text(), "the note tells the score, too")
	require.Equal(t, "Bob was rude to me", decodeOne(t, `{"id":5,"type":"vote","from":null,"body":"Bob was rude to me","meta_data":{"vote":0}}`).Body.Text())
	p, err := dashly.ParsePart([]byte(raw))
	require.NoError(t, err)
	c, err := dashly.Decode(dashly.Input{Conversation: dashly.Conversation{ID: "1"}, Parts: []dashly.Part{p}})
	require.NoError(t, err)
	require.Equal(t, "1", c.Rating)
	e = decodeOne(t, `{"id":5,"type":"vote","from":null,"body":"","meta_data":{"vote":1}}`)
	require.Equal(t, dashly.RuleVote, e.Skip)
	require.Equal(t, mapping.Rating, e.Also)
}

func TestUnknownKinds(t *testing.T) {
	e := decodeOne(t, `{"id":5,"type":"brand_new_kind","from":13587,"body":"Hello"}`)
	require.True(t, e.Doubt)
	require.Equal(t, []mapping.Loss{mapping.LossUnknownKind}, e.Losses)
	e = decodeOne(t, `{"id":5,"type":"brand_new_kind","from":13587,"body":""}`)
	require.Equal(t, mapping.Event, e.Kind)
	require.Equal(t, dashly.RuleUnknown, e.Skip)
	e = decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"body":""}`)
	require.Equal(t, mapping.Event, e.Kind)
	require.Equal(t, dashly.RuleEmpty, e.Skip)
}

func TestRemovedPartsLoseTheirContentOnly(t *testing.T) {
	e := decodeOne(t, `{"id":5,"type":"reply_user","from":13587,"body":"secret","removed":1748613412,"attachments":[{"id":1}]}`)
	require.True(t, e.Removed)
	require.Equal(t, mapping.Message, e.Kind)
	require.False(t, e.HasText())
	require.Equal(t, []mapping.Loss{mapping.LossRemoved}, e.Losses)
}

func TestOpening(t *testing.T) {
	decode := func(parts ...string) mapping.Conversation {
		in := dashly.Input{Conversation: dashly.Conversation{ID: "1"}}
		for _, raw := range parts {
			p, err := dashly.ParsePart([]byte(raw))
			require.NoError(t, err)
			in.Parts = append(in.Parts, p)
		}
		c, err := dashly.Decode(in)
		require.NoError(t, err)
		return c
	}
	c := decode(`{"id":10,"created":30,"type":"reply_user","from":1,"body":"b"}`, `{"id":9,"created":20,"type":"reply_user","from":1,"body":"a"}`, `{"id":8,"created":10,"type":"assigned","first":true}`)
	require.Equal(t, mapping.EntryID("9"), c.Entries[0].ID)
	require.True(t, c.Entries[0].Opening, "a system part begins nothing, even when the desk calls it first")
	require.False(t, c.Entries[1].Opening)
	c = decode(`{"id":10,"created":30,"type":"reply_user","from":1,"body":"b","first":true}`, `{"id":9,"created":20,"type":"reply_user","from":1,"body":"a"}`)
	require.Equal(t, mapping.EntryID("10"), c.Entries[0].ID)
	c = decode(`{"id":10,"created":30,"type":"note","body":"b"}`)
	require.False(t, c.Entries[0].Opening)
}

func TestPartsReadTwiceAndOrder(t *testing.T) {
	var in dashly.Input
	in.Conversation = dashly.Conversation{ID: "1", PartsCount: 5}
	for _, raw := range []string{`{"id":10,"created":5,"type":"reply_user","from":1,"body":"c"}`, `{"id":9,"created":5,"type":"reply_user","from":1,"body":"old"}`, `{"id":9,"created":5,"type":"reply_user","from":1,"body":"b"}`, `{"id":"8","type":"note","body":"a"}`} {
		p, err := dashly.ParsePart([]byte(raw))
		require.NoError(t, err)
		in.Parts = append(in.Parts, p)
	}
	c, err := dashly.Decode(in)
	require.NoError(t, err)
	require.Equal(t, 2, c.Truncated, "two parts exist that could not be read")
	require.Contains(t, c.Losses, mapping.LossSourceTruncated)
	var text []string
	for _, e := range c.Entries {
		text = append(text, e.Body.Text())
	}
	require.Equal(t, []string{"a", "b", "c"}, text)
}

func TestMergedUsersAreOnePerson(t *testing.T) {
	in := dashly.Input{Conversation: dashly.Conversation{ID: "1", User: dashly.Maybe[dashly.User]{Value: dashly.User{ID: "2"}}}, Same: map[dashly.ID]bool{"1": true}, Others: map[dashly.ID]dashly.User{"3": {ID: "3", UserID: "crm-3"}}}
	for i, from := range []string{"1", "2", "3"} {
		p, err := dashly.ParsePart(fmt.Appendf(nil, `{"id":%d,"created":%d,"type":"reply_user","from":%s,"body":"x"}`, i+1, i+1, from))
		require.NoError(t, err)
		in.Parts = append(in.Parts, p)
	}
	c, err := dashly.Decode(in)
	require.NoError(t, err)
	require.Equal(t, mapping.PersonID("2"), c.Entries[0].Author.ID)
	require.Equal(t, mapping.PersonID("2"), c.Entries[1].Author.ID)
	require.Equal(t, mapping.PersonID("3"), c.Entries[2].Author.ID)
	require.Equal(t, []mapping.Contact{{ID: "3", ExternalID: "crm-3", Identified: true}}, c.Others)
}

// TestAUserWithoutAnID of the desk is the customer only under the customer's own user id.
func TestAUserWithoutAnID(t *testing.T) {
	in := dashly.Input{Conversation: dashly.Conversation{ID: "1", User: dashly.Maybe[dashly.User]{Value: dashly.User{ID: "5", UserID: "crm-5", Props: dashly.Props{"$name": "Ann"}}}}}
	for i, from := range []string{`{"type":"user","user_id":"crm-9","props":{"$name":"Eve"}}`, `{"type":"user","user_id":"crm-5"}`, `{"type":"user","props":{}}`} {
		p, err := dashly.ParsePart(fmt.Appendf(nil, `{"id":%d,"created":%d,"type":"reply_user","from":%s,"body":"x"}`, i+1, i+1, from))
		require.NoError(t, err)
		in.Parts = append(in.Parts, p)
	}
	c, err := dashly.Decode(in)
	require.NoError(t, err)
	require.Equal(t, mapping.Person{Role: mapping.Customer, ID: "user_id:crm-9", Name: "Eve"}, c.Entries[0].Author)
	require.Equal(t, "Ann", c.Entries[1].Author.Name)
	require.Equal(t, mapping.PersonID("5"), c.Entries[2].Author.ID)
	require.Empty(t, c.Others, "nobody can write in the name of somebody without an id")
}

func TestWhoIsIdentified(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"id":1,"user_id":"crm-1"}`:                                                            true,
		`{"id":1,"user_id":"deskbridge:main:7"}`:                                                false,
		`{"id":1,"user_id":null,"props":{"$email":"a@example.org"}}`:                            false,
		`{"id":1,"props":{"$email":"a@example.org"},"email_status":{"status":"confirmed"}}`:     true,
		`{"id":1,"props":{"$email":"a@example.org"},"email_status":{"status":"not_confirmed"}}`: false,
		`{"id":1,"props":[],"email_status":{"status":"confirmed"}}`:                             false,
	} {
		u, err := dashly.ParseUser([]byte(raw))
		require.NoError(t, err)
		require.Equal(t, want, u.Contact().Identified, raw)
	}
}

func TestSnoozes(t *testing.T) {
	now := time.Unix(1748613412, 0).UTC()
	for raw, want := range map[string]mapping.Fields{
		`{"id":1,"delayed_until":1748613413,"channel":null}`:                        {State: mapping.Snoozed, Until: now.Add(time.Second)},
		`{"id":1,"delayed_until":1748613411}`:                                       {State: mapping.Open, TeamHidden: true},
		`{"id":1,"delayed_until":1748613413,"closed":true,"channel":0}`:             {State: mapping.Closed},
		`{"id":1,"tags":["b","a","b"," "],"assignee":{"id":7},"channel":{"id":75}}`: {State: mapping.Open, Assignee: "7", Team: "75", Tags: []string{"a", "b"}},
	} {
		conv, err := dashly.ParseConversation([]byte(raw))
		require.NoError(t, err)
		c, err := dashly.Decode(dashly.Input{Conversation: conv, DeskTime: now})
		require.NoError(t, err)
		require.Equal(t, want, c.Fields, raw)
	}
}

func TestTagPartsTellWhich(t *testing.T) {
	e := decodeOne(t, `{"id":5,"type":"tag_added","from":{"id":14709,"type":"admin"},"tag":"bug"}`)
	require.Equal(t, []string{"bug"}, e.Tagged)
	require.Empty(t, e.Untagged)
	e = decodeOne(t, `{"id":5,"type":"tag_deleted","from":{"id":14709,"type":"admin"},"tag":"bug"}`)
	require.Equal(t, []string{"bug"}, e.Untagged)
	require.Empty(t, e.Tagged)
	for _, odd := range []string{`{"id":5,"type":"tag_added"}`, `{"id":5,"type":"tag_added","tag":null}`, `{"id":5,"type":"closed","tag":"bug"}`} {
		e = decodeOne(t, odd)
		require.Empty(t, e.Tagged, odd)
		require.Empty(t, e.Untagged, odd)
	}
}
