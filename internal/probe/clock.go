package probe

import "time"

// drift is the difference of two clocks that nobody minds.
const drift = 5 * time.Second

// Clock compares the Date of an answer with the own clock at the time of asking. Its readings are "agrees", "is ahead"
// and "is behind".
func Clock(desk, asked time.Time) Answer {
	if desk.IsZero() {
		return Unseen("the answer has no Date")
	}
	took := time.Since(asked) // the answer lies between asking and now
	switch ahead := desk.Sub(asked); {
	case ahead < -drift:
		return Saw("is behind").With("%s", (-ahead).Round(time.Second))
	case ahead > took+drift:
		return Saw("is ahead").With("%s", (ahead - took).Round(time.Second))
	}
	return Saw("agrees").With("within %s", drift)
}
