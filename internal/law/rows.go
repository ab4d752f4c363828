package law

import "slices"

// checked is when the rows were last gone through; a row that changes later
// gets its own day.
const checked = "2026-11-26"

func from[T any](is T, read Read, law, article string) Value[T] {
	return Value[T]{Is: is, Source: Source{Law: law, Article: article, Read: read, Checked: checked}}
}

func days(n int) Term        { return Term{N: n, Unit: Days} }
func hours(n int) Term       { return Term{N: n, Unit: Hours} }
func workingDays(n int) Term { return Term{N: n, Unit: WorkingDays} }
func months(n int) Term      { return Term{N: n, Unit: Months} }
func rolling(t Term) Term    { t.Roll = true; return t }

// Rows returns the matrix, the European Union first. The slice is the caller's.
func Rows() []Row {
	return slices.Concat(europe(), unitedStates(), elsewhere())
}

// union is the row that the countries of the EU and the EEA share.
func union() Row {
	return Row{
		Code: "EU", Name: "European Union", Within: []string{},
		Regime:    from(OptIn, Recalled, "GDPR; ePrivacy Directive", "6(1)(a), 7; 5(3)"),
		Ages:      from(Ages{Guardian: 16, Adult: 18}, Recalled, "GDPR; Digital Services Act", "8(1); 28(2)"),
		Sensitive: from(SensitiveExplicit, Recalled, "GDPR; Digital Services Act", "9(2)(a); 26(3)"),
		Signal:    from(Wish, Recalled, "GDPR", "21(5) lets people object by technical means; no text names the signal"),
		Rights: from(Clock{Answer: rolling(months(1)), Extended: rolling(months(3))}, Recalled,
			"GDPR; Regulation (EEC, Euratom) 1182/71", "12(3); 3"),
		OptOut:   from(Clock{Answer: rolling(months(1))}, Recalled, "GDPR; Regulation (EEC, Euratom) 1182/71", "21, 12(3); 3"),
		Breach:   from(hours(72), Recalled, "GDPR", "33(1)"),
		AskAgain: from(months(6), Secondary, "CNIL, recommendation on cookies (2020)", "a refusal is kept for six months"),
	}
}

