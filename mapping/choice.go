package mapping

import (
	"slices"
	"strings"
)

// Choice is what the configuration makes of the entries of one native kind.
type Choice string

const (
	// ChooseMessage is what happens anyway to the words of customers and agents. It changes nothing.
	ChooseMessage Choice = "message"
	// ChooseNote makes an internal note of what the team's side says.
	ChooseNote Choice = "note"
	// ChooseActivity tells events that nothing carries, and that people caused, as lines of a note.
	ChooseActivity Choice = "activity"
	// ChooseDrop leaves the entries out, by a rule of that name.
	ChooseDrop Choice = "drop"
)

// AllChoices are the choices in the order in which they are documented.
func AllChoices() []Choice { return []Choice{ChooseMessage, ChooseNote, ChooseActivity, ChooseDrop} }

// Trait is what one row of a desk's table says about the choices of its kind.
type Trait struct {
	Kind   Kind
	Author Role // empty: anybody
	Covers Field
	Doubt  bool
	Acts   bool // events of the row may tell what a person did (Entry.Act)
}

// ChoicesOf gives what may become of the entries of a kind, by all of its rows. No choice shows a customer what is
// internal or doubtful, puts a bot's words into a person's mouth, touches the customer's own messages, or takes back what
// a field carries.
func ChoicesOf(rows []Trait) (allowed []Choice) {
	fits := map[Choice]func(Trait) bool{
		ChooseMessage: func(r Trait) bool {
			return r.Kind == Message && !r.Doubt && r.Author != Bot && r.Author != System
		},
		ChooseNote: func(r Trait) bool {
			return r.Kind == Note || r.Kind == Message && r.Author != Customer
		},
		ChooseActivity: func(r Trait) bool { return r.Acts },
		ChooseDrop: func(r Trait) bool {
			return r.Kind == Note || r.Kind == Message && r.Author != Customer || r.Kind == Event && r.Covers == ""
		},
	}
	for _, c := range AllChoices() {
		if slices.ContainsFunc(rows, fits[c]) {
			allowed = append(allowed, c)
		}
	}
	return allowed
}

// ChooseFor gives the name by which an entry's kind is chosen for: its native name without what follows a slash.
func (e Entry) ChooseFor() string {
	kind, _, _ := strings.Cut(e.Native, "/")
	return kind
}
