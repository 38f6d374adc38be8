package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

// TestASecondBridgeIsNoticed lets two bridges with a store each work on the same desks in turn: soon one of them says so
// and stops, and until then nothing is written twice.
func TestASecondBridgeIsNoticed(t *testing.T) {
	t.Parallel()
	stores := [2]string{t.TempDir(), t.TempDir()}
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		var failure *report.Failure
		for n := 0; n < 10 && failure == nil; n++ {
			for _, w.dir = range stores {
				rep := w.sync()
				if rep.Status == report.Locked {
					failure = rep.Error
					break
				}
				require.Equal(t, report.Done, rep.Status, "%+v", rep.Error)
			}
			w.pause(5 * time.Minute)
			d.Note(conv, dashly.Jane, fmt.Sprintf("note %d", n))
			d.Write(conv, fmt.Sprintf("and %d", n))
		}
		require.NotNil(t, failure, "nobody noticed the other")
		require.Equal(t, engine.SecondBridge, failure.Code)
		w.persist()
		seen := map[string]int{}
		for _, l := range lines(w.thread(w.intercom.Dump())) {
			seen[l]++
			require.Equal(t, 1, seen[l], "%s\n%s", l, w.picture())
		}
	})
}

// TestAStoreThatIsPutBackNeedsNobody rolls the store back after an hour of work, as an operator who restores a backup
// does: the bridge goes on at once.
func TestAStoreThatIsPutBackNeedsNobody(t *testing.T) {
	t.Parallel()
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.copyFile("bridge.db", "backup.db")
		for n := range 6 {
			w.pause(10 * time.Minute)
			d.Write(conv, fmt.Sprintf("and %d", n))
			w.intercom.People().Note(w.thread(w.intercom.Dump()).ID, intercom.Jane, fmt.Sprintf("noted %d", n))
			w.done()
		}
		want := w.essence()
		w.forget("backup.db")
		w.done()
		require.Equal(t, want, w.essence())
		w.idle()
	})
}
