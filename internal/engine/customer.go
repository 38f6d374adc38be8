package engine

import (
	"slices"

	"github.com/deskbridge/deskbridge/mapping"
)

// A conversation is one customer's. A desk may show other participants beside them, in an order that is not documented,
// and no longer show the customer, when an agent took them out (intercom-api.md 9.6) or merged them away. Words go on in
// the customer's name for the customer only; what others say is told in notes.

// recogniseCustomers makes the customer of each side the one whose conversation it was known to be or, where that is
// forgotten, who began it. Who has come in their place is the same person, merged, unless the desk tells that participants
// came and went: then nobody of those who are shown speaks as the customer, nor is anything written in the name of one of
// them. A conversation that has no copy yet is that of whoever is shown first.
func (l *look) recogniseCustomers() {
	if l.ledger.Meta.Twin.IsZero() {
		return
	}
	for i := range l.sides {
		c := l.sides[i].conv
		if c == nil || c.Customer.ID == "" {
			continue
		}
		was := l.customerWas(i)
		is := func(p mapping.Contact) bool { return p.ID == was || slices.Contains(p.Former, was) }
		if was == "" || is(c.Customer) {
			continue
		}
		if n := slices.IndexFunc(c.Others, is); n >= 0 {
			c.Others = slices.Clone(c.Others)
			c.Customer, c.Others[n] = c.Others[n], c.Customer
		} else if c.Joined {
			c.Customer, c.Others = mapping.Contact{}, append([]mapping.Contact{c.Customer}, c.Others...)
		}
	}
}

// customerWas is whose conversation a side was known to be: by the ledger, or else by who began it. Empty: nobody knows.
func (s *scene) customerWas(i int) mapping.PersonID {
	v := s.sides[i]
	if id := s.ledger.Desks[v.desk].Customer; id != "" {
		return id
	}
	if other := s.sides[1-i].conv; i == s.origin() && other != nil && len(other.Entries) > 0 && other.Entries[0].Opening && other.Entries[0].Author.Role == mapping.Customer {
		print := textPrint(true, true, other.Entries[0].Body)
		for _, e := range v.conv.Entries {
			if ownWords(e) && (e.ID == s.ledger.Meta.Opened || s.ledger.Meta.Opened == "" && textPrint(true, true, e.Body) == print) {
				return e.Author.ID
			}
		}
	}
	if es := v.conv.Entries; len(es) > 0 && es[0].Opening && es[0].Author.Role == mapping.Customer {
		return es[0].Author.ID
	}
	for _, e := range v.conv.Entries {
		if ownWords(e) && e.Author.ID != "" {
			return e.Author.ID
		}
	}
	return ""
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

// takenOut reports whether a side shows participants, and the customer is none of them.
func (v sideView) takenOut() bool {
	return v.conv != nil && v.conv.Customer.ID == "" && len(v.conv.Others) > 0
}

// current reports whether an entry of side i was written by the conversation's customer. Where there are others, or may have
// been, somebody whom the desk does not name may be any of them.
func (s *scene) current(i int, e mapping.Entry) bool {
	c := s.sides[i].conv
	switch {
	case e.Author.ID == "":
		return len(c.Others) == 0 && !c.Joined
	case c.Customer.ID != "":
		return e.Author.ID == c.Customer.ID
	}
	was := s.customerWas(i)
	return e.Author.ID == was || !c.Joined || was == "" && len(c.Others) == 0
}
