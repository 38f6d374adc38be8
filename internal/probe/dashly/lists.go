package dashly

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/deskbridge/deskbridge/internal/probe"
)

func (s *Survey) version2(ctx context.Context) (probe.Answer, error) {
	_, err := s.newest(ctx)
	return probe.Saw("answered"), err
}

func (s *Survey) selfApp(ctx context.Context) (probe.Answer, error) {
	const self = "$self_app"
	var err error
	if s.app == self {
		_, err = s.newest(ctx)
	} else {
		_, err = s.list(ctx, "list conversations of $self_app", "/apps/"+self+"/conversations", url.Values{"paginate_count": {"1"}})
	}
	switch code, _ := status(err); {
	case err == nil:
		return probe.Saw("accepted"), nil
	case code == http.StatusBadRequest || code == http.StatusForbidden || code == http.StatusNotFound:
		return probe.Saw("refused").With("%d", code), nil
	}
	return probe.Answer{}, err
}

func (s *Survey) cursorIDs(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var position []json.RawMessage
	if p.position() == "" || json.Unmarshal([]byte(p.position()), &position) != nil || len(position) == 0 {
		return probe.Unseen("the list has one page; it needs more than %d conversations", whole), nil
	}
	if strings.HasPrefix(string(position[len(position)-1]), `"`) {
		return probe.Saw("text"), nil
	}
	return probe.Saw("numbers"), nil
}

