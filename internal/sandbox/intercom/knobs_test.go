package intercom

import (
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

func TestTimesThatADeskMayNotTake(t *testing.T) {
	for _, tc := range []struct {
		name  string
		knobs func(*Knobs)
		at    time.Duration // seen from now
		want  time.Duration // seen from now; unless it is refused
		fails bool
	}{
		{"past", nil, -time.Minute, -time.Minute, false},
		{"future", nil, time.Minute, time.Minute, false},
		{"future refused", func(k *Knobs) { k.FutureCreatedAt = "refuse" }, time.Minute, 0, true},
		{"future is now", func(k *Knobs) { k.FutureCreatedAt = "now" }, time.Minute, 0, false},
		{"early", nil, -2 * time.Hour, -2 * time.Hour, false},
		{"early refused", func(k *Knobs) { k.EarlyCreatedAt = "refuse" }, -2 * time.Hour, 0, true},
		{"early is now", func(k *Knobs) { k.EarlyCreatedAt = "now" }, -2 * time.Hour, 0, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t, tc.knobs)
			b.now = noon.Add(time.Hour) // after the conversation began
			at := b.now.Add(tc.at).Unix()
			for _, body := range []obj{b.comment("created_at", at), b.says("created_at", at)} {
				if tc.fails {
					b.refused(400, "parameter_invalid", "POST", b.on("/reply"), body)
					continue
				}
				made := b.ok("POST", b.on("/reply"), body)["conversation_parts"].(obj)["conversation_parts"].([]any)
				found := false
				for _, p := range made {
					found = found || p.(obj)["created_at"].(float64) == float64(b.now.Add(tc.want).Unix())
				}
				require.True(t, found)
			}
		})
	}
	b := newBench(t, func(k *Knobs) { k.OpenCreatedAt = false })
	opened := b.ok("POST", "conversations", obj{"from": obj{"type": "user", "id": b.contact}, "body": "x", "created_at": noon.Unix() - 60})
	require.EqualValues(t, noon.Unix(), opened["created_at"])
}

func TestWhatIsDatedBackMayMoveNothing(t *testing.T) {
	for _, moves := range []bool{true, false} {
		b := newBench(t, func(k *Knobs) { k.BackdatedMoves = moves })
		b.now = noon.Add(time.Hour)
		out := b.ok("POST", b.on("/reply"), b.comment("created_at", noon.Unix()+1))
		require.Equal(t, moves, out["updated_at"].(float64) == float64(b.now.Unix()))
		out = b.ok("POST", b.on("/reply"), b.comment())
		require.EqualValues(t, b.now.Unix(), out["updated_at"])
	}
}

func TestRepeatedReplies(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.RepeatWindow = stage.Duration(10 * time.Second) })
	for range 2 {
		b.ok("POST", b.on("/reply"), b.comment())
		b.ok("POST", b.on("/reply"), b.note())
		b.ok("POST", b.on("/reply"), b.says())
	}
	require.Len(t, b.parts(), 3)
	b.now = b.now.Add(10 * time.Second)
	b.ok("POST", b.on("/reply"), b.comment())
	require.Len(t, b.parts(), 4)
	require.Equal(t, "bridge reply: text; bridge reply: text", heard(b.d), "what is dropped is not delivered")
}

// find searches all conversations by updated_at.
func (b *bench) find(order, after string) (ids []string, next string, answer obj) {
	b.t.Helper()
	answer = b.ok("POST", "conversations/search", b.searching(order, after))
	for _, c := range answer["conversations"].([]any) {
		ids = append(ids, c.(obj)["id"].(string))
	}
	if n, ok := answer["pages"].(obj)["next"].(obj); ok {
		next = n["starting_after"].(string)
	}
	return ids, next, answer
}

func (b *bench) searching(order, after string) obj {
	return obj{
		"query": obj{"field": "updated_at", "operator": ">", "value": 1}, "sort": obj{"field": "updated_at", "order": order},
		"pagination": obj{"per_page": 150, "starting_after": after},
	}
}

