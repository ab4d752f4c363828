package law

import "time"

// calendars are the holidays of whole places by ISO 3166 code. A place that is
// missing counts weekends only.
func calendars(code string) Holidays {
	var (
		newYear    = fixed(time.January, 1)
		epiphany   = fixed(time.January, 6)
		thursday   = afterEaster(-3)
		goodFriday = afterEaster(-2)
		eastMonday = afterEaster(1)
		labour     = fixed(time.May, 1)
		ascension  = afterEaster(39)
		whitMonday = afterEaster(50)
		corpus     = afterEaster(60)
		assumption = fixed(time.August, 15)
		saints     = fixed(time.November, 1)
		conception = fixed(time.December, 8)
		christmas  = fixed(time.December, 25)
		stephen    = fixed(time.December, 26)
	)
	switch code {
	case "AT":
		return Holidays{newYear, epiphany, eastMonday, labour, ascension, whitMonday, corpus, assumption, fixed(time.October, 26), saints, conception, christmas, stephen}
	case "BE":
		return Holidays{newYear, eastMonday, labour, ascension, whitMonday, fixed(time.July, 21), assumption, saints, fixed(time.November, 11), christmas}
	case "CZ":
		return Holidays{newYear, goodFriday, eastMonday, labour, fixed(time.May, 8), fixed(time.July, 5), fixed(time.July, 6), fixed(time.September, 28), fixed(time.October, 28), fixed(time.November, 17), fixed(time.December, 24), christmas, stephen}
	case "DE":
		return Holidays{newYear, goodFriday, eastMonday, labour, ascension, whitMonday, fixed(time.October, 3), christmas, stephen}
	case "DK":
		return Holidays{newYear, thursday, goodFriday, eastMonday, ascension, whitMonday, christmas, stephen}
	case "ES":
		return Holidays{newYear, epiphany, goodFriday, labour, assumption, fixed(time.October, 12), saints, fixed(time.December, 6), conception, christmas}
	case "FI":
		return Holidays{newYear, epiphany, goodFriday, eastMonday, labour, ascension, fixed(time.December, 6), christmas, stephen}
	case "FR":
		return Holidays{newYear, eastMonday, labour, fixed(time.May, 8), ascension, whitMonday, fixed(time.July, 14), assumption, saints, fixed(time.November, 11), christmas}
	case "IT":
		return Holidays{newYear, epiphany, eastMonday, fixed(time.April, 25), labour, fixed(time.June, 2), assumption, saints, conception, christmas, stephen}
	case "LU":
		return Holidays{newYear, eastMonday, labour, fixed(time.May, 9), ascension, whitMonday, fixed(time.June, 23), assumption, saints, christmas, stephen}
	case "NL":
		return Holidays{newYear, eastMonday, ascension, whitMonday, christmas, stephen}
	case "PL":
		return Holidays{newYear, epiphany, eastMonday, labour, fixed(time.May, 3), corpus, assumption, saints, fixed(time.November, 11), sinceYear(fixed(time.December, 24), 2025), christmas, stephen}
	case "PT":
		return Holidays{newYear, goodFriday, fixed(time.April, 25), labour, corpus, fixed(time.June, 10), assumption, fixed(time.October, 5), saints, fixed(time.December, 1), conception, christmas}
	case "SE":
		return Holidays{newYear, epiphany, goodFriday, eastMonday, labour, ascension, fixed(time.June, 6), christmas, stephen}
	case "GB": // kept in England, Wales, Scotland and Northern Ireland alike
		return Holidays{moving(newYear, onward), goodFriday, nth(1, time.Monday, time.May), nth(-1, time.Monday, time.May), moving(christmas, onward), moving(stephen, onward)}
	case "US": // 5 U.S.C. 6103(a)
		return Holidays{
			moving(newYear, nearest), nth(3, time.Monday, time.January), nth(3, time.Monday, time.February), nth(-1, time.Monday, time.May),
			sinceYear(moving(fixed(time.June, 19), nearest), 2021), moving(fixed(time.July, 4), nearest), nth(1, time.Monday, time.September),
			nth(2, time.Monday, time.October), moving(fixed(time.November, 11), nearest), nth(4, time.Thursday, time.November), moving(christmas, nearest),
		}
	}
	return nil
}