// end looks for the end of the list of conversations, and where that is too far away for the end of a short thread.
func (s *Survey) end(ctx context.Context) (probe.Answer, error) {
	all, err := s.pages(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	if is := ending(all); is != "" {
		return probe.Saw(is), nil
	}
	found, err := s.conversations(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	found = slices.DeleteFunc(found, func(c conversation) bool { return c.PartsCount < 1 })
	if len(found) == 0 {
		return probe.Unseen("the list goes on; it needs a short thread"), nil
	}
	c := slices.MinFunc(found, func(a, b conversation) int { return cmp.Compare(a.PartsCount, b.PartsCount) })
	path := partsPath(string(c.ID))
	p, err := s.list(ctx, "get parts", path, partsQuery())
	if err == nil {
		all, err = s.onward(ctx, p, "get parts", path, partsQuery(), walked)
	}
	if err != nil {
		return probe.Answer{}, err
	}
	if is := ending(all); is != "" {
		return probe.Saw(is), nil
	}
	return probe.Unseen("no list ends within %d pages; it needs a short thread", walked), nil
}

// ending is how a walk ended; empty when it did not.
func ending(walk []page) string {
	last := walk[len(walk)-1]
	if len(walk) == 1 && len(last.items) == 0 {
		return "" // nothing to end
	}
	switch _, there := last.meta["next_before_position"]; {
	case len(walk) > 1 && last.position() != "" && last.position() == walk[len(walk)-2].position():
		return "the same cursor"
	case last.position() != "":
		return ""
	case len(walk) > 1 && len(last.items) == 0:
		return "an empty page"
	case there:
		return "null"
	}
	return "no key"
}

// pageLength is decided by a page with another one behind it that holds something.
func (s *Survey) pageLength(ctx context.Context) (probe.Answer, error) {
	all, err := s.pages(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	switch {
	case len(all[0].items) >= whole:
		return probe.Saw("as asked"), nil
	case slices.ContainsFunc(all[1:], func(p page) bool { return len(p.items) > 0 }):
		return probe.Saw("shorter").With("%d", len(all[0].items)), nil
	}
	return probe.Unseen("the list has one page; it needs more than %d conversations", whole), nil
}

func (s *Survey) emptyPages(ctx context.Context) (probe.Answer, error) {
	all, err := s.pages(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for i, p := range all[:len(all)-1] {
		if len(p.items) == 0 && slices.ContainsFunc(all[i+1:], func(p page) bool { return len(p.items) > 0 }) {
			return probe.Saw("there are some"), nil
		}
	}
	return probe.Unseen("none among %d; others may be", len(all)), nil
}

// someUser is the user with the most of the newest conversations on the web, for one with several shows a cursor.
func (s *Survey) someUser(ctx context.Context) (string, error) {
	all, err := s.conversations(ctx)
	if err != nil {
		return "", err
	}
	count, best := map[string]int{}, ""
	for _, c := range all {
		id := idOf(c.User)
		if id == "" || c.RecipientType == "sdk" {
			continue
		}
		if count[id]++; count[id] > count[best] {
			best = id
		}
	}
	return best, nil
}

// idOf reads an object with an id, or an id alone.
func idOf(raw json.RawMessage) string {
	var o struct {
		ID text `json:"id"`
	}
	if json.Unmarshal(raw, &o) == nil {
		return string(o.ID)
	}
	var id text
	_ = json.Unmarshal(raw, &id)
	return string(id)
}

const needsUser = "no conversation shows its user"

func (s *Survey) userCursor(ctx context.Context) (probe.Answer, error) {
	user, err := s.someUser(ctx)
	if err != nil || user == "" {
		return probe.Unseen(needsUser), err
	}
	p, err := s.list(ctx, "list conversations of user", "/users/"+url.PathEscape(user)+"/conversations", url.Values{"paginate_count": {"1"}})
	if err != nil {
		return probe.Answer{}, err
	}
	for _, key := range []string{"next_before_position", "next_after"} {
		if _, there := p.meta[key]; there {
			return probe.Saw(key), nil
		}
	}
	return probe.Unseen("the list of a user has no cursor; it needs a user with several conversations"), nil
}

func (s *Survey) userShape(ctx context.Context) (probe.Answer, error) {
	c, err := s.newestOne(ctx)
	if err != nil || c == "" {
		return probe.Unseen(needsConversation), err
	}
	_, data, err := s.ask(ctx, "get conversation", "/conversations/"+url.PathEscape(c), url.Values{"include_user": {"true"}})
	if err != nil {
		return probe.Answer{}, err
	}
	var one conversation
	_ = json.Unmarshal(data, &one)
	switch {
	case idOf(one.User) == "":
		return probe.Unseen(needsUser), nil
	case strings.HasPrefix(strings.TrimSpace(string(one.User)), "{"):
		return probe.Saw("an object"), nil
	}
	return probe.Saw("a bare id"), nil
}

const needsConversation = "there is no conversation"

func (s *Survey) newestOne(ctx context.Context) (string, error) {
	all, err := s.conversations(ctx)
	if err != nil || len(all) == 0 {
		return "", err
	}
	return string(all[0].ID), nil
}

func (s *Survey) undocumented(ctx context.Context) (probe.Answer, error) {
	c, err := s.newestOne(ctx)
	if err != nil || c == "" {
		return probe.Unseen(needsConversation), err
	}
	_, _, err = s.ask(ctx, "get conversation", "/conversations/"+url.PathEscape(c), url.Values{"include_deskbridge": {"true"}})
	switch code, _ := status(err); {
	case err == nil:
		return probe.Saw("ignored"), nil
	case code == http.StatusBadRequest:
		return probe.Saw("refused"), nil
	}
	return probe.Answer{}, err
}

func (s *Survey) unassigned(ctx context.Context) (probe.Answer, error) {
	return s.unasked(ctx, "include_not_assigned", probe.Unseen("the newest conversations are all assigned; it needs one that is not"), func(c conversation) bool {
		return strings.TrimSpace(string(c.Assignee)) == "null"
	})
}

func (s *Survey) untagged(ctx context.Context) (probe.Answer, error) {
	return s.unasked(ctx, "include_no_tags", probe.Unseen("the newest conversations all have tags; it needs one without"), func(c conversation) bool {
		return len(c.Tags) == 0
	})
}

// unasked compares two pages of the same list: with and without a parameter that adds conversations.
func (s *Survey) unasked(ctx context.Context, parameter string, unseen probe.Answer, added func(conversation) bool) (probe.Answer, error) {
	with, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var ids []string
	for _, c := range conversationsOf(with.items) {
		if added(c) {
			ids = append(ids, string(c.ID))
		}
	}
	if len(ids) == 0 {
		return unseen, nil
	}
	query := conversationQuery()
	query.Del(parameter)
	without, err := s.list(ctx, "list conversations", s.conversationsPath(), query)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, c := range conversationsOf(without.items) {
		if slices.Contains(ids, string(c.ID)) {
			return probe.Saw("are listed"), nil
		}
	}
	return probe.Saw("are left out"), nil
}

// unanswered needs one of a user that the list of the site ought to hold: it lies within what was read of it.
func (s *Survey) unanswered(ctx context.Context) (probe.Answer, error) {
	all, err := s.conversations(ctx)
	if err != nil || len(all) == 0 {
		return probe.Unseen(needsConversation), err
	}
	open := func(c conversation) bool { return c.Replied != nil && !*c.Replied }
	if slices.ContainsFunc(all, open) {
		return probe.Saw("are listed"), nil
	}
	user, err := s.someUser(ctx)
	if err != nil || user == "" {
		return probe.Unseen(needsUser), err
	}
	p, err := s.list(ctx, "list conversations of user", "/users/"+url.PathEscape(user)+"/conversations", url.Values{"paginate_count": {"50"}})
	if err != nil {
		return probe.Answer{}, err
	}
	oldest, _ := stamp(all[len(all)-1].LastUpdate)
	for _, c := range conversationsOf(p.items) {
		if at, _ := stamp(c.LastUpdate); open(c) && at.After(oldest) {
			return probe.Saw("are left out"), nil
		}
	}
	return probe.Unseen("there is none among %d conversations, nor at the customer with the most; it needs a message that nobody answered", len(all)), nil
}

// beyond is an id that no conversation has: ids grow from about 10^18 and lie below 2^64 (dashly-api.md 3).
const beyond = "8999999999999999999"

func (s *Survey) missing(ctx context.Context) (probe.Answer, error) {
	_, _, err := s.ask(ctx, "get conversation "+beyond, "/conversations/"+beyond, url.Values{})
	switch code, called := status(err); {
	case err == nil:
		return probe.Unseen("a conversation has the id %s", beyond), nil
	case code == http.StatusBadRequest || code == http.StatusForbidden || code == http.StatusNotFound:
		a := probe.Saw(map[int]string{400: "400", 403: "403", 404: "404"}[code])
		if called != "" {
			a = a.With("%s", called)
		}
		return a, nil
	}
	return probe.Answer{}, err
}

func (s *Survey) removed(ctx context.Context) (probe.Answer, error) {
	all, err := s.conversations(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	for _, c := range all {
		if at, _ := stamp(c.Removed); !at.IsZero() {
			return probe.Saw("are listed"), nil
		}
	}
	return probe.Unseen("none among %d conversations; it needs one that was removed lately", len(all)), nil
}

func blanks(tag string) bool   { return strings.TrimSpace(tag) != tag }
func commas(tag string) bool   { return strings.Contains(tag, ",") }
func capitals(tag string) bool { return strings.IndexFunc(tag, unicode.IsUpper) >= 0 }

// tagged looks for a tag of a kind. Where there is none, nobody can tell whether one was ever given.
func tagged(kind func(string) bool) func(*Survey, context.Context) (probe.Answer, error) {
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		all, err := s.conversations(ctx)
		if err != nil {
			return probe.Answer{}, err
		}
		for _, c := range all {
			if slices.ContainsFunc(c.Tags, kind) {
				return probe.Saw("exist"), nil
			}
		}
		return probe.Unseen("no tag of %d conversations has any; it needs one", len(all)), nil
	}
}

func (s *Survey) leadsShape(ctx context.Context) (probe.Answer, error) {
	_, data, err := s.ask(ctx, "list users", "/apps/"+s.app+"/users", url.Values{"limit": {"1"}})
	if err != nil {
		return probe.Answer{}, err
	}
	if strings.HasPrefix(strings.TrimSpace(string(data)), "[") {
		return probe.Saw("an array"), nil
	}
	return probe.Saw("an object"), nil
}

func (s *Survey) times(ctx context.Context) (probe.Answer, error) {
	all, err := s.conversations(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	var seen []string
	for _, c := range all {
		if _, form := stamp(c.Created); form != "" {
			seen = append(seen, form)
		}
	}
	return probe.Agreed(seen, needsConversation), nil
}

// clock allows for the whole seconds of Date and the time that the call took.
func (s *Survey) clock(ctx context.Context) (probe.Answer, error) {
	p, err := s.newest(ctx)
	if err != nil {
		return probe.Answer{}, err
	}
	return probe.Clock(p.at, p.asked), nil
}

const (
	note = "note"
	soon = 5 * time.Second // a change moves a time at once
)

var system = []string{"tag_added", "tag_deleted", "assigned", "closed", "delayed", "channel_changed"}

// moved compares the time of a conversation with its last part, where that is of a kind and no reply came with it.
func moved(kinds ...string) func(*Survey, context.Context) (probe.Answer, error) {
	return func(s *Survey, ctx context.Context) (probe.Answer, error) {
		all, err := s.conversations(ctx)
		if err != nil {
			return probe.Answer{}, err
		}
		var seen []string
		for _, c := range all {
			if c.PartLast == nil || c.ReplyLast == nil || !slices.Contains(kinds, c.PartLast.Type) {
				continue
			}
			last, _ := stamp(c.PartLast.Created)
			reply, _ := stamp(c.ReplyLast.Created)
			update, _ := stamp(c.LastUpdate)
			switch after := update.Sub(last); {
			case last.Sub(reply) <= soon:
			case after < -time.Second:
				seen = append(seen, "stays")
			case after <= soon:
				seen = append(seen, "moves")
			}
		}
		return probe.Agreed(seen, "no conversation has it as its last part, long after a reply"), nil
	}
}
