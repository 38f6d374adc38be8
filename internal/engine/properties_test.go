package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// knownTo are rules about four properties, one of each type.
func knownTo(o *engine.Options) {
	for name, kind := range map[string]mapping.PropertyType{"plan": "text", "seats": "number", "trial": "boolean", "renewal": "date"} {
		o.Properties = append(o.Properties, mapping.Property{Names: map[mapping.Desk]string{"dashly": name, "intercom": "Their " + name}, Type: kind})
	}
}

func (w *world) attributes(names ...string) {
	w.intercom.SetKnobs(func(k *intercom.Knobs) { k.ContactAttributes = names })
}

var allOfThem = []string{"Their plan:string", "Their seats:integer", "Their trial:boolean", "Their renewal:date"}

func (w *world) losses(rep report.Report) map[string]int {
	out := map[string]int{}
	for _, d := range rep.Directions {
		out["property_not_held"] += d.Losses["property_not_held"]
	}
	return out
}

// TestPropertiesAreCarriedToTheContactsThatTheBridgeMakes, typed, in both directions, and no others.
func TestPropertiesAreCarriedToTheContactsThatTheBridgeMakes(t *testing.T) {
	inWorld(t, setup{adjust: knownTo}, func(w *world) {
		w.attributes(allOfThem...)
		vera := w.dashly.People().Customer(stage.Customer{Name: "Vera"})
		w.dashly.People().Properties(vera, map[string]any{"plan": "gold", "seats": 12.0, "trial": false, "renewal": "2026-12-24T10:00:00", "secret": "x"})
		w.dashly.People().Open(vera, "Hello")
		leo := w.intercom.People().Customer(stage.Customer{Name: "Leo"})
		w.intercom.People().Attributes(leo, map[string]any{"Their plan": "silver", "Their seats": 3.0, "Their trial": true, "Their renewal": 1798106400.0, "Their pet": "cat"})
		w.intercom.People().Open(leo, "Hello too")
		require.Zero(t, w.losses(w.done())["property_not_held"])

		name, custom := w.intercom.AttributesOf(w.intercom.CustomerOf(w.intercom.Dump()[1].ID))
		require.Equal(t, "Vera", name)
		require.Equal(t, map[string]any{"Their plan": "gold", "Their seats": 12.0, "Their trial": false, "Their renewal": 1798106400.0}, custom)
		props, custom := w.dashly.PropertiesOf(w.dashly.CustomerOf(w.dashly.Dump()[1].ID))
		require.Equal(t, "Leo", props["$name"])
		require.Equal(t, map[string]any{"plan": "silver", "seats": 3.0, "trial": true, "renewal": "2026-12-24T10:00:00"}, custom)
		w.pause(3 * time.Minute)
		w.idle()
	})
}

// TestPropertiesFillWhatIsMissing with the next conversation, overwrite nothing, and blanks are nothing.
func TestPropertiesFillWhatIsMissing(t *testing.T) {
	inWorld(t, setup{adjust: knownTo}, func(w *world) {
		w.attributes(allOfThem...)
		vera := w.dashly.People().Customer(stage.Customer{Name: "Vera"})
		w.dashly.People().Properties(vera, map[string]any{"plan": "gold", "seats": ""})
		w.dashly.People().Open(vera, "Hello")
		w.done()
		made := w.intercom.CustomerOf(w.intercom.Dump()[0].ID)
		w.intercom.People().Attributes(made, map[string]any{"Their trial": true})
		w.dashly.People().Properties(vera, map[string]any{"plan": "iron", "seats": 5.0, "trial": false})
		w.pause(3 * time.Minute)
		w.dashly.People().Write(w.dashly.Dump()[0].ID, "Words alone change nobody")
		w.done()
		_, custom := w.intercom.AttributesOf(made)
		require.Equal(t, map[string]any{"Their plan": "gold", "Their trial": true}, custom)
		w.dashly.People().Open(vera, "Hello again")
		w.done()
		_, custom = w.intercom.AttributesOf(made)
		require.Equal(t, map[string]any{"Their plan": "gold", "Their trial": true, "Their seats": 5.0}, custom)
	})
}

