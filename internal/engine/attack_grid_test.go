package engine_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
	"github.com/deskbridge/deskbridge/internal/sandbox/stage"
	"github.com/deskbridge/deskbridge/internal/thin"
)

// attack is a harder story: under some knobs, in two halves.
type attack struct {
	setup setup
	knobs func(d *dashly.Knobs, i *intercom.Knobs)
	tell  func(w *world) (second func())
	// forgetful stories survive a wiped store too.
	forgetful bool
}

func upload(name string, n int) sandbox.Upload {
	return sandbox.Upload{Name: name, Type: "application/octet-stream", Content: []byte(strings.Repeat("x", n))}
}

// crowded is a thread with everything that is hard to tell apart.
func crowded(w *world) func() {
	d := w.dashly.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "?")
	d.Write(conv, "?")
	d.Write(conv, "!")
	d.Write(conv, "\U0001F600")
	d.Write(conv, "", upload("a.png", 10))
	d.Reply(conv, dashly.Jane, "...", upload("b.pdf", 20))
	d.Reply(conv, dashly.Jane, "...")
	d.Write(conv, strings.Repeat("long words about parcels ", 900))
	d.Note(conv, dashly.Jane, strings.Repeat("long thoughts about parcels ", 900))
	return func() {
		w.pause(3 * time.Minute)
		i := w.intercom.People()
		twin := w.thread(w.intercom.Dump())
		i.Reply(twin.ID, intercom.Jane, "?!", upload("c.png", 10), upload("d.pdf", 11), upload("e.exe", 12))
		i.Reply(twin.ID, intercom.Jane, strings.Repeat("a long answer about parcels ", 800))
		i.Write(twin.ID, "!")
		w.pause(2 * time.Second) // the same words in the same second cannot be told apart below 2.13
		d.Write(conv, "!")
		i.Note(twin.ID, intercom.Jane, "", upload("f.png", 3))
	}
}

// crowdedBack is the same from the other side.
func crowdedBack(w *world) func() {
	i := w.intercom.People()
	conv, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "", upload("z.png", 4), upload("y.png", 4))
	i.Write(conv, "?")
	i.Write(conv, "?")
	i.Write(conv, "!")
	i.Reply(conv, intercom.Jane, "...", upload("b.pdf", 20))
	i.Write(conv, strings.Repeat("long words about parcels ", 900))
	i.Note(conv, intercom.Jane, strings.Repeat("long thoughts about parcels ", 900))
	return func() {
		w.pause(3 * time.Minute)
		d := w.dashly.People()
		home := w.thread(w.dashly.Dump())
		d.Reply(home.ID, dashly.Jane, "?!", upload("c.png", 10))
		d.Write(home.ID, "!")
		w.pause(2 * time.Second)
		i.Write(conv, "!")
		i.Reply(conv, intercom.Jane, "moved?")
	}
}

// refusing is a thread whose bodies a desk refuses.
func refusing(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
	d.Reply(conv, dashly.Jane, strings.Repeat("no ", 400))
	d.Note(conv, dashly.Jane, strings.Repeat("hm ", 400))
	d.Write(conv, "bye")
	return func() {
		w.pause(3 * time.Minute)
		twin := w.thread(w.intercom.Dump())
		i.Reply(twin.ID, intercom.Jane, strings.Repeat("yes ", 400))
		i.Write(twin.ID, strings.Repeat("oh ", 400))
		i.Reply(twin.ID, intercom.Jane, "ok")
	}
}

