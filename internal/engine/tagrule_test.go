package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// tagsOf has the tags of one desk count, or merges those of both.
func tagsOf(policy string, rules engine.TagRules) func(o *engine.Options) {
	return func(o *engine.Options) {
		o.Conflicts, o.Tags = map[mapping.Field]string{mapping.Tags: policy}, rules
	}
}

// TestTagsThatTheOtherDeskIsNotGiven are counted once, whichever desk's tags count: those that stay by a rule, and those that
// the other desk cannot be given.
func TestTagsThatTheOtherDeskIsNotGiven(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"merge", "intercom"} {
		inWorld(t, setup{adjust: tagsOf(policy, engine.TagRules{Drop: []string{"internal*"}})}, func(w *world) {
			h := w.intercom.People()
			conv, _ := h.Open(h.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.done()
			w.pause(time.Minute)
			for _, tag := range []string{"internal audit", "internal", "a, b", "c, d"} {
				h.Tag(conv, intercom.Jane, tag)
			}
			for _, want := range []int{2, 0, 0} {
				h.Write(conv, "Anybody?")
				lost := w.done().Directions["intercom_to_dashly"].Losses
				require.Equal(t, want, lost[mapping.LossTagKept], policy)
				require.Equal(t, want, lost[mapping.LossTagUnsafe], policy)
				w.pause(time.Minute)
			}
		})
	}
}

// TestRefusedTagsAreNotTriedAgain in each look, whichever desk's tags count, until they are given again.
func TestRefusedTagsAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"merge", "dashly"} {
		inWorld(t, setup{adjust: tagsOf(policy, engine.TagRules{})}, func(w *world) {
			d := w.dashly.People()
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.done()
			calls := 0
			w.intercom.Fail(func(r *http.Request) sandbox.Fault {
				if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/tags") {
					return sandbox.Fault{}
				}
				calls++
				return sandbox.Fault{Kind: stage.Refuse, Status: 422}
			})
			w.pause(time.Minute)
			d.Tag(conv, dashly.Jane, "a")
			d.Tag(conv, dashly.Jane, "b")
			d.Write(conv, "one")
			require.Equal(t, 2, w.done().Directions["dashly_to_intercom"].Losses[mapping.LossFieldUnset])
			tried := calls
			for range 3 {
				w.pause(time.Minute)
				d.Write(conv, "two")
				w.done()
			}
			require.Equal(t, tried, calls)
			w.intercom.Fail(nil)
			d.Untag(conv, dashly.Jane, "a")
			d.Write(conv, "three")
			w.done()
			w.pause(time.Minute)
			d.Tag(conv, dashly.Jane, "a")
			d.Write(conv, "four")
			w.done()
			require.Equal(t, []string{"a"}, w.thread(w.intercom.Dump()).Tags)
		})
	}
}

// TestOneDesksTagsCount: under such a rule the other desk gets back what was taken away there, and loses what was added; what
// stands on both desks is not renamed when a row of the map goes.
func TestOneDesksTagsCount(t *testing.T) {
	t.Parallel()
	vip := engine.TagRules{Map: []map[mapping.Desk]string{{"dashly": "vip", "intercom": "VIP customer"}}}
	inWorld(t, setup{adjust: tagsOf("intercom", vip)}, func(w *world) {
		d, h := w.dashly.People(), w.intercom.People()
		conv, _ := h.Open(h.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		h.Tag(conv, intercom.Jane, "VIP customer")
		h.Tag(conv, intercom.Jane, "x")
		w.done()
		twin := w.thread(w.dashly.Dump())
		require.Equal(t, []string{"vip", "x"}, twin.Tags)
		w.setup.adjust = tagsOf("intercom", engine.TagRules{})
		w.pause(time.Minute)
		d.Untag(twin.ID, dashly.Jane, "x")
		d.Tag(twin.ID, dashly.Jane, "y")
		h.Write(conv, "more")
		w.done()
		require.Equal(t, []string{"vip", "x"}, w.thread(w.dashly.Dump()).Tags)
		w.pause(time.Minute)
		h.Untag(conv, intercom.Jane, "x")
		h.Write(conv, "and more")
		w.done()
		require.Equal(t, []string{"vip"}, w.thread(w.dashly.Dump()).Tags)
		require.Equal(t, []string{"VIP customer"}, w.thread(w.intercom.Dump()).Tags)
		w.idle()
	})
}
