package intercom

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/deskbridge/deskbridge/mapping"
)

// partsShown is how many of the newest parts a conversation shows (intercom-api.md 6.3).
const partsShown = 500

// Decode reads one conversation of either generation. Fields of a wrong type read as absent; it is an error when the
// document is no JSON object, when the conversation has no id, or when a part with text has none. The same bytes
// always give the same result. DeskTime and URL are left to the caller.
func Decode(raw []byte) (mapping.Conversation, error) {
	w, err := Parse(raw)
	if err != nil {
		return mapping.Conversation{}, err
	}
	return w.Neutral()
}

// DecodeNewest is Decode of a conversation of which only the n newest parts, by their ids, matter: those of the answer to a
// write, which shows up to 500 at each. What it gives is not the whole conversation and must not be taken for it.
func DecodeNewest(raw []byte, n int) (mapping.Conversation, error) { return Decode(newest(raw, n)) }

// newest leaves out all parts but the n with the highest ids. What does not look like a conversation stays as it is.
func newest(raw []byte, n int) []byte {
	list := gjson.GetBytes(raw, "conversation_parts.conversation_parts")
	parts := list.Array()
	if !list.IsArray() || len(parts) <= n || !gjson.ValidBytes(raw) {
		return raw
	}
	type part struct {
		id  Text
		raw string
	}
	known := make([]part, 0, len(parts))
	for _, p := range parts {
		known = append(known, part{Text(p.Get("id").String()), p.Raw})
	}
	slices.SortStableFunc(known, func(a, b part) int { return compareIDs(b.id, a.id) })
	var kept []byte
	for i, p := range known[:n] {
		if i > 0 {
			kept = append(kept, ',')
		}
		kept = append(kept, p.raw...)
	}
	return slices.Concat(raw[:list.Index+1], kept, raw[list.Index+len(list.Raw)-1:])
}

// Parse reads the wire form of a conversation, whole or as a list shows it. One without an id is an error.
func Parse(raw []byte) (Conversation, error) {
	var w Conversation
	if first(raw) != '{' {
		return w, errors.New("conversation is not a JSON object")
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, fmt.Errorf("decode conversation: %w", err)
	}
	if w.ID == "" {
		return w, errors.New("conversation without an id")
	}
	return w, nil
}

// channel tells how a conversation came (intercom-api.md 7.1).
func (w Conversation) channel() string {
	switch t := string(w.Source.Value.Type); t {
	case "conversation", "conversation_message":
		return ""
	default:
		return t
	}
}

// Neutral translates a conversation that was read whole.
func (w Conversation) Neutral() (mapping.Conversation, error) {
	c := mapping.Conversation{
		Ref:     mapping.Ref{Desk: Desk, ID: mapping.ConversationID(w.ID)},
		Created: w.CreatedAt.Time,
		Updated: w.UpdatedAt.Time,
		Fields:  w.fields(),
		Version: w.Version(),
		Channel: w.channel(),
	}
	people := w.people()
	if len(people) > 0 {
		c.Customer, c.Others = people[0], people[1:]
	}
	c.Joined = len(people) > 1 || slices.ContainsFunc(w.Parts.List, func(p Part) bool { return strings.HasPrefix(string(p.Type), "participant") })
	known := make(map[mapping.PersonID]bool, len(people))
	for _, p := range people {
		known[p.ID] = true
	}
	if e, ok := w.opening(known); ok {
		c.Entries = append(c.Entries, e)
	}
	parts := slices.Clone(w.Parts.List)
	slices.SortStableFunc(parts, func(a, b Part) int { return compareIDs(a.ID, b.ID) })
	seen := make(map[Text]bool, len(parts))
	rated := w.rated(parts)
	for _, p := range parts {
		e := w.entry(p, known)
		e.Act = act(p, e, rated[p.ID])
		switch {
		case p.ID == "" && e.HasText():
			return mapping.Conversation{}, fmt.Errorf("conversation %s: a part with text has no id", w.ID)
		case p.ID == "" || seen[p.ID]:
			continue
		}
		seen[p.ID] = true
		c.Entries = append(c.Entries, e)
	}
	mapping.Sort(c.Entries)
	c.Agents = agents(c.Entries)
	if c.Truncated = w.truncated(len(seen)); c.Truncated > 0 {
		c.NewestOnly = len(seen) >= partsShown
		c.Losses = append(c.Losses, mapping.LossSourceTruncated)
		c.Joined = true
	}
	nameOpening(&c)
	c.Subject = w.untoldSubject(c.Fields.Title, c.Entries)
	return c, nil
}

