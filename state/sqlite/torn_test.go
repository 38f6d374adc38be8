package sqlite_test

import (
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/thin"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/state"
	"github.com/deskbridge/deskbridge/state/sqlite"
)

// A write-ahead log is a header and frames, each with its own header and one page (sqlite.org/walformat.html).
const (
	logHeader   = 32
	frameHeader = 24
)

// logged is a write-ahead log, and where its transactions end.
type logged struct {
	bytes  []byte
	frame  int   // how long a frame is
	frames int   // those of this round: behind them may be those of an earlier one
	ends   []int // of each transaction
}

func parsed(t *testing.T, log []byte) logged {
	t.Helper()
	require.Greater(t, len(log), logHeader)
	l := logged{bytes: log, frame: frameHeader + int(binary.BigEndian.Uint32(log[8:]))}
	for at := logHeader; at+l.frame <= len(log) && string(log[at+8:at+16]) == string(log[16:24]); at += l.frame {
		l.frames++
		if binary.BigEndian.Uint32(log[at+4:]) != 0 {
			l.ends = append(l.ends, at+l.frame)
		}
	}
	return l
}

// whole is how many transactions are left of a log that is damaged at an offset.
func (l logged) whole(offset int) int {
	n, _ := slices.BinarySearch(l.ends, offset+1)
	return n
}

// told is everything that a store tells, as text.
func told(t *testing.T, s *sqlite.Store) string {
	t.Helper()
	all := map[string]any{}
	require.NoError(t, s.Pairs(t.Context(), func(p state.Pair) error {
		r, err := s.Load(t.Context(), p)
		all[string(p)] = r
		return err
	}))
	require.NoError(t, s.List(t.Context(), "", func(key string, value []byte) error {
		all["value "+key] = string(value)
		return nil
	}))
	items, err := s.Agenda(t.Context())
	require.NoError(t, err)
	all["agenda"] = items
	for n := range 100 {
		if p, ok, err := s.Resolve(t.Context(), copyRef(n)); ok {
			require.NoError(t, err)
			all["ref "+copyRef(n).String()] = p
		}
	}
	text, err := json.Marshal(all) // sorts by key
	require.NoError(t, err)
	return string(text)
}

func copyRef(n int) mapping.Ref {
	return mapping.Ref{Desk: "intercom", ID: mapping.ConversationID(fmt.Sprint("copy", n))}
}

// TestATornLogLosesWholeSteps cuts the write-ahead log of a store in the middle of its life at many offsets, and turns
// bytes in it over. What opens again is the store as of the last step before the damage, nothing half done, and it goes
// on from there.
func TestATornLogLosesWholeSteps(t *testing.T) {
	for name, before := range map[string]int{"the first log": 0, "a log that was begun anew": 40} {
		t.Run(name, func(t *testing.T) {
			s, path, snapshots := lived(t, before)
			copied := filepath.Join(t.TempDir(), "copy.db")
			require.NoError(t, exec.Command("cp", path, copied).Run()) // see place
			db, err := os.ReadFile(copied)
			require.NoError(t, err)
			log, err := os.ReadFile(path + "-wal")
			require.NoError(t, err)
			require.NoError(t, s.Close())
			l := parsed(t, log)
			if before > 0 {
				require.Greater(t, len(log), logHeader+l.frames*l.frame, "frames of the earlier round stand behind")
			}
			earlier := len(l.ends) + 1 - len(snapshots) // transactions that made the tables
			require.GreaterOrEqual(t, earlier, 0)

			dir := t.TempDir()
			reopened := func(offset int, damaged []byte) {
				n := l.whole(offset) - earlier
				if n < 0 {
					return // while the tables were made there was nothing to lose
				}
				path := filepath.Join(dir, fmt.Sprint(offset, len(damaged), ".db"))
				require.NoError(t, os.WriteFile(path, db, 0o600))
				require.NoError(t, os.WriteFile(path+"-wal", damaged, 0o600))
				s, err := sqlite.Open(t.Context(), path, "main")
				require.NoError(t, err, "damaged at %d", offset)
				require.Equal(t, snapshots[n], told(t, s), "damaged at %d of %d", offset, l.ends)
				lease, err := s.Acquire(t.Context(), "dashly:new", time.Minute)
				require.NoError(t, err)
				require.NoError(t, s.Commit(t.Context(), lease, "dashly:new", state.Change{Put: map[string][]byte{"a": []byte("1")}}))
				require.NoError(t, s.Close())
			}
			for i, at := range l.spots() {
				if i%thin.By != 0 {
					continue
				}
				reopened(at, log[:at])
				if at < l.ends[len(l.ends)-1] {
					turned := slices.Clone(log)
					turned[at] ^= 0x10
					reopened(at, turned)
				}
			}
		})
	}
}

// lived gives an open store after 20 steps whose log holds them, and everything that it told before and after each. Before
// them come others that are in the file already, in place of which the log is begun anew.
func lived(t *testing.T, before int) (s *sqlite.Store, path string, snapshots []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "state.db")
	s, err := sqlite.Open(t.Context(), path, "main")
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	var leases []state.Lease
	for _, name := range []string{"dashly:1", "dashly:2", "run"} {
		l, err := s.Acquire(t.Context(), name, time.Hour)
		require.NoError(t, err)
		leases = append(leases, l)
	}
	step := func(n int) {
		l, no := leases[n%3], []byte(fmt.Sprint(n))
		if l.Name == "run" {
			require.NoError(t, s.Put(t.Context(), l, "cursor", no))
			return
		}
		c := state.Change{Put: map[string][]byte{"a" + string(no): no, "b" + string(no): make([]byte, 5000), "last": no}, Index: []mapping.Ref{copyRef(n)}}
		if n >= 3 {
			c.Del = []string{fmt.Sprint("a", n-3), fmt.Sprint("b", n-3)}
		}
		if n%2 == 0 {
			c.Agenda = &state.Item{Reason: "step", Tries: n}
		} else {
			c.Done = true
		}
		require.NoError(t, s.Commit(t.Context(), l, state.Pair(l.Name), c))
	}
	for n := range before {
		step(n)
	}
	if before > 0 {
		begunAnew(t, path)
	}
	snapshots = []string{told(t, s)}
	for n := range 20 {
		step(before + n)
		snapshots = append(snapshots, told(t, s))
	}
	return s, path, snapshots
}

// begunAnew has what the log holds written into the file.
func begunAnew(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	var busy, frames, done int
	require.NoError(t, db.QueryRow(`PRAGMA wal_checkpoint(RESTART)`).Scan(&busy, &frames, &done))
	require.Zero(t, busy)
	require.Equal(t, frames, done)
	require.NoError(t, db.Close())
}

// spots are the offsets at which a log is damaged: in its header, around the borders of each transaction and of each frame
// of the last one, and 20 more that are spread evenly.
func (l logged) spots() (all []int) {
	end := logHeader + l.frames*l.frame
	for at := 0; at < logHeader; at += 8 {
		all = append(all, at)
	}
	for at := logHeader; at <= end; at += l.frame {
		last := at >= l.ends[len(l.ends)-2]
		if last || slices.Contains(l.ends, at) {
			all = append(all, at-1, at, at+frameHeader)
		}
	}
	for n := range 20 {
		all = append(all, n*end/20)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(at int) bool { return at > len(l.bytes) })
}
