package mapping

// ratingRunes bounds a rating: what a text attribute of the desks takes for certain.
const ratingRunes = 255

// RatingText is what a customer's rating says in one line: a single value alone, several as "label: value". It is the same
// for the same values, so that it can be compared with what stands on a desk.
func RatingText(values ...[2]string) string {
	if len(values) == 1 {
		return actLine(values[0][1], ratingRunes)
	}
	text := ""
	for _, v := range values {
		if text != "" {
			text += ", "
		}
		text += v[0] + ": " + v[1]
	}
	return actLine(text, ratingRunes)
}
