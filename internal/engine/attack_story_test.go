package engine_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/deskbridge/deskbridge/internal/engine"
	"github.com/deskbridge/deskbridge/internal/report"
	"github.com/deskbridge/deskbridge/internal/sandbox"
	"github.com/deskbridge/deskbridge/internal/sandbox/dashly"
	"github.com/deskbridge/deskbridge/internal/sandbox/intercom"
)

func TestAnEditedReplyIsRecognisedWithoutMemory(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.pause(10 * time.Second)
		id := d.Reply(conv, dashly.Jane, "It costs 5 euro")
		mine := d.Write(conv, "so much?")
		w.done()
		w.pause(time.Minute)
		d.Edit(conv, id, "It costs 6 euro")
		d.Edit(conv, mine, "that much?")
		want := lines(w.thread(w.intercom.Dump()))
		w.forget("")
		w.persist()
		require.Empty(t, w.delivered("dashly", "bridge"), w.picture())
		require.Equal(t, want, lines(w.thread(w.intercom.Dump())), w.picture())
		w.idle()
	})
}

func TestAPastedTokenDoesNotSwallowAConversation(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d, p := w.dashly.People(), w.intercom.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		link := ""
		for _, e := range w.thread(w.intercom.Dump()).Entries {
			if strings.Contains(e.Text, "[db1 ") {
				link = e.Text
			}
		}
		require.NotEmpty(t, link)
		w.pause(time.Minute)
		conv, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Where is my parcel?")
		p.Note(conv, intercom.Jane, link)
		rep := w.done()
		require.Equal(t, 2, rep.Directions["intercom_to_dashly"].Entries.Read, "%+v", rep.Directions["intercom_to_dashly"].Entries)
		require.Len(t, w.dashly.Dump(), 2, w.picture())
		w.idle()
	})
}

func TestABoundOnWritesEndsTheRun(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		for _, own := range []string{"a", "b", "c"} {
			conv, _ := d.Open(d.Customer(sandbox.Customer{Own: own, Name: own}), "Hello from "+own)
			d.Reply(conv, dashly.Jane, "Hi "+own)
		}
		began := time.Now()
		for n := range 40 {
			rep := w.run(engine.Request{Command: "sync", MaxWrites: 1})
			require.LessOrEqual(t, rep.APICalls["intercom"].Write+rep.APICalls["dashly"].Write, 2, "a contact and a write, run %d", n)
			if rep.Status == report.Done {
				break
			}
		}
		w.done()
		require.Len(t, w.intercom.Dump(), 3)
		require.Less(t, time.Since(began), time.Hour)
		w.idle()
	})
}

func TestAStrangerInTheConversationDoesNotMoveItsHome(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d, p := w.dashly.People(), w.intercom.People()
		d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		twin := w.thread(w.intercom.Dump())
		w.pause(time.Minute)
		p.WriteAs(twin.ID, p.Customer(sandbox.Customer{Own: "boss", Name: "Boss"}), "I watch this")
		w.pause(time.Minute)
		p.Reply(twin.ID, intercom.Jane, "We will answer, Alice")
		w.done()
		require.Len(t, w.delivered("dashly", "bridge"), 1, w.picture())
		w.idle()
	})
}

func TestACloseAfterTheCustomersWordsStays(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d, p := w.dashly.People(), w.intercom.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		p.Customer(sandbox.Customer{Own: "x"})
		w.done()
		twin := w.thread(w.intercom.Dump())
		w.pause(time.Minute)
		p.Close(twin.ID, intercom.Jane)
		w.done()
		w.pause(time.Minute)
		w.intercom.People().Reopen(twin.ID, intercom.Jane)
		w.done()
		w.pause(time.Minute)
		d.Write(conv, "thanks, bye")
		w.pause(10 * time.Second)
		p.Close(twin.ID, intercom.Jane)
		w.done()
		require.Equal(t, "closed", w.thread(w.intercom.Dump()).State, w.picture())
		require.Equal(t, "closed", w.thread(w.dashly.Dump()).State, w.picture())
		w.idle()
	})
}

func TestAnUnseenReopeningIsNotTakenForOurOwnDoing(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d, p := w.dashly.People(), w.intercom.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		d.Close(conv, dashly.Jane)
		w.run(engine.Request{Command: "sync", Sweep: true})
		twin := w.thread(w.intercom.Dump())
		require.Equal(t, "closed", twin.State)
		w.pause(time.Minute)
		d.Reopen(conv, dashly.Jane)
		p.Note(twin.ID, intercom.Jane, "remember the milk")
		w.done()
		require.Equal(t, "open", w.thread(w.dashly.Dump()).State, w.picture())
		require.Equal(t, "open", w.thread(w.intercom.Dump()).State, w.picture())
		w.idle()
	})
}

func TestAnEntryThatShrinksBetweenItsPartsIsNotPendingForEver(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d := w.dashly.People()
		conv, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		w.done()
		w.pause(time.Minute)
		long := d.Write(conv, strings.Repeat("a long story about a parcel. ", 1500))
		rep := w.run(engine.Request{Command: "sync", MaxWrites: 1})
		require.NotEqual(t, report.Done, rep.Status)
		d.Edit(conv, long, "never mind")
		w.persist()
		w.idle()
	})
}

