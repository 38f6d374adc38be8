package proof_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoCrons lets two crons strike at one moment: one pass works, the other ends with 5 before it calls a desk, first
// runs and later ones alike.
func TestTwoCrons(t *testing.T) {
	t.Parallel()
	const worlds, strikes = 2, 3
	for name, store := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fresh := store(t)
			want := seeded(t, setup{state: fresh()}, 4)
			want.sync(t)
			for round := range worlds {
				t.Run(fmt.Sprint(round), func(t *testing.T) {
					w := seeded(t, setup{state: fresh()}, 4)
					for range strikes {
						w.oneOf(t, 2)
						require.Equal(t, want.essence(), w.essence())
						require.Equal(t, want.told(), w.told())
					}
					w.idle(t)
				})
			}
		})
	}
}
