package sourcetest

import (
	"fmt"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sources"
)

// crowd opens n conversations, eight in each second, the last one so long ago. The oldest comes first.
func (x *exam) crowd(n int, ago time.Duration) []mapping.ConversationID {
	who := x.customer("crowd")
	var ids []mapping.ConversationID
	for i := range n {
		id, _ := x.human(ago+time.Duration((n-1-i)/8)*time.Second).Open(who, fmt.Sprintf("Question %d", i))
		ids = append(ids, mapping.ConversationID(id))
	}
	x.pass(x.lag())
	return ids
}

// emptyDesk: nothing to tell is no error, and what comes later is found from whatever cursor that gave.
func emptyDesk(x *exam) {
	got, cursor := x.changed("", time.Time{})
	require.Empty(x, got)
	got, cursor = x.changed(cursor, time.Time{})
	require.Empty(x, got)
	require.Empty(x, x.between(sources.Window{}))
	x.pass(24 * time.Hour)
	id := x.crowd(1, 0)
	x.pass(time.Second)
	got, _ = x.changed(cursor, time.Time{})
	require.Equal(x, id, got.ids())
}

// manyPages: a first poll gives everything since the floor, however many pages and however many in one second.
func manyPages(x *exam) {
	old := x.crowd(40, 48*time.Hour)
	ids := append(old, x.crowd(330, time.Hour)...)
	got, cursor := x.changed("", time.Time{})
	require.Equal(x, ids, got.ids(), "without a floor: everything")
	require.ElementsMatch(x, ids, x.between(sources.Window{}).ids())

	floor := x.desk.Now().Add(-x.lag() - time.Hour - 10*time.Second).Truncate(time.Second)
	since, _ := x.changed("", floor)
	for id, l := range got {
		if !l.Updated.Before(floor) {
			require.Contains(x, since, id, "the floor takes in its own second")
		}
	}
	x.pass(time.Hour)
	got, _ = x.changed(cursor, time.Time{})
	require.NotContains(x, got, old[0], "a cursor spares what is known for long")
	require.Contains(x, got, ids[len(ids)-1], "and overlaps")

	// Everything changes in one second.
	h := x.human(0)
	for _, id := range ids {
		h.Write(string(id), "Any news?")
	}
	x.pass(x.lag() + time.Second)
	got, _ = x.changed(cursor, time.Time{})
	require.Equal(x, ids, got.ids(), "each one that changed in the same second")
}

// cursorBehindClock: what took effect within settle before a poll, but showed only after it, is in the next poll; by the
// desk's clock, which may be fast or slow.
func cursorBehindClock(x *exam) {
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour} {
		x.fresh()
		real := x.desk.Now
		x.desk.Now = func() time.Time { return real().Add(skew) }
		var cursor sources.Cursor
		var late []mapping.ConversationID
		for round := range 5 {
			x.crowd(1, 0)
			_, cursor = x.changed(cursor, time.Time{})
			// A call that left before the poll shows only now, under its own time.
			late = append(late, x.crowd(1, settle-time.Second+x.lag())...)
			x.pass(time.Second)
			got, _ := x.changed(cursor, time.Time{})
			require.Contains(x, got, late[round], "shown late, the desk's clock is ahead by %s", skew)
			x.pass(10 * time.Minute)
		}
	}
}

// cursorNeverBack: polling a desk where nothing happens never brings more than before, not even after the newest
// conversation is gone.
func cursorNeverBack(x *exam) {
	x.crowd(20, 48*time.Hour)
	newest := x.crowd(1, 0)[0]
	x.pass(time.Hour)
	_, cursor := x.changed("", time.Time{})
	first, cursor := x.changed(cursor, time.Time{})
	require.Equal(x, []mapping.ConversationID{newest}, first.ids())
	for range 3 {
		x.pass(time.Hour)
		var got listed
		got, cursor = x.changed(cursor, time.Time{})
		require.LessOrEqual(x, len(got), 1)
	}
	x.human(0).Delete(string(newest))
	x.pass(x.lag())
	for range 3 {
		var got listed
		got, cursor = x.changed(cursor, time.Time{})
		require.Empty(x, got, "a cursor that fell back to the older conversations")
	}
}

// clockPutBack: a desk's clock that was ahead, and is put back, costs nothing of what is said until it has come there again, and
// lists what is known once more, but not for ever. One that was behind for a while costs nothing either.
func clockPutBack(x *exam) {
	for _, wrong := range []time.Duration{4 * time.Hour, -72 * time.Hour} {
		x.fresh()
		real := x.desk.Now
		old := x.crowd(20, 48*time.Hour)
		_, cursor := x.changed("", time.Time{})
		for _, skew := range []time.Duration{0, wrong, 0} {
			x.desk.Now = func() time.Time { return real().Add(skew) }
			for range 3 {
				id := x.crowd(1, 0)[0]
				x.pass(time.Second)
				var got listed
				got, cursor = x.changed(cursor, time.Time{})
				require.Contains(x, got, id, "the clock was wrong by %s, and is by %s", wrong, skew)
				x.pass(10 * time.Minute)
			}
		}
		got, _ := x.changed(cursor, time.Time{})
		require.NotContains(x, got, old[0], "the clock was wrong by %s", wrong)
	}
}

