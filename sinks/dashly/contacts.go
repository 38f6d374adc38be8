package dashly

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/deskbridge/deskbridge/internal/api"
	apidashly "github.com/deskbridge/deskbridge/internal/api/dashly"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
	"github.com/deskbridge/deskbridge/sinks"
)

// Find looks for the counterpart of another desk's customer: by the site owner's own id, then by the bridge's natural
// key (an earlier decision stands even if an address would fit by now), then by e-mail, then by phone. Conversations
// are the counterpart's and, where the bridge once made a user for the same customer, that user's too.
func (s *Sink) Find(ctx context.Context, from mapping.Desk, c mapping.Contact) (sinks.Found, error) {
	found, _, err := s.find(ctx, c, s.opts.Match != MatchNone)
	return found, err
}

// find is Find. borne tells which of the customer's addresses some user has, whoever that may be, if addresses are looked
// at and nobody was found before.
func (s *Sink) find(ctx context.Context, c mapping.Contact, addresses bool) (found sinks.Found, borne map[string]bool, err error) {
	own, err := s.byOwnID(ctx, c)
	if err != nil {
		return sinks.Found{}, nil, err
	}
	made := known{}
	if c.ID != "" {
		if made, found.Lost, err = s.own(ctx, c.ID); err != nil {
			return sinks.Found{}, nil, err
		}
	}
	borne = map[string]bool{}
	pick := own
	if pick.user.ID == "" {
		pick = made
	}
	if pick.user.ID == "" && addresses {
		u, err := s.byAddress(ctx, c, borne)
		if err != nil {
			return sinks.Found{}, nil, err
		}
		pick.user = u
	}
	if pick.user.ID == "" {
		earlier, lost, err := s.earlier(ctx, c)
		return sinks.Found{Conversations: refs(earlier), Lost: found.Lost || lost}, borne, err
	}
	if err := s.complete(ctx, &pick); err != nil {
		return sinks.Found{}, nil, err
	}
	list := pick.conversations
	if made.user.ID != pick.user.ID {
		list = append(list, made.conversations...)
	}
	earlier, lost, err := s.earlier(ctx, c)
	if err != nil {
		return sinks.Found{}, nil, err
	}
	found.Lost = found.Lost || lost
	list = append(list, earlier...)
	return sinks.Found{Contact: pick.user.Contact(), Conversations: refs(list), Lost: found.Lost}, borne, nil
}

// own finds the user whom the bridge made for a customer; lost tells that an earlier one was merged away.
func (s *Sink) own(ctx context.Context, id mapping.PersonID) (k known, lost bool, err error) {
	for generation := 1; generation <= generations; generation++ {
		if k, err = s.lookUp(ctx, s.naturalKeyOf(id, generation)); err != nil || !k.gone {
			return k, lost, err
		}
		lost = true
	}
	return known{}, lost, nil
}

// earlier gives the conversations of users whom the bridge made for the customer before others were merged into them.
func (s *Sink) earlier(ctx context.Context, c mapping.Contact) (list []dashly.Conversation, lost bool, err error) {
	for _, id := range c.Former {
		k, gone, err := s.own(ctx, id)
		if err != nil {
			return nil, false, err
		}
		list, lost = append(list, k.conversations...), lost || gone
	}
	return list, lost, nil
}

// Ensure finds the counterpart or makes a user under the natural key. The key makes repeated and simultaneous calls one
// user; set_once never overwrites. Only an identified customer's addresses are carried, only onto a new user, and only such
// as nobody else has: the desk may make one user of two with the same address (U35), and show one the other's words.
func (s *Sink) Ensure(ctx context.Context, from mapping.Desk, c mapping.Contact) (mapping.Contact, error) {
	found, borne, err := s.find(ctx, c, true)
	if err != nil || found.Contact.ID != "" {
		return found.Contact, err
	}
	if c.ID == "" {
		return mapping.Contact{}, &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: "create contact", Code: "invalid", Reason: "the customer has no id"}
	}
	props := s.initial(from, c, borne)
	for generation := 1; ; generation++ {
		key := s.naturalKeyOf(c.ID, generation)
		if generation > 1 {
			if again, err := s.lookUp(ctx, key); err != nil || again.user.ID != "" {
				return again.user.Contact(), err
			}
		}
		if generation > 1 { // an address may be why the one before was merged
			c.Identified = false
			props = s.initial(from, c, borne)
		}
		made, err := s.create(ctx, key, props)
		if !api.IsNotFound(err) && !unexplained(err) || generation == generations {
			return made, err
		}
	}
}

