package simulation

// becomes notes whom a sentence names as the one that is left.
func (a *act) becomes(p *parser, name string) error {
	if a.heir = p.customers[name]; a.heir == nil {
		return unknown("customer", name, p.customers)
	}
	return nil
}

// writer is the desk's id of the customer of a conversation.
func (d *doing) writer(conversation string) string {
	if d.desk == dashlyDesk {
		return d.w.Dashly.CustomerOf(conversation)
	}
	return d.w.Intercom.CustomerOf(conversation)
}

// merge makes a customer of this desk the one whom the sentence names. Whoever had the old id has the new one.
func (d *doing) merge(id string) {
	heir, act := *d, *d.act // the sentence is that of many runs at once
	act.person = *d.heir
	heir.act = &act
	into := heir.customer()
	if d.desk == dashlyDesk {
		d.dashly.Merge(id, into)
	} else {
		d.intercom.MergeContacts(id, into)
	}
	for _, ids := range d.w.known {
		if ids[d.desk] == id {
			ids[d.desk] = into
		}
	}
}