func TestTheEndOfAList(t *testing.T) {
	b := newBench(t, nil)
	for how, want := range map[string]any{"null": nil, "bare": obj{"per_page": 150.0}, "cursor": obj{"per_page": 150.0, "starting_after": nil}} {
		b.d.SetKnobs(func(k *Knobs) { k.LastPage = how })
		pages := b.ok("POST", "conversations/search", b.searching("ascending", ""))["pages"].(obj)
		require.Contains(t, pages, "next")
		require.Equal(t, want, pages["next"])
	}
	b.d.SetKnobs(func(k *Knobs) { k.LastPage = "missing" })
	require.NotContains(t, b.ok("GET", "contacts", nil)["pages"], "next")
}

func TestSearchesThatAreBounded(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.PageCap, k.SearchDepth = 1, 2 })
	for range 2 {
		b.now = b.now.Add(time.Minute)
		b.d.People().Open(b.contact, "More")
	}
	ids, next, answer := b.find("ascending", "")
	require.Equal(t, []string{b.conv}, ids)
	require.EqualValues(t, 3, answer["total_count"])
	_, next, _ = b.find("ascending", next)
	b.refused(400, "client_error", "POST", "conversations/search", b.searching("ascending", next))

	b.d.SetKnobs(func(k *Knobs) {
		k.SearchDepth, k.CursorLife, k.SortIgnored, k.TotalCount = 0, stage.Duration(time.Minute), true, "less"
	})
	ids, next, answer = b.find("ascending", "")
	require.NotEqual(t, []string{b.conv}, ids, "newest first all the same")
	require.EqualValues(t, 2, answer["total_count"])
	b.now = b.now.Add(59 * time.Second)
	b.find("ascending", next)
	b.now = b.now.Add(time.Second)
	b.refused(400, "client_error", "POST", "conversations/search", b.searching("ascending", next))

	b.d.SetKnobs(func(k *Knobs) { k.TotalCount, k.SearchLimit = "none", 1 })
	b.now = b.now.Add(10 * time.Second)
	_, _, answer = b.find("ascending", "")
	require.NotContains(t, answer, "total_count")
	b.refused(429, "rate_limit_exceeded", "POST", "conversations/search", b.searching("ascending", ""))
	b.ok("GET", b.on(""), nil)
	b.now = b.now.Add(10 * time.Second)
	b.find("ascending", "")
}

func TestAutomationOfTheDesk(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.Routing, k.ReplyEvents = Tom, true })
	out := b.ok("POST", b.on("/reply"), b.says())
	require.EqualValues(t, 26, out["admin_assignee_id"])
	var kinds []any
	for _, p := range b.parts() {
		kinds = append(kinds, p["part_type"])
	}
	require.Equal(t, []any{"comment", "default_assignment", "language_detection_details"}, kinds)
	opened := b.ok("POST", "conversations", obj{"from": obj{"type": "user", "id": b.contact}, "body": "x"})["conversation_id"].(string)
	require.EqualValues(t, 26, b.ok("GET", "conversations/"+opened, nil)["admin_assignee_id"])
}

func TestWhatAnswersShow(t *testing.T) {
	b := newBench(t, nil)
	b.ok("POST", b.on("/reply"), b.comment())
	shown := func() int {
		list, ok := b.ok("POST", b.on("/reply"), b.note())["conversation_parts"].(obj)
		if !ok {
			return -1
		}
		return len(list["conversation_parts"].([]any))
	}
	require.Equal(t, 2, shown())
	b.d.SetKnobs(func(k *Knobs) { k.ReplyParts = "new" })
	require.Equal(t, 1, shown())
	b.d.SetKnobs(func(k *Knobs) { k.ReplyParts = "none" })
	require.Equal(t, -1, shown())

	for how, want := range map[string]string{"message": "", "other": "1", "null": "none"} {
		b.d.SetKnobs(func(k *Knobs) { k.SourceID = how })
		opened := b.ok("POST", "conversations", obj{"from": obj{"type": "user", "id": b.contact}, "body": "x"})
		id := b.ok("GET", "conversations/"+opened["conversation_id"].(string), nil)["source"].(obj)["id"]
		switch want {
		case "none":
			require.Nil(t, id)
		case "":
			require.Equal(t, opened["id"], id)
		default:
			require.NotEqual(t, opened["id"], id)
		}
	}
}

