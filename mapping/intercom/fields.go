package intercom

import (
	"cmp"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/mapping"
)

// fields reads the synchronised state in Intercom's vocabulary: tags by name, teams by id.
func (w Conversation) fields() mapping.Fields {
	f := mapping.Fields{Assignee: mapping.PersonID(w.assigned("admin")), Team: w.assigned("team"), State: w.state()}
	if f.State == mapping.Snoozed {
		f.Until = w.SnoozedUntil.Time
	}
	for _, t := range w.Tags {
		if t.Name != "" {
			f.Tags = append(f.Tags, string(t.Name))
		}
	}
	f.TeamHidden = !w.TeamAssignee.Present && !w.Assignee.Present
	f.Title = cmp.Or(strings.TrimSpace(string(w.Title)), plainTitle(w.first().Subject))
	return f.Normal()
}

// state is told by "state"; "open", which is true for snoozed conversations too, is the fallback (7.3).
func (w Conversation) state() mapping.State {
	switch s := mapping.State(strings.ToLower(string(w.State))); s {
	case mapping.Open, mapping.Closed, mapping.Snoozed:
		return s
	}
	if w.Open.Present && !w.Open.On {
		return mapping.Closed
	}
	return mapping.Open
}

// assigned gives the id in one of the two slots, "admin" or "team"; empty when nobody is assigned (null, 0 or
// nobody_admin, 7.1 and 7.2).
func (w Conversation) assigned(slot string) string {
	id := w.AdminAssignee
	if slot == "team" {
		id = w.TeamAssignee
	}
	if !id.Present && string(w.Assignee.Value.Type) == slot {
		id.Text = w.Assignee.Value.ID
	}
	if id.Text == "0" {
		return ""
	}
	return string(id.Text)
}

// plainTitle reads a subject as text. Only one that is wrapped as a body is HTML; in any other angle brackets hold words, and
// entities are HTML's all the same.
func plainTitle(subject Text) string {
	s := strings.TrimSpace(string(subject))
	if !wrapped.MatchString(s) {
		return entity.ReplaceAllStringFunc(s, html.UnescapeString)
	}
	b, _ := mapping.HTMLBody(s)
	return strings.TrimSpace(b.Text())
}

var (
	wrapped = regexp.MustCompile(`(?is)^<(p|div|span|html|body)(\s[^<>]*)?>.*</(p|div|span|html|body)>$`)
	entity  = regexp.MustCompile(`&#?[0-9A-Za-z]+;`)
)

// untoldSubject is the subject where neither the title nor the opening says the same.
func (w Conversation) untoldSubject(title string, entries []mapping.Entry) string {
	subject := plainTitle(w.first().Subject)
	told := []string{title, plainTitle(w.Title)}
	if len(entries) > 0 && entries[0].Opening {
		told = append(told, entries[0].Body.Text())
	}
	same := func(other string) bool { return slices.Equal(strings.Fields(other), strings.Fields(subject)) }
	if w.first().Redacted.On || slices.ContainsFunc(told, same) {
		return ""
	}
	return subject
}

// Version is the canonical text of what both a listing and a full read show. Only fields that both have go into it, so
// that an unchanged conversation gives equal texts.
func (w Conversation) Version() mapping.Version {
	tags := make([]string, 0, len(w.Tags))
	for _, t := range w.Tags {
		tags = append(tags, strconv.Quote(string(cmp.Or(t.Name, t.ID))))
	}
	slices.Sort(tags)
	parts := "-"
	if n := w.Statistics.Value.Parts; n.Present {
		parts = strconv.Itoa(n.N)
	}
	rating := w.Rating.Value
	return mapping.Version(strings.Join([]string{
		"i2",
		"updated=" + strconv.FormatInt(w.UpdatedAt.Unix(), 10),
		"parts=" + parts,
		"state=" + string(w.state()),
		"until=" + strconv.FormatInt(w.SnoozedUntil.Unix(), 10),
		"admin=" + w.assigned("admin"),
		"team=" + w.assigned("team"),
		"tags=" + strings.Join(slices.Compact(tags), ","),
		"title=" + strconv.Quote(string(w.Title)),
		"priority=" + strconv.Quote(string(w.Priority)),
		"rating=" + strconv.Itoa(rating.Rating.N) + strconv.Quote(string(rating.Remark)),
	}, " "))
}

// Telling reports whether a version differs after a part was added within the second of the change before it: only where
// the desk counts parts.
func Telling(v mapping.Version) bool { return !strings.Contains(string(v), " parts=- ") }

// VersionOf is the version of one item of a listing.
func VersionOf(item []byte) (mapping.Version, error) {
	w, err := Parse(item)
	if err != nil {
		return "", err
	}
	return w.Version(), nil
}