func TestOneDirectionOnly(t *testing.T) {
	for _, from := range []int{0, 1} {
		inWorld(t, setup{adjust: func(o *engine.Options) { o.Sides[1-from].Send = false }}, func(w *world) {
			d, p := w.dashly.People(), w.intercom.People()
			dc, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			ic, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hi?")
			w.done()
			w.pause(time.Minute)
			d.Reply(dc, dashly.Jane, "one")
			p.Reply(ic, intercom.Jane, "two")
			w.done()
			for _, th := range append(w.dashly.Dump(), w.intercom.Dump()...) {
				if len(th.Entries) > 0 && th.ID != dc && th.ID != ic {
					if from == 0 {
						w.intercom.People().Reply(th.ID, intercom.Jane, "three")
						w.intercom.People().Tag(th.ID, intercom.Jane, "x")
						w.intercom.People().Close(th.ID, intercom.Jane)
					} else {
						w.dashly.People().Reply(th.ID, dashly.Jane, "three")
						w.dashly.People().Tag(th.ID, dashly.Jane, "x")
						w.dashly.People().Close(th.ID, dashly.Jane)
					}
				}
			}
			w.done()
			w.pause(time.Hour)
			d.Reply(dc, dashly.Jane, "four")
			p.Reply(ic, intercom.Jane, "five")
			w.done()
			w.idle()
			w.forget("")
			w.persist()
			w.idle()
			require.Empty(t, w.delivered([]string{"dashly", "intercom"}[from], "bridge"))
		})
	}
}

func TestBotsDoNotAnswerEachOther(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.dashly.SetKnobs(func(k *dashly.Knobs) { k.AutoBot = "I am Dasha, a bot" })
		w.intercom.SetKnobs(func(k *intercom.Knobs) { k.AutoBot = "I am Fin, a bot" })
		d, p := w.dashly.People(), w.intercom.People()
		dc, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		ic, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hi?")
		w.done()
		w.pause(time.Minute)
		d.Write(dc, "more")
		p.Write(ic, "more")
		w.persist()
		w.idle()
		require.Empty(t, append(w.delivered("dashly", "bridge"), w.delivered("intercom", "bridge")...))
		w.forget("")
		w.persist()
		w.idle()
		require.Empty(t, append(w.delivered("dashly", "bridge"), w.delivered("intercom", "bridge")...))
		require.Len(t, w.dashly.Dump(), 2)
		require.Len(t, w.intercom.Dump(), 2)
	})
}

func TestADeletedTwinIsNeverOpenedAgain(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		d, p := w.dashly.People(), w.intercom.People()
		dc, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
		ic, _ := p.Open(p.Customer(sandbox.Customer{Own: "crm-2", Name: "Bob"}), "Hi?")
		w.done()
		for _, th := range w.intercom.Dump() {
			p.Delete(th.ID)
		}
		w.pause(time.Minute)
		d.Write(dc, "more")
		d.Reply(dc, dashly.Jane, "yes")
		for _, th := range w.dashly.Dump() {
			if th.ID != dc {
				d.Write(th.ID, "here is Bob")
			}
		}
		_ = ic
		w.persist()
		w.pause(time.Hour)
		d.Write(dc, "anybody?")
		w.persist()
		w.idle()
		require.Empty(t, w.intercom.Dump())
		require.Len(t, w.dashly.Dump(), 2)
	})
}

func TestATooOldReplyAndAFixedHome(t *testing.T) {
	for _, home := range []string{"auto", "dashly", "intercom"} {
		inWorld(t, setup{adjust: func(o *engine.Options) { o.Home = home }, maxAge: time.Hour}, func(w *world) {
			d, p := w.dashly.People(), w.intercom.People()
			dc, _ := d.Open(d.Customer(sandbox.Customer{Own: "crm-1", Name: "Alice"}), "Hello?")
			w.done()
			twin := w.thread(w.intercom.Dump())
			p.Reply(twin.ID, intercom.Jane, "old")
			d.Reply(dc, dashly.Jane, "old too")
			w.pause(2 * time.Hour)
			p.Reply(twin.ID, intercom.Jane, "young")
			d.Reply(dc, dashly.Jane, "young too")
			w.persist()
			want := map[string][2]int{"auto": {1, 0}, "dashly": {1, 0}, "intercom": {0, 1}}[home]
			require.Len(t, w.delivered("dashly", "bridge"), want[0], home)
			require.Len(t, w.delivered("intercom", "bridge"), want[1], home)
			w.idle()
		})
	}
}

func TestAStopAtAnyMomentLosesNothing(t *testing.T) {
	t.Parallel()
	for name, s := range tellings {
		var want string
		for at := 0; at < 60; at += stride(13) {
			inWorld(t, s.setup, func(w *world) {
				second := s.tell(w)
				stopAt := func(n int) {
					stop := make(chan struct{})
					seen := 0
					w.bridge(func(e *engine.Engine) {
						w.intercom.Fail(func(r *http.Request) sandbox.Fault {
							if seen++; seen == n {
								close(stop)
							}
							return sandbox.Fault{}
						})
						rep := e.Run(context.Background(), stop, engine.Request{Command: "sync"})
						for _, dir := range rep.Directions {
							require.True(t, dir.Entries.Balanced())
						}
						w.intercom.Fail(nil)
					})
				}
				if at > 0 {
					stopAt(at)
				}
				w.persist()
				second()
				if at > 0 {
					stopAt(at)
				}
				w.persist()
				w.idle()
				if at == 0 {
					want = w.essence()
				}
				require.Equal(t, want, w.essence(), "%s, stopped at call %d", name, at)
			})
		}
	}
}