// europe is the EU, the EEA, the United Kingdom and Switzerland.
func europe() []Row {
	rows := []Row{union()}
	member := func(code, name string, age int, read Read, law, article string) {
		row := union()
		row.Code, row.Name, row.Within, row.closed = code, name, []string{"EU"}, calendars(code)
		row.Ages = from(Ages{Guardian: age, Adult: 18}, read, law, article)
		rows = append(rows, row)
	}
	member("AT", "Austria", 14, Secondary, "Datenschutzgesetz", "4(4)")
	member("BE", "Belgium", 13, Secondary, "Act of 30 July 2018", "7")
	member("BG", "Bulgaria", 14, Recalled, "Personal Data Protection Act", "25c")
	member("CY", "Cyprus", 14, Recalled, "Law 125(I)/2018", "8")
	member("CZ", "Czechia", 15, Secondary, "Act 110/2019", "7")
	member("DE", "Germany", 16, Secondary, "GDPR (no lower age set)", "8(1)")
	member("DK", "Denmark", 15, Recalled, "Databeskyttelsesloven, as changed from 1 January 2024", "6(2); pages of 2018 have 13")
	member("EE", "Estonia", 13, Recalled, "Personal Data Protection Act", "8")
	member("ES", "Spain", 14, Secondary, "Ley Orgánica 3/2018", "7")
	member("FI", "Finland", 13, Secondary, "Data Protection Act 1050/2018", "5")
	member("FR", "France", 15, Secondary, "Loi Informatique et Libertés", "45")
	member("GR", "Greece", 15, Recalled, "Law 4624/2019", "21")
	member("HR", "Croatia", 16, Recalled, "Act on the Implementation of the GDPR", "19")
	member("HU", "Hungary", 16, Secondary, "GDPR (no lower age set)", "8(1)")
	member("IE", "Ireland", 16, Secondary, "Data Protection Act 2018", "31")
	member("IT", "Italy", 14, Secondary, "Codice privacy", "2-quinquies")
	member("LT", "Lithuania", 14, Recalled, "Law on Legal Protection of Personal Data", "6")
	member("LU", "Luxembourg", 16, Recalled, "GDPR (no lower age set)", "8(1)")
	member("LV", "Latvia", 13, Recalled, "Personal Data Processing Law", "33")
	member("MT", "Malta", 13, Recalled, "Subsidiary Legislation 586.11", "")
	member("NL", "Netherlands", 16, Secondary, "Uitvoeringswet AVG", "5")
	member("PL", "Poland", 16, Secondary, "GDPR (no lower age set)", "8(1)")
	member("PT", "Portugal", 13, Recalled, "Lei 58/2019", "16")
	member("RO", "Romania", 16, Recalled, "GDPR (no lower age set)", "8(1)")
	member("SE", "Sweden", 13, Secondary, "Lag 2018:218", "2:4")
	member("SI", "Slovenia", 15, Recalled, "ZVOP-2", "8")
	member("SK", "Slovakia", 16, Secondary, "Act 18/2018", "15")
	member("IS", "Iceland", 13, Recalled, "Act 90/2018", "10")
	member("LI", "Liechtenstein", 16, Recalled, "GDPR (no lower age set)", "8(1)")
	member("NO", "Norway", 13, Recalled, "Personopplysningsloven", "5")

	uk := union()
	uk.Code, uk.Name, uk.closed = "GB", "United Kingdom", calendars("GB")
	uk.Regime = from(OptIn, Recalled, "UK GDPR; PECR 2003", "6, 7; regulation 6")
	uk.Ages = from(Ages{Guardian: 13, Adult: 18}, Recalled, "Data Protection Act 2018; Age appropriate design code", "9; standards 7, 12")
	uk.Sensitive = from(SensitiveExplicit, Recalled, "UK GDPR", "9(2)(a)")
	uk.Signal = from(Wish, Recalled, "UK GDPR", "21(5)")
	uk.Rights = from(Clock{Answer: rolling(months(1)), Extended: rolling(months(3))}, Secondary,
		"UK GDPR; ICO guidance on time limits", "12(3); to the corresponding date, else the month's last day, else the next working day")
	uk.OptOut = from(Clock{Answer: rolling(months(1))}, Recalled, "UK GDPR", "21, 12(3)")
	uk.Breach = from(hours(72), Recalled, "UK GDPR", "33(1)")
	uk.AskAgain = from(months(6), Ours, "ICO, guidance on storage and access technologies", "names no figure for a refusal that we know; ours is CNIL's")

	swiss := union()
	swiss.Code, swiss.Name, swiss.closed = "CH", "Switzerland", nil
	swiss.Regime = from(OptOut, Recalled, "Federal Act on Data Protection; Telecommunications Act", "30, 31; 45c")
	swiss.Ages = from(Ages{Guardian: 16, Adult: 18}, Ours, "Civil Code", "16 asks for judgement and names no age")
	swiss.Sensitive = from(SensitiveExplicit, Recalled, "Federal Act on Data Protection", "6(7)(a)")
	swiss.Signal = from(Wish, Recalled, "Federal Act on Data Protection", "")
	swiss.Rights = from(Clock{Answer: days(30)}, Recalled, "Federal Act on Data Protection; Data Protection Ordinance", "25(7); 18(1)")
	swiss.OptOut = from(Clock{Answer: days(30)}, Ours, "Federal Act on Data Protection", "30(2)(b) names no figure")
	swiss.Breach = from(hours(72), Ours, "Federal Act on Data Protection", "24(1): as soon as possible")
	swiss.AskAgain = from(months(6), Ours, "no rule", "")
	return append(rows, uk, swiss)
}

