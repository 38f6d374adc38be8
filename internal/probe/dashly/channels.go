package dashly

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/deskbridge/deskbridge/internal/probe"
)

// channelShown looks for the key in the list that asks for it, and in one conversation where the list shows none.
func (s *Survey) channelShown(ctx context.Context) (probe.Answer, error) {
	all, err := s.conversations(ctx)
	if err != nil || len(all) == 0 {
		return probe.Unseen(needsConversation), err
	}
	missing, null, shown := 0, 0, 0
	for _, c := range all {
		switch is := strings.TrimSpace(string(c.Channel)); is {
		case "":
			missing++
		case "null":
			null++
		default:
			shown++
		}
	}
	switch {
	case null > 0 && missing == 0:
		return probe.Saw("shown, null where there is none"), nil
	case shown > 0 && missing > 0 && null == 0:
		return probe.Saw("shown where there is one"), nil
	case shown+null > 0:
		return probe.Unseen("every conversation that was listed is in a channel; it needs one that is in none"), nil
	}
	_, data, err := s.ask(ctx, "get conversation", "/conversations/"+url.PathEscape(string(all[0].ID)), url.Values{"include_channel": {"true"}})
	if err != nil {
		return probe.Answer{}, err
	}
	var one conversation
	if _ = json.Unmarshal(data, &one); len(one.Channel) > 0 {
		return probe.Saw("not shown in lists"), nil
	}
	return probe.Unseen("no conversation shows a channel; it needs the newest one to be in a channel"), nil
}

// channelList reads the channels of the site.
func (s *Survey) channelList(ctx context.Context) (probe.Answer, error) {
	p, err := s.list(ctx, "list channels", "/apps/"+s.app+"/channels", url.Values{})
	if err != nil {
		return probe.Answer{}, err
	}
	if p.position() != "" {
		return probe.Saw("paged"), nil
	}
	return probe.Saw("whole").With("%d", len(p.items)), nil
}
