package mapping

// Value is a documented value of a field that is not an entry's kind, and what becomes of a conversation or an entry that
// bears it.
type Value struct {
	Field   string // as its desk spells it, for example "source.type"
	Value   string
	Becomes string // in words
	Level   Level
	Losses  []Loss
	Remark  string
}

// Documented is the list of values that the documents of a desk name for a field.
type Documented struct {
	Field  string
	Values []string
}
