package simulation

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
)

// StoreStrike is one way in which the store goes wrong, from the text of ParseStoreStrike.
type StoreStrike struct {
	StoreFault
	Nth    int           // it strikes the n-th command, or answer to one, counted from the beginning through all deaths
	Answer bool          // the command is done, and its answer lost; commands and answers are counted apart
	For    time.Duration // every command after it goes wrong in the same way, for so long; 0: it alone
	text   string
}

func (s StoreStrike) String() string { return s.text }

// storeStrikes are the words for what goes wrong. The lease is 10 s long and settle is 2 minutes, unless a scenario says
// otherwise.
var storeStrikes = map[string]StoreStrike{
	"refused":           {StoreFault: StoreFault{Down: true}},
	"lost":              {StoreFault: StoreFault{Down: true}, Answer: true},
	"slow by 15s":       {StoreFault: StoreFault{Slow: 15 * time.Second}},
	"slow by 5m":        {StoreFault: StoreFault{Slow: 5 * time.Minute}},
	"slow by 2s for 1m": {StoreFault: StoreFault{Slow: 2 * time.Second}, For: time.Minute},
	"down for 5s":       {StoreFault: StoreFault{Down: true}, For: 5 * time.Second},
	"down for 3m":       {StoreFault: StoreFault{Down: true}, For: 3 * time.Minute},
}

// StoreStrikes lists the words that a strike can begin with, those of commands or those of answers.
func StoreStrikes(answer bool) (all []string) {
	for k, s := range storeStrikes {
		if s.Answer == answer {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

var storeForm = regexp.MustCompile(`^(.+) on the (\d+)(?:st|nd|rd|th) (command|answer)$`)

// ParseStoreStrike reads for example "refused on the 12th command" or "lost on the 3rd answer".
func ParseStoreStrike(text string) (StoreStrike, error) {
	text = strings.TrimSpace(text)
	m := storeForm.FindStringSubmatch(text)
	if m == nil {
		return StoreStrike{}, fmt.Errorf("%q is nothing that a store does; write for example \"refused on the 12th command\"", text)
	}
	s, ok := storeStrikes[m[1]]
	if answer := m[3] == "answer"; !ok || s.Answer != answer {
		return s, fmt.Errorf("no %s is %q; write one of %q", m[3], m[1], StoreStrikes(answer))
	}
	s.text = text
	s.Nth, _ = strconv.Atoi(m[2])
	return s, nil
}

// storeSeen is what the store was asked so far.
type storeSeen struct {
	commands, answers int
	struck            int // strikes of the plan
	calls             []StoreCall
}

// strikeStore counts a command or an answer, and gives what the plan has go wrong with it. The world is locked.
func (w *World) strikeStore(c StoreCall) (fault StoreFault, struck bool) {
	n := &w.asked.commands
	if c.Done {
		n = &w.asked.answers
	}
	*n++
	if w.plan.RecordPoints {
		w.asked.calls = append(w.asked.calls, c)
	}
	for _, s := range w.plan.StoreStrikes {
		if s.Answer != c.Done || s.Nth != *n {
			continue
		}
		fault, struck = s.StoreFault, true
		w.asked.struck++
		if s.For > 0 {
			w.store = outage{time.Now().Add(s.For), s.StoreFault}
		}
	}
	return fault, struck
}

// troubled tells that a process died or the store went wrong: what the bridge was to do may be late.
func (w *World) troubled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.lives) > 0 || w.asked.struck > 0
}

// single makes one pass, and makes it again when a strike has ended it, as cron would.
func (w *World) single(req engine.Request) error {
	for range patience {
		before, down := w.storeStruck()
		rep, err := w.Pass(req)
		after, _ := w.storeStruck()
		if err != nil || rep.Died || rep.Status == report.Done || before == after && !down {
			return err
		}
		w.Sleep(w.settings.restartOnError)
	}
	return fmt.Errorf("%d passes were ended by the store: %s", patience, w.open())
}

// noStore tells that a pass ended because the store failed.
func noStore(rep PassReport) bool { return rep.Status == report.Failed && rep.Error.Code == "store" }

// storeStruck tells how many strikes came to pass, and whether the last one goes on.
func (w *World) storeStruck() (struck int, down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked.struck, w.asked.struck > 0 && time.Now().Before(w.store.until)
}
