package simulation

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/mapping"
)

// UnusedSentences are those of the language that none of the scenarios uses.
func UnusedSentences(all []*Scenario) []string {
	var forms []string
	for _, d := range deeds {
		forms = append(forms, d.form)
	}
	for _, c := range commands {
		forms = append(forms, c.form)
	}
	for _, e := range expectations {
		forms = append(forms, e.form)
	}
	var unused []string
	for _, f := range forms {
		used := false
		for _, s := range all {
			used = used || s.used[f]
		}
		if !used {
			unused = append(unused, f)
		}
	}
	return unused
}

// DefaultsDiff compares the defaults of the simulation with those of a configuration.
func DefaultsDiff(cfg *config.Config) string {
	s := defaults()
	ours := []any{
		s.version, s.rate, s.settle, s.settle, s.lease, s.workers, s.schedule, s.sweep, s.toIntercom, s.toDashly,
		s.historyTo[intercomDesk], s.historyTo[dashlyDesk], s.automationOff, s.includeAll, s.home, s.maxAge, s.reachable, s.match,
		s.conflicts[mapping.Status], s.conflicts[mapping.Assignee], s.conflicts[mapping.Tags],
		s.fallback[dashlyDesk], s.fallback[intercomDesk], pairName,
		len(s.kinds), s.texts,
	}
	theirs := []any{
		cfg.Intercom.Version, cfg.Dashly.MaxRate, cfg.Dashly.Settle.Std(), cfg.Intercom.Settle.Std(), cfg.State.Lease.Std(), cfg.Sync.Workers, cfg.Sync.Schedule, cfg.Sync.Sweep,
		cfg.Sync.Enabled(config.DashlyToIntercom), cfg.Sync.Enabled(config.IntercomToDashly),
		cfg.History.ToIntercom, cfg.History.ToDashly, cfg.History.AutomationOff, cfg.History.Include.All, cfg.Delivery.Home, cfg.Delivery.MaxAge.Std(), cfg.Delivery.ReachableOnBoth, cfg.Contacts.Match,
		cfg.Conflicts.Status, cfg.Conflicts.Assignee, cfg.Conflicts.Tags,
		mapping.PersonID(cfg.Agents.Fallback[dashlyDesk]), mapping.PersonID(cfg.Agents.Fallback[intercomDesk]), cfg.Name,
		len(cfg.Kinds), mapping.Texts(cfg.Texts),
	}
	return cmp.Diff(ours, theirs)
}

// Moments books n moments for the same thing and n for others, and tells how many are different.
func Moments(seed uint64, n int) (all []time.Time) {
	p := newPace(seed)
	from := time.Unix(0, 0)
	for i := range n {
		all = append(all, p.moment(from, p.draw(1), 0, time.Duration(n)), p.moment(from, p.draw(newDigest(fmt.Sprint(i)).sum()), 0, time.Duration(n)))
	}
	return all
}

// Turns are the numbers that callers draw who do the same at the same moment, by the caller, whoever came first.
func Turns(seed uint64, callers ...uint64) map[uint64]uint64 {
	p, line, drawn := newPace(seed), []*turn{}, map[uint64]uint64{}
	for _, c := range callers {
		line = append(line, p.queue(7, c))
	}
	for i, c := range callers {
		drawn[c] = p.turn(7, line[i])
	}
	return drawn
}
