package sandbox

// phrases of one language.
type phrases struct {
	customer, agent, note, bot, campaign, article []string
}

var names = []string{
	"Alice Doe", "Иван Петров", "Jürgen Groß", "ليلى حداد", "Zoë O'Brien", "Мария", "李雷", "Bob", "Søren", "Ann <Ann>", "Émile Zola", "Nikita",
}

var languages = []phrases{english, russian, german, arabic}

var english = phrases{
	customer: []string{
		"Hello, is anybody there?", "My order #4711 has not arrived yet.", "Thanks!", "ok", "Can I pay by invoice?\n\nWe are a company from Leeds.",
		"The page says \"error <500> & retry\" 😕", "See https://shop.example.org/cart?id=5&step=2", "🙏🙏", "When are you open?",
		"I was charged twice.\nPlease refund one of the payments.", "if (a < b && c > d) { return }", "Yes",
	},
	agent: []string{
		"Hi! Let me check that for you.", "Your parcel is on its way, tracking: https://track.example.org/?n=12&x=y", "Is there anything else?",
		"Done 👍", "Please try:\n1. log out\n2. clear the cache\n3. log in again", "We have refunded 19.90 €.", "ok",
	},
	note:     []string{"Paid by card on Monday, see order 881.", "VIP, be quick", "Ask billing < before refund >", "duplicate of yesterday's thread"},
	bot:      []string{"Hi! I am a robot. What is it about?", "We answer within an hour.", "A colleague will be with you soon."},
	campaign: []string{"Ten percent off until Sunday!", "How do you like our new cart?"},
	article:  []string{"How to return an order", "Payment methods & fees"},
}

var russian = phrases{
	customer: []string{
		"Здравствуйте!", "Где мой заказ № 4711?", "Спасибо большое 😊", "ок", "Можно ли оплатить по счёту?\nМы — ООО «Ромашка».",
		"Не работает кнопка «Оплатить» на сайте", "Ёлка, ёж, подъезд", "да", "Ещё вопрос: есть ли доставка в Казань?",
	},
	agent: []string{
		"Добрый день! Сейчас проверю.", "Заказ передан в доставку.", "Чем ещё могу помочь?", "Готово, деньги вернутся за 3–5 дней.", "ок",
	},
	note:     []string{"Клиент просит скидку", "Проверить оплату у бухгалтерии", "Перезвонить завтра"},
	bot:      []string{"Привет! Я бот. Чем помочь?", "Мы ответим в течение часа."},
	campaign: []string{"Скидка 10 % до воскресенья!", "Как вам новая корзина?"},
	article:  []string{"Как вернуть заказ", "Способы оплаты"},
}

var german = phrases{
	customer: []string{
		"Guten Tag, wo bleibt meine Bestellung?", "Vielen Dank für die schnelle Antwort!", "Größe M oder L? Übergröße gibt es nicht?", "ja",
		"Können Sie die Rechnung bitte an die Müller & Söhne GmbH ausstellen?",
	},
	agent:    []string{"Gerne, ich prüfe das.", "Die Rechnung hängt an.", "Kann ich sonst noch helfen?", "ok"},
	note:     []string{"Rückruf vereinbart", "Kunde seit 2019"},
	bot:      []string{"Hallo! Worum geht es?", "Wir antworten werktags zwischen 9 und 17 Uhr."},
	campaign: []string{"Nur heute: versandkostenfrei!"},
	article:  []string{"Rückgabe einer Bestellung"},
}

var arabic = phrases{
	customer: []string{"مرحبا، أين طلبي رقم ٤٧١١؟", "شكرا جزيلا", "نعم", "هل يمكن الدفع عند الاستلام؟ (COD)", "أريد استرداد المبلغ 19.90 USD من فضلكم"},
	agent:    []string{"أهلا بك، سأتحقق حالا.", "تم إرسال الطلب.", "هل هناك شيء آخر؟"},
	note:     []string{"عميل مهم", "راجع الفاتورة قبل الرد"},
	bot:      []string{"مرحبا! أنا روبوت.", "سنرد خلال ساعة."},
	campaign: []string{"خصم ١٠٪ حتى الأحد"},
	article:  []string{"كيفية إرجاع طلب"},
}