// initial are the properties of a new user.
func (s *Sink) initial(from mapping.Desk, c mapping.Contact, borne map[string]bool) []apidashly.Property {
	var props []apidashly.Property
	add := func(key, value string) {
		if value = strings.TrimSpace(value); value != "" {
			props = append(props, apidashly.Property{Key: key, Value: value})
		}
	}
	add("$name", c.Name)
	if c.Identified {
		for _, a := range addressesOf(c) {
			if !borne[a.property] && len(a.values) > 0 {
				add(a.property, a.values[0])
			}
		}
	}
	if len(props) == 0 { // the call that creates a user needs one property
		add("deskbridge_contact", string(from)+":"+string(c.ID))
	}
	return props
}

// unexplained reports whether a desk refused something in an answer that cannot be read. It may have said that the key is
// that of a user who was merged away.
func unexplained(err error) bool {
	e, ok := errors.AsType[*api.Error](err)
	return ok && e.Class == api.Refused && e.Code == "" && e.Reason == ""
}

// generations is how many users the bridge makes for one customer, when each is merged into one whom the desk does not
// name and the key is not taken again (U32).
const generations = 3

// create makes a user under an own id that nobody has.
func (s *Sink) create(ctx context.Context, key apidashly.UserRef, props []apidashly.Property) (mapping.Contact, error) {
	if _, err := s.client.SetOnce(ctx, key, props, apidashly.Write{Reach: api.Quiet}); err != nil {
		return mapping.Contact{}, err
	}
	u, err := s.client.User(ctx, key, false)
	if err != nil {
		return mapping.Contact{}, err
	}
	if !alive(u) { // what was set went to one who was merged
		return mapping.Contact{}, &api.Error{Class: api.Refused, Desk: string(dashly.Desk), Call: "create contact", Code: "removed", NotFound: true, Reason: "the user was merged into another"}
	}
	return u.Contact(), nil
}

// naturalKeyOf is the key of the user whom the bridge makes after earlier ones were merged away.
func (s *Sink) naturalKeyOf(id mapping.PersonID, generation int) apidashly.UserRef {
	key := s.naturalKey(id)
	if generation > 1 {
		key.ID += ":" + strconv.Itoa(generation)
	}
	return key
}

func (s *Sink) naturalKey(id mapping.PersonID) apidashly.UserRef {
	return apidashly.UserRef{ID: s.keyHead() + string(id), Own: true}
}

func (s *Sink) keyHead() string { return dashly.NaturalKey + s.opts.Name + ":" }

// known is a user and what was already read of their conversations.
type known struct {
	user          dashly.User
	conversations []dashly.Conversation
	listed        bool // of the web; see complete
	gone          bool // there was one, who was merged away
}

// byOwnID finds the user by the customer's own id. An own id that is the bridge's natural key names the Dashly user for
// whom the bridge made the other desk's contact.
func (s *Sink) byOwnID(ctx context.Context, c mapping.Contact) (known, error) {
	if id, ours := strings.CutPrefix(c.ExternalID, s.keyHead()); ours {
		id, _, _ = strings.Cut(id, ":") // of a later generation
		if !dashly.ID(id).IsNumber() {
			return known{}, nil
		}
		u, err := s.client.User(ctx, apidashly.UserRef{ID: id}, false)
		if api.IsNotFound(err) || err == nil && bool(u.Removed) {
			return known{}, nil
		}
		return known{user: u}, err
	}
	ref := apidashly.UserRef{ID: c.ExternalID, Own: true}
	if c.ExternalID == "" || c.ExternalID == "." || c.ExternalID == ".." {
		return known{}, nil
	}
	return s.lookUp(ctx, ref)
}

// lookUp finds a user by own id without creating one: the list of a user's conversations answers LookupError for an
// unknown user, while reading the user itself may create them (U31).
func (s *Sink) lookUp(ctx context.Context, ref apidashly.UserRef) (known, error) {
	k, err := s.list(ctx, ref, "web")
	if api.IsNotFound(err) {
		return known{}, nil
	}
	if err != nil {
		return known{}, err
	}
	for _, conv := range k.conversations {
		if u := conv.User.Value; u.ID != "" && string(u.UserID) == ref.ID && !bool(u.Removed) {
			k.user = u
			return k, nil
		}
	}
	u, err := s.client.User(ctx, ref, false) // known to exist
	if api.IsNotFound(err) || err == nil && bool(u.Removed) {
		return known{gone: err == nil}, nil
	}
	k.user = u
	return k, err
}