// nameOpening makes an opening of the customer's side that names nobody the customer's. Where others are, came or went, any of
// them may have written it.
func nameOpening(c *mapping.Conversation) {
	if c.Joined || len(c.Entries) == 0 {
		return
	}
	if e := &c.Entries[0]; e.Opening && e.Author.Role == mapping.Customer {
		e.Author.ID = cmp.Or(e.Author.ID, c.Customer.ID)
	}
}

// opening makes the entry of the first message, which is no part (intercom-api.md 6.3). It exists when it has a body, a
// subject or a file, or was redacted. However it was delivered, what a contact wrote is nobody else's.
func (w Conversation) opening(known map[mapping.PersonID]bool) (mapping.Entry, bool) {
	s := w.first()
	subject := plainTitle(s.Subject)
	e := mapping.Entry{ID: mapping.EntryID("source:" + string(cmp.Or(s.ID, w.ID))), At: w.CreatedAt.Time, Opening: true, Native: "source"}
	if s.Type != "" && s.Type != "conversation_message" {
		e.Native += "/" + string(s.Type)
	}
	e.Body, e.Files = content(s.Body, s.Attachments)
	if e.Body.IsEmpty() && len(e.Files) == 0 && subject != "" {
		e.Body = mapping.Body{Blocks: []mapping.Block{{Runs: []mapping.Run{{Text: subject, Bold: true}}}}}
	}
	if !e.HasText() && !s.Redacted.On {
		return mapping.Entry{}, false
	}
	e.Author = person(s.Author.Value, known)
	e.Authorless = authorless(e.Author)
	for _, o := range openings {
		if o.DeliveredAs != string(s.DeliveredAs) {
			continue
		}
		if o.Author != "" && e.Author.Role != mapping.Customer {
			e.Author.Role = o.Author
		} else if e.Author.Role == mapping.System && o.DeliveredAs == "customer_initiated" {
			e.Author.Role = mapping.Customer
		}
	}
	if e.Author.Role == mapping.Customer {
		e.Authorless = false
	}
	place(&e, RowOf("source", e.Author.Role, true), s.Redacted.On)
	return e, true
}

func (w Conversation) entry(p Part, known map[mapping.PersonID]bool) mapping.Entry {
	e := mapping.Entry{ID: mapping.EntryID(p.ID), Native: string(p.Type), Author: person(p.Author.Value, known)}
	for _, at := range []Time{p.CreatedAt, p.UpdatedAt, p.NotifiedAt, w.CreatedAt, w.UpdatedAt} {
		if !at.IsZero() {
			e.At = at.Time
			break
		}
	}
	e.Body, e.Files = content(p.Body, p.Attachments)
	if p.Type == "quick_reply" && e.Author.Role != mapping.Customer { // who is asked did not say what is offered
		for _, q := range p.Metadata.Value.QuickReplies {
			if q.Text != "" {
				e.Body.Blocks = append(e.Body.Blocks, mapping.Block{Kind: mapping.ListItem, Runs: []mapping.Run{{Text: string(q.Text)}}})
			}
		}
	}
	switch {
	case p.AppPackage.Present && p.AppPackage.Text != "":
		e.Made = mapping.ByAPI
	case p.AppPackage.Present:
		e.Made = mapping.ByHuman
	}
	e.Authorless = authorless(e.Author) && e.HasText() && (p.Type == "comment" || p.Type == "open") // the parts in which contacts write
	place(&e, RowOf(string(p.Type), e.Author.Role, e.HasText() || p.Redacted.On), p.Redacted.On)
	if e.Covers == mapping.Assignee && p.AssignedTo.Value.Type != "admin" {
		e.Also = mapping.Team // to a team, or to nobody, and then either slot may be meant (intercom-api.md 9.3)
	}
	if e.Covers == mapping.Tags {
		e.Tagged, e.Untagged = names(p.Details, "tags_added"), names(p.Details, "tags_removed")
	}
	if to := p.AssignedTo.Value; e.Covers == mapping.Assignee {
		switch to.Type {
		case "admin", "team":
			e.Target = string(to.ID)
		case "nobody_admin":
			e.Target = mapping.Nobody
		}
	}
	return e
}