func TestHowAnOpeningWasDelivered(t *testing.T) {
	for _, how := range []string{"customer_initiated", "operator_initiated", "automated"} {
		b := newBench(t, func(k *Knobs) { k.DeliveredAs = how })
		source := b.ok("GET", b.on(""), nil)["source"].(obj)
		require.Equal(t, how, source["delivered_as"])
		require.Equal(t, "user", source["author"].(obj)["type"])
	}
}

func TestHowThingsAreShown(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().Assign(b.conv, Jane, Tom)
	b.ok("POST", b.on("/reply"), b.says())
	require.EqualValues(t, 26, b.ok("GET", b.on(""), nil)["admin_assignee_id"])
	require.Equal(t, "user", b.last()["author"].(obj)["type"])
	count := func() any { return b.ok("GET", b.on(""), nil)["statistics"].(obj)["count_conversation_parts"] }
	require.EqualValues(t, 2, count())
	require.Contains(t, b.parts()[0], "app_package_code", "null for people")
	b.d.SetKnobs(func(k *Knobs) {
		k.AssigneeText, k.AuthorType, k.Statistics, k.HumanAppCode = true, "contact", "messages", "missing"
	})
	require.Equal(t, "26", b.ok("GET", b.on(""), nil)["admin_assignee_id"])
	require.Equal(t, "contact", b.last()["author"].(obj)["type"])
	require.EqualValues(t, 1, count())
	require.NotContains(t, b.parts()[0], "app_package_code")
	require.Equal(t, "bridge-app", b.last()["app_package_code"])
	b.d.SetKnobs(func(k *Knobs) { k.Statistics = "none" })
	require.Nil(t, b.ok("GET", b.on(""), nil)["statistics"])
}

func TestAReplyTakesTheConversation(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.ReplyTakes = true })
	b.ok("POST", b.on("/reply"), b.note())
	b.ok("POST", b.on("/reply"), b.says())
	require.Nil(t, b.ok("GET", b.on(""), nil)["admin_assignee_id"])
	b.ok("POST", b.on("/reply"), b.comment())
	require.Equal(t, "assignment", b.last()["part_type"])
	require.Equal(t, obj{"type": "admin", "id": Jane}, b.last()["assigned_to"])
	require.NotEmpty(t, b.last()["body"])
	require.EqualValues(t, 25, b.ok("GET", b.on(""), nil)["admin_assignee_id"])
	require.Equal(t, "bridge reply: text", heard(b.d))
	b.ok("POST", b.on("/reply"), b.comment())
	require.Equal(t, "comment", b.last()["part_type"])
}

func TestWordsThatAreChanged(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.JoinLines, k.Autolink = true, true })
	b.ok("POST", b.on("/reply"), b.says("body", "See\nhttps://example.org/a?b=1&c=2"))
	require.Equal(t, `<p>See <a href="https://example.org/a?b=1&c=2">https://example.org/a?b=1&amp;c=2</a></p>`, b.last()["body"])
	b.ok("POST", b.on("/reply"), b.note("body", `<p>See <a href="https://example.org">https://example.org</a></p>`))
	require.Equal(t, `<p>See <a href="https://example.org">https://example.org</a></p>`, b.last()["body"])
}

func TestLimitsOfReplies(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.MaxRequest, k.StoredParts, k.ContactFiles = 400, 2, "images" })
	b.refused(413, "payload_too_large", "POST", b.on("/reply"), b.comment("body", string(make([]byte, 100))))
	file := func(name, media string) []obj {
		return []obj{{"name": name, "content_type": media, "data": base64.StdEncoding.EncodeToString([]byte("x"))}}
	}
	b.refused(422, "data_invalid", "POST", b.on("/reply"), b.says("attachment_files", file("a.pdf", "application/pdf")))
	b.ok("POST", b.on("/reply"), b.says("attachment_files", file("a.png", "image/png")))
	b.ok("POST", b.on("/reply"), b.comment("attachment_files", file("a.pdf", "application/pdf")))
	b.refused(422, "unprocessable_entity", "POST", b.on("/reply"), b.note())
}

