package intercom

import "github.com/deskbridge/deskbridge/internal/probe"

type rows = probe.Readings

const (
	searchCall = "POST /conversations/search"
	readCall   = "GET /conversations/{id}"
)

// Table is every question that reading can answer, in the order of docs/unknowns.md.
func Table() []probe.Probe[*Survey] {
	row := probe.Ask[*Survey]
	return []probe.Probe[*Survey]{
		row("20.4", "order of parts", readCall+": created_at and id of conversation_parts", rows{
			{"by time", "the bridge sorts by itself"},
			{"by id", "the bridge sorts by itself"},
			{"oldest first", "times and ids agree; the bridge sorts by itself"},
			{"newest first", "the bridge sorts by itself"},
		}, (*Survey).order),
		row("20.4", "total_count of a long thread", readCall+": total_count against the length of conversation_parts", rows{
			{"counts all parts", "how much cannot be read is known"},
			{"ends at what is shown", "a list of the full length counts as cut"},
		}, (*Survey).counts),
		row("6.3", "parts that can be read", readCall+": the length of conversation_parts of the longest thread", rows{
			{"a limit", "what lies below is source_truncated, never absent"},
		}, (*Survey).depth),
		row("20.5", "time of customers' replies", readCall+": created_at of what the bridge wrote against its originals", chosenTimes, honoured(customer)),
		row("20.5", "time of agents' replies", readCall+": created_at of what the bridge wrote against its originals", chosenTimes,
			honoured(func(a author) bool { return a.Type == "admin" })),
		row("20.5", "clock", "Date of GET /me against the own clock", rows{
			{"agrees", "times are compared with the desk's own clock"},
			{"is ahead", "times are compared with the desk's own clock"},
			{"is behind", "times are compared with the desk's own clock"},
		}, (*Survey).clock),
		row("20.6", "updated_at after a note", readCall+": updated_at against the last part", moves, moved("note")),
		row("20.6", "updated_at after a change of state", readCall+": updated_at against the last part", moves, moved("close", "open", "snoozed")),
		row("20.6", "updated_at after an assignment", readCall+": updated_at against the last part", moves, moved("assignment", "assign_and_reopen")),
		row("20.6", "updated_at after a tag", readCall+": updated_at against the last part", moves, moved("conversation_tags_updated")),
		row("20.7", "bounds of a search", searchCall+" for one id with updated_at > its own", rows{
			{"inclusive", "the poll overlaps by nothing more"},
			{"strict", "the poll asks a second further back"},
		}, (*Survey).bounds),
		row("20.7", "total_count of a search", searchCall+" for one id: total_count", rows{
			{"exact", "it is not relied upon"},
			{"wrong", "it is not relied upon"},
			{"missing", "it is not relied upon"},
		}, (*Survey).total),
		row("20.7", "delay of the index", searchCall+" against "+readCall+" of what changed last: updated_at", rows{
			{"short", "the cursor stays intercom.settle behind"},
			{"seen", "the cursor stays intercom.settle behind; it must be longer than the delay"},
		}, (*Survey).lag),
		row("5", "length of pages", searchCall+" with per_page 150: the length of conversations", rows{
			{"as asked", "polls cost as few calls as they can"},
			{"shorter", "polls cost more calls; the bridge follows pages.next"},
		}, (*Survey).pageLength),
		row("20.10", "authors after a merge of contacts", searchCall+": source.author.id against contacts", rows{
			{"old ids", "an author who is no present contact counts as another participant"},
		}, (*Survey).merged),
		row("20.11", "a tag twice", searchCall+": equal ids in tags", rows{
			{"duplicates", "tags are compared as a set; the bridge tags only where the tag is absent"},
		}, (*Survey).tagTwice),
		row("20.14", "names of tags that differ by case", "GET /tags: names", rows{
			{"are two tags", "the bridge looks for the exact name first"},
		}, (*Survey).tagCase),
		row("20.16", "sort ascending", searchCall+": updated_at from one to the next", rows{
			{"honoured", "the poll goes on from where it stopped"},
			{"ignored", "the poll reads to the end of the list before it moves its cursor"},
		}, (*Survey).sorted),
		row("20.18", "life of links to files", readCall+": expires in attachments[].url", rows{
			{"told", "files are fetched when their entry is written, with a fresh link"},
		}, (*Survey).links),
		row("20.19", "the pinned version", "GET /me with Intercom-Version: status", rows{
			{"served", "nothing to do"},
			{"refused", "set intercom.version to one that the app may use"},
		}, (*Survey).version),
		row("3", "calls in a window", "GET /me: X-RateLimit-Limit", rows{
			{"told", "the bridge spends what the headers leave"},
			{"untold", "the bridge keeps to 150 calls a second and waits after a 429"},
		}, (*Survey).rate),
		row("7.1", "nobody as assignee", searchCall+": admin_assignee_id", rows{
			{"null", "both are read"},
			{"0", "both are read"},
		}, (*Survey).unassigned),
		row("7.1", "ids of assignees", searchCall+": admin_assignee_id", rows{
			{"numbers", "both are read"},
			{"text", "both are read"},
		}, (*Survey).assignees),
		row("7.1", "statistics", readCall+": statistics.count_conversation_parts against the parts", rows{
			{"count all parts", "they are not relied upon"},
			{"count fewer", "they are not relied upon"},
			{"are missing", "they are not relied upon"},
		}, (*Survey).statistics),
		row("7.1", "source.id", searchCall+": source.id", rows{
			{"given", "nothing relies on it"},
			{"null for some", "nothing relies on it"},
		}, (*Survey).source),
		row("8.1", "app_package_code of what the bridge wrote", readCall+": of parts that the store knows, or whose note ends in a token", rows{
			{"names the app", "null proves a human"},
			{"null", "null proves nothing"},
			{"missing", "two who say the same within seconds cannot be told apart"},
		}, (*Survey).ownCode),
		row("8.1", "app_package_code of people", readCall+": of parts by customers", rows{
			{"null", "null proves a human where the bridge's parts name its app"},
			{"missing", "two who say the same within seconds cannot be told apart"},
		}, (*Survey).humanCode),
		row("8.2", "parts of tags", readCall+": conversation_tags_updated in a tagged conversation", rows{
			{"are there", "tags are merged as a field all the same"},
			{"are not there", "tags are merged as a field"},
		}, (*Survey).tagParts),
		row("8.4", "author.type of a contact", searchCall+": source.author.type", rows{
			{"user or lead", "both are customers"},
			{"contact", "both are customers"},
		}, (*Survey).authorType),
	}
}

var (
	moves = rows{
		{"moves", "the poll finds it"},
		{"stays", "the sweep finds it where nothing else happens"},
	}
	chosenTimes = rows{
		{"honoured", "entries are known by their second"},
		{"not honoured", "entries are known by promise and order"},
	}
)
