// Package simulation runs the whole bridge and both stand-in desks in one process on simulated time, from one seed,
// with the same trace every time.
//
// A scenario is a text file: people act at two desks, the bridge works in between, and the pictures of both desks at
// the end are part of the file (testdata/scenarios). A run plays a scenario under a Plan: which seed, at which of the
// numbered points the process dies, what else goes wrong, how the desks read what the documents leave open. Its Result
// says what both desks look like in the end, in a form that must be the same whatever happened on the way:
//
//	s, err := simulation.LoadFile("testdata/scenarios/burst.txtar")
//	calm := s.Run(t, simulation.Plan{})
//	simulation.Each(t, calm.Count, func(t *testing.T, i int) {
//		require.NoError(t, s.Run(t, simulation.Plan{DieAt: []int{i + 1}}).Like(calm))
//	})
//
// # Scenario files
//
// A file is a txtar archive: a line that names the story, a paragraph that tells what it is about, and the sections
// settings (lines "key: value", the keys of the configuration file, "dashly knob NAME: value"; may be absent), script,
// and dashly, intercom and delivered, which "go test ./internal/simulation -run TestScenarios -update" draws. A line of
// a script is one of
//
//	dashly: …              somebody acts there now; the rows of deeds are what people can do
//	dashly 26h ago: …      the same in the past, before the world began
//	intercom shows …       what must be so at this moment; the rows of expectations
//	wait 3m, sync, idle …  what happens to the bridge and around it; the rows of commands
//	die after send         the process dies there, once, at a write
//	stop for 1m at answer  it is stopped there, and another host takes over; see below
//	repeat 9 every 2s …    a line again and again; {n} in its texts is the number of the turn
//
// Customers are introduced once: customer Alice (crm-1, alice@example.org, confirmed). Without an own id, (anonymous),
// they are somebody else on each desk. A conversation gets a label where it begins (as parcel) and is named by it (in
// parcel); without a label a sentence is about the latest one. On the other desk the same label means the copy. Time
// stands still between two lines unless one lets it pass, so lines in a row happen in one second. A mistake in a file
// is told with its line and with the sentences that are allowed there.
//
// # Stopped processes
//
// A process can be stopped for a while, by the script or by a Plan, as SIGSTOP does it or a machine that is suspended:
// each of its goroutines stays at the next call or command to the store that it comes to. From that moment another host
// tries to do the same work, as its cron would, and gets the lease when it has run out. A call that had left arrives;
// one that was still getting its connection asks for its permit again when the process goes on. In every run, no call
// may leave after the lease of its process has run out.
//
// In the pictures a + stands before what the bridge wrote, and an entry from before the world began has its age. Ids
// and times are replaced by # and (time).
package simulation