func TestChangesToTheSame(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.RefuseNoChange = true })
	open, shut := obj{"message_type": "open", "admin_id": Jane}, obj{"message_type": "close", "type": "admin", "admin_id": Jane}
	b.refused(422, "unprocessable_entity", "POST", b.on("/parts"), open)
	b.ok("POST", b.on("/parts"), shut)
	b.refused(422, "unprocessable_entity", "POST", b.on("/parts"), shut)
	b.ok("POST", b.on("/parts"), open)
	b.d.SetKnobs(func(k *Knobs) { k.TagsCaseSensitive = true })
	require.NotEqual(t, b.ok("POST", "tags", obj{"name": "VIP"})["id"], b.ok("POST", "tags", obj{"name": "vip"})["id"])
}

func TestMergedContacts(t *testing.T) {
	b := newBench(t, nil)
	lead := b.d.People().Customer(stage.Customer{Name: "Lead"})
	conv, _ := b.d.People().Open(lead, "Hi")
	b.d.People().MergeContacts(lead, b.contact)
	b.refused(404, "not_found", "GET", "contacts/"+lead, nil)
	b.version = "2.16"
	require.Equal(t, http.StatusGone, b.send("GET", "contacts/"+lead, nil).Code)
	require.Contains(t, b.send("GET", "contacts/"+lead, nil).Header().Get("Link"), b.contact)
	b.conv = conv
	author := func() any { return b.ok("GET", b.on(""), nil)["source"].(obj)["author"].(obj)["id"] }
	require.Equal(t, lead, author())
	require.Equal(t, "crm-1", b.d.Dump()[1].Customer)
	b.d.SetKnobs(func(k *Knobs) { k.MergedAuthors = "new" })
	require.Equal(t, b.contact, author())
}

func TestDeletedContacts(t *testing.T) {
	b := newBench(t, nil)
	b.d.People().DeleteContact(b.contact)
	author := func() obj { return b.ok("GET", b.on(""), nil)["source"].(obj)["author"].(obj) }
	require.Equal(t, b.contact, author()["id"])
	b.d.SetKnobs(func(k *Knobs) { k.DeletedAuthors = "nobody" })
	require.Equal(t, "", author()["id"])
	require.Equal(t, "", author()["type"])
	require.Nil(t, author()["name"])
}

func TestMergedConversations(t *testing.T) {
	for _, copies := range []bool{false, true} {
		b := newBench(t, func(k *Knobs) { k.MergeCopies = copies })
		second, _ := b.d.People().Open(b.contact, "Second")
		b.d.People().Reply(second, Jane, "Noted")
		b.d.People().MergeConversations(second, b.conv)
		require.Equal(t, "closed", b.d.Dump()[1].State)
		require.Equal(t, "merged_primary_conversation", b.last()["part_type"])
		require.Len(t, b.parts(), map[bool]int{false: 1, true: 3}[copies])
	}
}

func TestContactsThatAreNew(t *testing.T) {
	b := newBench(t, func(k *Knobs) { k.ContactFindDelay, k.ConflictNamesID = stage.Duration(time.Minute), false })
	b.refused(404, "not_found", "GET", "contacts/find_by_external_id/crm-1", nil)
	require.NotContains(t, b.refused(409, "conflict", "POST", "contacts", obj{"external_id": "crm-1"}), "id=")
	b.now = b.now.Add(time.Minute)
	b.ok("GET", "contacts/find_by_external_id/crm-1", nil)
	b.d.People().Archive(b.contact)
	b.refused(404, "not_found", "POST", b.on("/reply"), b.says())
	b.d.SetKnobs(func(k *Knobs) { k.ArchivedWrites = true })
	b.ok("POST", b.on("/reply"), b.says())
	b.refused(404, "not_found", "GET", "contacts/find_by_external_id/crm-1", nil)
	b.d.SetKnobs(func(k *Knobs) { k.FindArchived, k.ArchivedWrites = true, false })
	b.ok("GET", "contacts/find_by_external_id/crm-1", nil)
	b.d.People().LetIn(b.contact)
	b.ok("POST", b.on("/reply"), b.says("body", "again"))
}