// list reads the conversations of a user. recipient "sdk" lists those of mobile apps, which "web" may hide.
func (s *Sink) list(ctx context.Context, ref apidashly.UserRef, recipient string) (known, error) {
	k := known{listed: true}
	err := s.client.UserConversations(ctx, ref, recipient, apidashly.PageMax, func(p apidashly.Page[dashly.Conversation]) (bool, error) {
		k.conversations = append(k.conversations, p.Items...)
		return true, nil
	})
	return k, err
}

// complete reads what is missing of a user's conversations.
func (s *Sink) complete(ctx context.Context, k *known) error {
	ref := apidashly.UserRef{ID: string(k.user.ID)}
	for _, recipient := range []string{"web", "sdk"} {
		if recipient == "web" && k.listed {
			continue
		}
		more, err := s.list(ctx, ref, recipient)
		if err != nil && !api.IsNotFound(err) {
			return err
		}
		k.conversations = append(k.conversations, more.conversations...)
	}
	return nil
}

// byAddress finds the one user who has the customer's e-mail address, or else the phone number. Unless the rules are
// lifted both sides must be identified, because a visitor can type anybody's address.
// borne is told which addresses anybody has.
func (s *Sink) byAddress(ctx context.Context, c mapping.Contact, borne map[string]bool) (dashly.User, error) {
	if s.opts.Match != MatchEmail && !c.Identified {
		return dashly.User{}, nil
	}
	for _, a := range addressesOf(c) {
		fits := func(u dashly.User) bool {
			has := a.has(u)
			borne[a.property] = borne[a.property] || has
			return has && s.opts.Match != MatchNone && !contradicts(u, c)
		}
		u, candidates, err := s.only(ctx, a.property, a.values, fits)
		if err != nil || candidates > 0 && s.opts.Match != MatchNone {
			return u, err
		}
	}
	return dashly.User{}, nil
}

// address is one by which a customer may be known: the spellings to look for, the best one first, and who has it.
type address struct {
	property string
	values   []string
	has      func(dashly.User) bool
}

func addressesOf(c mapping.Contact) []address {
	email := address{property: "$email", has: func(u dashly.User) bool { return strings.EqualFold(u.Email(), c.Email) }}
	if c.Email != "" {
		email.values = []string{c.Email}
	}
	return []address{email, {"$phone", mapping.SpellingsOf(c.Phone), func(u dashly.User) bool { return mapping.SamePhone(u.Phone(), c.Phone) }}}
}

// contradicts tells whether a user is provably somebody else: both have an own id, or the bridge made the user for
// another customer.
func contradicts(u dashly.User, c mapping.Contact) bool {
	return bool(u.Removed) || strings.HasPrefix(string(u.UserID), dashly.NaturalKey) ||
		u.UserID != "" && c.ExternalID != "" && !strings.HasPrefix(c.ExternalID, dashly.NaturalKey) && string(u.UserID) != c.ExternalID
}

// only gives the user if exactly one may be meant, and how many were candidates.
func (s *Sink) only(ctx context.Context, property string, values []string, fits func(dashly.User) bool) (dashly.User, int, error) {
	var listed []dashly.User
	more := false
	for _, value := range values {
		some, further, err := s.client.Leads(ctx, property, value)
		if err != nil {
			return dashly.User{}, 0, err
		}
		listed, more = append(listed, some...), more || further
	}
	var candidates []dashly.User
	for _, u := range listed {
		if !fits(u) || slices.ContainsFunc(candidates, func(v dashly.User) bool { return v.ID == u.ID }) {
			continue // offsets are not stable and filters may be ignored
		}
		if s.opts.Match != MatchEmail && !u.Identified() {
			full, err := s.client.User(ctx, apidashly.UserRef{ID: string(u.ID)}, true)
			if err != nil && !api.IsNotFound(err) {
				return dashly.User{}, 0, err
			}
			if err != nil || !fits(full) || !full.Identified() {
				continue
			}
			u = full
		}
		candidates = append(candidates, u)
	}
	if len(candidates) != 1 || more {
		if more {
			return dashly.User{}, len(listed), nil
		}
		return dashly.User{}, len(candidates), nil
	}
	return candidates[0], 1, nil
}

// refs gives the conversations newest first, each once, removed ones left out.
func refs(list []dashly.Conversation) []mapping.Ref {
	slices.SortStableFunc(list, func(a, b dashly.Conversation) int { return b.LastUpdate.Compare(a.LastUpdate.Time) })
	var out []mapping.Ref
	for _, c := range list {
		r := mapping.Ref{Desk: dashly.Desk, ID: mapping.ConversationID(c.ID)}
		if !bool(c.Removed) && !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	return out
}
