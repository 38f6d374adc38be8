package config

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Texts are the lines that lead what the bridge writes (mapping.Texts).
type Texts struct {
	Message     string `yaml:"message" json:"message"`
	Wrote       string `yaml:"wrote" json:"wrote"`
	Replied     string `yaml:"replied" json:"replied"`
	Bot         string `yaml:"bot" json:"bot"`
	Participant string `yaml:"participant" json:"participant"`
	Earlier     string `yaml:"earlier" json:"earlier"`
	Meanwhile   string `yaml:"meanwhile" json:"meanwhile"`
	Refused     string `yaml:"refused" json:"refused"`
}

// textMax bounds a text; room for it is kept in every note.
const textMax = 120

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

// checkTexts makes sure that each text names whom it must name, and holds nothing else in braces.
func (l *loader) checkTexts(t Texts) {
	author := []string{"{name}", "{desk}"}
	for _, c := range []struct {
		key, text string
		may       []string // the first must be there
	}{
		{"message", t.Message, author}, {"wrote", t.Wrote, author}, {"replied", t.Replied, author}, {"bot", t.Bot, author}, {"participant", t.Participant, author},
		{"earlier", t.Earlier, []string{"{desk}"}}, {"meanwhile", t.Meanwhile, []string{"{desk}"}}, {"refused", t.Refused, append(author, "{time}")},
	} {
		if why := wrongText(c.text, c.may); why != "" {
			l.wrong(why, "texts", c.key)
		}
	}
}

func wrongText(text string, may []string) string {
	for _, p := range placeholder.FindAllString(text, -1) {
		if !slices.Contains(may, p) {
			return p + " is not known here: write " + strings.Join(may, ", ")
		}
	}
	switch {
	case strings.ContainsAny(placeholder.ReplaceAllString(text, ""), "{}"):
		return "a brace stands alone here: they belong to " + strings.Join(may, ", ") + " only"
	case !strings.Contains(text, may[0]):
		return may[0] + " is missing: nobody could tell whose words follow"
	case strings.ContainsFunc(text, unicode.IsControl), utf8.RuneCountInString(text) > textMax:
		return "a text is one line of at most 120 characters"
	case strings.Contains(text, "[") || strings.Contains(text, "]"):
		return "square brackets belong to the lines by which the bridge knows its notes: write (…)"
	}
	return ""
}
