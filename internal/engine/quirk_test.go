package engine_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/mapping"
)

// excused are stories that come out otherwise under a quirk, and why. They are told all the same, must deliver nothing more,
// and must come to rest.
var excused = map[string]map[string]string{
	"bodies have 700 characters":        {"refusing": longText, "crowded": longText, "crowded back": longText},
	"comments have 700 characters":      {"refusing": longText, "crowded": longText},
	"contacts send images only":         {"crowded": "a line stands for a file that the desk does not take"},
	"a conversation holds eight parts":  {"crowded": "what a desk refuses is tried again after a day"},
	"parts of people have no app field": {"crowded back": "two who say the same within seconds cannot be told apart"},
	"ids do not grow":                   {"crowded back": bothDesks},
	"the clock of Dashly is ahead":      {"crowded back": bothDesks},
	"a bot of Dashly answers":           {"crowded back": bothDesks},
	"files have no size":                {"crowded": noSize},
	"sizes of files are in kilobytes":   {"crowded": noSize},
	"files are shorter than told":       {"crowded": noSize},
	"repeated replies are dropped":      {"a thread on Dashly": "a note stands for a reply that the desk took and did not keep"},
	"a merge copies the messages":       {"three threads": "what was said in the other conversation stands here too, an agent's reply as a note"},
}

const (
	longText  = "a note stands for a text that is too long"
	noSize    = "the line for a file tells the size that its desk tells"
	bothDesks = "the customer writes on both desks within two seconds: whose home it is hangs on the order"
)

// TestEveryReadingOfTheDocuments tells each story under each quirk: the same words on both desks, each once, each as
// visible as it should be, nothing delivered that should not be, and then nothing left to do. An eighth of the pairs is
// enough unless DESKBRIDGE_TEST_FULL is set.
func TestEveryReadingOfTheDocuments(t *testing.T) {
	stories := questionable()
	for place, story := range slices.Sorted(maps.Keys(stories)) {
		t.Run(story, func(t *testing.T) {
			t.Parallel()
			want, deliveries := underQuirk(t, stories[story], sandbox.Quirk{})
			for n, q := range sandbox.Quirks() {
				if (place+n)%stride(8) != 0 {
					continue
				}
				t.Run(q.Name, func(t *testing.T) {
					got, seen := underQuirk(t, stories[story], q)
					if excused[q.Name][story] != "" {
						require.LessOrEqual(t, seen, deliveries)
						return
					}
					require.Equal(t, deliveries, seen)
					switch {
					case q.Speaks:
					case q.Reorders || q.Shuffles:
						require.Equal(t, unordered(want), unordered(got))
					default:
						require.Equal(t, want, got)
					}
				})
			}
		})
	}
}

// TestExcusesNameQuirksAndStories fails for an excuse that names no quirk or story.
func TestExcusesNameQuirksAndStories(t *testing.T) {
	for name, stories := range excused {
		require.True(t, slices.ContainsFunc(sandbox.Quirks(), func(q sandbox.Quirk) bool { return q.Name == name }), name)
		for story := range stories {
			require.Contains(t, questionable(), story)
		}
	}
}

// whoIsWho configures the agents: what a desk without a list of its team has shown so far depends on the order of reading.
func whoIsWho(o *engine.Options) {
	o.AgentMap = []map[mapping.Desk]mapping.PersonID{
		{"dashly": dashly.Jane, "intercom": intercom.Jane}, {"dashly": dashly.Tom, "intercom": intercom.Tom},
		{"dashly": dashly.Olga, "intercom": intercom.Olga},
	}
}

// underQuirk tells a story under a quirk, until nothing is left to do. What a quirk blocks is put right between the halves.
func underQuirk(t *testing.T, s telling, q sandbox.Quirk) (words string, visible int) {
	s.setup.adjust = whoIsWho
	inWorld(t, s.setup, func(w *world) {
		q.Set(w.dashly, w.intercom)
		second := s.tell(w)
		w.pause(2 * time.Minute) // until the slowest index shows it
		w.settleDown(q)
		if q.Blocks {
			w.dashly.SetKnobs(func(k *dashly.Knobs) { *k = dashly.DefaultKnobs() })
			w.intercom.SetKnobs(func(k *intercom.Knobs) { *k = intercom.DefaultKnobs() })
			w.pause(2 * time.Hour)
			w.settleDown(sandbox.Quirk{Traits: sandbox.Traits{Softens: true}}) // what was refused waits for a day
		}
		second()
		w.pause(2 * time.Minute)
		w.settleDown(q)
		w.restful()
		w.pause(10 * time.Minute)
		w.restful()
		words = w.words()
		visible = len(w.delivered("dashly", "bridge")) + len(w.delivered("intercom", "bridge"))
	})
	return words, visible
}

