package dashly_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/mapping/dashly"
)

func TestTheTableNamesEveryDocumentedKind(t *testing.T) {
	named := map[string]bool{}
	for _, r := range dashly.Table() {
		named[r.Native] = true
		require.NotEmpty(t, r.Kind, r.Native)
		require.NotEmpty(t, r.Level, r.Native)
		require.NotEmpty(t, r.Remark, r.Native)
		if r.Kind == mapping.Event {
			require.NotEqual(t, r.Covers == "", r.Rule == "", "%s: an event is either covered by a field or skipped by a rule", r.Native)
		} else {
			require.Empty(t, r.Covers, r.Native)
			require.Empty(t, r.Rule, r.Native)
		}
		require.False(t, r.Doubt && r.Kind != mapping.Note, "%s: doubt means note", r.Native)
		require.False(t, r.Stead != "" && r.Kind != mapping.Note && r.Author != mapping.Bot, "%s: what stands for a text is no person's message", r.Native)
	}
	for _, kind := range dashly.Kinds() {
		require.True(t, named[kind], kind)
	}
}

func TestTheTableNamesEveryDocumentedOrigin(t *testing.T) {
	named := map[string]bool{}
	for _, o := range dashly.Origins() {
		named[o.SentVia] = true
		require.NotEmpty(t, o.Remark)
	}
	for _, via := range dashly.SentVia() {
		require.True(t, named[via], via)
	}
}

func TestFeatures(t *testing.T) {
	for _, v := range []string{"", "2", "2.10.5"} {
		f, err := dashly.Features(v)
		require.NoError(t, err)
		require.Equal(t, mapping.Dropped, f.SilentReply)
		require.Equal(t, 1, f.FilesPerEntry)
	}
	for _, v := range []string{"1", "3", "2.x", "22"} {
		_, err := dashly.Features(v)
		require.Error(t, err, v)
	}
}
