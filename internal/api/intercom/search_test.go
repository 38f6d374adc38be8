package intercom

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/api"
)

// TestAListThatIsNoneIsNoEmptyOne: a list that is missing or null says nothing about who or what there is.
func TestAListThatIsNoneIsNoEmptyOne(t *testing.T) {
	for key, read := range map[string]func(*Client) (int, error){
		"admins": func(c *Client) (int, error) { all, err := c.Admins(t.Context()); return len(all), err },
		"teams":  func(c *Client) (int, error) { all, err := c.Teams(t.Context()); return len(all), err },
		"data":   func(c *Client) (int, error) { all, err := c.Tags(t.Context()); return len(all), err },
	} {
		for _, body := range []string{`{}`, `{"` + key + `":null}`, `{"` + key + `":{}}`, `{"` + key + `":""}`, `{"` + key + `":[{"name":"A"}]}`} {
			c, _ := serve(t, "2.15", says(200, body))
			_, err := read(c)
			require.Equal(t, api.TryLater, api.ClassOf(err), body)
		}
		for n, list := range []string{`[]`, `[{"id":"1","name":"A"}]`} {
			c, _ := serve(t, "2.15", says(200, `{"`+key+`":`+list+`}`))
			got, err := read(c)
			require.NoError(t, err)
			require.Equal(t, n, got, "%s: %s", key, list)
		}
	}
}

// TestPagesThatLeadInACircle: each page names a next one that was there before. That is no end, and no walk for ever.
func TestPagesThatLeadInACircle(t *testing.T) {
	for name, tc := range map[string]struct {
		cursors []string // of the answers, in turn
		calls   int      // 0: as many as there are cursors, and a good end
	}{
		"two in turn":      {[]string{"A", "B", "A", "B", "A"}, 3},
		"three in turn":    {[]string{"A", "B", "C", "A", "B"}, 4},
		"back to a middle": {[]string{"A", "B", "C", "B", "C"}, 4},
		"an end":           {[]string{"A", "B", "C", ""}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var d *desk
			var c *Client
			c, d = serve(t, "2.15", func(w http.ResponseWriter, r *http.Request) {
				next := "null"
				if cursor := tc.cursors[d.count()-1]; cursor != "" {
					next = fmt.Sprintf(`{"starting_after":%q}`, cursor)
				}
				says(200, `{"conversations":[{"id":5,"updated_at":7}],"pages":{"next":`+next+`}}`)(w, r)
			})
			err := c.SearchPages(t.Context(), Filter{"updated_at", ">", 3}, Sort{"updated_at", "ascending"}, func(Page) (bool, error) { return true, nil })
			if tc.calls == 0 {
				require.NoError(t, err)
				require.Equal(t, len(tc.cursors), d.count())
				return
			}
			require.Equal(t, api.TryLater, api.ClassOf(err))
			require.Equal(t, tc.calls, d.count())
		})
	}
}
