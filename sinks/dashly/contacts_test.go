package dashly_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
	"github.com/deskbridge/deskbridge/mapping"
	"github.com/deskbridge/deskbridge/sinks/dashly"
)

const (
	byEmail = "GET /apps/$self_app/users $email"
	byPhone = "GET /apps/$self_app/users $phone"
	ownKey  = "GET /users/deskbridge:main:ic-9/conversations by_user_id=true"
)

// noConversations answers the two lists of users who are found by Dashly's id.
func noConversations(ids ...string) map[string]string {
	out := map[string]string{}
	for _, id := range ids {
		out["GET /users/"+id+"/conversations"] = `[]`
		out["GET /users/"+id+"/conversations recipient_type=sdk"] = `[]`
	}
	return out
}

func with(base map[string]string, more ...string) map[string]string {
	for i := 0; i < len(more); i += 2 {
		base[more[i]] = more[i+1]
	}
	return base
}

func TestFind(t *testing.T) {
	alice := mapping.Contact{ID: "ic-9", Email: "alice@example.org", Phone: "+15550100", Identified: true}
	visitor := alice
	visitor.Identified = false
	own := func(id string) mapping.Contact { c := alice; c.ExternalID = id; return c }
	const known = `{"id":21,"user_id":"crm-21","props":{"$email":"Alice@example.org","$phone":"+15550100"}}`
	const typed = `{"id":22,"user_id":null,"props":{"$email":"alice@example.org"}}`
	const typedToo = `{"id":23,"user_id":null,"props":{"$email":"alice@example.org"}}`
	const confirmed = `{"id":22,"props":{"$email":"alice@example.org"},"email_status":{"status":"confirmed"}}`
	const made = `{"id":24,"user_id":"deskbridge:main:ic-8","props":{"$email":"alice@example.org"}}`
	const stranger = `{"id":25,"user_id":"crm-25","props":{"$email":"bob@example.org"}}`
	for name, row := range map[string]struct {
		match   string
		contact mapping.Contact
		answers map[string]string
		want    mapping.PersonID
	}{
		"nobody":                               {"", alice, map[string]string{byEmail: `[]`, byPhone: `[]`}, ""},
		"own id":                               {"", own("crm-42"), map[string]string{"GET /users/crm-42/conversations by_user_id=true": `[{"id":1,"user":{"id":20,"user_id":"crm-42"}}]`, "GET /users/20/conversations recipient_type=sdk": `[]`}, "20"},
		"own id, no conversation yet":          {"", own("crm-42"), map[string]string{"GET /users/crm-42/conversations by_user_id=true": `[]`, "GET /users/crm-42 by_user_id=true": `{"id":20}`, "GET /users/20/conversations recipient_type=sdk": `[]`}, "20"},
		"made by the bridge before":            {"", alice, map[string]string{ownKey: `[]`, "GET /users/deskbridge:main:ic-9 by_user_id=true": `{"id":30}`, "GET /users/30/conversations recipient_type=sdk": `[]`}, "30"},
		"the other desk's copy of a user here": {"", own("deskbridge:main:13587"), with(noConversations("13587"), "GET /users/13587", `{"id":13587}`), "13587"},
		"another pair's copy is an own id":     {"", own("deskbridge:other:13587"), map[string]string{byEmail: `[]`, byPhone: `[]`}, ""},
		"e-mail":                               {"", alice, with(noConversations("21"), byEmail, `{"users":[`+known+`],"total":1}`), "21"},
		"e-mail, confirmed":                    {"", alice, with(noConversations("22"), byEmail, `[`+typed+`]`, "GET /users/22", confirmed), "22"},
		"e-mail, not confirmed":                {"", alice, map[string]string{byEmail: `[` + typed + `]`, "GET /users/22": typed, byPhone: `[]`}, ""},
		"e-mail of two identified users":       {"", alice, map[string]string{byEmail: `[` + known + `,` + typed + `]`, "GET /users/22": confirmed}, ""},
		"e-mail of one identified user of two": {"", alice, with(noConversations("21"), byEmail, `[`+known+`,`+typed+`]`, "GET /users/22", typed), "21"},
		"the list says the same user twice":    {"", alice, with(noConversations("21"), byEmail, `[`+known+`,`+known+`]`), "21"},
		"a filter that filters nothing":        {"", alice, map[string]string{byEmail: `[` + stranger + `]`, byPhone: `[` + stranger + `]`}, ""},
		"more than a page":                     {"", alice, map[string]string{byEmail: `{"users":[` + known + `],"total":70}`}, ""},
		"another own id":                       {"", own("crm-42"), map[string]string{byEmail: `[` + known + `]`, byPhone: `[]`}, ""},
		"made for another customer":            {dashly.MatchEmail, alice, map[string]string{byEmail: `[` + made + `]`, byPhone: `[]`}, ""},
		"phone":                                {"", alice, with(noConversations("21"), byEmail, `[]`, byPhone, `[`+known+`]`), "21"},
		"phone, spelt otherwise":               {"", mapping.Contact{ID: "ic-9", Phone: "+1 (555) 01-00", Identified: true}, with(noConversations("21"), byPhone, `[`+known+`]`), "21"},
		"a visitor typed the address":          {"", visitor, nil, ""},
		"a visitor, rule lifted":               {dashly.MatchEmail, visitor, with(noConversations("22"), byEmail, `[`+typed+`]`), "22"},
		"two, rule lifted":                     {dashly.MatchEmail, visitor, map[string]string{byEmail: `[` + typed + `,` + typedToo + `]`}, ""},
		"ids only":                             {dashly.MatchNone, alice, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answers: row.answers}
			found, err := start(t, d, dashly.Options{Match: row.match}).Find(t.Context(), "intercom", row.contact)
			require.NoError(t, err)
			require.Equal(t, row.want, found.Contact.ID)
			require.Empty(t, d.writes())
		})
	}
}

