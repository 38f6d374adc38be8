package intercom

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
)

const (
	byKey = "GET /contacts/find_by_external_id/deskbridge:main:5"
	byOwn = "GET /contacts/find_by_external_id/u-70"
)

func list(contacts string) string { return `{"type":"list","data":[` + contacts + `]}` }

func TestCounterpart(t *testing.T) {
	ann := mapping.Contact{ID: "5", Name: "Ann", Email: "Ann@example.org", Phone: "+15550100", Identified: true}
	typed := ann
	typed.Identified = false
	known := ann
	known.ExternalID = "u-70"
	mirrored := ann
	mirrored.ExternalID = "deskbridge:main:abc"
	user, lead, own := `{"id":"u1","role":"user","email":"ann@example.org"}`, `{"id":"l1","role":"lead","email":"ann@example.org"}`, `{"id":"o1","role":"user","email":"ann@example.org","external_id":"deskbridge:main:6"}`
	for name, tc := range map[string]struct {
		match   string
		contact mapping.Contact
		answers map[string]string
		want    mapping.PersonID
	}{
		"own external id first":              {"identified", known, map[string]string{byOwn: `{"id":"x1","role":"user"}`, byKey: `{"id":"k1"}`}, "x1"},
		"a contact made there for one here":  {"identified", mirrored, map[string]string{"GET /contacts/abc": `{"id":"abc","role":"user"}`}, "abc"},
		"the bridge's own before an address": {"identified", ann, map[string]string{byKey: `{"id":"k1"}`, "POST /contacts/search email": list(user)}, "k1"},
		"the only identified one":            {"identified", ann, map[string]string{"POST /contacts/search email": list(user + "," + lead + "," + own)}, "u1"},
		"two identified ones":                {"identified", ann, map[string]string{"POST /contacts/search email": list(user + `,{"id":"u2","role":"user","email":"ann@example.org"}`), "POST /contacts/search phone": list(`{"id":"p1","role":"user","phone":"+15550100"}`)}, ""},
		"only a lead":                        {"identified", ann, map[string]string{"POST /contacts/search email": list(lead), "POST /contacts/search phone": list("")}, ""},
		"by phone":                           {"identified", ann, map[string]string{"POST /contacts/search email": list(""), "POST /contacts/search phone": list(`{"id":"p1","role":"user","phone":"+15550100"}`)}, "p1"},
		"by phone, spelt otherwise": {"identified", mapping.Contact{ID: "5", Phone: "+1 (555) 01-00", Identified: true},
			map[string]string{"POST /contacts/search phone": list(`{"id":"p1","role":"user","phone":"+15550100"}`)}, "p1"},
		"a typed address identifies nobody": {"identified", typed, map[string]string{"POST /contacts/search email": list(user)}, ""},
		"unless the operator says so":       {"email", typed, map[string]string{"POST /contacts/search email": list(lead)}, "l1"},
		"even then only one":                {"email", typed, map[string]string{"POST /contacts/search email": list(user + "," + lead)}, ""},
		"ids only":                          {"none", ann, map[string]string{"POST /contacts/search email": list(user)}, ""},
		"a search that finds a neighbour":   {"identified", ann, map[string]string{"POST /contacts/search email": list(`{"id":"u9","role":"user","email":"joann@example.org"}`), "POST /contacts/search phone": list("")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.answers["POST /conversations/search"] = `{"conversations":[{"id":"8","updated_at":3},{"id":"7","updated_at":2},{"id":"8","updated_at":3}],"pages":{}}`
			s, d := open(t, "2.15", tc.match, tc.answers)
			found, err := s.Find(t.Context(), "dashly", tc.contact)
			require.NoError(t, err)
			require.Equal(t, tc.want, found.Contact.ID)
			require.Empty(t, d.writes(), "finding creates nothing")
			if tc.want == "" {
				require.Empty(t, found.Conversations)
				return
			}
			require.Equal(t, []mapping.Ref{{Desk: "intercom", ID: "8"}, {Desk: "intercom", ID: "7"}}, found.Conversations)
		})
	}
}

