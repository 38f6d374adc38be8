package sandbox

import (
	"time"

	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

// onDashly makes a quirk of that desk; unknown is a number of its list, or a section of its fact sheet.
func onDashly(unknown, name string, set func(k *dashly.Knobs), traits ...Traits) Quirk {
	q := Quirk{Name: name, Unknown: "dashly " + unknown, Dashly: set}
	for _, t := range traits {
		q.Traits = t
	}
	return q
}

func dashlyQuirks() []Quirk {
	type knobs = dashly.Knobs
	return []Quirk{
		onDashly("U3", "the token may not write as the user", func(k *knobs) { k.AsUser = "deny" }, Traits{Blocks: true}),
		onDashly("U4", "the app must be named by its id", func(k *knobs) { k.SelfApp = "refuse" }, Traits{Blocks: true}),
		onDashly("U6", "tags may be deleted by query", func(k *knobs) { k.QueryTagDelete = true }),
		onDashly("U7", "cursors are text", func(k *knobs) { k.TextCursors = true }),
		onDashly("U8", "bodies have 700 characters", func(k *knobs) { k.MaxBody = 700 }, Traits{Softens: true}),
		onDashly("U10", "forty calls in ten seconds", func(k *knobs) { k.RateLimit, k.RateWindow = 40, stage.Duration(10*time.Second) }),
		onDashly("U10", "forty calls in ten seconds, with Retry-After", func(k *knobs) {
			k.RateLimit, k.RateWindow, k.RetryAfter = 40, stage.Duration(10*time.Second), true
		}),
		onDashly("U12", "lists end without a key", func(k *knobs) { k.EndOfList = "missing" }),
		onDashly("U12", "lists end with an empty page", func(k *knobs) { k.EndOfList = "empty" }),
		onDashly("U12", "lists end with the same cursor", func(k *knobs) { k.EndOfList = "same" }),
		onDashly("U12", "one conversation a page", func(k *knobs) { k.PageCap = 1 }),
		onDashly("U12", "pages may be empty in the middle", func(k *knobs) { k.PageCap, k.SparsePages = 1, true }),
		onDashly("U13", "old cursor of a user's list", func(k *knobs) { k.OldUserCursor = true }),
		onDashly("U14", "ids do not grow", func(k *knobs) { k.ScatteredIDs = true }, Traits{Shuffles: true}),
		onDashly("U15", "optional fields only when asked", func(k *knobs) { k.OptionalPartFields = "asked" }),
		onDashly("U16", "a conversation shows its user's id only", func(k *knobs) { k.ConversationUser = "id" }),
		onDashly("U16", "undocumented parameters are ignored", func(k *knobs) { k.Lax = true }),
		onDashly("U17", "unassigned are hidden", func(k *knobs) { k.UnassignedHidden = true }),
		onDashly("8.1", "untagged are hidden", func(k *knobs) { k.UntaggedHidden = true }),
		onDashly("U18", "campaigns are listed", func(k *knobs) { k.ListUnanswered = true }, Traits{Campaigns: true}),
		onDashly("U19", "a missing conversation is forbidden", func(k *knobs) { k.MissingConversation = "denied" }),
		onDashly("U19", "a missing conversation is 404", func(k *knobs) { k.MissingConversation = "not_found" }),
		onDashly("U19", "a removed conversation can be read", func(k *knobs) { k.RemovedConversation = "object" }),
		onDashly("U19", "a removed conversation is forbidden", func(k *knobs) { k.RemovedConversation = "denied" }),
		onDashly("U19", "a removed conversation is 404", func(k *knobs) { k.RemovedConversation = "not_found" }),
		onDashly("U19", "removed conversations are listed", func(k *knobs) { k.ListRemoved = true }),
		onDashly("U21", "replies answer with a receipt", func(k *knobs) { k.ReplyAnswer = "receipt" }),
		onDashly("U21", "replies answer with nothing", func(k *knobs) { k.ReplyAnswer = "empty" }),
		onDashly("U21", "replies answer with a list", func(k *knobs) { k.ReplyAnswer, k.APIReplyAssigns = "list", true }, Traits{Assigns: true, Introduces: true}),
		onDashly("U21", "replies name the assignment", func(k *knobs) { k.ReplyAnswer, k.APIReplyAssigns = "assignment", true }, Traits{Assigns: true, Introduces: true}),
		onDashly("U23", "replies take any file", func(k *knobs) { k.FileLimits = false }),
		onDashly("U24", "a user's reply does not reopen", func(k *knobs) { k.UserReplyReopens = false }),
		onDashly("U24", "an operator's reply reopens", func(k *knobs) { k.AdminReplyReopens = true }),
		onDashly("U24", "a note reopens", func(k *knobs) { k.NoteReopens = true }),
		onDashly("U24", "a user's reply does not wake", func(k *knobs) { k.UserReplyWakes = false }),
		onDashly("U24", "an operator's reply does not wake", func(k *knobs) { k.AdminReplyWakes = false }),
		onDashly("U24", "a note wakes", func(k *knobs) { k.NoteWakes = true }),
		onDashly("U24", "a user's reply assigns", func(k *knobs) { k.UserReplyAssigns = true }, Traits{Assigns: true, Introduces: true}),
		onDashly("U24", "an operator's reply over the API assigns", func(k *knobs) { k.APIReplyAssigns = true }, Traits{Assigns: true, Introduces: true}),
		onDashly("U24", "a note assigns", func(k *knobs) { k.NoteAssigns = true }, Traits{Assigns: true, Introduces: true}),
		onDashly("U24", "an operator's reply in the panel does not assign", func(k *knobs) { k.PanelReplyAssigns = false }, Traits{Assigns: true, Introduces: true}),
		onDashly("U24", "an assignment reopens", func(k *knobs) { k.AssignReopens = true }),
		onDashly("U26", "closing twice is an error", func(k *knobs) { k.CloseClosed = "error" }),
		onDashly("U26", "closing twice makes two parts", func(k *knobs) { k.CloseClosed = "part" }),
		onDashly("U27", "tags keep their blanks", func(k *knobs) { k.TrimTags = false }),
		onDashly("U27", "tags become lower case", func(k *knobs) { k.FoldTags = true }),
		onDashly("U27", "tags with a comma are refused", func(k *knobs) { k.RefuseCommaTags = true }),
		onDashly("8.8", "adding a tag twice is no error", func(k *knobs) { k.TagAgain = "ok" }),
		onDashly("U30", "start returns a part", func(k *knobs) { k.StartReturns = "part" }),
		onDashly("U31", "reading an unknown user creates", func(k *knobs) { k.UnknownUser = "create" }),
		onDashly("U32", "a merged user is unknown", func(k *knobs) { k.MergedUser = "lookup" }),
		onDashly("U32", "a merged user is the successor", func(k *knobs) { k.MergedUser = "successor" }),
		onDashly("U32", "a merged user keeps the conversations", func(k *knobs) { k.MergedConversations = "old" }),
		onDashly("U32", "nobody may write as a merged user", func(k *knobs) { k.UnusableUser = "denied" }),
		onDashly("U32", "who was merged is 404 as an author", func(k *knobs) { k.UnusableUser = "not_found" }),
		onDashly("U32", "a merge changes the authors", func(k *knobs) { k.MergedAuthors = "new" }),
		onDashly("U33", "leads as an array", func(k *knobs) { k.LeadsEnvelope = "array" }),
		onDashly("U33", "the list of leads counts the site", func(k *knobs) { k.LeadsTotal = "site" }),
		onDashly("8.13", "the list of leads lags", func(k *knobs) { k.LeadsLag = stage.Duration(5 * time.Minute) }),
		onDashly("U35", "an address merges users", func(k *knobs) { k.EmailMerges = true }),
		onDashly("8.16", "external ids of replies are not echoed", func(k *knobs) { k.EchoExternalIDReplies = false }),
		onDashly("U37", "external ids are not echoed on notes", func(k *knobs) { k.EchoExternalIDNotes = false }),
		onDashly("U37", "external ids are refused on notes", func(k *knobs) { k.NoteExternalID = "refuse" }),
		onDashly("U37", "external ids are unique", func(k *knobs) { k.UniqueExternalID = true }),
		onDashly("U37", "a repeated external id gives the old part", func(k *knobs) { k.UniqueExternalID, k.RepeatedExternalID = true, "existing" }),
		onDashly("U37", "long external ids are refused", func(k *knobs) { k.ExternalIDLimit = 64 }),
		onDashly("U37", "long external ids are cut", func(k *knobs) { k.ExternalIDLimit, k.CutExternalIDs = 64, true }),
		onDashly("U38", "own user replies look like the web", func(k *knobs) { k.UserVia = "web_user" }),
		onDashly("U38", "own system parts come from the system", func(k *knobs) { k.SystemVia = "system" }),
		onDashly("U38", "own system parts look like the panel", func(k *knobs) { k.SystemVia = "web_panel" }),
		onDashly("U39", "files need the token", func(k *knobs) { k.FilesNeedToken = true }),
		onDashly("U39", "links to files die after a minute", func(k *knobs) { k.FileLifetime = stage.Duration(time.Minute) }),
		onDashly("U40", "times have microseconds", func(k *knobs) { k.Times = "micro" }),
		onDashly("U40", "times are text", func(k *knobs) { k.Times = "iso" }),
		onDashly("U40", "times are text in local time", func(k *knobs) { k.Times = "local" }),
		onDashly("U40", "times are text with a zone", func(k *knobs) { k.Times = "zoned" }),
		onDashly("U40", "the clock of Dashly is ahead", func(k *knobs) { k.ClockSkew = stage.Duration(30 * time.Second) }, Traits{Reorders: true}),
		onDashly("U41", "notes move last_update", func(k *knobs) { k.LastUpdate = "notes" }),
		onDashly("U41", "system parts move last_update", func(k *knobs) { k.LastUpdate = "system" }),
		onDashly("U41", "every part moves last_update", func(k *knobs) { k.LastUpdate = "parts" }),
		onDashly("U41", "edits move last_update", func(k *knobs) { k.LastUpdate = "changes" }),
		onDashly("U41", "everything moves last_update", func(k *knobs) { k.LastUpdate = "everything" }),
		onDashly("U42", "own system parts are by nobody", func(k *knobs) { k.SystemFrom = "null" }),
		onDashly("U42", "own system parts are by the site", func(k *knobs) { k.SystemFrom = "site" }),
		onDashly("U42", "own system parts name an id only", func(k *knobs) { k.SystemFrom = "id" }),
		onDashly("U42", "system parts of people name nobody", func(k *knobs) { k.PanelEvents = "system" }, Traits{Introduces: true}),
		onDashly("9.2", "authors are numbers", func(k *knobs) { k.NumberAuthors = true }),
		onDashly("3", "ids beyond 2^63", func(k *knobs) { k.HighIDs = true }),
		onDashly("U43", "bodies are HTML", func(k *knobs) { k.BodyAs = "html" }),
		onDashly("U43", "bodies of the team are HTML", func(k *knobs) { k.BodyAs = "mixed" }),
		onDashly("U45", "a vote is an object", func(k *knobs) { k.Votes = "object" }),
		onDashly("U45", "votes are a list", func(k *knobs) { k.Votes = "list" }),
		onDashly("U45", "nobody has voted yet", func(k *knobs) { k.Votes = "null" }, Traits{Hidden: true, Lag: 6 * time.Minute}),
		onDashly("U45", "nobody has voted yet, which is zero", func(k *knobs) { k.Votes = "zero" }, Traits{Hidden: true, Lag: 6 * time.Minute}),
		onDashly("U47", "who left is nobody", func(k *knobs) { k.GoneAdmins = "null" }),
		onDashly("U47", "who left is an id", func(k *knobs) { k.GoneAdmins = "id" }),
		onDashly("U25", "a bot of Dashly answers", func(k *knobs) { k.AutoBot = "I am Dasha, a bot" }, Traits{Speaks: true}),
	}
}
