package config

// Ratings tell where the customer's ratings are kept. The zero value keeps them nowhere.
type Ratings struct {
	// IntercomAttribute is the name of an attribute of Intercom's conversations.
	IntercomAttribute string `yaml:"intercom_attribute" json:"intercom_attribute,omitempty"`
}

// Backlinks tell where an original names its copy. The zero value lets none do so.
type Backlinks struct {
	// IntercomAttribute is the name of an attribute of Intercom's conversations.
	IntercomAttribute string `yaml:"intercom_attribute" json:"intercom_attribute,omitempty"`
}

// checkAttributes refuses what no attribute can be called, and one attribute for two purposes.
func (l *loader) checkAttributes(c *Config) {
	for _, a := range []struct{ section, name string }{{"ratings", c.Ratings.IntercomAttribute}, {"backlinks", c.Backlinks.IntercomAttribute}} {
		if a.name == "" {
			continue
		}
		if what := attributeName(a.name); what != "" {
			l.wrong(what, a.section, "intercom_attribute")
		}
	}
	if b := c.Backlinks.IntercomAttribute; b != "" && b == c.Ratings.IntercomAttribute {
		l.wrong("ratings.intercom_attribute names the same attribute: each needs one of its own", "backlinks", "intercom_attribute")
	}
}