// names reads a list of names in the details of an event (intercom-api.md 8.3).
func names(details []byte, key string) (all []string) {
	for _, v := range gjson.GetBytes(details, key).Array() {
		if v.Type == gjson.String && v.Str != "" {
			all = append(all, v.Str)
		}
	}
	return all
}

// place applies a row to an entry. What the desk has taken away leaves no text: its placeholder is nobody's words.
func place(e *mapping.Entry, r Row, redacted bool) {
	e.Kind, e.Covers, e.Needs, e.Skip, e.Doubt, e.Losses = r.Kind, r.Covers, r.Needs, r.Rule, r.Doubt, decodeLosses(r)
	if redacted {
		e.Removed, e.Body, e.Files = true, mapping.Body{}, nil
	}
}

// authorless reports whether an author is nobody: so a desk may show a contact who was deleted (11).
func authorless(p mapping.Person) bool { return p == mapping.Person{Role: mapping.System} }

// person reads an author. An author whose id is a contact's is the customer whatever its type says (8.4).
func person(a Author, known map[mapping.PersonID]bool) mapping.Person {
	p := mapping.Person{ID: mapping.PersonID(a.ID), Name: string(a.Name), Email: string(a.Email)}
	email := strings.ToLower(string(a.Email))
	switch {
	case a.FromAIAgent.On, a.IsAIAnswer.On: // no document says that the second never stands alone
		p.Role = mapping.Bot
	case a.ID != "" && known[p.ID]:
		p.Role = mapping.Customer
	case strings.HasPrefix(email, "operator+") && strings.HasSuffix(email, "@intercom.io"):
		p.Role = mapping.Bot
	default:
		switch a.Type {
		case "user", "lead", "contact":
			p.Role = mapping.Customer
		case "admin":
			p.Role = mapping.Agent
		case "team": // no teammate: without an id nobody takes it for one, whatever it is called
			p.Role = mapping.Agent
			if p.Name == "" && p.ID != "" {
				p.Name = "Agent " + string(p.ID)
			}
			p.ID, p.Email = "", ""
		case "":
			p.Role = mapping.System
		default: // bot, operator, workflow and whatever comes: never shown as a human
			p.Role = mapping.Bot
		}
	}
	return p
}

// people lists the customer's side: the current customer first, each once, with what the authors tell about them.
func (w Conversation) people() []mapping.Contact {
	refs := slices.Clone(w.Contacts)
	if len(refs) == 0 && w.User.Present {
		refs = append(refs, w.User.Value)
	}
	if len(w.Contacts) == 0 {
		refs = append(refs, w.Customers...)
	}
	var out []mapping.Contact
	authors := w.authors()
	known := make(map[mapping.PersonID]bool, len(refs))
	for _, r := range refs {
		c := r.Neutral()
		if c.ID == "" || known[c.ID] {
			continue
		}
		known[c.ID] = true
		for _, a := range authors[c.ID] {
			describe(&c, a)
		}
		out = append(out, c)
	}
	// Who began the conversation stands first: in which order a desk lists contacts is not documented.
	if n := slices.IndexFunc(out, func(c mapping.Contact) bool { return c.ID == mapping.PersonID(w.first().Author.Value.ID) }); n > 0 {
		first := out[n]
		out = slices.Insert(slices.Delete(out, n, n+1), 0, first)
	}
	return out
}