func TestFindFailsWhereItCannotTell(t *testing.T) {
	s, _ := open(t, "2.15", "identified", map[string]string{byKey: "503 busy"})
	_, err := s.Find(t.Context(), "dashly", mapping.Contact{ID: "5"})
	require.Equal(t, api.TryLater, api.ClassOf(err))
}

func TestEnsure(t *testing.T) {
	ann := mapping.Contact{ID: "5", Name: "Ann", Email: "ann@example.org", Phone: "+15550100", Identified: true}
	typed := ann
	typed.Identified = false
	nobody := map[string]string{"POST /contacts/search": list("")}
	with := func(more map[string]string) map[string]string {
		out := map[string]string{}
		for _, m := range []map[string]string{nobody, more} {
			for k, v := range m {
				out[k] = v
			}
		}
		return out
	}
	made := `{"id":"n1","role":"user","external_id":"deskbridge:main:5"}`
	conflict := func(archived string) string {
		return `409 {"type":"error.list","errors":[{"code":"conflict","message":"A` + archived + ` contact matching those details already exists with id=n1"}]}`
	}

	t.Run("an identified customer's address is carried", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": made}))
		c, err := s.Ensure(t.Context(), "dashly", ann)
		require.NoError(t, err)
		require.Equal(t, mapping.PersonID("n1"), c.ID)
		require.False(t, c.Identified)
		require.Equal(t, map[string]any{"role": "user", "external_id": "deskbridge:main:5", "name": "Ann", "email": "ann@example.org", "phone": "+15550100"}, d.writes()[0].Body)
	})
	t.Run("a typed one is not, and blanks are not sent", func(t *testing.T) {
		typed := typed
		typed.Name = ""
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": made}))
		_, err := s.Ensure(t.Context(), "dashly", typed)
		require.NoError(t, err)
		require.Equal(t, map[string]any{"role": "user", "external_id": "deskbridge:main:5"}, d.writes()[0].Body)
	})
	t.Run("what exists is left alone", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", map[string]string{byKey: made})
		_, err := s.Ensure(t.Context(), "dashly", ann)
		require.NoError(t, err)
		require.Empty(t, d.writes())
	})
	t.Run("the second of two creations finds the first", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": conflict(""), "GET /contacts/n1": made}))
		c, err := s.Ensure(t.Context(), "dashly", ann)
		require.NoError(t, err)
		require.Equal(t, mapping.PersonID("n1"), c.ID)
		require.Len(t, d.writes(), 1)
	})
	t.Run("an archived one is not brought back: whose conversations are its, Find is asked again, and the next one speaks", func(t *testing.T) {
		second := `{"id":"n2","role":"user","external_id":"deskbridge:main:5:2"}`
		for answer, id := range map[string]mapping.PersonID{conflict("n archived"): "n1", `409 {"type":"error.list","errors":[{"code":"conflict","message":"An archived contact matching those details already exists"}]}`: ""} {
			answers := with(map[string]string{"POST /contacts": answer, "GET /contacts/n1": made, "POST /conversations/search": `{"conversations":[{"id":"8","updated_at":3}],"pages":{}}`})
			s, d := open(t, "2.15", "identified", answers)
			_, err := s.Ensure(t.Context(), "dashly", typed)
			e, ok := errors.AsType[*api.Error](err)
			require.True(t, ok && e.AuthorMoved && e.Class == api.Refused, "%v", err)
			require.Len(t, d.writes(), 1)
			found, err := s.Find(t.Context(), "dashly", typed)
			require.NoError(t, err)
			require.Empty(t, found.Contact.ID)
			require.Equal(t, id != "", len(found.Conversations) == 1, "those of who was put away")
			d.set("POST /contacts", second)
			c, err := s.Ensure(t.Context(), "dashly", typed)
			require.NoError(t, err)
			require.Equal(t, mapping.PersonID("n2"), c.ID)
			require.Len(t, d.writes(), 2)
			require.Equal(t, "deskbridge:main:5:2", d.writes()[1].Body.(map[string]any)["external_id"])
			d.set(byKey+":2", second)
			c, err = s.Ensure(t.Context(), "dashly", typed)
			require.NoError(t, err)
			require.Equal(t, mapping.PersonID("n2"), c.ID)
			require.Len(t, d.writes(), 2, "it is found")
		}
	})
	t.Run("one who is forgotten is found behind the first", func(t *testing.T) {
		answers := map[string]string{byKey: made, byKey + ":2": `{"id":"n2","role":"user","external_id":"deskbridge:main:5:2"}`, "POST /conversations/search": `{"conversations":[],"pages":{}}`}
		s, d := open(t, "2.15", "identified", answers)
		found, err := s.Find(t.Context(), "dashly", typed)
		require.NoError(t, err)
		require.Equal(t, mapping.PersonID("n1"), found.Contact.ID)
		var asked []string
		for _, r := range d.log {
			if r.Path == "/conversations/search" {
				asked = append(asked, r.Body.(map[string]any)["query"].(map[string]any)["value"].(string))
			}
		}
		require.Equal(t, []string{"n1", "n2"}, asked)
	})
	t.Run("not more than three are made", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": conflict("n archived")}))
		for range 5 {
			_, err := s.Ensure(t.Context(), "dashly", typed)
			require.Equal(t, api.Refused, api.ClassOf(err))
		}
		require.Len(t, d.writes(), 3)
	})
	t.Run("a phone number that the desk cannot read costs no e-mail address", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": `422 {"type":"error.list","errors":[{"code":"parameter_invalid","message":"phone"}]}`}))
		_, err := s.Ensure(t.Context(), "dashly", mapping.Contact{ID: "5", Name: "Ann", Email: "ann@example.org", Phone: "+1 555 0100", Identified: true})
		require.Equal(t, api.Refused, api.ClassOf(err))
		require.Len(t, d.writes(), 3)
		require.Equal(t, map[string]any{"role": "user", "external_id": "deskbridge:main:5", "name": "Ann", "email": "ann@example.org", "phone": "+15550100"}, d.writes()[0].Body)
		require.Equal(t, map[string]any{"role": "user", "external_id": "deskbridge:main:5", "name": "Ann", "email": "ann@example.org"}, d.writes()[1].Body)
	})
	t.Run("somebody else's address is not taken", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": conflict(""), "GET /contacts/n1": `{"id":"n1","role":"lead","email":"ann@example.org"}`}))
		_, err := s.Ensure(t.Context(), "dashly", ann)
		require.Equal(t, api.Refused, api.ClassOf(err))
		require.Len(t, d.writes(), 2)
		require.Equal(t, map[string]any{"role": "user", "external_id": "deskbridge:main:5", "name": "Ann"}, d.writes()[1].Body)
		require.NotContains(t, err.Error(), "example.org")
	})
	t.Run("a conflict that names nobody is about one that will be found", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": `409 {"type":"error.list","errors":[{"code":"conflict","message":"exists"}]}`}))
		_, err := s.Ensure(t.Context(), "dashly", ann)
		require.Equal(t, api.TryLater, api.ClassOf(err))
		require.Len(t, d.writes(), 2, "once more without the address")
	})
	t.Run("a lost answer is not repeated", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", with(map[string]string{"POST /contacts": "502 "}))
		_, err := s.Ensure(t.Context(), "dashly", ann)
		require.Equal(t, api.MayHaveHappened, api.ClassOf(err))
		require.Len(t, d.writes(), 1)
	})
	t.Run("nobody without an id", func(t *testing.T) {
		s, d := open(t, "2.15", "identified", nobody)
		_, err := s.Ensure(t.Context(), "dashly", mapping.Contact{Name: "x"})
		require.Equal(t, api.Refused, api.ClassOf(err))
		require.Empty(t, d.writes())
	})
}
