package simulation_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/simulation"
)

// storeStrike is a command to the store of a scenario, or the answer to one, and what goes wrong with it.
type storeStrike struct {
	told
	kind   string
	strike simulation.StoreStrike
}

func (c storeStrike) play(t *testing.T) error {
	res := c.Run(t, simulation.Plan{Settings: []string{inParts}, StoreStrikes: []simulation.StoreStrike{c.strike}})
	if res.Err == nil && res.StoreStruck != 1 {
		res.Err = fmt.Errorf("%d of the strikes \"%s\" came to pass", res.StoreStruck, c.strike)
	}
	return res.Like(c.calm)
}

// storeStrikes are the commands to the store of all scenarios, on a store in parts: each write of a step is one. Each is
// refused, and is struck by one of the other kinds, which take turns; one that changes the store is slow in one way, and
// the store is down from there in one. The answers that are lost are those to what changes the store.
func storeStrikes(t *testing.T, stories []told) (set []storeStrike) {
	t.Helper()
	slow := []string{"slow by 15s", "slow by 5m", "slow by 2s for 1m"}
	down := []string{"down for 5s", "down for 3m"}
	for _, s := range partedOnes(t, stories) {
		add := func(kind, sort string, nth int) {
			strike, err := simulation.ParseStoreStrike(fmt.Sprintf("%s on the %dth %s", kind, nth, sort))
			require.NoError(t, err)
			set = append(set, storeStrike{s, kind, strike})
		}
		nth := map[bool]int{} // command or answer, by whether it is one
		spread := s.spread(len(s.calm.StoreCalls))
		for i, c := range s.calm.StoreCalls {
			nth[c.Done]++
			n := nth[c.Done]
			switch _, in := slices.BinarySearch(spread, i+1); {
			case !in:
			case c.Done && c.Write:
				add("lost", "answer", n)
			case c.Done:
			case c.Write:
				add("refused", "command", n)
				add(slow[n%len(slow)], "command", n)
				add(down[n%len(down)], "command", n)
			default:
				add("refused", "command", n)
				add(append(slow, down...)[n%5], "command", n)
			}
		}
	}
	return set
}

// TestEveryStoreFault lets the store go wrong at one command: it is refused, it comes after the lease has run out, it is
// done and its answer lost, or from then on the store is down or slow for a while. Passes that the store ends are made
// again, and the end is that of the undisturbed run.
func TestEveryStoreFault(t *testing.T) {
	var mu sync.Mutex
	struck := map[string]int{}
	set := storeStrikes(t, all(t))
	enumerate(t, "store faults", wanted(t, 400, len(set)), set, func(t *testing.T, c storeStrike) error {
		mu.Lock()
		struck[c.kind]++
		mu.Unlock()
		return c.play(t)
	})
	for _, kind := range slices.Sorted(maps.Keys(struck)) {
		t.Logf("%d %s", struck[kind], kind)
	}
	if sum(struck) >= 400 {
		require.Len(t, struck, len(simulation.StoreStrikes(false))+len(simulation.StoreStrikes(true)), "every kind came to pass")
	}
}
