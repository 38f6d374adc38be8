package engine_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/mapping"
)

// TestAnUnmappedAgentTakesItAgain: who has no counterpart and takes a conversation is counted each time that they do.
func TestAnUnmappedAgentTakesItAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		h := w.intercom.People()
		conv, _ := h.Open(h.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		for _, step := range []struct {
			to   string
			lost int
		}{{"28", 1}, {"28", 0}, {"0", 0}, {"28", 1}} {
			w.pause(time.Minute)
			h.Assign(conv, intercom.Jane, step.to)
			h.Write(conv, "Anybody?")
			require.Equal(t, step.lost, w.done().Directions["intercom_to_dashly"].Losses[mapping.LossUnmappedAgent])
		}
	})
}

// TestARefusedAssignmentIsTriedAgain when the agent who could not be assigned has given the conversation back and takes it again.
func TestARefusedAssignmentIsTriedAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		assign := func(to string) map[mapping.Loss]int {
			w.pause(time.Minute)
			d.Assign(conv, dashly.Jane, to)
			d.Note(conv, dashly.Jane, "by "+to)
			return w.done().Directions["dashly_to_intercom"].Losses
		}
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/parts") {
				return sandbox.Fault{Kind: stage.Refuse, Status: 422}
			}
			return sandbox.Fault{}
		})
		require.Equal(t, 1, assign(dashly.Jane)[mapping.LossFieldUnset])
		w.intercom.Fail(nil)
		require.Zero(t, assign("")[mapping.LossFieldUnset])
		require.Zero(t, assign(dashly.Jane)[mapping.LossFieldUnset])
		require.Equal(t, intercom.Jane, w.thread(w.intercom.Dump()).Assignee)
	})
}