// aged is history on both desks, then live words.
func aged(w *world) func() {
	now := time.Now()
	d, i := w.dashly.At(now.Add(-72*time.Hour)), w.intercom.At(now.Add(-72*time.Hour))
	dc, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
	ic, _ := i.Open(i.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hi")
	w.dashly.At(now.Add(-71*time.Hour)).Reply(dc, dashly.Jane, "old answer")
	w.dashly.At(now.Add(-70*time.Hour)).Note(dc, dashly.Jane, "old note")
	w.dashly.At(now.Add(-69*time.Hour)).Write(dc, "old thanks")
	w.dashly.At(now.Add(-69*time.Hour)).Write(dc, "old thanks")
	w.intercom.At(now.Add(-71*time.Hour)).Reply(ic, intercom.Jane, "old answer")
	w.intercom.At(now.Add(-70*time.Hour)).Note(ic, intercom.Jane, "old note")
	w.intercom.At(now.Add(-69*time.Hour)).Write(ic, "old thanks")
	return func() {
		w.pause(3 * time.Minute)
		w.dashly.People().Write(dc, "live words")
		w.intercom.People().Write(ic, "live words")
		w.pause(time.Minute)
		w.dashly.People().Reply(dc, dashly.Jane, "live answer")
		w.intercom.People().Reply(ic, intercom.Jane, "live answer")
	}
}

// pingPong moves fields on both desks.
func pingPong(w *world) func() {
	d, i := w.dashly.People(), w.intercom.People()
	conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello")
	d.Assign(conv, dashly.Jane, dashly.Jane)
	d.Tag(conv, dashly.Jane, " VIP ")
	d.Tag(conv, dashly.Jane, "a,b")
	return func() {
		w.pause(3 * time.Minute)
		twin := w.thread(w.intercom.Dump())
		i.Assign(twin.ID, intercom.Jane, intercom.Tom)
		i.Tag(twin.ID, intercom.Jane, "vip")
		i.Untag(twin.ID, intercom.Jane, "VIP")
		d.Assign(conv, dashly.Jane, "")
		i.Snooze(twin.ID, intercom.Jane, time.Now().Add(20*time.Minute))
		d.Reply(conv, dashly.Jane, "soon")
	}
}

func attacks() map[string]attack {
	plain := func(*dashly.Knobs, *intercom.Knobs) {}
	mute := func(d *dashly.Knobs, _ *intercom.Knobs) {
		d.EchoExternalIDReplies, d.EchoExternalIDNotes = false, false
	}
	out := map[string]attack{
		"crowded":              {knobs: plain, tell: crowded, forgetful: true},
		"crowded, no echo":     {knobs: mute, tell: crowded},
		"crowded back":         {knobs: plain, tell: crowdedBack, forgetful: true},
		"crowded back, mute":   {knobs: mute, tell: crowdedBack},
		"crowded, no app code": {knobs: func(_ *dashly.Knobs, i *intercom.Knobs) { i.AppCode = "" }, tell: crowded},
		"crowded, no time":     {knobs: func(_ *dashly.Knobs, i *intercom.Knobs) { i.ContactCreatedAt, i.AdminCreatedAt = false, false }, tell: crowded},
		"refused on Intercom":  {knobs: func(_ *dashly.Knobs, i *intercom.Knobs) { i.MaxBody = 700 }, tell: refusing, forgetful: true},
		"refused on Dashly":    {knobs: func(d *dashly.Knobs, _ *intercom.Knobs) { d.MaxBody = 700 }, tell: refusing, forgetful: true},
		"old":                  {setup: setup{all: true, automation: true}, knobs: plain, tell: aged, forgetful: true},
		"old, automation on":   {setup: setup{all: true}, knobs: plain, tell: aged, forgetful: true},
		"old, not included":    {knobs: plain, tell: aged, forgetful: true},
		"ping-pong":            {knobs: plain, tell: pingPong},
	}
	for _, v := range []string{"2.7", "2.9", "2.11", "2.13", "2.16"} {
		out["crowded, "+v] = attack{setup: setup{version: v}, knobs: plain, tell: crowded}
		out["crowded back, "+v] = attack{setup: setup{version: v}, knobs: plain, tell: crowdedBack, forgetful: v == "2.16"}
		out["old, "+v] = attack{setup: setup{version: v, all: true, automation: true}, knobs: plain, tell: aged}
	}
	return out
}

// play tells a story twice over: how it goes without harm, and with it.
func (a attack) play(t *testing.T, between, after func(w *world), begin func(w *world)) (essence string, visible int) {
	inWorld(t, a.setup, func(w *world) {
		w.reaper = &reaper{}
		var i *intercom.Knobs
		w.intercom.SetKnobs(func(k *intercom.Knobs) { i = k })
		w.dashly.SetKnobs(func(k *dashly.Knobs) { a.knobs(k, i) })
		second := a.tell(w)
		begin(w)
		w.endure()
		between(w)
		second()
		w.endure()
		after(w)
		w.reaper.at = 0
		w.endure()
		w.calm()
		w.pause(time.Hour)
		w.endure()
		w.calm()
		essence, visible = digits.ReplaceAllString(w.spoken(), "0"), len(w.delivered("dashly", "bridge"))+len(w.delivered("intercom", "bridge"))
	})
	return essence, visible
}

// endure runs until nothing moves any more, whatever is parked.
func (w *world) endure() {
	w.t.Helper()
	for range 12 {
		rep := w.sync()
		dead := w.reaper.revive()
		if !dead && (rep.ExitCode == 0 || rep.ExitCode == 2) {
			return
		}
		w.pause(2 * time.Minute)
	}
	rep := w.sync()
	w.t.Fatalf("no end: %s %+v %+v %+v\n%.3000s", rep.Status, rep.Error, *rep.Directions["dashly_to_intercom"], *rep.Directions["intercom_to_dashly"], w.picture())
}

// calm demands a pass without a write.
func (w *world) calm() {
	w.t.Helper()
	rep := w.sync()
	for desk, c := range rep.APICalls {
		require.Zero(w.t, c.Write, "writes to %s in an idle pass", desk)
	}
}

func nothing(*world) {}

// digits hide the times that stand in texts.
var digits = regexp.MustCompile(`\d+`)

// spoken is what stands on both desks, words without letters included, each thread in its own order of speakers.
func (w *world) spoken() string {
	var all []string
	for name, threads := range map[string][]sandbox.Thread{"dashly": w.dashly.Dump(), "intercom": w.intercom.Dump()} {
		for _, th := range threads {
			var said []string
			for _, e := range th.Entries {
				text, _, _ := strings.Cut(e.Text, "[db1 ")
				if text = strings.Join(strings.Fields(idless.ReplaceAllString(text, "#")), " "); text != "" || len(e.Files) > 0 {
					said = append(said, fmt.Sprintf("  %s %v %s %v\n", e.Side, e.Visible, text, e.Files))
				}
			}
			sort.Strings(said)
			all = append(all, name+"\n"+strings.Join(said, ""))
		}
	}
	sort.Strings(all)
	return strings.Join(all, "")
}

func TestAttacksRest(t *testing.T) {
	for name, a := range thin.Sample(attacks()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, visible := a.play(t, nothing, nothing, nothing)
			if os.Getenv("DESKBRIDGE_TEST_SHOW") != "" {
				t.Logf("visible %d\n%s", visible, cut(text))
			}
		})
	}
}

