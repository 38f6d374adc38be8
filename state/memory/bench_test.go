package memory_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/memory"
)

// sizes are records in a ledger: of a usual thread, and of one of 700 parts.
var sizes = []int{20, 1400}

var value = []byte(fmt.Sprintf("%0200d", 0))

func ledger(b *testing.B, m memory.Manner, size int) (*memory.Disk, *memory.Store, state.Lease) {
	h, d := host{name: "h"}, memory.NewDisk(m)
	s := memory.Open(d, "main", h.start(0))
	l, err := s.Acquire(b.Context(), pair, 1000*time.Hour)
	require.NoError(b, err)
	c := state.Change{Put: map[string][]byte{}, Index: []mapping.Ref{twin(0)}}
	for i := range size {
		c.Put["e/dashly/"+strconv.Itoa(i)] = value
	}
	require.NoError(b, s.Commit(b.Context(), l, pair, c))
	return d, s, l
}

// BenchmarkCommit stores an entry and drops an intent, as the engine does after a write.
func BenchmarkCommit(b *testing.B) {
	for _, parted := range []bool{false, true} {
		for _, size := range sizes {
			b.Run(fmt.Sprintf("parted=%v/records=%d", parted, size), func(b *testing.B) {
				_, s, l := ledger(b, memory.Manner{Parted: parted, Keep: 5000}, size)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					err := s.Commit(b.Context(), l, pair, state.Change{
						Put: map[string][]byte{"e/dashly/" + strconv.Itoa(i%size): value}, Del: []string{"i/1"},
						Index: []mapping.Ref{twin(0)}, Agenda: &state.Item{Reason: "more"},
					})
					if err != nil {
						require.NoError(b, err)
					}
				}
			})
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprintf("records=%d", size), func(b *testing.B) {
			_, s, _ := ledger(b, memory.Manner{}, size)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Load(b.Context(), pair); err != nil {
					require.NoError(b, err)
				}
			}
		})
	}
}

// BenchmarkAt goes back in a disk of 5000 writes and writes there.
func BenchmarkAt(b *testing.B) {
	d, s, l := ledger(b, memory.Manner{}, 20)
	for d.Writes() < 5000 {
		require.NoError(b, s.Put(b.Context(), l, "cursor:dashly", value))
	}
	h := host{name: "h"}
	p := h.start(0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		back := d.At(2 + i%4998)
		if err := memory.Open(back, "main", p).Put(b.Context(), l, "cursor:dashly", value); err != nil {
			require.NoError(b, err)
		}
	}
}
