package config

// Ratings tell where the customer's ratings are kept. The zero value keeps them nowhere.
type Ratings struct {
	// IntercomAttribute is the name of an attribute of Intercom's conversations.
	IntercomAttribute string `yaml:"intercom_attribute" json:"intercom_attribute,omitempty"`
}

// checkRatings refuses what no attribute can be called.
func (l *loader) checkRatings(r Ratings) {
	if r.IntercomAttribute == "" {
		return
	}
	if what := attributeName(r.IntercomAttribute); what != "" {
		l.wrong(what, "ratings", "intercom_attribute")
	}
}