func cut(s string) string {
	var b strings.Builder
	for _, l := range strings.Split(s, "\n") {
		fmt.Fprintf(&b, "%.150s\n", l)
	}
	return b.String()
}

func TestAttacksSurviveDeath(t *testing.T) {
	for name, a := range thin.Sample(attacks()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			steps := 0
			want, visible := a.play(t, nothing, func(w *world) { steps = w.reaper.steps }, nothing)
			n := 0
			for at := 3; at <= steps; at += stride(1 + steps/4) {
				got, seen := a.play(t, nothing, nothing, func(w *world) { w.reaper.at = at })
				require.Equal(t, want, got, "killed at %d of %d", at, steps)
				require.Equal(t, visible, seen, "killed at %d of %d", at, steps)
				n++
			}
			require.NotZero(t, n)
		})
	}
}

func TestAttacksSurviveAmnesia(t *testing.T) {
	forgetful := maps.Clone(attacks())
	maps.DeleteFunc(forgetful, func(_ string, a attack) bool { return !a.forgetful })
	for name, a := range thin.Sample(forgetful) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, visible := a.play(t, nothing, nothing, nothing)
			wipe := func(w *world) { w.forget("") }
			got, seen := a.play(t, wipe, nothing, nothing)
			require.Equal(t, want, got, "in the midst")
			require.Equal(t, visible, seen, "in the midst")
			got, seen = a.play(t, nothing, wipe, nothing)
			require.Equal(t, want, got, "at the end")
			require.Equal(t, visible, seen, "at the end")
		})
	}
}

// TestAttacksSurviveBadReads lets one read go wrong in every way.
func TestAttacksSurviveBadReads(t *testing.T) {
	faults := map[string]sandbox.Fault{
		"500": {Kind: stage.Refuse, Status: 500}, "429": {Kind: stage.Refuse, Status: 429},
		"cut": {Kind: stage.CutAfter},
	}
	for name, a := range thin.Sample(map[string]attack{"crowded": {tell: crowded}, "crowded back": {tell: crowdedBack}, "ping-pong": {tell: pingPong}}) {
		a.knobs = func(*dashly.Knobs, *intercom.Knobs) {}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reads := 0
			run := func(at int, f sandbox.Fault) (string, int) {
				reads = 0
				var mu sync.Mutex
				return a.play(t, nothing, nothing, func(w *world) {
					decide := func(r *http.Request) sandbox.Fault {
						if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/search") {
							return sandbox.Fault{}
						}
						mu.Lock()
						defer mu.Unlock()
						if reads++; reads == at {
							return f
						}
						return sandbox.Fault{}
					}
					w.dashly.Fail(decide)
					w.intercom.Fail(decide)
				})
			}
			want, visible := run(0, sandbox.Fault{})
			total := reads
			for kind, f := range thin.Sample(faults) {
				for at := 1; at <= total; at += stride(1 + total/2) {
					if os.Getenv("DESKBRIDGE_TEST_SHOW") != "" {
						t.Logf("%s at %d", kind, at)
					}
					got, seen := run(at, f)
					require.Equal(t, want, got, "%s at read %d of %d", kind, at, total)
					require.Equal(t, visible, seen, "%s at read %d of %d", kind, at, total)
				}
			}
		})
	}
}
