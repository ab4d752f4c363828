package consent

import (
	"cmp"

	"github.com/tactful/tactful"
)

// noticeVersions of texts that have changed; the others are of version 1. A yes
// said to the old text stops counting, and people are asked again.
var noticeVersions = map[tactful.Purpose]string{
	tactful.MessagesPush: "2", // in easier words (English; the others say what they said)
}

// builtIn returns the built-in purposes with their texts: one short paragraph
// in plain words that says what happens, with what, and how it ends. Each
// purpose is asked for alone.
func builtIn() []PurposeConfig {
	purpose := func(name tactful.Purpose, gpc GPCRule, en, de, fr, es, ar string) PurposeConfig {
		return PurposeConfig{
			Name: name, Version: cmp.Or(noticeVersions[name], "1"), Expires: DefaultExpires, GPC: gpc,
			Text: map[string]string{"en": en, "de": de, "fr": fr, "es": es, "ar": ar},
		}
	}
	return []PurposeConfig{
		purpose(tactful.Recommendations, GPCIgnores,
			"May we pick products for you from what you look at, buy and save with us? We use nothing from anybody else. Every suggestion says why it is there. You can say no at any time; the shop works the same without.",
			"Dürfen wir Produkte für Sie aussuchen, nach dem, was Sie bei uns ansehen, kaufen und merken? Wir verwenden nichts von Dritten. Jeder Vorschlag sagt, warum er da ist. Sie können jederzeit nein sagen; der Laden funktioniert ohne das genauso.",
			"Pouvons-nous choisir des produits pour vous d’après ce que vous regardez, achetez et gardez chez nous ? Nous n’utilisons rien qui vienne d’ailleurs. Chaque suggestion dit pourquoi elle est là. Vous pouvez dire non à tout moment ; le magasin marche aussi bien sans.",
			"¿Podemos elegir productos para ti según lo que miras, compras y guardas con nosotros? No usamos nada de nadie más. Cada sugerencia dice por qué está ahí. Puedes decir no en cualquier momento; la tienda funciona igual sin ello.",
			"هل تسمح لنا باختيار منتجات لك مما تشاهده وتشتريه وتحفظه لدينا؟ لا نستخدم شيئًا من أي جهة أخرى. كل اقتراح يذكر سبب ظهوره. يمكنك الرفض في أي وقت، ويعمل المتجر بدون ذلك كما هو."),
		purpose(tactful.Offers, GPCRefuses,
			"May we choose offers for you from what you look at, buy and save with us? Prices are the same for everyone. You can say no at any time.",
			"Dürfen wir Angebote für Sie auswählen, nach dem, was Sie bei uns ansehen, kaufen und merken? Die Preise sind für alle gleich. Sie können jederzeit nein sagen.",
			"Pouvons-nous choisir des offres pour vous d’après ce que vous regardez, achetez et gardez chez nous ? Les prix sont les mêmes pour tous. Vous pouvez dire non à tout moment.",
			"¿Podemos elegir ofertas para ti según lo que miras, compras y guardas con nosotros? Los precios son los mismos para todos. Puedes decir no en cualquier momento.",
			"هل تسمح لنا باختيار عروض لك مما تشاهده وتشتريه وتحفظه لدينا؟ الأسعار واحدة للجميع. يمكنك الرفض في أي وقت."),
		purpose(tactful.MessagesEmail, GPCIgnores,
			"May we write to you by e-mail about products and offers? Each mail has a link that stops them at one click.",
			"Dürfen wir Ihnen per E-Mail über Produkte und Angebote schreiben? Jede E-Mail enthält einen Link, der sie mit einem Klick beendet.",
			"Pouvons-nous vous écrire par e-mail au sujet de produits et d’offres ? Chaque e-mail contient un lien qui les arrête en un clic.",
			"¿Podemos escribirte por correo electrónico sobre productos y ofertas? Cada correo lleva un enlace que los detiene con un clic.",
			"هل تسمح لنا بمراسلتك بالبريد الإلكتروني عن المنتجات والعروض؟ في كل رسالة رابط يوقفها بنقرة واحدة."),
		purpose(tactful.MessagesPush, GPCIgnores,
			"May we show you notes about products and offers on your phone or computer? You can stop them here at any time. You can stop them on the device, too.",
			"Dürfen wir Mitteilungen über Produkte und Angebote an Ihr Gerät senden? Sie können sie jederzeit hier oder in den Einstellungen des Geräts beenden.",
			"Pouvons-nous envoyer des notifications à votre appareil au sujet de produits et d’offres ? Vous pouvez les arrêter à tout moment ici ou dans les réglages de votre appareil.",
			"¿Podemos enviar avisos a tu dispositivo sobre productos y ofertas? Puedes pararlos en cualquier momento aquí o en los ajustes de tu dispositivo.",
			"هل تسمح لنا بإرسال إشعارات إلى جهازك عن المنتجات والعروض؟ يمكنك إيقافها هنا أو من إعدادات جهازك في أي وقت."),
		purpose(tactful.MessagesSMS, GPCIgnores,
			"May we send you text messages about products and offers? You can stop them here or by answering STOP.",
			"Dürfen wir Ihnen SMS über Produkte und Angebote senden? Sie können sie jederzeit hier oder mit der Antwort STOPP beenden.",
			"Pouvons-nous vous envoyer des SMS au sujet de produits et d’offres ? Vous pouvez les arrêter ici ou en répondant STOP.",
			"¿Podemos enviarte mensajes de texto sobre productos y ofertas? Puedes pararlos aquí o respondiendo STOP.",
			"هل تسمح لنا بإرسال رسائل نصية إليك عن المنتجات والعروض؟ يمكنك إيقافها هنا أو بالرد بكلمة STOP."),
		purpose(tactful.MessagesLetter, GPCIgnores,
			"May we send you letters about products and offers? You can stop them here at any time.",
			"Dürfen wir Ihnen Briefe über Produkte und Angebote senden? Sie können sie jederzeit hier beenden.",
			"Pouvons-nous vous envoyer des lettres au sujet de produits et d’offres ? Vous pouvez les arrêter ici à tout moment.",
			"¿Podemos enviarte cartas sobre productos y ofertas? Puedes pararlas aquí en cualquier momento.",
			"هل تسمح لنا بإرسال رسائل بريدية ورقية إليك عن المنتجات والعروض؟ يمكنك إيقافها هنا في أي وقت."),
		purpose(tactful.Experiments, GPCIgnores,
			"May we include you in tests that compare versions of our pages? We never test prices or moods on you. You can leave a test at any time.",
			"Dürfen wir Sie an Tests beteiligen, die Fassungen unserer Seiten vergleichen? Wir testen nie Preise oder Stimmungen an Ihnen. Sie können einen Test jederzeit verlassen.",
			"Pouvons-nous vous inclure dans des tests qui comparent des versions de nos pages ? Nous ne testons jamais sur vous des prix ou des humeurs. Vous pouvez quitter un test à tout moment.",
			"¿Podemos incluirte en pruebas que comparan versiones de nuestras páginas? Nunca probamos contigo precios ni estados de ánimo. Puedes dejar una prueba en cualquier momento.",
			"هل تسمح لنا بإشراكك في اختبارات تقارن بين نسخ من صفحاتنا؟ لا نختبر عليك الأسعار ولا المشاعر أبدًا. يمكنك مغادرة أي اختبار في أي وقت."),
		purpose(tactful.Improvement, GPCIgnores,
			"May we learn from what you look at, buy and save with us which products go together, for everybody's suggestions? When you say no or leave, what was learned from you is taken out again.",
			"Dürfen wir aus dem, was Sie bei uns ansehen, kaufen und merken, lernen, welche Produkte zusammenpassen, für die Vorschläge an alle? Wenn Sie nein sagen oder gehen, nehmen wir das von Ihnen Gelernte wieder heraus.",
			"Pouvons-nous apprendre, de ce que vous regardez, achetez et gardez chez nous, quels produits vont ensemble, pour les suggestions de tous ? Si vous dites non ou partez, ce qui a été appris de vous est retiré.",
			"¿Podemos aprender, de lo que miras, compras y guardas con nosotros, qué productos van bien juntos, para las sugerencias de todos? Cuando dices no o te vas, se retira lo que se aprendió de ti.",
			"هل تسمح لنا بأن نتعلم مما تشاهده وتشتريه وتحفظه لدينا أي المنتجات تتناسب معًا، لاقتراحات الجميع؟ عندما ترفض أو تغادر، نزيل ما تعلمناه منك."),
		purpose(tactful.LocationUse, GPCRefuses,
			"May we use roughly where you are, never the exact place, to show what is available near you? You can say no at any time.",
			"Dürfen wir Ihren ungefähren Ort verwenden, nie den genauen, um zu zeigen, was es in Ihrer Nähe gibt? Sie können jederzeit nein sagen.",
			"Pouvons-nous utiliser à peu près le lieu où vous êtes, jamais le lieu exact, pour montrer ce qui est disponible près de vous ? Vous pouvez dire non à tout moment.",
			"¿Podemos usar más o menos dónde estás, nunca el lugar exacto, para mostrar lo que hay cerca de ti? Puedes decir no en cualquier momento.",
			"هل تسمح لنا باستخدام موقعك التقريبي، وليس الدقيق أبدًا، لعرض المتاح بالقرب منك؟ يمكنك الرفض في أي وقت."),
		purpose(tactful.Protection, GPCIgnores,
			"May we use what you told us about yourself to measure whether our suggestions give away or treat unfairly people like you? It is never used to choose anything for you. You can say no at any time.",
			"Dürfen wir Ihre Angaben zu Ihrer Person verwenden, um zu messen, ob unsere Vorschläge Menschen wie Sie verraten oder ungerecht behandeln? Damit wird nie etwas für Sie ausgewählt. Sie können jederzeit nein sagen.",
			"Pouvons-nous utiliser ce que vous nous avez dit de vous pour mesurer si nos suggestions trahissent des personnes comme vous ou les traitent injustement ? Cela ne sert jamais à choisir quoi que ce soit pour vous. Vous pouvez dire non à tout moment.",
			"¿Podemos usar lo que nos contaste de ti para medir si nuestras sugerencias delatan a personas como tú o las tratan de forma injusta? Nunca se usa para elegir nada para ti. Puedes decir no en cualquier momento.",
			"هل تسمح لنا باستخدام ما أخبرتنا به عن نفسك لنقيس هل تكشف اقتراحاتنا أشخاصًا مثلك أو تظلمهم؟ لا يُستخدم ذلك أبدًا لاختيار أي شيء لك. يمكنك الرفض في أي وقت."),
	}
}
