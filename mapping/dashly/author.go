package dashly

import (
	"maps"
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// automaticKinds are spoken by a bot whoever they name as their author.
var automaticKinds = []Text{"auto_reply", "chat_bot_admin", "chat_bot_user"}

// teamKinds are said by the team's side.
var teamKinds = []Text{"reply_admin", "reply_django_user", "note", "article"}

// author tells who made a part. The id of a bot or campaign never looks like an operator's: the senders of campaigns
// have ids of their own (dashly-api.md 9.5). Who is marked as a bot is one, whatever else they are.
func (d *decoder) author(p Part) mapping.Person {
	person := d.speaker(p)
	if p.From.IsBot {
		person.Role = mapping.Bot
	}
	return person
}

func (d *decoder) speaker(p Part) mapping.Person {
	switch {
	case p.Type == "reply_user":
		if f := p.From.Form; f == Nobody || f == BareID || f == UserSender {
			return d.customerAs(p.From)
		}
		return d.teamAuthor(p)
	case slices.Contains(automaticKinds, p.Type):
		person := d.teamAuthor(p)
		person.Role = mapping.Bot
		return person
	case slices.Contains(teamKinds, p.Type):
		return d.teamAuthor(p)
	}
	switch f := p.From.Form; {
	case f == Nobody:
		return mapping.Person{Role: mapping.System}
	case f == UserSender, f == BareID && (d.isCustomer(p.From.ID) || p.Direction == "u2a"):
		return d.customerAs(p.From)
	case f == BareID: // an operator's, or a user's that the header does not name (U42)
		return mapping.Person{Role: mapping.System, ID: mapping.PersonID(p.From.ID)}
	}
	return d.teamAuthor(p)
}

// contact is the customer, with the earlier ids that the conversation shows.
func (d *decoder) contact() mapping.Contact {
	c := d.customer.Contact()
	former := d.Same
	if id := d.Conversation.User.Value.ID; id != "" && id != d.customer.ID {
		former = maps.Clone(d.Same)
		if former == nil {
			former = map[ID]bool{}
		}
		former[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(former)) {
		c.Former = append(c.Former, mapping.PersonID(id))
	}
	return c
}

func (d *decoder) isCustomer(id ID) bool {
	return id != "" && (id == d.customer.ID || id == d.Conversation.User.Value.ID || d.Same[id])
}

// ownID begins the id of an author whom the desk names by the site's own id alone. It is no id of the desk's: nobody can be
// looked up by it, or write.
const ownID = "user_id:"

// isElse reports whether the site's own id of a user is not the customer's.
func (d *decoder) isElse(own Text) bool {
	return own != "" && own != d.customer.UserID && own != d.Conversation.User.Value.UserID
}

// customerAs names the author of a user's words. A conversation has one user (dashly-api.md 9.1); an earlier id of
// theirs is the same person. Who is named by the site's own id alone is the customer if that is the customer's.
func (d *decoder) customerAs(s Sender) mapping.Person {
	u := d.customer
	if s.ID == "" && d.isElse(s.UserID) {
		u = s.User.Value
		u.ID = ID(ownID + s.UserID)
	}
	if s.ID != "" && !d.isCustomer(s.ID) {
		u = d.Others[s.ID]
		if u.ID == "" {
			u = s.User.Value
		}
		u.ID = s.ID
	}
	return mapping.Person{Role: mapping.Customer, ID: mapping.PersonID(u.ID), Name: u.Name(), Email: u.Email()}
}

func (d *decoder) teamAuthor(p Part) mapping.Person {
	person := p.From.Person()
	switch p.From.Form {
	case AdminSender, DefaultSender, Nobody:
		person.Role = mapping.Agent
	case BotSender:
		person.Role = mapping.Bot
	case BareID:
		person.Role = mapping.Agent
		if d.isCustomer(p.From.ID) {
			return d.customerAs(p.From)
		}
	case UserSender:
		return d.customerAs(p.From)
	default: // campaigns and what nobody knows: never shown as a human
		person.Role, person.Email = mapping.Bot, ""
		if person.ID != "" {
			person.ID = "sender:" + person.ID
		}
	}
	byHand := p.SentVia == "message_manual" && p.From.Form == AdminSender && p.From.ID != ""
	if originOf(string(p.SentVia)).Automatic && !byHand {
		person.Role = mapping.Bot
	}
	return person
}

// harvest gathers the operators that a conversation names, with what any of its places tells of them: Dashly cannot list its team (dashly-api.md 9.4).
func (d *decoder) harvest(c Conversation, parts []Part, out *mapping.Conversation) {
	for _, a := range []Maybe[Admin]{c.Assignee, c.LastAdmin} {
		d.agent(a.Value, out)
	}
	for _, a := range c.Channel.Value.Operators {
		d.agent(a, out)
	}
	for _, p := range parts {
		if p.From.Form == AdminSender {
			d.agent(p.From.Admin, out)
		}
		d.agent(p.Assignee.Value, out)
	}
}

// Team gives the operators that the header of a conversation names, as a list of conversations has it.
func Team(c Conversation) []mapping.Person {
	d := decoder{}
	var out mapping.Conversation
	d.harvest(c, []Part{c.PartLast.Value, c.ImportantPartLast.Value}, &out)
	return out.Agents
}

func (d *decoder) agent(a Admin, out *mapping.Conversation) {
	p := a.Person()
	if p.ID == "" || p.Role != mapping.Agent || p.NameForTeam() == "" && p.Email == "" {
		return
	}
	out.Agents = mapping.Meet(out.Agents, p)
}

// meet notes further participants of the customer's side.
func (d *decoder) meet(p Part, out *mapping.Conversation) {
	id := p.From.ID
	if p.Type != "reply_user" || id == "" || bool(p.From.IsBot) || d.isCustomer(id) || p.From.Form != BareID && p.From.Form != UserSender {
		return
	}
	if slices.ContainsFunc(out.Others, func(c mapping.Contact) bool { return c.ID == mapping.PersonID(id) }) {
		return
	}
	u := d.Others[id]
	if u.ID == "" {
		u = p.From.User.Value
	}
	u.ID = id
	out.Others = append(out.Others, u.Contact())
}