// oldOnes: each change of an old conversation is in the next poll, apart from those that move no clock of the desk: these
// are found by sweeps. A message moves it everywhere.
func oldOnes(x *exam) {
	all := []change{byMessage, byNote, byClose, byAssign, byTag}
	ids := x.crowd(len(all), 72*time.Hour)
	x.crowd(1, time.Hour)
	_, cursor := x.changed("", time.Time{})
	moved := map[change]bool{}
	for i, c := range all {
		before := x.desk.Facts.Updated(string(ids[i]))
		x.change(x.human(0), string(ids[i]), c)
		moved[c] = x.desk.Facts.Updated(string(ids[i])).After(before)
	}
	require.True(x, moved[byMessage])
	x.pass(x.lag() + time.Second)
	got, _ := x.changed(cursor, time.Time{})
	swept := x.between(sources.Window{})
	for i, c := range all {
		if moved[c] {
			require.Contains(x, got, ids[i], "a %s in an old conversation", c)
		}
		require.Equal(x, x.read(string(ids[i])).Version, swept[ids[i]].Version, "a sweep shows a %s", c)
	}
}

// whileListing: what changes between the pages is in this poll or the next, in its last version, and nothing that stays
// as it is slips through because others move.
func whileListing(x *exam) {
	for _, pick := range []int{0, 330} { // the oldest, the newest of 360
		x.fresh()
		ids := x.crowd(360, 6*time.Hour)
		who := x.customer("late")
		x.wire.watch(func(n int, _ *http.Request) func() (*http.Response, error) {
			if n > 1 && n <= 8 {
				h := x.human(0)
				h.Open(who, "In between")
				for k := range 5 {
					h.Write(string(ids[(pick+n*5+k)%len(ids)]), "Still there?")
				}
			}
			return nil
		})
		last := listed{}
		cursor, err := x.source.Changed(x.Context(), "", time.Time{}, last.take)
		require.NoError(x, err)
		require.Greater(x, x.wire.calls, 2, "more than one border of pages")
		x.wire.watch(nil)
		x.pass(x.lag() + time.Second)
		_, err = x.source.Changed(x.Context(), cursor, time.Time{}, last.take)
		require.NoError(x, err)
		x.settled(last)
	}
}

// settled asserts that the last word about every conversation is the present truth.
func (x *exam) settled(last listed) {
	x.Helper()
	now := x.between(sources.Window{})
	require.Len(x, now, len(x.desk.Dump()))
	for id, l := range now {
		require.Contains(x, last, id)
		require.Equal(x, l.Version, last[id].Version, "%s", id)
	}
}

// between: the bounds take in their own seconds, and the limit holds.
func between(x *exam) {
	ids := x.crowd(200, time.Hour)
	all := x.between(sources.Window{})
	require.Equal(x, ids, all.ids())
	since, until := all[ids[40]].Updated, all[ids[120]].Updated
	for _, w := range []sources.Window{
		{Since: since}, {Until: until}, {Since: since, Until: until}, {Since: since, Until: since},
		{Since: x.desk.Now().Add(time.Hour)}, {Until: x.desk.Now().Add(-10000 * time.Hour)},
	} {
		want := []mapping.ConversationID{}
		for _, id := range ids {
			if at := all[id].Updated; (w.Since.IsZero() || !at.Before(w.Since)) && (w.Until.IsZero() || !at.After(w.Until)) {
				want = append(want, id)
			}
		}
		require.ElementsMatch(x, want, x.between(w).ids(), "%+v", w)
	}
	for _, limit := range []int{1, 8, 50, 151, 199, 1000} {
		n := 0
		count := func(sources.Listing) error { n++; return nil }
		require.NoError(x, x.source.Between(x.Context(), sources.Window{Limit: limit}, count))
		require.Equal(x, min(limit, len(ids)), n)
	}

	for _, oldest := range []int{0, 49} {
		x.wire.watch(func(n int, _ *http.Request) func() (*http.Response, error) {
			if n == 2 {
				x.human(0).Write(string(ids[oldest]), "Still there?")
			}
			return nil
		})
		require.Equal(x, ids, x.between(sources.Window{}).ids(), "what moves to the top while it lists is not missed")
		x.wire.watch(nil)
	}
}
