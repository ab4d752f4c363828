package coercion

// calmer is what can be said instead, by category and language. English stands in
// where a language is missing.
var calmer = map[string][Categories]string{
	"en": {
		Urgency:      "Say the last day plainly: “This offer ends on 3 May.” Leave out clocks and hurry.",
		Scarcity:     "Say what is in stock plainly, or nothing: “In stock.”",
		SocialProof:  "Show reviews people wrote, or say nothing of what others do.",
		Misdirection: "Give both answers the same weight: “Yes, please” and “No, thank you.”",
		Obstruction:  "Make leaving as easy as joining: “Cancel online at any time.”",
		Sneaking:     "Say the whole price and term before the choice, and add nothing unasked.",
		ForcedAction: "Let people go on without it: “Continue as a guest.”",
		Emotion:      "Describe the thing and what it does. Leave feelings out.",
		Vulnerable:   "Do not speak of people's troubles. Describe the thing.",
		Creepy:       "Name the kind of thing and not the person's acts: “From our garden range.”",
	},
	"de": {
		Urgency:      "Nennen Sie den letzten Tag: „Das Angebot gilt bis 3. Mai.“ Ohne Uhr und Eile.",
		Scarcity:     "Nennen Sie den Bestand sachlich oder gar nicht: „Auf Lager.“",
		SocialProof:  "Zeigen Sie echte Bewertungen, oder lassen Sie weg, was andere tun.",
		Misdirection: "Geben Sie beiden Antworten gleiches Gewicht: „Ja, gerne“ und „Nein, danke“.",
		Obstruction:  "Gehen muss so leicht sein wie Kommen: „Jederzeit online kündbar.“",
		Sneaking:     "Nennen Sie Preis und Dauer ganz, bevor jemand wählt, und legen Sie nichts dazu.",
		ForcedAction: "Lassen Sie es ohne gehen: „Als Gast weiter.“",
		Emotion:      "Beschreiben Sie die Sache und was sie kann. Lassen Sie Gefühle weg.",
		Vulnerable:   "Sprechen Sie nicht von Sorgen der Menschen. Beschreiben Sie die Sache.",
		Creepy:       "Nennen Sie die Art der Sache, nicht was jemand tat: „Aus unserem Garten-Angebot.“",
	},
}

func calmerWords(c Category, language string) string {
	table, ok := calmer[language]
	if !ok {
		table = calmer["en"]
	}
	return table[c]
}