// unitedStates are the states with a row of their own and, for all others and
// for a state nobody named, the strictest of what the states ask.
func unitedStates() []Row {
	state := func(code, name string, signal Signal, read Read, law, article string) Row {
		row := Row{
			Code: code, Name: name, Within: []string{"US"},
			Regime:   from(OptOut, Recalled, law, article),
			Signal:   from(signal, read, law, article),
			OptOut:   from(Clock{Answer: workingDays(15)}, Ours, "CCPA regulations", "7026(f), taken over; the law of this state gives 45 days or more"),
			Breach:   from(hours(72), Ours, "state breach laws", "thirty days and more; ours is the GDPR's"),
			AskAgain: from(months(12), Ours, "California Civil Code", "1798.135(c)(4), taken over"),
			closed:   calendars("US"),
		}
		row.Ages = from(Ages{Guardian: 13, Adult: 18}, Ours, "COPPA, 16 CFR 312", "parents agree below 13; no profiling below 18 is ours")
		row.Sensitive = from(SensitiveConsent, Recalled, law, "")
		row.Rights = from(Clock{Answer: days(45), Extended: days(90)}, Recalled, law, "45 days, once 45 more")
		return row
	}
	california := state("US-CA", "California", Binding, Secondary, "CCPA as amended; CCPA regulations", "1798.135; 7025")
	california.Regime = from(OptOut, Recalled, "California Civil Code", "1798.120, 1798.121")
	california.Ages = from(Ages{Guardian: 13, Adult: 18}, Ours, "California Civil Code", "1798.120(c): opt-in below 16, by a parent below 13; no profiling below 18 is ours")
	california.Sensitive = from(SensitiveLimit, Recalled, "California Civil Code; CCPA regulations", "1798.121; 7027")
	california.Rights = from(Clock{Confirm: workingDays(10), Answer: days(45), Extended: days(90)}, Secondary, "CCPA regulations", "7021(a), (b)")
	california.OptOut = from(Clock{Answer: workingDays(15)}, Secondary, "CCPA regulations", "7026(f), 7027(g)")
	california.AskAgain = from(months(12), Secondary, "California Civil Code", "1798.135(c)(4)")

	anywhere := state("US", "United States, in a state without a row or not named", Binding, Secondary, "the strictest of the states", "no federal statute")
	anywhere.Within = []string{}
	anywhere.Regime = from(OptOut, Recalled, "no federal statute; state laws", "")
	anywhere.Sensitive = from(SensitiveConsent, Recalled, "state laws", "consent in most of them")
	anywhere.Rights = california.Rights
	anywhere.OptOut = california.OptOut
	anywhere.AskAgain = california.AskAgain

	rows := []Row{anywhere, california,
		state("US-CO", "Colorado", Binding, Secondary, "Colorado Privacy Act", "6-1-1306, 6-1-1313"),
		state("US-CT", "Connecticut", Binding, Secondary, "Connecticut Data Privacy Act", "42-520"),
		state("US-DE", "Delaware", Binding, Secondary, "Delaware Personal Data Privacy Act", "12D-106"),
		state("US-MD", "Maryland", Binding, Secondary, "Maryland Online Data Privacy Act", ""),
		state("US-MN", "Minnesota", Binding, Secondary, "Minnesota Consumer Data Privacy Act", "325M.14"),
		state("US-MT", "Montana", Binding, Secondary, "Montana Consumer Data Privacy Act", ""),
		state("US-NE", "Nebraska", Binding, Secondary, "Nebraska Data Privacy Act", ""),
		state("US-NH", "New Hampshire", Binding, Secondary, "RSA 507-H", ""),
		state("US-NJ", "New Jersey", Binding, Secondary, "New Jersey Data Privacy Act", "56:8-166.11"),
		state("US-OR", "Oregon", Binding, Secondary, "Oregon Consumer Privacy Act", "646A.578"),
		state("US-TX", "Texas", Binding, Secondary, "Texas Data Privacy and Security Act", "541.055"),
		state("US-IN", "Indiana", Wish, Recalled, "Indiana Consumer Data Protection Act", ""),
		state("US-IA", "Iowa", Wish, Recalled, "Iowa Code 715D", ""),
		state("US-KY", "Kentucky", Wish, Recalled, "Kentucky Consumer Data Protection Act", ""),
		state("US-RI", "Rhode Island", Wish, Recalled, "Rhode Island Data Transparency and Privacy Protection Act", ""),
		state("US-TN", "Tennessee", Wish, Recalled, "Tennessee Information Protection Act", ""),
		state("US-UT", "Utah", Wish, Recalled, "Utah Consumer Privacy Act", ""),
		state("US-VA", "Virginia", Wish, Recalled, "Virginia Consumer Data Protection Act", "59.1-577"),
	}
	for i := range rows {
		switch rows[i].Code {
		case "US-IA":
			rows[i].Sensitive = from(SensitiveLimit, Recalled, "Iowa Code 715D", "notice and opt-out")
			rows[i].Rights = from(Clock{Answer: days(45), Extended: days(90)}, Ours, "Iowa Code 715D", "gives 90 days, once 45 more; ours is what the other states give")
		case "US-UT":
			rows[i].Sensitive = from(SensitiveLimit, Recalled, "Utah Consumer Privacy Act", "notice and opt-out")
		}
	}
	return rows
}

