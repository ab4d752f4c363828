package consent

import "github.com/tactful/tactful"

// noticeVersion changes whenever a built-in text changes: a yes said to the
// old text then stops counting, and people are asked again.
const noticeVersion = "1"

// builtIn returns the built-in purposes with their texts: one short paragraph
// in plain words that says what happens, with what, and how it ends. Each
// purpose is asked for alone.
func builtIn() []PurposeConfig {
	purpose := func(name tactful.Purpose, gpc GPCRule, en, de, ar string) PurposeConfig {
		return PurposeConfig{
			Name: name, Version: noticeVersion, Expires: DefaultExpires, GPC: gpc,
			Text: map[string]string{"en": en, "de": de, "ar": ar},
		}
	}
	return []PurposeConfig{
		purpose(tactful.Recommendations, GPCIgnores,
			"May we pick products for you from what you look at, buy and save with us? We use nothing from anybody else. Every suggestion says why it is there. You can say no at any time; the shop works the same without.",
			"Dürfen wir Produkte für Sie aussuchen, nach dem, was Sie bei uns ansehen, kaufen und merken? Wir verwenden nichts von Dritten. Jeder Vorschlag sagt, warum er da ist. Sie können jederzeit nein sagen; der Laden funktioniert ohne das genauso.",
			"هل تسمح لنا باختيار منتجات لك مما تشاهده وتشتريه وتحفظه لدينا؟ لا نستخدم شيئًا من أي جهة أخرى. كل اقتراح يذكر سبب ظهوره. يمكنك الرفض في أي وقت، ويعمل المتجر بدون ذلك كما هو."),
		purpose(tactful.Offers, GPCRefuses,
			"May we choose offers for you from what you look at, buy and save with us? Prices are the same for everyone. You can say no at any time.",
			"Dürfen wir Angebote für Sie auswählen, nach dem, was Sie bei uns ansehen, kaufen und merken? Die Preise sind für alle gleich. Sie können jederzeit nein sagen.",
			"هل تسمح لنا باختيار عروض لك مما تشاهده وتشتريه وتحفظه لدينا؟ الأسعار واحدة للجميع. يمكنك الرفض في أي وقت."),
		purpose(tactful.MessagesEmail, GPCIgnores,
			"May we write to you by e-mail about products and offers? Each mail has a link that stops them at one click.",
			"Dürfen wir Ihnen per E-Mail über Produkte und Angebote schreiben? Jede E-Mail enthält einen Link, der sie mit einem Klick beendet.",
			"هل تسمح لنا بمراسلتك بالبريد الإلكتروني عن المنتجات والعروض؟ في كل رسالة رابط يوقفها بنقرة واحدة."),
		purpose(tactful.MessagesPush, GPCIgnores,
			"May we send notifications to your device about products and offers? You can stop them here or in your device's settings at any time.",
			"Dürfen wir Mitteilungen über Produkte und Angebote an Ihr Gerät senden? Sie können sie jederzeit hier oder in den Einstellungen des Geräts beenden.",
			"هل تسمح لنا بإرسال إشعارات إلى جهازك عن المنتجات والعروض؟ يمكنك إيقافها هنا أو من إعدادات جهازك في أي وقت."),
		purpose(tactful.MessagesSMS, GPCIgnores,
			"May we send you text messages about products and offers? You can stop them here or by answering STOP.",
			"Dürfen wir Ihnen SMS über Produkte und Angebote senden? Sie können sie jederzeit hier oder mit der Antwort STOPP beenden.",
			"هل تسمح لنا بإرسال رسائل نصية إليك عن المنتجات والعروض؟ يمكنك إيقافها هنا أو بالرد بكلمة STOP."),
		purpose(tactful.MessagesLetter, GPCIgnores,
			"May we send you letters about products and offers? You can stop them here at any time.",
			"Dürfen wir Ihnen Briefe über Produkte und Angebote senden? Sie können sie jederzeit hier beenden.",
			"هل تسمح لنا بإرسال رسائل بريدية ورقية إليك عن المنتجات والعروض؟ يمكنك إيقافها هنا في أي وقت."),
		purpose(tactful.Experiments, GPCIgnores,
			"May we include you in tests that compare versions of our pages? We never test prices or moods on you. You can leave a test at any time.",
			"Dürfen wir Sie an Tests beteiligen, die Fassungen unserer Seiten vergleichen? Wir testen nie Preise oder Stimmungen an Ihnen. Sie können einen Test jederzeit verlassen.",
			"هل تسمح لنا بإشراكك في اختبارات تقارن بين نسخ من صفحاتنا؟ لا نختبر عليك الأسعار ولا المشاعر أبدًا. يمكنك مغادرة أي اختبار في أي وقت."),
		purpose(tactful.Improvement, GPCIgnores,
			"May we learn from what you look at, buy and save with us which products go together, for everybody's suggestions? When you say no or leave, what was learned from you is taken out again.",
			"Dürfen wir aus dem, was Sie bei uns ansehen, kaufen und merken, lernen, welche Produkte zusammenpassen, für die Vorschläge an alle? Wenn Sie nein sagen oder gehen, nehmen wir das von Ihnen Gelernte wieder heraus.",
			"هل تسمح لنا بأن نتعلم مما تشاهده وتشتريه وتحفظه لدينا أي المنتجات تتناسب معًا، لاقتراحات الجميع؟ عندما ترفض أو تغادر، نزيل ما تعلمناه منك."),
		purpose(tactful.LocationUse, GPCRefuses,
			"May we use roughly where you are, never the exact place, to show what is available near you? You can say no at any time.",
			"Dürfen wir Ihren ungefähren Ort verwenden, nie den genauen, um zu zeigen, was es in Ihrer Nähe gibt? Sie können jederzeit nein sagen.",
			"هل تسمح لنا باستخدام موقعك التقريبي، وليس الدقيق أبدًا، لعرض المتاح بالقرب منك؟ يمكنك الرفض في أي وقت."),
		purpose(tactful.Protection, GPCIgnores,
			"May we use what you told us about yourself to measure whether our suggestions give away or treat unfairly people like you? It is never used to choose anything for you. You can say no at any time.",
			"Dürfen wir Ihre Angaben zu Ihrer Person verwenden, um zu messen, ob unsere Vorschläge Menschen wie Sie verraten oder ungerecht behandeln? Damit wird nie etwas für Sie ausgewählt. Sie können jederzeit nein sagen.",
			"هل تسمح لنا باستخدام ما أخبرتنا به عن نفسك لنقيس هل تكشف اقتراحاتنا أشخاصًا مثلك أو تظلمهم؟ لا يُستخدم ذلك أبدًا لاختيار أي شيء لك. يمكنك الرفض في أي وقت."),
	}
}
