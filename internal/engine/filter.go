package engine

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/deskbridge/deskbridge/mapping"
)

// Filters decide which conversations are carried: those for which all of them hold. They look at the conversation as the
// desk where it began shows it, whenever it is looked at, and only while it has no copy: what is carried already goes on
// being carried. The zero value carries every one.
type Filters struct {
	// Tags are patterns (mapping.TagMatches) of names as the desk where the conversation began spells them.
	Tags Choice[string]
	// Teams are teams or channels. A conversation of which its desk tells none is in none.
	Teams Choice[Team]
	// Channels are names as mapping.Conversation has them, and OwnChat; capitals do not count.
	Channels Choice[string]
	Status   []mapping.State // only these; none: all
	// CreatedAfter is the time before which a conversation that began is not carried; zero: carried, however old.
	CreatedAfter time.Time
	// CreatedBefore is the time from which on a conversation that begins is not carried; zero: carried, however young.
	CreatedBefore time.Time
	// WithPeople leaves out those in which a bot has spoken and nobody of the team.
	WithPeople bool
}

// Choice is a list of what is wanted, which is everything when it is empty, and one of what is not wanted.
type Choice[T any] struct{ Only, Except []T }

func (c Choice[T]) admits(has func(T) bool) bool {
	return (len(c.Only) == 0 || slices.ContainsFunc(c.Only, has)) && !slices.ContainsFunc(c.Except, has)
}

// Team names a team or channel of a desk by the id that mapping.Fields has. AnyTeam is every conversation of the desk.
type Team struct {
	Desk mapping.Desk
	ID   string
}

// AnyTeam in place of an id names all conversations that began on a desk.
const AnyTeam = "*"

// OwnChat in place of a channel names the conversations of the desk's own chat, and those of which their desk tells no
// channel: nothing tells the two apart.
const OwnChat = "chat"

// Rules by which the entries of a conversation that a filter leaves out are skipped.
const (
	filterRules     = "filtered_by_" // they begin so
	ruleByTag       = filterRules + "tag"
	ruleByTeam      = filterRules + "team"
	ruleByChannel   = filterRules + "channel"
	ruleByStatus    = filterRules + "status"
	ruleByAge       = filterRules + "age"
	ruleByBotsAlone = filterRules + "bots_only"
)

// filteredBy names the rule of the first filter that leaves the thread out; empty when it is carried.
func (s *scene) filteredBy() string {
	v, f := s.sides[s.origin()], s.opts.Filters
	if v.conv == nil || !s.ledger.Meta.Twin.IsZero() || s.mayBeOpen() {
		return ""
	}
	c := v.conv
	tagged := func(pattern string) bool {
		return slices.ContainsFunc(c.Fields.Tags, func(t string) bool { return mapping.TagMatches(pattern, t) })
	}
	within := func(t Team) bool {
		return t.Desk == v.desk && (t.ID == AnyTeam || t.ID != "" && t.ID == c.Fields.Team)
	}
	came := func(channel string) bool { return strings.EqualFold(channel, cmp.Or(c.Channel, OwnChat)) }
	switch {
	case !f.Tags.admits(tagged):
		return ruleByTag
	case !f.Teams.admits(within):
		return ruleByTeam
	case !f.Channels.admits(came):
		return ruleByChannel
	case len(f.Status) > 0 && !slices.Contains(f.Status, c.Fields.State):
		return ruleByStatus
	case !f.CreatedAfter.IsZero() && v.real(begun(*c)).Before(f.CreatedAfter),
		!f.CreatedBefore.IsZero() && !v.real(begun(*c)).Before(f.CreatedBefore):
		return ruleByAge
	case f.WithPeople && botsAlone(*c):
		return ruleByBotsAlone
	}
	return ""
}

// mayBeOpen reports whether an opening was sent whose outcome is not known.
func (s *scene) mayBeOpen() bool {
	for _, in := range s.ledger.Intents {
		if in.Kind == "open" {
			return true
		}
	}
	return false
}

// begun is when a conversation began, by its desk's clock.
func begun(c mapping.Conversation) time.Time {
	if c.Created.IsZero() && len(c.Entries) > 0 {
		return c.Entries[0].At
	}
	return c.Created
}

// botsAlone reports whether a bot has spoken in a thread and nobody of the team has. What cannot be read may be a
// teammate's.
func botsAlone(c mapping.Conversation) bool {
	spoke := func(role mapping.Role) bool {
		return slices.ContainsFunc(c.Entries, func(e mapping.Entry) bool { return e.Kind != mapping.Event && e.Author.Role == role })
	}
	return c.Truncated == 0 && spoke(mapping.Bot) && !spoke(mapping.Agent)
}

// leaveOut gives what no filter can undo its fate, and everything else that of the rule.
func (p *planner) leaveOut(rule string) {
	p.filtered = true
	for i, e := range p.natives {
		f, _ := p.settled(i, e)
		if f.bucket != fateMirrored && f.bucket != fateFolded && f.rule != ruleByOperator {
			f = fate{bucket: fateSkipped, rule: rule}
		}
		p.fates[i] = f
	}
}

// doubtful reports whether a fate is that of a filter in a look that ended before it was known that there is no copy.
func (f fate) doubtful(ended bool) bool {
	return ended && f.bucket == fateSkipped && strings.HasPrefix(f.rule, filterRules)
}

// copyUnknown reports whether a thread that a filter leaves out may have a copy that a lost store has forgotten, and that
// no list of this run shows: those of the other desk are not asked for. Then the thread is to go on.
func (l *look) copyUnknown(p entryPlan) bool {
	if !p.filtered || l.sought || !l.sides[l.origin()].side.Send || l.ledger.Meta.Sought && !l.forgets() {
		return false
	}
	return !l.sides[1-l.origin()].side.Send || len(l.req.Conversations) > 0
}

// seekCopy searches the other desk for it, once: it is remembered that there was none. again asks for a new round.
func (l *look) seekCopy(ctx context.Context, moved *mapping.Ref) (again bool, err error) {
	if !l.req.DryRun {
		if waited, err := l.waitQuiet(ctx); waited || err != nil {
			return waited, err
		}
	}
	l.unlike = map[mapping.Ref]bool{}
	twin, origin, err := l.counterpart(ctx)
	again, err = l.join(ctx, moved, twin, origin, err)
	if err != nil || again || !moved.IsZero() {
		return again, err
	}
	l.sought = true
	if !l.req.Rebuild { // what was sent shortly before it may not show yet
		m := l.ledger.Meta
		m.Sought = true
		l.ledger.SetMeta(m)
	}
	return false, nil
}