// elsewhere are the places outside Europe and the United States. Where a law
// says "without delay" and names no figure, thirty days are our own.
func elsewhere() []Row {
	row := func(code, name string, regime Value[Regime], ages Value[Ages], sensitive Value[Sensitive], rights Value[Clock], breach Value[Term]) Row {
		return Row{
			Code: code, Name: name, Within: []string{}, Regime: regime, Ages: ages, Sensitive: sensitive, Rights: rights, Breach: breach,
			Signal:   from(Wish, Recalled, "no text that we know names the signal", ""),
			OptOut:   from(Clock{Answer: days(15)}, Ours, "no figure, or a longer one", ""),
			AskAgain: from(months(6), Ours, "no rule that we know", ""),
		}
	}
	late := func(law, article string) Value[Term] { return from(hours(72), Ours, law, article) }
	quebec := row("CA-QC", "Canada, Québec",
		from(OptIn, Recalled, "Act respecting the protection of personal information in the private sector", "8.1, 9.1, 12"),
		from(Ages{Guardian: 14, Adult: 18}, Recalled, "the same Act", "4.1; no profiling below 18 is ours"),
		from(SensitiveExplicit, Recalled, "the same Act", "12: express consent"),
		from(Clock{Answer: days(30)}, Secondary, "the same Act", "32"),
		late("the same Act", "3.5: promptly"))
	quebec.Within = []string{"CA"}
	canada := row("CA", "Canada",
		from(OptIn, Ours, "PIPEDA", "Schedule 1, 4.3; opt-in because the province may be Québec"),
		from(Ages{Guardian: 14, Adult: 18}, Ours, "PIPEDA; the Privacy Commissioner names 13", "Québec's 14"),
		from(SensitiveExplicit, Recalled, "PIPEDA", "Schedule 1, 4.3.6"),
		from(Clock{Answer: days(30)}, Secondary, "PIPEDA", "8(3); the extension of 8(4) is not used"),
		late("PIPEDA", "10.1: as soon as feasible"))
	return []Row{
		row("AU", "Australia",
			from(OptOut, Recalled, "Privacy Act 1988", "Australian Privacy Principle 7"),
			from(Ages{Guardian: 15, Adult: 18}, Recalled, "OAIC, guidelines on the Principles", "B.56: presumed able from 15"),
			from(SensitiveConsent, Recalled, "Privacy Act 1988", "Principle 3.3"),
			from(Clock{Answer: days(30)}, Secondary, "OAIC, guidelines on the Principles", "12.4, 13.5: reasonable, at most 30 days as a rule"),
			late("Privacy Act 1988", "26WH: 30 days to assess")),
		row("BR", "Brazil",
			from(OptIn, Recalled, "LGPD", "7(I), 8"),
			from(Ages{Guardian: 18, Adult: 18}, Recalled, "LGPD; Law 15.211/2025", "14; no profiling of minors for advertising"),
			from(SensitiveExplicit, Recalled, "LGPD", "11(I)"),
			from(Clock{Answer: days(15)}, Secondary, "LGPD", "19(II)"),
			from(workingDays(3), Recalled, "ANPD, Resolution 15/2024", "6")),
		canada, quebec,
		row("CN", "China",
			from(OptIn, Recalled, "Personal Information Protection Law", "13, 14, 24"),
			from(Ages{Guardian: 14, Adult: 18}, Recalled, "Personal Information Protection Law", "31; no profiling below 18 is ours"),
			from(SensitiveExplicit, Recalled, "Personal Information Protection Law", "29"),
			from(Clock{Answer: workingDays(15)}, Ours, "Personal Information Protection Law", "50: timely; fifteen working days are ours"),
			late("Personal Information Protection Law", "57: immediately")),
		row("IN", "India",
			from(OptIn, Recalled, "Digital Personal Data Protection Act 2023", "6"),
			from(Ages{Guardian: 18, Adult: 18}, Recalled, "Digital Personal Data Protection Act 2023", "9: no tracking or targeted advertising of children"),
			from(SensitiveConsent, Recalled, "Digital Personal Data Protection Act 2023", "6: no class of its own"),
			from(Clock{Answer: days(30)}, Ours, "Digital Personal Data Protection Rules 2025", "14: at most 90 days"),
			late("Digital Personal Data Protection Rules 2025", "7: 72 hours for the details")),
		row("JP", "Japan",
			from(OptOut, Recalled, "Act on the Protection of Personal Information", "18, 21; 27(2) for third parties"),
			from(Ages{Guardian: 16, Adult: 18}, Recalled, "PPC, questions and answers on the guidelines", "guardians below 12 to 15"),
			from(SensitiveConsent, Recalled, "Act on the Protection of Personal Information", "20(2)"),
			from(Clock{Answer: days(14)}, Ours, "Act on the Protection of Personal Information", "33 to 35: without delay"),
			late("PPC, enforcement rules", "8: three to five days for the first report")),
		row("KR", "South Korea",
			from(OptIn, Recalled, "Personal Information Protection Act", "15, 22"),
			from(Ages{Guardian: 14, Adult: 18}, Recalled, "Personal Information Protection Act", "22-2; no profiling below 18 is ours"),
			from(SensitiveExplicit, Recalled, "Personal Information Protection Act", "23"),
			from(Clock{Answer: days(10)}, Secondary, "PIPA, enforcement decree", "41(4), 43(3)"),
			from(hours(72), Recalled, "PIPA, enforcement decree", "39, 40")),
		row("NZ", "New Zealand",
			from(OptOut, Recalled, "Privacy Act 2020", "principles 1 to 4, 10"),
			from(Ages{Guardian: 16, Adult: 18}, Ours, "Privacy Act 2020", "names no age"),
			from(SensitiveConsent, Ours, "Privacy Act 2020", "no class of its own"),
			from(Clock{Answer: workingDays(20)}, Recalled, "Privacy Act 2020", "44, 62"),
			from(hours(72), Recalled, "Privacy Commissioner, guidance on section 114", "")),
		row("SG", "Singapore",
			from(OptIn, Recalled, "Personal Data Protection Act 2012", "13, 15A"),
			from(Ages{Guardian: 13, Adult: 18}, Recalled, "PDPC, advisory guidelines on children", "13; no profiling below 18 is ours"),
			from(SensitiveConsent, Ours, "Personal Data Protection Act 2012", "no class of its own"),
			from(Clock{Answer: days(30)}, Secondary, "Personal Data Protection Regulations 2021", "5: 30 days, else a date in writing"),
			late("Personal Data Protection Act 2012", "26D: three days")),
		row("ZA", "South Africa",
			from(OptIn, Recalled, "POPIA", "11, 69"),
			from(Ages{Guardian: 18, Adult: 18}, Recalled, "POPIA", "34, 35"),
			from(SensitiveConsent, Recalled, "POPIA", "27"),
			from(Clock{Answer: days(30)}, Recalled, "POPIA; PAIA", "23; 56"),
			late("POPIA", "22: as soon as reasonably possible")),
	}
}