// authors are those of the opening and of the parts, in this order, by their ids.
func (w Conversation) authors() map[mapping.PersonID][]Author {
	first := w.first().Author.Value
	all := map[mapping.PersonID][]Author{mapping.PersonID(first.ID): {first}}
	for _, p := range w.Parts.List {
		a := p.Author.Value
		all[mapping.PersonID(a.ID)] = append(all[mapping.PersonID(a.ID)], a)
	}
	return all
}

// describe fills what a reference lacks from an author who is the same person.
func describe(c *mapping.Contact, a Author) {
	c.Name = cmp.Or(c.Name, string(a.Name))
	c.Email = cmp.Or(c.Email, string(a.Email))
	c.Identified = c.Identified || a.Type == "user" && !IsOwn(c.ExternalID)
}

// Neutral translates a contact. It is identified when it is a user, not a lead, and not made by a bridge.
func (c Contact) Neutral() mapping.Contact {
	external := string(cmp.Or(c.ExternalID, c.UserID))
	return mapping.Contact{
		ID: mapping.PersonID(c.ID), ExternalID: external, Name: string(c.Name), Email: string(c.Email), Phone: string(c.Phone),
		Identified: cmp.Or(c.Role, c.Type) == "user" && !IsOwn(external),
	}
}

// IsOwn reports whether an external_id is one that a bridge has given.
func IsOwn(externalID string) bool { return strings.HasPrefix(externalID, OwnContact) }

// first is the opening message of either generation.
func (w Conversation) first() Source {
	if w.Source.Present {
		return w.Source.Value
	}
	return w.Message.Value
}

// content reads a body and its files, inline images included. An attachment without a name or an address is a file all the same.
func content(body Text, attached List[Attachment]) (mapping.Body, []mapping.File) {
	s := string(body)
	if !mapping.LooksLikeHTML(s) {
		s = unwrapped(s)
	}
	b, inline := mapping.HTMLBody(s)
	var files []mapping.File
	for _, a := range attached {
		files = append(files, mapping.File{Name: string(a.Name), Type: string(a.ContentType), Size: int64(a.Size.N), URL: string(a.URL), Attached: true})
	}
	return b, append(files, inline...)
}

// unwrapped makes HTML of a text that was never wrapped. Its entities are HTML's all the same, and what HTML hides stays hidden;
// angle brackets hold words.
func unwrapped(s string) string {
	s = strings.TrimSpace(unseen.ReplaceAllString(s, ""))
	return strings.NewReplacer("<", "&lt;", "\n", "<br>").Replace(s)
}

var unseen = regexp.MustCompile(`(?is)<!--.*?(-->|$)|<script\b.*?(</script\s*>|$)|<style\b.*?(</style\s*>|$)`)

// compareIDs orders numeric ids by their value, others by their text.
func compareIDs(a, b Text) int {
	if isDigits(a) && isDigits(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func isDigits(t Text) bool {
	for _, c := range []byte(t) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return t != ""
}

// agents gathers the teammates that wrote or acted, each once, with what any of their parts tells of them.
func agents(entries []mapping.Entry) []mapping.Person {
	var out []mapping.Person
	for _, e := range entries {
		if e.Author.Role == mapping.Agent && e.Author.ID != "" {
			out = mapping.Meet(out, e.Author)
		}
	}
	return out
}

// truncated counts the parts that exist and are not shown. Neither count is documented to be exact (unknown 4), so the
// greater one counts, and a full list without any count lacks at least one.
func (w Conversation) truncated(shown int) int {
	missing := 0
	if w.Parts.Total.Present {
		missing = max(0, w.Parts.Total.N-shown)
	}
	if shown < partsShown {
		return missing
	}
	n := w.Statistics.Value.Parts
	if n.Present {
		return max(missing, n.N-shown)
	}
	if missing == 0 && (!w.Parts.Total.Present || w.Parts.Total.N == partsShown) {
		return 1
	}
	return missing
}
