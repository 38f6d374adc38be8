package engine_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
	wireintercom "github.com/deskbridge/deskbridge/mapping/intercom"
)

// TestARefusedActivityNoteHoldsNothingUp: the events are given up by name, the rest of the conversation goes on, and nothing
// is asked of the desk again.
func TestARefusedActivityNoteHoldsNothingUp(t *testing.T) {
	rated := func(o *engine.Options) {
		o.Kinds = map[mapping.Desk]map[string]mapping.Choice{wireintercom.Desk: {"conversation_rating_changed": mapping.ChooseActivity}}
	}
	inWorld(t, setup{adjust: rated}, func(w *world) {
		tried := 0
		w.dashly.Fail(func(r *http.Request) sandbox.Fault {
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if r.Method == http.MethodPost && bytes.Contains(body, []byte("unacceptable")) {
				tried++
				return sandbox.Fault{Kind: stage.Refuse, Status: 400}
			}
			return sandbox.Fault{}
		})
		p := w.intercom.People()
		conv, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hello")
		p.Vote(conv, 1, "unacceptable")
		p.Close(conv, intercomAgent)
		rep := w.done()
		require.Equal(t, 1, rep.Directions["intercom_to_dashly"].SkippedBy["activity_refused"])
		require.Equal(t, 1, rep.Directions["intercom_to_dashly"].Losses[mapping.LossEntryRefused])
		require.Equal(t, "closed", w.thread(w.dashly.Dump()).State, "the fields are carried all the same")
		require.Equal(t, 1, tried)
		w.pause(time.Minute)
		p.Vote(conv, 5, "fine after all")
		rep = w.done()
		require.Equal(t, 1, rep.Directions["intercom_to_dashly"].SkippedBy["activity_refused"])
		require.Contains(t, strings.Join(lines(w.thread(w.dashly.Dump())), "\n"), "remark: fine after all")
		require.Equal(t, 1, tried)
		w.idle()
	})
}

// TestTextsMayChange: what was written under one language is recognised under another, with a lost store too, and a long
// note of which a part stands already is not cut anew.
func TestTextsMayChange(t *testing.T) {
	speak := func(texts mapping.Texts) func(o *engine.Options) {
		return func(o *engine.Options) {
			o.Texts = texts
			o.Kinds = map[mapping.Desk]map[string]mapping.Choice{wireintercom.Desk: {"conversation_rating_changed": mapping.ChooseActivity}}
		}
	}
	russian := mapping.Texts{Message: "{name} из {desk} отвечает, и это длинная строка над ответом:", Wrote: "{name} в {desk}, очень длинная строка над заметкой:", Replied: "{name} ответил в {desk}, очень длинная строка:", Bot: "Бот {name}:", Earlier: "Раньше в {desk}:", Meanwhile: "Тем временем в {desk}:"}
	for _, languages := range [][2]mapping.Texts{{{}, russian}, {russian, {}}} {
		inWorld(t, setup{adjust: speak(languages[0])}, func(w *world) {
			p := w.intercom.People()
			bob := p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"})
			conv, _ := p.Open(bob, "Hello")
			p.Reply(conv, intercomAgent, "Good morning")
			p.Bot(conv, "Anything else?")
			p.Note(conv, intercomAgent, strings.Repeat("A long story. ", 1500))
			p.Vote(conv, 5, "kind")
			w.done()
			home := func() []string { return lines(w.thread(w.dashly.Dump())) }
			bot := func(texts mapping.Texts, words string) string {
				return "team note: " + mapping.FillText(texts.Or(mapping.DefaultTexts()).Bot, "Operator", "Intercom", "") + " " + words
			}
			want := home()
			require.True(t, slices.Contains(want, bot(languages[0], "Anything else?")))
			w.setup.adjust = speak(languages[1])
			w.idle()
			w.forget("")
			w.pause(time.Hour)
			w.persist()
			require.True(t, slices.Equal(want, home()), "something is written twice")
			p.Bot(conv, "Bye")
			w.done()
			require.True(t, slices.Equal(append(want, bot(languages[1], "Bye")), home()))
		})
	}
}

// TestTheLineOverMessagesMayChange: an agent's words that the fallback agent has delivered are known again below a line that
// no configuration names any more, on a desk without marks and with a lost store: nobody hears them twice.
func TestTheLineOverMessagesMayChange(t *testing.T) {
	speak := func(text string) func(o *engine.Options) {
		return func(o *engine.Options) { o.Texts.Message = text }
	}
	long := ""
	for i := range 2000 {
		long += fmt.Sprintf("The story goes on %d. ", i)
	}
	words := []string{"Yes", "Anna", "Yes", "Is it red?\n\nOr blue?", long, "[in brackets]", "Ja", "«Ja», sagt er", "?", "[order 17]\nIt is on its way", "+49 30 1234567"}
	for _, home := range []string{"dashly", "intercom"} {
		for name, languages := range thin.Sample(map[string][2]string{
			"from the default": {"", "{name} aus {desk} schreibt Ihnen heute:"}, "to the default": {"Es antwortet {name} ({desk}) –", ""},
			"to a longer one": {"{name}:", "Guten Tag, hier schreibt Ihnen {name}, und zwar in {desk}:"}, "to a shorter one": {"Guten Tag, hier ist {name} von {desk}, ganz kurz:", "{name}"},
		}) {
			t.Run(home+", "+name, func(t *testing.T) {
				inWorld(t, setup{version: "2.13", adjust: speak(languages[0])}, func(w *world) {
					_, err := w.dashly.Knobs([]byte(`{"echo_external_id_replies": false}`))
					require.NoError(t, err)
					at, other := stage.Human(w.dashly.People()), stage.Human(w.intercom.People())
					hire := w.intercom.Hire
					if home == "intercom" {
						at, other, hire = other, at, w.dashly.Hire
					}
					anna := hire(stage.Agent{Name: "Anna Bauer"})
					bob := at.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"})
					at.Open(bob, "Hello")
					w.done()
					copied := w.thread(w.intercom.Dump()).ID
					if home == "intercom" {
						copied = w.thread(w.dashly.Dump()).ID
					}
					for _, text := range words {
						w.pause(time.Minute)
						other.Reply(copied, anna, text)
					}
					w.done()
					want, heard := w.essence(), w.delivered(home, stage.ByBridge)
					require.GreaterOrEqual(t, len(heard), len(words))
					w.setup.adjust = speak(languages[1])
					w.idle()
					w.forget("")
					w.pause(time.Hour)
					w.persist()
					require.True(t, want == w.essence(), "something is written twice")
					require.True(t, slices.Equal(heard, w.delivered(home, stage.ByBridge)), "something is heard twice")
					w.pause(time.Minute)
					other.Reply(copied, anna, "Bye")
					w.done()
					require.Equal(t, mapping.FillText(cmp.Or(languages[1], mapping.DefaultTexts().Message), "Anna Bauer", map[string]string{"dashly": "Intercom", "intercom": "Dashly"}[home], "")+" Bye",
						strings.Join(strings.Fields(w.delivered(home, stage.ByBridge)[len(heard)]), " "))
				})
			})
		}
	}
}
