package main

import "testing"

func TestTitlesAreWrittenAsAShopWould(t *testing.T) {
	for raw, want := range map[string]string{
		"WHITE HANGING HEART T-LIGHT HOLDER":  "White hanging heart T-light holder",
		"PINK  POLKADOT PLATE ":               "Pink polkadot plate",
		"SET/6 FRUIT SALAD PAPER CUPS":        "Set of 6 fruit salad paper cups",
		"S/4 ICON COASTER,ELVIS LIVES":        "Set of 4 icon coaster, Elvis lives",
		"LETTER \"Z\" BLING KEY RING":         "Letter \"Z\" bling key ring",
		"LETTER \"W\" BLING KEY RING":         "Letter \"W\" bling key ring",
		"HAND TOWEL PALE BLUE W FLOWERS":      "Hand towel pale blue with flowers",
		"ASS COL SMALL SAND GECKO P'WEIGHT":   "Assorted colour small sand gecko paperweight",
		"CHILDRENS GARDEN GLOVES BLUE":        "Children's garden gloves blue",
		"PINK B'FLY C/COVER W BOBBLES":        "Pink butterfly cushion cover with bobbles",
		"I LOVE LONDON MINI BACKPACK":         "I love London mini backpack",
		"RED WOOLLY HOTTIE WHITE HEART.":      "Red woolly hottie white heart",
		"MIDNIGHT BLUE COPPER FLOWER NECKLAC": "Midnight blue copper flower necklace",
		"RETRO PLASTIC 70'S TRAY":             "Retro plastic 70's tray",
	} {
		if got := cleanTitle(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
