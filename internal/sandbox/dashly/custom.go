package dashly

import "maps"

// Properties gives a user custom properties, as a site does it.
func (h Hand) Properties(user string, custom map[string]any) {
	h.enter()
	defer h.d.mu.Unlock()
	maps.Copy(h.d.users[number(user)].custom, custom)
}

// PropertiesOf is what a user has: system properties and custom ones.
func (d *Desk) PropertiesOf(user string) (props, custom map[string]any) {
	h := d.People()
	h.enter()
	defer d.mu.Unlock()
	u := d.users[number(user)]
	return maps.Clone(u.props), maps.Clone(u.custom)
}
