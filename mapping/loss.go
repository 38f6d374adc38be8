package mapping

// Loss is the code of something that a translation could not carry. Codes are stored and reported: they never change.
type Loss string

const (
	LossAsEvent           Loss = "history_as_event"    // an entry of the history is a dated event of the customer
	LossAuthorFallback    Loss = "author_fallback"     // posted through the fallback agent, with a visible line that names the author
	LossBotAsNote         Loss = "bot_as_note"         // a bot's words are a note that names the bot
	LossCustomerGone      Loss = "customer_gone"       // nobody can write as the customer on the other desk any more: a note holds the words
	LossDoubtAsNote       Loss = "doubt_as_note"       // visibility uncertain: written as a note
	LossEntryRefused      Loss = "entry_refused"       // the desk refused the entry; a stub note stands for it, or nothing, for an activity or an event of the history
	LossEventTimeNow      Loss = "event_time_now"      // a change of state carries the time of the bridge's call
	LossFileNotCarried    Loss = "file_not_carried"    // a file is replaced by a line with name, size and reason
	LossImageMoved        Loss = "image_moved"         // images that stood within the text follow it; a sign stands in their place
	LossFormatting        Loss = "formatting"          // bold, lists and the like became plain text, or struck text, tables and the like what no desk is given
	LossFieldUnset        Loss = "field_not_held"      // the other desk has no such field
	LossNoteForReply      Loss = "reply_as_note"       // an agent's reply that could not be written silently, or that has no words of theirs, is a note
	LossOtherParticipant  Loss = "other_participant"   // words of a further participant are a note that names them
	LossPropertyNotHeld   Loss = "property_not_held"   // a configured property of the customer does not fit its type or the other desk
	LossReopenUnsupported Loss = "reopen_unsupported"  // the other desk cannot open a closed conversation by a call
	LossSnoozeUnsupported Loss = "snooze_unsupported"  // the other desk cannot snooze
	LossSourceTruncated   Loss = "source_truncated"    // older entries cannot be read from the desk
	LossTimeNow           Loss = "time_now"            // the entry carries the time of the bridge's call
	LossTooLateToDeliver  Loss = "too_late_to_deliver" // older than delivery.max_age: a note instead of a delivered reply
	LossSecondDelivery    Loss = "second_delivery"     // the customer can be reached by both desks and may read the reply twice
	LossUnknownKind       Loss = "unknown_kind"        // a kind of entry that no table row names
	LossUnmappedAgent     Loss = "unmapped_agent"      // the assignee has no counterpart
	LossUnmappedTeam      Loss = "unmapped_team"       // the team or channel has no counterpart in the configured map
	LossStateKept         Loss = "state_kept"          // status keeps the state on its desk
	LossTagUnsafe         Loss = "tag_unsafe"          // the other desk cannot hold the tag's name
	LossTagKept           Loss = "tag_kept"            // tags.drop keeps the tag on its desk, or tags.map calls another tag so on the other one
	LossRemoved           Loss = "removed"             // content that the desk has taken away
	LossActAsNote         Loss = "activity_as_note"    // an event is a line of a note
	LossAnswerRequestFlat Loss = "buttons_as_text"     // buttons of a bot became text
)
