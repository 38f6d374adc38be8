package main

import (
	"strings"
	"unicode"

	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/mapping"
)

// texts warns of a line over a bot's words that does not say what it is: they would look like a colleague's.
func (x *examiner) texts() {
	if !strings.ContainsFunc(mapping.FillText(x.cfg.Texts.Bot, "", "", ""), unicode.IsLetter) {
		x.say(report.Warning, "texts.bot", "no word stands beside the placeholders: what a bot said will look like a colleague's; say in it that it is a bot, as in %q", mapping.DefaultTexts().Bot)
	}
}