// settleDown runs, as cron would, until a pass ends with nothing open; what a desk refuses or forbids may be parked.
func (w *world) settleDown(q sandbox.Quirk) {
	w.t.Helper()
	var rep report.Report
	for range 8 {
		rep = w.run(engine.Request{Command: "sync", Sweep: q.Hidden})
		done := rep.Status == report.Done || q.Softens && rep.Status == report.Parked
		if dead := w.reaper != nil && w.reaper.revive(); done && !dead {
			return
		}
		w.pause(2 * time.Minute)
	}
	if !q.Blocks {
		w.t.Fatalf("no pass came to an end: %s %+v\n%s", rep.Status, rep.Error, w.picture())
	}
}

// restful asserts that a pass writes nothing, whatever is parked.
func (w *world) restful() {
	w.t.Helper()
	for desk, c := range w.sync().APICalls {
		require.Zero(w.t, c.Write, "writes to %s in an idle pass:\n%s", desk, w.picture())
	}
}

func TestATagThatKeepsItsBlanksIsTakenAway(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.TrimTags = false })
		second := pingPong(w)
		w.done()
		second() // Intercom's agent takes the tag away that is " VIP " on Dashly
		w.settleDown(sandbox.Quirk{})
		require.Equal(t, []string{"a,b"}, w.thread(w.dashly.Dump()).Tags)
		w.idle()
	})
}

// TestWhatBearsNoTagIsFound: whether the list of Dashly leaves it out is not told (dashly-api.md 8.1, include_no_tags).
func TestWhatBearsNoTagIsFound(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.UntaggedHidden = true })
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.pause(10 * time.Minute)
		w.done()
		require.Contains(t, lines(w.thread(w.intercom.Dump())), "customer says: Hello?")
	})
}

// TestAReplyThatTakesTheConversation: the first reply of an agent may be one part of the kind "assignment" that bears the text
// (intercom-api.md 8.2), which of people is a note of doubt. The bridge's own is known as what it wrote, also after a loss.
func TestAReplyThatTakesTheConversation(t *testing.T) {
	for what, loss := range map[string]bool{"remembered": false, "lost": true} {
		t.Run(what, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.intercom.SetKnobs(func(k *intercom.Knobs) { k.ReplyTakes = true })
				i := w.intercom.People()
				i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
				w.pause(3 * time.Minute)
				w.done()
				w.dashly.People().Reply(w.thread(w.dashly.Dump()).ID, dashly.Jane, "This is Jane")
				w.pause(3 * time.Minute)
				if loss { // after the reply, before anything more is written
					w.run(engine.Request{Command: "sync", MaxWrites: 1})
					w.pause(5 * time.Minute)
					w.forget("")
				}
				w.persist()
				require.Len(t, w.delivered("intercom", "bridge"), 1, w.picture())
				require.Equal(t, []string{"customer says: Hello?", "team says: This is Jane"}, lines(w.thread(w.intercom.Dump())))
				require.Len(t, lines(w.thread(w.dashly.Dump())), 3, "with the back-link: %s", w.picture())
				w.idle()
			})
		})
	}
}

// TestACustomersOpeningIsTheirs: delivered_as tells how a conversation came about, not who wrote (intercom-api.md 7.1).
func TestACustomersOpeningIsTheirs(t *testing.T) {
	for _, how := range []string{"operator_initiated", "automated", "campaigns_initiated"} {
		t.Run(how, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.intercom.SetKnobs(func(k *intercom.Knobs) { k.DeliveredAs = how })
				i := w.intercom.People()
				i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "My order is lost")
				w.pause(3 * time.Minute)
				w.done()
				require.Contains(t, lines(w.thread(w.dashly.Dump())), "customer says: My order is lost")
			})
		})
	}
}