func TestConversationsOfTheCounterpart(t *testing.T) {
	d := &desk{answers: map[string]string{
		"GET /users/crm-42/conversations by_user_id=true": `[{"id":1,"last_update":10,"user":{"id":20,"user_id":"crm-42"}},{"id":2,"last_update":30,"removed":5}]`,
		"GET /users/20/conversations recipient_type=sdk":  `[{"id":3,"last_update":40},{"id":1,"last_update":10}]`,
		ownKey: `[{"id":4,"last_update":20,"user":{"id":30,"user_id":"deskbridge:main:ic-9"}}]`,
	}}
	found, err := start(t, d, dashly.Options{}).Find(t.Context(), "intercom", mapping.Contact{ID: "ic-9", ExternalID: "crm-42"})
	require.NoError(t, err)
	require.Equal(t, mapping.PersonID("20"), found.Contact.ID)
	require.Equal(t, []mapping.Ref{{Desk: "dashly", ID: "3"}, {Desk: "dashly", ID: "4"}, {Desk: "dashly", ID: "1"}}, found.Conversations, "those of the user whom the bridge made earlier count too")
}

func TestEnsure(t *testing.T) {
	const props = "POST /users/deskbridge:main:ic-9/props"
	const after = "GET /users/deskbridge:main:ic-9 by_user_id=true"
	for name, row := range map[string]struct {
		contact    mapping.Contact
		operations string
	}{
		"identified":         {mapping.Contact{ID: "ic-9", Name: " Alice ", Email: "a@example.org", Phone: "+1", Identified: true}, `[{"op":"set_once","key":"$name","value":"Alice"},{"op":"set_once","key":"$email","value":"a@example.org"},{"op":"set_once","key":"$phone","value":"+1"}]`},
		"only a name":        {mapping.Contact{ID: "ic-9", Name: "Alice", Identified: true}, `[{"op":"set_once","key":"$name","value":"Alice"}]`},
		"a visitor":          {mapping.Contact{ID: "ic-9", Name: "Alice", Email: "a@example.org", Phone: "+1"}, `[{"op":"set_once","key":"$name","value":"Alice"}]`},
		"a visitor, no name": {mapping.Contact{ID: "ic-9", Email: "a@example.org"}, `[{"op":"set_once","key":"deskbridge_contact","value":"intercom:ic-9"}]`},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{answers: map[string]string{byEmail: `[]`, byPhone: `[]`, props: `{}`, after: `{"id":30,"user_id":"deskbridge:main:ic-9","props":{"$name":"Alice"}}`}}
			c, err := start(t, d, dashly.Options{}).Ensure(t.Context(), "intercom", row.contact)
			require.NoError(t, err)
			require.Equal(t, mapping.Contact{ID: "30", ExternalID: "deskbridge:main:ic-9", Name: "Alice"}, c)
			form := url.Values{"operations": {row.operations}, "by_user_id": {"true"}, "parse_custom_props_type": {"false"}}
			require.Equal(t, []string{props + " " + form.Encode()}, d.writes())
		})
	}
	d := &desk{answers: with(noConversations("21"), byEmail, `[{"id":21,"user_id":"crm-21","props":{"$email":"a@example.org"}}]`)}
	c, err := start(t, d, dashly.Options{}).Ensure(t.Context(), "intercom", mapping.Contact{ID: "ic-9", Name: "Other", Email: "a@example.org", Identified: true})
	require.NoError(t, err)
	require.Equal(t, mapping.PersonID("21"), c.ID)
	require.Empty(t, d.writes(), "nothing is set on a user who was there")
	for match, contact := range map[string]string{"": `{"id":22,"props":{"$email":"A@example.org"}}`, dashly.MatchNone: `{"id":21,"user_id":"crm-21","props":{"$email":"a@example.org"}}`} {
		d := &desk{answers: map[string]string{byEmail: `[` + contact + `]`, "GET /users/22": contact, props: `{}`, after: `{"id":30}`}}
		_, err := start(t, d, dashly.Options{Match: match}).Ensure(t.Context(), "intercom", mapping.Contact{ID: "ic-9", Name: "Other", Email: "a@example.org", Identified: true})
		require.NoError(t, err)
		require.Len(t, d.writes(), 1)
		require.NotContains(t, d.writes()[0], "email", "an address that somebody has may merge the two (U35)")
	}
	_, err = start(t, &desk{}, dashly.Options{}).Ensure(t.Context(), "intercom", mapping.Contact{})
	require.Equal(t, api.Refused, api.ClassOf(err))
}
