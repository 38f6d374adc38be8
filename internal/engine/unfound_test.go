package engine_test

import (
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
)

var oneConversation = regexp.MustCompile(`/conversations/\d+$`)

// refuseSingle lets a desk refuse to show single conversations, while its lists can be read.
func refuseSingle(status int) func(r *http.Request) sandbox.Fault {
	return func(r *http.Request) sandbox.Fault {
		if r.Method == http.MethodGet && oneConversation.MatchString(r.URL.Path) {
			return sandbox.Fault{Kind: stage.Refuse, Status: status}
		}
		return sandbox.Fault{}
	}
}

// TestATokenThatMayNotReadBuriesNothing: single conversations are forbidden for hours, in the desk's own words, and can be read
// again: none of them counts as deleted.
func TestATokenThatMayNotReadBuriesNothing(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		alice := d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"})
		one, _ := d.Open(alice, "Hello")
		two, _ := d.Open(alice, "Something else")
		w.done()
		w.pause(3 * time.Minute)
		d.Write(one, "Anybody?")
		d.Write(two, "Nobody?")
		w.dashly.Fail(refuseSingle(403))
		for range 3 {
			require.Equal(t, report.Parked, w.sync().Status)
			w.pause(61 * time.Minute)
		}
		w.dashly.Fail(nil)
		w.done()
		require.Contains(t, lines(thatSays(w, w.intercom.Dump(), "Hello")), "customer says: Anybody?")
		require.Contains(t, lines(thatSays(w, w.intercom.Dump(), "Something else")), "customer says: Nobody?")
		w.idle()
	})
}

// TestAListedCopyThatIsNotFoundIsNotOpenedAgain: after a lost store the desk lists the copy and says for a
// while that there is none.
func TestAListedCopyThatIsNotFoundIsNotOpenedAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		carriedOver(w)
		w.pause(3 * time.Hour)
		w.forget("")
		began, refused := time.Now(), 0
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			f := refuseSingle(404)(r)
			if time.Since(began) > settle+settle/2 {
				return sandbox.Fault{}
			}
			if f.Kind != "" {
				refused++
			}
			return f
		})
		w.persist()
		require.Positive(t, refused)
		require.Len(t, w.intercom.Dump(), 1, w.picture())
		w.idle()
	})
}

// TestAListedConversationThatIsGoneHoldsNothingUp: a list shows what was deleted without saying so, and never otherwise.
func TestAListedConversationThatIsGoneHoldsNothingUp(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		w.intercom.People().Open(w.intercom.People().Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Long ago")
		w.pause(3 * time.Hour)
		w.setup.start = time.Hour
		w.cutOver()
		gone := w.thread(w.intercom.Dump()).ID
		d := w.dashly.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
		w.intercom.Fail(func(r *http.Request) sandbox.Fault {
			if r.Method == http.MethodGet && oneConversation.FindString(r.URL.Path) == "/conversations/"+gone {
				return sandbox.Fault{Kind: stage.Refuse, Status: 404}
			}
			return sandbox.Fault{}
		})
		began := time.Now()
		w.done()
		require.GreaterOrEqual(t, time.Since(began), settle, "it waits once")
		require.Len(t, w.intercom.Dump(), 2, w.picture())
		w.idle()
	})
}
