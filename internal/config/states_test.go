package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/config"
	"github.com/deskbridge/deskbridge/mapping"
)

func TestWhatAStateBecomes(t *testing.T) {
	c, err := load(t, least)
	require.NoError(t, err)
	require.Empty(t, c.Status.Of(config.Dashly), "each becomes itself")
	require.Empty(t, c.Status.Of(config.Intercom))
	c, err = load(t, least+"status: {dashly_to_intercom: {snoozed: open, open: open}, intercom_to_dashly: {closed: keep, snoozed: snoozed}}")
	require.NoError(t, err)
	require.Equal(t, map[mapping.State]mapping.State{mapping.Snoozed: mapping.Open, mapping.Open: mapping.Open}, c.Status.Of(config.Dashly))
	require.Equal(t, map[mapping.State]mapping.State{mapping.Closed: config.Keep, mapping.Snoozed: mapping.Snoozed}, c.Status.Of(config.Intercom))
}

func TestAWrongStateIsSaidWithItsPlace(t *testing.T) {
	const known = " is not known: write open, snoozed, closed or keep"
	for rules, want := range map[string]string{
		"{dashly_to_intercom: {delayed: open}}":                `6:40: status.dashly_to_intercom.delayed: "delayed" is no state: write open, snoozed or closed, and what it becomes on the other desk`,
		"{dashly_to_intercom: {keep: open}}":                   `6:37: status.dashly_to_intercom.keep: "keep" is no state: write open, snoozed or closed, and what it becomes on the other desk`,
		"{intercom_to_dashly: {closed: resolved}}":             `6:39: status.intercom_to_dashly.closed: "resolved"` + known,
		"{intercom_to_dashly: {closed: null}}":                 `6:39: status.intercom_to_dashly.closed: "null"` + known,
		"{dashly_to_intercom: {open: snoozed}}":                `6:37: status.dashly_to_intercom.open: open has no time at which it ends, and a snooze needs one: write open, closed or keep`,
		"{intercom_to_dashly: {closed: snoozed}}":              `6:39: status.intercom_to_dashly.closed: closed has no time at which it ends, and a snooze needs one: write open, closed or keep`,
		"{dashly_to_intercom: {closed: [keep]}}":               `6:39: status.dashly_to_intercom.closed: this must be text`,
		"{dashly_to_intercom: {closed: keep, closed: closed}}": `6:45: status.dashly_to_intercom.closed: the key stands here for the second time, first in line 6: keep one`,
		"{dashly: {closed: keep}}":                             `6:10: status.dashly: there is no such key: write status: {dashly_to_intercom: {…}, intercom_to_dashly: {…}}`,
		"[{dashly: snoozed, intercom: open}]":                  `6:9: status: this must be a block of keys`,
	} {
		t.Run(rules, func(t *testing.T) {
			c, err := load(t, least+"status: "+rules+"\n")
			require.Nil(t, c)
			require.ErrorContains(t, err, want)
		})
	}
}
