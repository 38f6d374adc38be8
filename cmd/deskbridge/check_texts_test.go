package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/internal/report"
)

// TestCheckWarnsOfABotThatIsNotCalledSo: a line of placeholders alone names nobody as a bot, in any language.
func TestCheckWarnsOfABotThatIsNotCalledSo(t *testing.T) {
	said := []report.Finding{{Level: report.Warning, About: "texts.bot", Message: `no word stands beside the placeholders: what a bot said will look like a colleague's; say in it that it is a bot, as in "{name} (bot, {desk}):"`}}
	for text, want := range map[string][]report.Finding{
		"{name}:":               said,
		"{name} ({desk}) -":     said,
		"{name} (bot, {desk}):": nil,
		"{name} (бот, {desk}):": nil,
		"{name}, ein Automat:":  nil,
		"🤖 {name}:":             said, // a picture is no word
	} {
		x := &examiner{bridge: &bridge{cfg: &config.Config{Texts: config.Texts{Bot: text}}}}
		x.texts()
		require.Equal(t, want, x.findings, text)
	}
}
