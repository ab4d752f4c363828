package coercion

import "testing"

func TestCopyThatTheReaderCannotReadIsNeverFine(t *testing.T) {
	for _, c := range []struct {
		name, text, language string
	}{
		{"pressing in French", "Dépêchez-vous\nPlus que deux en stock, tout le monde l'achète, ne ratez pas l'occasion", "fr"},
		{"pressing in Spanish", "¡Date prisa!\nSolo quedan dos. No te lo pierdas, termina esta noche.", "es"},
		{"pressing in Arabic", "أسرعوا، لم يتبق سوى قطعتين", "ar"},
		{"calm in French", "Nos nouveaux pots sont là", "fr"},
		{"a region of a language", "Nuestras ollas", "es-MX"},
		{"French that is said to be English", "Dépêchez-vous\nPlus que deux en stock, tout le monde l'achète, ne ratez pas l'occasion", "en"},
		{"Spanish that is said to be German", "¡Date prisa!\nSolo quedan dos. No te lo pierdas, termina esta noche.", "de"},
		{"Arabic that is said to be English", "أسرعوا، لم يتبق سوى قطعتين", "en"},
		{"Russian that is said to be English", "Спешите, осталось только две штуки", "en"},
		{"Italian that is said to be English", "Offerta speciale\nSconto del venti, compra ora con noi e non perdere la tua occasione", "en"},
	} {
		if f := model(t).Read(c.text, c.language, nil); f.Ruling != Ask && f.Ruling != Stop || f.Calmer == "" {
			t.Errorf("%s: %+v", c.name, f)
		}
	}
	for _, c := range []struct{ text, language string }{
		{"Our new autumn range is here.", "en"}, {"Wooden garden chairs, oiled by hand", "en-GB"}, {"Neue Gartenmöbel aus Holz.", "de"}, {"In stock", "en"},
		{"Ihre Bestellung wurde versandt.", "de-AT"}, {"Free delivery from 50 euros", "en"}, {"A chaise longue à la mode for your garden", "en"},
	} {
		if f := model(t).Read(c.text, c.language, nil); f.Ruling != Pass {
			t.Errorf("%q in %s: %+v", c.text, c.language, f)
		}
	}
}

// No measured figure of the two languages rests on texts that are taken for others.
func TestTextsOfTheTwoLanguagesAreNotTakenForOthers(t *testing.T) {
	for _, one := range OwnTexts() { // the blind ones are not looked at
		if Foreign(one.Text, "") {
			t.Errorf("%q is taken for another language", one.Text)
		}
	}
}
