package sandbox

// dashlySpecial is what happens at a Dashly desk only: the rarer kinds of parts and ways of sending.
func (w *writer) dashlySpecial(t *talk) {
	h := w.d.At(w.at)
	switch w.rng.IntN(12) {
	case 0:
		h.Article(t.id, t.agent, pick(w, t.lang.article))
	case 1:
		h.AutoReply(t.id, pick(w, t.lang.bot))
	case 2:
		h.Ask(t.id, pick(w, t.lang.bot), "1", "2")
	case 3:
		h.Move(t.id, t.agent, pick(w, []string{"75", "77", "78", "0"}))
	case 4:
		h.Service(t.id, "service", pick(w, t.lang.bot))
	case 5:
		h.Service(t.id, "final_closed", "")
	case 6:
		h.Legacy(t.id, t.agent, pick(w, t.lang.agent))
	case 7:
		h.Service(t.id, "opened", "")
	case 8, 9:
		via := pick(w, []string{"email_admin", "app_android", "app_ios", "app_chrome", "app_desktop", "integrations"})
		h.ReplyVia(t.id, t.agent, pick(w, t.lang.agent), via)
	default:
		h.WriteVia(t.id, pick(w, t.lang.customer), pick(w, []string{"email_user", "app_android", "app_ios", "telegram"}))
		t.spoken, t.closed = true, false
	}
}

// intercomSpecial is what happens at an Intercom desk only.
func (w *writer) intercomSpecial(t *talk) {
	h := w.i.At(w.at)
	switch w.rng.IntN(9) {
	case 0:
		h.CloseWith(t.id, t.agent, pick(w, t.lang.agent))
		t.closed = true
	case 1:
		h.AssignWith(t.id, t.agent, "admin", pick(w, t.agents), pick(w, t.lang.agent))
		t.closed = false
	case 2:
		h.AssignWith(t.id, t.agent, "team", pick(w, []string{"5017691", "5017692"}), "")
		t.closed = false
	case 3:
		h.Title(t.id, t.agent, pick(w, t.lang.article))
	case 4:
		h.Prioritise(t.id, t.agent, w.chance(70))
	case 5:
		h.Event(t.id, pick(w, []string{
			"operator_workflow_event", "user_became_idle", "language_detection_details", "custom_action_started",
			"conversation_sla_applied_by_rule", "conversation_attribute_updated_by_admin",
		}))
	case 6:
		h.Reopen(t.id, t.agent)
		t.closed = false
	default:
		h.Vote(t.id, 1+w.rng.IntN(5), pick(w, t.lang.customer))
	}
}