// TestPropertiesOfAContactThatWasThere are filled in where it has none, and stay as they are where it has one; addresses are
// never set.
func TestPropertiesOfAContactThatWasThere(t *testing.T) {
	inWorld(t, setup{adjust: knownTo}, func(w *world) {
		w.attributes(allOfThem...)
		ann := w.dashly.People().Customer(stage.Customer{Own: "crm-1", Name: "Ann"})
		w.dashly.People().Properties(ann, map[string]any{"plan": "gold", "seats": 3.0})
		there := w.intercom.People().Customer(stage.Customer{Own: "crm-1"})
		w.intercom.People().Attributes(there, map[string]any{"Their plan": "iron"})
		w.dashly.People().Open(ann, "Hello")
		bob := w.intercom.People().Customer(stage.Customer{Own: "crm-2", Name: "Bob", Email: "bob@example.org", Confirmed: true})
		w.intercom.People().Attributes(bob, map[string]any{"Their plan": "silver"})
		known := w.dashly.People().Customer(stage.Customer{Own: "crm-2", Name: "Robert"})
		w.intercom.People().Open(bob, "Hello too")
		w.done()
		require.Equal(t, "crm-1", w.intercom.Dump()[1].Customer)
		name, custom := w.intercom.AttributesOf(there)
		require.Equal(t, "Ann", name)
		require.Equal(t, map[string]any{"Their plan": "iron", "Their seats": 3.0}, custom)
		props, custom := w.dashly.PropertiesOf(known)
		require.Equal(t, map[string]any{"plan": "silver"}, custom)
		require.NotContains(t, props, "$email", "no address is set on a user who was there")
		require.Equal(t, "Robert", props["$name"])
		w.pause(3 * time.Minute)
		w.idle()
	})
}

// TestPropertiesThatDoNotFit are left out and counted once a conversation; the words go through all the same.
func TestPropertiesThatDoNotFit(t *testing.T) {
	for name, knobs := range map[string]func(d *dashly.Knobs, i *intercom.Knobs){
		"attributes are missing": func(_ *dashly.Knobs, i *intercom.Knobs) { i.ContactAttributes = []string{"Their plan:string"} },
		"of another type": func(_ *dashly.Knobs, i *intercom.Knobs) {
			i.ContactAttributes = []string{"Their plan:string", "Their seats:string"}
		},
		"values of another type": func(_ *dashly.Knobs, i *intercom.Knobs) { i.ContactAttributes = allOfThem },
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{adjust: knownTo}, func(w *world) {
				knob := func(i *intercom.Knobs) { knobs(nil, i) }
				w.intercom.SetKnobs(knob)
				vera := w.dashly.People().Customer(stage.Customer{Name: "Vera"})
				values := map[string]any{"plan": "gold", "seats": 4.0, "trial": true}
				if name == "values of another type" {
					values["seats"], values["trial"] = "many", "perhaps"
				}
				w.dashly.People().Properties(vera, values)
				w.dashly.People().Open(vera, "Hello")
				require.Equal(t, 1, w.losses(w.done())["property_not_held"])
				_, custom := w.intercom.AttributesOf(w.intercom.CustomerOf(w.intercom.Dump()[0].ID))
				require.Equal(t, map[string]any{"Their plan": "gold"}, custom)
				require.Contains(t, lines(w.thread(w.intercom.Dump())), "customer says: Hello")
				w.idle()
			})
		})
	}
}

// TestPropertiesCostNothingWithoutARule: the calls of a pass are those of a bridge that knows no properties.
func TestPropertiesCostNothingWithoutARule(t *testing.T) {
	calls := func(adjust func(*engine.Options)) (read, write int) {
		inWorld(t, setup{adjust: adjust}, func(w *world) {
			w.attributes(allOfThem...)
			vera := w.dashly.People().Customer(stage.Customer{Name: "Vera"})
			w.dashly.People().Properties(vera, map[string]any{"plan": "gold"})
			w.dashly.People().Open(vera, "Hello")
			for _, c := range w.done().APICalls {
				read, write = read+c.Read, write+c.Write
			}
		})
		return read, write
	}
	r0, w0 := calls(nil)
	r1, w1 := calls(knownTo)
	require.Equal(t, []int{2, 1}, []int{r1 - r0, w1 - w0}, "with rules, an opening costs two reads and a write more")
}

// TestPropertiesStayWithinTheBound: a desk that refuses all of them at once is asked for each alone only as far as the
// bound on write calls admits it, and the opening.
func TestPropertiesStayWithinTheBound(t *testing.T) {
	t.Parallel()
	for bound := 3; bound <= 8; bound++ {
		inWorld(t, setup{adjust: knownTo}, func(w *world) {
			vera := w.dashly.People().Customer(stage.Customer{Name: "Vera"})
			w.dashly.People().Properties(vera, map[string]any{"plan": "gold", "seats": 12.0, "trial": false, "renewal": "2026-12-24T10:00:00"})
			w.dashly.People().Open(vera, "Hello")
			rep := w.run(engine.Request{Command: "sync", MaxWrites: bound})
			require.LessOrEqual(t, rep.APICalls["intercom"].Write, bound)
			require.Equal(t, 1, w.losses(rep)["property_not_held"])
			require.Contains(t, allWords(w.intercom.Dump()), "Hello")
		})
	}
}
