package label

import "fmt"

// NoticeVersion changes whenever a text here changes: a yes said to the old text
// then stops counting.
const NoticeVersion = "1"

// questions ask for suggestions of one class; the class stands for %s. A yes is
// explicit (GDPR 9(2)(a)): one class, said by the person, with its own record.
var questions = map[string]string{
	"en": "May we also pick things for you that have to do with %s? This can tell something private about you. We use only what you do here with such things, and only to pick more of them. They never show in letters, on locked screens or on shared screens. You can say no at any time.",
	"de": "Dürfen wir Ihnen auch Dinge aussuchen, die mit %s zu tun haben? Das kann etwas Privates über Sie verraten. Wir verwenden nur, was Sie hier mit solchen Dingen tun, und nur, um mehr davon auszusuchen. Sie stehen nie in Briefen, auf gesperrten oder auf geteilten Bildschirmen. Sie können jederzeit nein sagen.",
	"fr": "Pouvons-nous aussi choisir pour vous des choses qui touchent à ceci : %s ? Cela peut révéler quelque chose de privé sur vous. Nous utilisons seulement ce que vous faites ici avec ces choses, et seulement pour en choisir d’autres. Elles n’apparaissent jamais dans des lettres, ni sur un écran verrouillé ou partagé. Vous pouvez dire non à tout moment.",
	"es": "¿Podemos elegir para ti también cosas que tienen que ver con %s? Esto puede decir algo privado de ti. Usamos solo lo que haces aquí con esas cosas, y solo para elegir más de ellas. Nunca salen en cartas, en pantallas bloqueadas ni en pantallas compartidas. Puedes decir no en cualquier momento.",
	"ar": "هل تسمح لنا بأن نختار لك أيضًا أشياء تتعلق بـ%s؟ قد يكشف ذلك شيئًا خاصًا عنك. نستخدم فقط ما تفعله هنا بهذه الأشياء، ولاختيار المزيد منها فقط. لا تظهر أبدًا في الرسائل البريدية ولا على الشاشات المقفلة أو المشتركة. يمكنك الرفض في أي وقت.",
}

// subjects are the classes in words of people, by language.
var subjects = map[string]map[string]string{
	"health":         {"en": "your health", "de": "Ihrer Gesundheit", "fr": "votre santé", "es": "tu salud", "ar": "صحتك"},
	"pregnancy":      {"en": "pregnancy or planning a family", "de": "Schwangerschaft oder Kinderwunsch", "fr": "la grossesse ou le désir d’enfant", "es": "el embarazo o el deseo de tener hijos", "ar": "الحمل أو التخطيط للأسرة"},
	"sexuality":      {"en": "your love life", "de": "Ihrem Liebesleben", "fr": "votre vie intime", "es": "tu vida íntima", "ar": "حياتك الخاصة"},
	"religion":       {"en": "faith", "de": "dem Glauben", "fr": "la foi", "es": "la fe", "ar": "الدين"},
	"politics":       {"en": "politics", "de": "Politik", "fr": "la politique", "es": "la política", "ar": "السياسة"},
	"ethnicity":      {"en": "where your family comes from", "de": "der Herkunft Ihrer Familie", "fr": "l’origine de votre famille", "es": "el origen de tu familia", "ar": "أصل عائلتك"},
	"union":          {"en": "a trade union", "de": "einer Gewerkschaft", "fr": "un syndicat", "es": "un sindicato", "ar": "النقابات"},
	"biometrics":     {"en": "fingerprints and other body marks", "de": "Fingerabdrücken und anderen Körpermerkmalen", "fr": "les empreintes et les marques du corps", "es": "huellas y otros rasgos del cuerpo", "ar": "بصمات الأصابع وملامح الجسم"},
	"genetics":       {"en": "your genes", "de": "Ihren Genen", "fr": "vos gènes", "es": "tus genes", "ar": "جيناتك"},
	"crime":          {"en": "crime and the courts", "de": "Straftaten und Gerichten", "fr": "la justice pénale", "es": "delitos y tribunales", "ar": "الجرائم والمحاكم"},
	"money":          {"en": "money worries", "de": "Geldsorgen", "fr": "des soucis d’argent", "es": "problemas de dinero", "ar": "هموم المال"},
	"addiction":      {"en": "smoking or other habits that are hard to stop", "de": "Rauchen und anderen Süchten", "fr": "le tabac ou d’autres dépendances", "es": "el tabaco u otras adicciones", "ar": "التدخين أو عادات يصعب تركها"},
	"gambling":       {"en": "betting and games for money", "de": "Wetten und Glücksspiel", "fr": "les jeux d’argent", "es": "apuestas y juegos de dinero", "ar": "الرهان وألعاب المال"},
	"alcohol":        {"en": "alcohol", "de": "Alkohol", "fr": "l’alcool", "es": "el alcohol", "ar": "الكحول"},
	"weight":         {"en": "your weight", "de": "Ihrem Gewicht", "fr": "votre poids", "es": "tu peso", "ar": "وزنك"},
	"dating":         {"en": "finding or leaving a partner", "de": "Partnersuche oder Trennung", "fr": "la rencontre ou la séparation", "es": "buscar o dejar una pareja", "ar": "البحث عن شريك أو الانفصال"},
	"bereavement":    {"en": "losing somebody", "de": "einem Todesfall", "fr": "un deuil", "es": "una pérdida", "ar": "فقدان عزيز"},
	"children":       {"en": "babies and children", "de": "Babys und Kindern", "fr": "les bébés et les enfants", "es": "bebés y niños", "ar": "الرضع والأطفال"},
	"misinformation": {"en": "false claims about health", "de": "falsche Behauptungen über Gesundheit", "fr": "les fausses affirmations sur la santé", "es": "afirmaciones falsas sobre la salud", "ar": "ادعاءات خاطئة عن الصحة"},
	"conspiracy":     {"en": "made-up plots", "de": "erfundene Verschwörungen", "fr": "les complots inventés", "es": "complots inventados", "ar": "مؤامرات مختلقة"},
	"self_harm":      {"en": "hurting yourself", "de": "sich selbst zu verletzen", "fr": "se faire du mal", "es": "hacerse daño", "ar": "إيذاء النفس"},
	"hate":           {"en": "hatred of people", "de": "Hass auf Menschen", "fr": "la haine", "es": "el odio", "ar": "الكراهية"},
	"weapons":        {"en": "weapons", "de": "Waffen", "fr": "les armes", "es": "armas", "ar": "الأسلحة"},
	"fraud":          {"en": "fraud", "de": "Betrug", "fr": "la fraude", "es": "el fraude", "ar": "الاحتيال"},
	"adult":          {"en": "things for adults only", "de": "Dinge nur für Erwachsene", "fr": "ce qui est réservé aux adultes", "es": "cosas solo para adultos", "ar": "أشياء للبالغين فقط"},
}

// Say returns a class in words of people, its name for one of the operator's own.
func Say(class, language string) string {
	if words := subjects[class]; words != nil {
		if said := words[language]; said != "" {
			return said
		}
		return words["en"]
	}
	return class
}

// Notice returns the question of a built-in class by language, nil for a class
// of the operator's own, who writes their own.
func Notice(class string) map[string]string {
	words := subjects[class]
	if words == nil {
		return nil
	}
	texts := make(map[string]string, len(questions))
	for language, question := range questions {
		texts[language] = fmt.Sprintf(question, words[language])
	}
	return texts
}
