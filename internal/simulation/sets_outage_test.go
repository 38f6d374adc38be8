package simulation_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/simulation"
	"github.com/deskbridge/deskbridge/mapping"
)

// outage is a desk some of whose reads fail for a whole pass, and for those that follow within a few minutes, after the store
// was put back or as it is.
type outage struct {
	loss
	desk mapping.Desk
	what string
}

// outages tells which reads fail, by what an outage is called.
var outages = map[string]func(path string) bool{
	"nothing can be read": func(string) bool { return true },
	"no conversation can be read": func(path string) bool {
		return strings.Contains(path, "/conversations/") && !strings.HasSuffix(path, "/search")
	},
	"nothing but them can be read": func(path string) bool {
		return !strings.Contains(path, "/conversations/") || strings.HasSuffix(path, "/search")
	},
}

const outageLasts = 5 * time.Minute

func (o outage) String() string {
	return fmt.Sprintf("%s; of %s %s", o.loss, o.desk, o.what)
}

func (o outage) play(t *testing.T) error {
	var begun sync.Map
	plan := simulation.Plan{Lenient: o.line < o.Lines(), Before: func(w *simulation.World, line int) error {
		if line != o.line {
			return nil
		}
		w.Disk.RollBack(min(o.kept, w.Disk.Writes()))
		begun.Store(w, time.Now())
		if line < o.Lines() {
			return nil
		}
		if _, err := w.Pass(engine.Request{Command: "sync"}); err != nil {
			return err
		}
		w.Sleep(2 * outageLasts)
		err := w.Sync(engine.Request{Command: "sync"}, true)
		if o.notices(err) {
			err = w.Sync(engine.Request{Command: "sync"}, true)
		}
		return err
	}, Desk: o.refuse(&begun)}
	return o.judge(o.Run(t, plan), func(lines []string) []string { return lines })
}

// refuse lets the reads fail in each world from when the outage began there: a plan may be played twice.
func (o outage) refuse(begun *sync.Map) func(w *simulation.World, c simulation.Call) stage.Fault {
	fails := outages[o.what]
	return func(w *simulation.World, c simulation.Call) stage.Fault {
		at, ok := begun.Load(w)
		if !ok || c.Write || c.Desk != o.desk || time.Since(at.(time.Time)) > outageLasts || !fails(c.Request.URL.Path) {
			return stage.Fault{}
		}
		return stage.Fault{Kind: stage.Refuse, Status: http.StatusServiceUnavailable}
	}
}

// TestEveryOutage lets a desk be unreadable, wholly or in part, from each line in which the bridge works and after the end;
// the store is as it is, emptied, or put back to an earlier write. Once the desk answers, everything is as after the
// undisturbed run.
func TestEveryOutage(t *testing.T) {
	names := slices.Sorted(maps.Keys(outages))
	var set []outage
	for _, s := range all(t) {
		add := func(l loss, n int) { // one after another, so that each loss meets one and each outage many
			set = append(set, outage{l, []mapping.Desk{"dashly", "intercom"}[n%2], names[n/2%len(names)]})
		}
		for line := range s.Lines() {
			if !s.works(line) {
				continue
			}
			for n := range 2 * len(names) {
				add(loss{s, line, s.calm.DiskWrites, false}, n)
				add(loss{s, line, 0, false}, n)
			}
		}
		for i, n := range s.prefixes(s.Lines()) {
			add(loss{s, s.Lines(), n, false}, i)
		}
	}
	enumerate(t, "outages", wanted(t, 300, len(set)), set, func(t *testing.T, o outage) error { return o.play(t) })
}
