package mapping

import (
	"cmp"
	"strings"
)

// Texts are the lines that lead what the bridge writes, in whatever language is read there. {name} stands for the author,
// {desk} for the desk where it was said, {time} for when. An empty one is its default. Notes are recognised by their tokens
// and messages by the words below, never by these lines, so they may be changed at any time.
type Texts struct {
	Message     string // over an agent's reply that somebody else posts, for the customer to read; it names the author
	Wrote       string // over a note of somebody without a counterpart, and over what a customer may not see
	Replied     string // over an agent's reply that stands as a note
	Bot         string // over what a bot said
	Participant string // over what another person of the customer's side said
	Earlier     string // over a transcript
	Meanwhile   string // over activities
	Refused     string // in place of a text that the desk refused
}

// DefaultTexts are the texts of a configuration that says nothing.
func DefaultTexts() Texts {
	return Texts{
		Message:     "{name} ({desk}):",
		Wrote:       "{name} ({desk}):",
		Replied:     "{name} ({desk}) replied:",
		Bot:         "{name} (bot, {desk}):",
		Participant: "{name} ({desk}), another participant, wrote:",
		Earlier:     "Earlier in this conversation ({desk}):",
		Meanwhile:   "Meanwhile in {desk}:",
		Refused:     "{name} ({desk}) wrote at {time}; this desk refused the text. It is in the original conversation.",
	}
}

// Or gives t with the texts of other where t has none.
func (t Texts) Or(other Texts) Texts {
	return Texts{
		Message: cmp.Or(t.Message, other.Message), Wrote: cmp.Or(t.Wrote, other.Wrote), Replied: cmp.Or(t.Replied, other.Replied), Bot: cmp.Or(t.Bot, other.Bot),
		Participant: cmp.Or(t.Participant, other.Participant), Earlier: cmp.Or(t.Earlier, other.Earlier),
		Meanwhile: cmp.Or(t.Meanwhile, other.Meanwhile), Refused: cmp.Or(t.Refused, other.Refused),
	}
}

// Minute is the layout of a time in UTC as people read it, in notes and pages.
const Minute = "2006-01-02 15:04 UTC"

// FillText puts values into a text. What a value holds is not looked at again.
func FillText(text, name, desk, at string) string {
	return strings.NewReplacer("{name}", name, "{desk}", desk, "{time}", at).Replace(text)
}
