package mapping

import (
	"strings"
	"unicode/utf8"
)

// Level is how well a desk can hold something.
type Level string

const (
	Full    Level = "full"
	Partial Level = "partial"
	Dropped Level = "dropped"
)

// Ability names a feature that an event of another desk asks for.
type Ability string

const (
	ToReopen  Ability = "reopen"
	ToSnooze  Ability = "snooze"
	ToSetTeam Ability = "team"
	ToAssign  Ability = "assign" // every desk can
	ToTag     Ability = "tag"
)

// Level tells how well a desk can do something; what is not named here it cannot.
func (f Features) Level(a Ability) Level {
	switch a {
	case ToReopen:
		return f.Reopen
	case ToSnooze:
		return f.Snooze
	case ToSetTeam:
		return f.Team
	case ToAssign:
		return Full
	case ToTag:
		return f.Tags
	}
	return Dropped
}

// Features is what one desk, spoken to in one API version, can do. The engine branches on these levels and never on a
// desk's name.
type Features struct {
	Version       string // API version that the table is about
	SilentReply   Level  // an agent's message that the customer sees later but is not notified of
	ChosenTime    Level  // the time of a customer's message or an agent's reply can be set (openings included)
	Marker        Level  // an entry carries a caller-owned id that is read back
	NoteMarker    Level  // the same for notes
	Reopen        Level  // a closed conversation can be opened by a call
	Snooze        Level
	Unassign      Level
	Team          Level // the team or channel of a conversation can be set by a call
	Tags          Level
	Title         Level
	Rating        Level    // an attribute of the conversation can hold another desk's rating
	Backlink      Level    // an attribute of the conversation can name the copy on another desk
	Events        Level    // a dated event of the customer, outside of every conversation
	HTML          Level    // bodies of agents' messages and notes are written as HTML
	FilesPerEntry int      // 0: none
	FileBytes     int64    // largest file; 0: no known limit
	FileTypes     []string // allowed extensions without the dot, lower case; nil: all
	BodyRunes     int      // longest body that is written in one entry
	CommaInTags   Level
	TagRunes      int   // longest tag; 0: no known limit
	FindByTime    Level // conversations can be searched by the second in which they began; partial: by a walk through a list
}

// HoldsTag reports whether the desk can be given a tag of that name.
func (f Features) HoldsTag(name string) bool {
	short := f.TagRunes == 0 || utf8.RuneCountInString(strings.TrimSpace(name)) <= f.TagRunes
	return short && (f.CommaInTags == Full || !strings.Contains(name, ","))
}
