package mapping_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
)

func TestPhonesAreOneWhateverTheirSpelling(t *testing.T) {
	for spelt, want := range map[string]string{
		"+7 (999) 123-45-67":                   "+79991234567",
		"+79991234567":                         "+79991234567",
		"0044 20 7946 0018":                    "+442079460018",
		"+49 (0) 171 2345678":                  "+491712345678",
		"0049(0)171/2345678":                   "", // or is it two?
		"+7 999 123-45-67/68":                  "",
		"+7 999 123 45 67 (2)":                 "",
		" +1.555.0100 ":                        "+15550100",
		"tel:+1-555-0100":                      "+15550100",
		"TEL: +1 555 0100":                     "+15550100",
		"+1\u2010555\u20110100":                "+15550100",
		"+7\u00a0999\u00a0123\u202f45\u200767": "+79991234567",
		"+49\u00a0(0)\u00a0171 2345678":        "+491712345678",
		"tel:":                                 "",
		"tel:8 999 123":                        "",
		"tel":                                  "",
		"8 (999) 123-45-67":                    "", // of which country?
		"+7 999 CALL ME":                       "",
		"+12":                                  "",
		"+1234567890123456":                    "",
		"+0 999 123 45 67":                     "",
		"+":                                    "",
		"":                                     "",
		"+7+9991234567":                        "",
		"+٧٩٩٩١٢٣":                             "",
	} {
		require.Equal(t, want, mapping.E164(spelt), spelt)
	}
	require.True(t, mapping.SamePhone("+7 (999) 123-45-67", "+79991234567"))
	require.True(t, mapping.SamePhone("8 999", "8 999"))
	require.False(t, mapping.SamePhone("8 999", "8999"))
	require.False(t, mapping.SamePhone("+79991234567", "+79991234568"))
	require.Equal(t, []string{"+79991234567", "+7 999 1234567"}, mapping.SpellingsOf("+7 999 1234567"))
	require.Equal(t, []string{"8 999"}, mapping.SpellingsOf("8 999"))
	require.Equal(t, []string{"+15550100", "+1 555 0100", "tel:+1 555 0100"}, mapping.SpellingsOf("tel:+1 555 0100"))
	require.Equal(t, []string{"8 999", "tel:8 999"}, mapping.SpellingsOf("tel:8 999"))
	require.True(t, mapping.SamePhone("tel:+1 555 0100", "+1‑555‑0100"))
	require.Empty(t, mapping.SpellingsOf(" "))
}
