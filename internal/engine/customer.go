package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// A conversation is one customer's. A desk may show other participants beside them, in an order that is not documented,
// and no longer show the customer, when an agent took them out (intercom-api.md 9.6) or merged them away. Words go on in
// the customer's name for the customer only; what others say is told in notes.

// recogniseCustomer makes the customer of what was just read the one whose conversation it was known to be. Who has come in
// their place is the same person, merged, unless the desk tells that participants came and went: then nobody of those who
// are shown speaks as the customer, nor is anything written in the name of one of them.
func (l *look) recogniseCustomer(i int, c *mapping.Conversation) {
	was := l.ledger.Desks[l.sides[i].desk].Customer
	is := func(p mapping.Contact) bool { return p.ID == was || slices.Contains(p.Former, was) }
	if was == "" || l.ledger.Meta.Twin.IsZero() || c.Customer.ID == "" || is(c.Customer) {
		return
	}
	if n := slices.IndexFunc(c.Others, is); n >= 0 {
		c.Others = slices.Clone(c.Others)
		c.Customer, c.Others[n] = c.Others[n], c.Customer
	} else if c.Joined {
		c.Customer, c.Others = mapping.Contact{}, append([]mapping.Contact{c.Customer}, c.Others...)
	}
}

// keepCustomers notes whose conversation each side is, to be stored with what is stored next.
func (l *look) keepCustomers() {
	for _, v := range l.sides {
		d := l.ledger.Desks[v.desk]
		if id := v.customer(); id != "" && id != d.Customer {
			d.Customer = id
			l.ledger.SetDesk(v.desk, d)
		}
	}
}

// customer is in whose name words can be written on a side; empty: nobody's.
func (v sideView) customer() mapping.PersonID {
	if v.conv == nil {
		return ""
	}
	return v.conv.Customer.ID
}

// current reports whether an entry of side i was written by the conversation's customer. Where there are others, somebody
// whom the desk does not name may be any of them.
func (s *scene) current(i int, e mapping.Entry) bool {
	c, was := s.sides[i].conv, s.ledger.Desks[s.sides[i].desk].Customer
	switch {
	case e.Author.ID == "":
		return len(c.Others) == 0
	case c.Customer.ID != "":
		return e.Author.ID == c.Customer.ID
	}
	return e.Author.ID == was || was == "" && len(c.Others) == 0 || !c.Joined
}
