package sandbox

import (
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// onIntercom makes a quirk of that desk; unknown is a number of its list, or a section of its fact sheet.
func onIntercom(unknown, name string, set func(k *intercom.Knobs), traits ...Traits) Quirk {
	q := Quirk{Name: name, Unknown: "intercom " + unknown, Intercom: set}
	for _, t := range traits {
		q.Traits = t
	}
	return q
}

// partsShown is how many parts the desk shows of a conversation (intercom-api.md 6.3).
const partsShown = 500

const late = 90 * time.Second

func intercomQuirks() []Quirk {
	type knobs = intercom.Knobs
	return []Quirk{
		onIntercom("20.1", "repeated replies are dropped", func(k *knobs) { k.RepeatWindow = stage.Duration(10 * time.Second) }, Traits{Loses: true}),
		onIntercom("20.3", "line breaks are joined", func(k *knobs) { k.JoinLines = true }),
		onIntercom("20.3", "addresses become links", func(k *knobs) { k.Autolink = true }),
		onIntercom("20.3", "contacts write HTML", func(k *knobs) { k.ContactHTML = true }),
		onIntercom("20.4", "parts come newest first", func(k *knobs) { k.PartOrder = "desc" }),
		onIntercom("20.4", "parts come by id", func(k *knobs) { k.PartOrder = "id" }),
		onIntercom("20.4", "total_count ends at what is shown", func(k *knobs) {
			k.TotalCountsAll = false
			k.MaxParts = max(k.MaxParts, partsShown) // then only a list of the documented length tells that there is more
		}),
		onIntercom("6.3", "two hundred parts can be read", func(k *knobs) { k.MaxParts = 200 }),
		onIntercom("20.5", "the time of contacts is not honoured", func(k *knobs) { k.ContactCreatedAt = false }, Traits{Reorders: true}),
		onIntercom("20.5", "the time of admins is not honoured", func(k *knobs) { k.AdminCreatedAt = false }, Traits{Reorders: true}),
		onIntercom("20.5", "the time of openings is not honoured", func(k *knobs) { k.OpenCreatedAt = false }, Traits{Reorders: true}),
		onIntercom("20.5", "what is dated back moves nothing", func(k *knobs) { k.BackdatedMoves = false }),
		onIntercom("20.5", "times in the future are refused", func(k *knobs) { k.FutureCreatedAt = "refuse" }, Traits{Reorders: true}),
		onIntercom("20.5", "times in the future become now", func(k *knobs) { k.FutureCreatedAt = "now" }, Traits{Reorders: true}),
		onIntercom("20.5", "times before the conversation are refused", func(k *knobs) { k.EarlyCreatedAt = "refuse" }, Traits{Reorders: true}),
		onIntercom("20.5", "times before the conversation become now", func(k *knobs) { k.EarlyCreatedAt = "now" }, Traits{Reorders: true}),
		onIntercom("20.6", "only comments move updated_at", func(k *knobs) {
			k.Unmoved = []string{"note", "state", "assign", "tag", "title", "attributes", "read", "rating", "redaction"}
		}, Traits{Hidden: true}),
		onIntercom("20.6", "everything moves updated_at", func(k *knobs) { k.Unmoved = nil }),
		onIntercom("20.7", "the index lags", func(k *knobs) { k.IndexDelay = stage.Duration(late) }, Traits{Lag: late}),
		onIntercom("20.7", "bounds are strict", func(k *knobs) { k.Bounds = "strict" }),
		onIntercom("20.7", "total_count of a search is short", func(k *knobs) { k.TotalCount = "less" }),
		onIntercom("20.7", "a search has no total_count", func(k *knobs) { k.TotalCount = "none" }),
		onIntercom("20.7", "a search is a thousand deep", func(k *knobs) { k.SearchDepth = 1000 }),
		onIntercom("20.7", "five searches in ten seconds", func(k *knobs) { k.SearchLimit = 5 }),
		onIntercom("5", "one conversation a page of Intercom", func(k *knobs) { k.PageCap = 1 }),
		onIntercom("5", "the last page has a null for the next", func(k *knobs) { k.LastPage = "null" }),
		onIntercom("5", "the last page has a next without a cursor", func(k *knobs) { k.LastPage = "bare" }),
		onIntercom("5", "the last page has a null for a cursor", func(k *knobs) { k.LastPage = "cursor" }),
		onIntercom("20.8", "a bot of Intercom answers", func(k *knobs) { k.AutoBot = "I am Fin, a bot" }, Traits{Speaks: true}),
		onIntercom("20.8", "a bot of Intercom asks after a close", func(k *knobs) { k.CloseBot = "How did we do?" }, Traits{Speaks: true}),
		onIntercom("20.8", "new conversations are routed", func(k *knobs) { k.Routing = intercom.Tom }, Traits{Assigns: true, Introduces: true}),
		onIntercom("7.3", "a note does not wake", func(k *knobs) { k.NoteWakes = false }),
		onIntercom("7.3", "a comment does not wake", func(k *knobs) { k.CommentWakes = false }),
		onIntercom("7.3", "a note of Intercom reopens", func(k *knobs) { k.NoteReopens = true }),
		onIntercom("7.3", "a comment reopens", func(k *knobs) { k.CommentReopens = true }),
		onIntercom("20.9", "comments have 700 characters", func(k *knobs) { k.MaxBody = 700 }, Traits{Softens: true}),
		onIntercom("20.9", "requests have two megabytes", func(k *knobs) { k.MaxRequest = 2 << 20 }, Traits{Softens: true}),
		onIntercom("20.9", "a conversation holds eight parts", func(k *knobs) { k.StoredParts = 8 }, Traits{Blocks: true}),
		onIntercom("20.10", "anybody may join by a reply", func(k *knobs) { k.NonParticipant = "accept" }),
		onIntercom("7.1", "contacts come newest first", func(k *knobs) { k.ContactOrder = "newest" }),
		onIntercom("20.10", "archived contacts may write", func(k *knobs) { k.ArchivedWrites = true }),
		onIntercom("20.10", "nobody may write as who was put away", func(k *knobs) { k.UnusableContact = "forbidden" }),
		onIntercom("20.10", "a merge of contacts changes the authors", func(k *knobs) { k.MergedAuthors = "new" }),
		onIntercom("20.10", "who was deleted is named nowhere", func(k *knobs) { k.DeletedAuthors = "nobody" }),
		onIntercom("11", "a merged contact is gone without a word", func(k *knobs) { k.MergedContact = "gone" }),
		onIntercom("11", "a merged contact is missing", func(k *knobs) { k.MergedContact = "missing" }),
		onIntercom("11", "a merged contact names its heir", func(k *knobs) { k.MergedContact = "link" }),
		onIntercom("11", "a merged contact keeps its conversations", func(k *knobs) { k.MergedConversations = "old" }),
		onIntercom("20.11", "tagging twice duplicates", func(k *knobs) { k.TagTwice = true }),
		onIntercom("20.11", "taking an absent tag away is 404", func(k *knobs) { k.UntagAbsent = "not_found" }),
		onIntercom("20.11", "closing twice makes a part", func(k *knobs) { k.CloseClosedPart = true }),
		onIntercom("20.11", "a change to the same is refused", func(k *knobs) { k.RefuseNoChange = true }),
		onIntercom("20.13", "Retry-After is told", func(k *knobs) { k.RateLimit, k.RetryAfter = 20, true }),
		onIntercom("3", "twenty calls in ten seconds", func(k *knobs) { k.RateLimit = 20 }),
		onIntercom("20.14", "an existing tag is refused", func(k *knobs) { k.TagExisting = "refuse" }),
		onIntercom("20.14", "tags are told apart by case", func(k *knobs) { k.TagsCaseSensitive = true }),
		onIntercom("20.15", "a merge copies the messages", func(k *knobs) { k.MergeCopies = true }),
		onIntercom("20.16", "sort is ignored", func(k *knobs) { k.SortIgnored = true }),
		onIntercom("20.16", "cursors die after a minute", func(k *knobs) { k.PageCap, k.CursorLife = 1, stage.Duration(time.Minute) }),
		onIntercom("20.18", "links die after a minute", func(k *knobs) { k.FileLifetime = stage.Duration(time.Minute) }),
		onIntercom("20.18", "contacts send images only", func(k *knobs) { k.ContactFiles = "images" }, Traits{Softens: true}),
		onIntercom("8.5", "files have no size", func(k *knobs) { k.FileSizes = "none" }),
		onIntercom("8.5", "sizes of files are in kilobytes", func(k *knobs) { k.FileSizes = "kilobytes" }),
		onIntercom("8.5", "files are shorter than told", func(k *knobs) { k.FileSizes = "before" }),
		onIntercom("11", "the search of contacts lags", func(k *knobs) { k.ContactIndexDelay = stage.Duration(late) }),
		onIntercom("11", "a new contact is not found", func(k *knobs) { k.ContactFindDelay = stage.Duration(late) }),
		onIntercom("11", "a new contact is not found, and a conflict names nobody", func(k *knobs) {
			k.ContactFindDelay, k.ConflictNamesID = stage.Duration(late), false
		}),
		onIntercom("11", "archived contacts are found", func(k *knobs) { k.FindArchived = true }),
		onIntercom("9.1", "a new contact cannot write", func(k *knobs) { k.FreshContactDelay = stage.Duration(late) }),
		onIntercom("11", "an address belongs to one user", func(k *knobs) { k.SharedEmails = false }),
		onIntercom("8.1", "no app is named", func(k *knobs) { k.AppCode = "" }, Traits{Nameless: true}),
		onIntercom("8.1", "parts of people have no app field", func(k *knobs) { k.HumanAppCode = "missing" }, Traits{Nameless: true}),
		onIntercom("8.4", "contacts are called contacts", func(k *knobs) { k.AuthorType = "contact" }),
		onIntercom("8.2", "tags leave no parts", func(k *knobs) { k.TagParts = false }),
		onIntercom("9.2", "a reply leaves an event too", func(k *knobs) { k.ReplyEvents = true }),
		onIntercom("8.2", "a reply takes the conversation", func(k *knobs) { k.ReplyTakes = true }, Traits{Assigns: true}),
		onIntercom("9.2", "an answer shows new parts only", func(k *knobs) { k.ReplyParts = "new" }),
		onIntercom("9.2", "an answer shows no parts", func(k *knobs) { k.ReplyParts = "none" }),
		onIntercom("9.1", "source has an id of its own", func(k *knobs) { k.SourceID = "other" }),
		onIntercom("7.1", "source has no id", func(k *knobs) { k.SourceID = "null" }),
		onIntercom("7.1", "what a customer begins is called an operator's", func(k *knobs) { k.DeliveredAs = "operator_initiated" }),
		onIntercom("7.1", "what a customer begins is called automated", func(k *knobs) { k.DeliveredAs = "automated" }),
		onIntercom("7.1", "unassigned is zero", func(k *knobs) { k.UnassignedZero = true }),
		onIntercom("7.1", "assignees are text", func(k *knobs) { k.AssigneeText = true }),
		onIntercom("7.1", "there are no statistics", func(k *knobs) { k.Statistics = "none" }),
		onIntercom("7.1", "statistics count messages", func(k *knobs) { k.Statistics = "messages" }),
		onIntercom("9.4", "unknown attributes are ignored", func(k *knobs) { k.UnknownAttribute = "ignore" }),
		onIntercom("9.4", "an attribute exists", func(k *knobs) { k.Attributes = []string{"twin"} }),
		onIntercom("9.4", "contacts have an attribute", func(k *knobs) { k.ContactAttributes = []string{"plan:string"} }),
		onIntercom("1.1", "undocumented keys are ignored", func(k *knobs) { k.Lax = true }),
		onIntercom("20.5", "the clock of Intercom is behind", func(k *knobs) { k.ClockSkew = stage.Duration(-45 * time.Second) }, Traits{Reorders: true}),
	}
}
