package law

import (
	"slices"
	"strings"
)

// Duty is one thing that a law asks of software like this, and what shows that
// it is done.
type Duty struct {
	Law     string   `json:"law"`
	Article string   `json:"article"`
	Must    string   `json:"must"`
	Places  []string `json:"places"` // codes of rows; the duty holds there and in every row within
	Shown   []Proof  `json:"shown"`
	Waits   string   `json:"waits,omitempty"` // what is not built yet; with proofs beside it, the part that is missing
}

// Proof names a test by its package, from the module's root, and its name.
type Proof struct {
	Package string `json:"package"`
	Test    string `json:"test"`
}

// Duties returns what applies in a region, in the order of the list. In a
// place that is unknown everything applies.
func Duties(region string) []Duty {
	row := For(region)
	var out []Duty
	for _, d := range duties() {
		here := func(code string) bool { // of a country without its part the part may be any
			return code == row.Code || slices.Contains(row.Within, code) || strings.HasPrefix(code, row.Code+"-")
		}
		if row.Code == Unknown || slices.Contains(d.Places, everywhere) || slices.ContainsFunc(d.Places, here) {
			out = append(out, d)
		}
	}
	return out
}

// AllDuties returns the whole list. The slice is the caller's.
func AllDuties() []Duty { return duties() }

// everywhere marks what is kept to in every place, as it is asked in most.
const everywhere = "*"

func by(pkg string, tests ...string) []Proof {
	proofs := make([]Proof, len(tests))
	for i, test := range tests {
		proofs[i] = Proof{Package: pkg, Test: test}
	}
	return proofs
}

// duties follows the articles. Rows that wait for later work say so: a duty
// without a proof is not kept yet, whatever else stands here.
func duties() []Duty {
	union := []string{"EU", "GB"}
	dsa := []string{"EU"}
	all := []string{everywhere}
	california := []string{"US-CA"}
	return []Duty{
		{Law: "GDPR", Article: "5(1)(b), (c), (e)", Places: all, Must: "declare every field's purpose, source and term; nothing is stored past its term plus one hour",
			Shown: slices.Concat(by("internal/datamap", "TestEveryStoredRowIsDeclared", "TestEveryFieldIsDeclared", "TestEveryFieldHasPurposeSourceTermAndCategory"),
				by("engine", "TestNothingIsOlderThanItsTermPlusOneHour", "TestShorterTermsHoldForWhatIsStoredAlready", "TestWhatWasLearnedEndsWithItsEvent"))},
		{Law: "GDPR", Article: "5(1)(d), 16", Places: all, Must: "let people correct what is wrong; the next decision obeys",
			Shown: by("engine", "TestACorrectedEventCountsAsThePersonSaysAndStaysCorrected", "TestDontUseThisIsObeyedInTheNextList")},
		{Law: "GDPR", Article: "6, 7", Places: all, Must: "use data only with a recorded permission for each purpose; withdrawing ends it at once",
			Shown: slices.Concat(by("engine", "TestNobodyIsPersonalizedWithoutARecordedYes", "TestWithdrawingYesEndsItInTheNextDecision", "TestNothingPersonalIsUsedAfterANoWhateverElseHappens",
				"TestTenThousandInterleavingsOfWithdrawAndDecideUseNobodyLate"),
				by("internal/consent", "TestApplyRefusesWhatIsNoEvidence", "TestPermitNeverAllowsWithoutALiveMatchingRecord", "TestTheRegimeOfARegionIsTheLawsUnlessConfiguredStricter"))},
		{Law: "GDPR", Article: "7(1), 5(2)", Places: all, Must: "be able to prove each answer and that it was not changed afterwards",
			Shown: by("engine", "TestOneFlippedBitInAnyRecordNonceStandingOrNoteOfAnErasureIsFound", "TestAProofIsCheckedOfflineAndStaysGoodAfterAnErasure", "TestAConsentReceiptHasEveryMandatoryFieldForEveryPurposeAndAnswer")},
		{Law: "GDPR; national laws", Article: "8", Places: all, Must: "below the age of consent a guardian agrees; nobody known to be a minor is profiled",
			Shown: slices.Concat(by("engine", "TestAMinorIsNotProfiledWhoeverAgreed", "TestTheModelForgetsWhatItLearnedFromAMinor", "TestWhoIsUnknownBecomesKnownAsAMinorBeforeAYesCounts"), by("internal/guard", "TestEveryGuardRefusesAndLetsThrough"),
				by("internal/web/centre", "TestAChildsAccountIsSaidInTheCentreAndNotTakenBackThere")),
			Waits: "nothing of a guardian is on record: no yes makes a profile of a minor, whoever gave it (docs/decisions/0012-minors.md)"},
		{Law: "GDPR", Article: "9", Places: all, Must: "treat what can be inferred as sensitive too (CJEU C-184/20, C-252/21, C-21/23)",
			Shown: slices.Concat(by("internal/ingest", "TestNamesAreRefusedHoweverTheyAreSpelled"), by("engine", "TestNothingThatServesOpensThePanel", "TestModelIsBlindToWhatThePanelTold",
				"TestASensitiveClassIsShownToWhoAskedAndOnlyWhereNobodyElseSees", "TestTheRestOfAListDoesNotTellWhatSomebodyDidInAClass"), by("internal/guard", "TestNoListGoesOverABudget"))},
		{Law: "GDPR", Article: "12(3)", Places: union, Must: "answer within a month, by the calendar of Regulation 1182/71",
			Shown: slices.Concat(by("internal/law", "TestAThousandDeadlinesAgreeWithAWalkThroughTheCalendar", "TestDeadlinesThatWereCountedByHand"), by("internal/rights", "TestDates"))},
		{Law: "GDPR", Article: "13, 14", Places: all, Must: "tell people what is done, in plain words, from what is configured",
			Shown: by("internal/datamap", "TestAConfigDiffIsTheDocumentDiff", "TestNoticesAreEasyToRead", "TestEveryRecordAboutPeopleIsInTheNotice")},
		{Law: "GDPR", Article: "15(1)(h), 22 (CJEU C-203/22)", Places: all, Must: "explain the procedure and principles really applied",
			Shown: slices.Concat(by("engine", "TestWhatEachItemAddsSumsToTheScore", "TestTakingTheNamedItemAwayChangesTheScoreByItsShareInAThousandDecisions"),
				by("internal/recommend", "TestScoresAreTheSumOfTheirContributions"))},
		{Law: "GDPR", Article: "15, 20", Places: all, Must: "give access to everything, and a copy that can be taken elsewhere",
			Shown: by("engine", "TestACopyGivesEveryRow", "TestWhatIsTakenElsewhereIsThereTheSame", "TestEachRightIsCarriedOutAsAsked", "TestEveryWayToOpenSomebodyIsOnRecordForThemToSee")},
		{Law: "GDPR", Article: "17", Places: all, Must: "erase everywhere, also from the model and what old copies hold",
			Shown: by("engine", "TestErasedEqualsNeverSeen", "TestErasureLeavesNothingInAnyFileAndNothingThatOldCopiesOpen", "TestAnErasureCutShortIsFinishedByTheNextStart",
				"TestABackupThatIsPutBackForgetsAgainBeforeItServes", "TestTheReceiptOfAnErasureIsSignedAndEveryChangeShows")},
		{Law: "GDPR", Article: "18", Places: union, Must: "freeze: nothing of a restricted person is read",
			Shown: by("engine", "TestNothingOfARestrictedPersonIsReadButHowTheyStand")},
		{Law: "GDPR", Article: "19", Places: union, Must: "tell recipients of corrections, restrictions and erasures",
			Shown: slices.Concat(by("engine", "TestRecipientsAreToldOfCorrectionsAndRestrictions", "TestWhoHasNoWebhookIsToldByHand", "TestWhatRecipientsAreTold", "TestARecipientThatIsDownOrDisabledHoldsUpNoErasureAndIsToldLater"), by("internal/web/outbound", "TestNoAddressLeadsInside"))},
		{Law: "GDPR", Article: "21(2), (3)", Places: all, Must: "an objection stops direct marketing for good",
			Shown: by("engine", "TestAnObjectionStopsMarketingUntilTheyThemselvesSayOtherwise")},
		{Law: "GDPR; CCPA regulations (ADMT)", Article: "22; 7200 to 7222", Places: []string{"EU", "GB", "US-CA"}, Must: "make no decision about credit, price or eligibility; a human reviews what is asked",
			Shown: slices.Concat(by("engine", "TestAHumanLooksAtADecisionAndThePersonReadsWhatTheySay", "TestAListByWhatOnePersonMayPayOrBorrowIsRefused", "TestThePriceOfAnItemIsTheSameForEverybody"),
				by("internal/web/api", "TestADecisionAboutOnePersonsTermsIsRefusedWithItsField"))},
		{Law: "GDPR", Article: "25", Places: all, Must: "be most private by default",
			Shown: slices.Concat(by("engine", "TestNobodyIsPersonalizedWithoutARecordedYes", "TestGenericReadsTheConsentRowOnlyAndIsByteIdenticalForAThousandPeople"), by("internal/consent", "TestTheZeroConfigIsTheCarefulChoice"))},
		{Law: "GDPR", Article: "30, 35", Places: union, Must: "make the record of processing and the assessment from the live configuration",
			Shown: by("internal/datamap", "TestAConfigDiffIsTheDocumentDiff", "TestTheComparisonCatchesAPlantedLie")},
		{Law: "GDPR", Article: "32", Places: all, Must: "keep data sealed under keys of their own",
			Shown: slices.Concat(by("internal/vault", "TestShreddingMakesEveryOldCopyOfTheDataUnreadable", "TestARowOpensOnlyWhereItWasWritten"), by("internal/records", "TestTheFilesNeverHoldWhatWasSaidAndForgetWhoWasErased"))},
		{Law: "GDPR", Article: "32(4)", Places: all, Must: "let nobody of the business open people's data but for a reason, and show them who did",
			Shown: slices.Concat(by("engine", "TestAnOperatorWithoutANameAndAReasonIsShownNothing", "TestWithoutTheRecordThereIsNoData", "TestAnOperatorWhoOpensManyPeopleIsSlowedAndReported"), by("internal/web/api", "TestNoGetRouteOpensSomebodyWithoutALook"))},
		{Law: "GDPR", Article: "33, 34", Places: all, Must: "find whose data a leaked key could have read, within the 72 hours",
			Shown: slices.Concat(by("engine", "TestABreachListsWhoseDataAKeyCouldHaveReadAndWhoseItDid", "TestAnIdOfTheBusinessFindsItsReference"), by("internal/records", "TestWhatAKeyDidIsFoundByKeyAndByPerson"), by("internal/law", "TestABreachIsToldWithin72HoursOfTheClockNotOfTheCalendar"))},
		{Law: "ePrivacy Directive; PECR", Article: "5(3); regulation 6", Places: union, Must: "write nothing to a device before consent",
			Shown: by("internal/web/shop", "TestLookingSetsNoCookieAndSendsNothing", "TestAGuestGetsANumberOnlyWithAYes")},
		{Law: "ePrivacy Directive; PECR", Article: "13; regulation 22", Places: union, Must: "send mail only with a yes, with a link that stops it at one click (RFC 8058)",
			Shown: slices.Concat(by("engine", "TestAMailHasItsWayOutAndOnlyPostTakesIt", "TestWithoutAWayOutNoMarketingMailIsOffered", "TestWithdrawingAndPausingStopOffersAtOnce"), by("internal/web/unsubscribe", "TestOnlyPostTakesTheWayOut"))},
		{Law: "CCPA regulations; state laws", Article: "7025", Places: []string{"US"}, Must: "take Sec-GPC as an opt-out for browser and profile, over a stored yes, and show that it was honoured",
			Shown: slices.Concat(by("engine", "TestGPCOfOneBrowserWinsOverAStoredYesForEveryNameOfThePerson"), by("internal/consent", "TestGPCIsExactlyOne"), by("internal/web/api", "TestGlobalPrivacyControlReachesTheEngine"))},
		{Law: "CCPA regulations", Article: "7021, 7022, 7026, 7027", Places: california, Must: "confirm in 10 business days, answer in 45 days, stop and limit in 15 business days",
			Shown: by("internal/law", "TestDeadlinesThatWereCountedByHand", "TestAThousandDeadlinesAgreeWithAWalkThroughTheCalendar")},
		{Law: "California Civil Code", Article: "1798.135(c)(4)", Places: california, Must: "leave a no alone for twelve months",
			Shown: slices.Concat(by("internal/law", "TestANoIsLeftAloneForSixMonthsAndForTwelveInCalifornia"), by("internal/consent", "TestAQuestionMayBePutOnlyWhenItIsNewOrItsAnswerIsOver"))},
		{Law: "CNIL recommendation; EDPB guidelines 05/2020", Article: "", Places: union, Must: "ask again only after six months, or when the text or its term is over",
			Shown: by("internal/consent", "TestNobodyIsAskedWithinSixMonthsOfANoAnywhereAndNeverWhatIsLive", "TestAQuestionMayBePutOnlyWhenItIsNewOrItsAnswerIsOver")},
		{Law: "Digital Services Act", Article: "25", Places: dsa, Must: "no dark patterns: yes and no alike in words, size and steps",
			Shown: by("internal/web/centre", "TestYesAndNoAreAlike", "TestYesAndNoHaveAboutTheSameWords", "TestWithdrawingTakesNoMorePressesThanGiving", "TestTheQuestionIsPutOnceAndNotAfterANo")},
		{Law: "Digital Services Act", Article: "26(1)(d)", Places: dsa, Must: "say with each suggestion why it is there and how to change it",
			Shown: slices.Concat(by("internal/web/shop", "TestEverySuggestionSaysWhy"), by("internal/explain", "TestEveryReasonThereCanBeHasItsMessage"))},
		{Law: "Digital Services Act", Article: "26(3), 28(2)", Places: dsa, Must: "no profiling ads on special data, or to known minors, consent or not",
			Shown: slices.Concat(by("engine", "TestAMinorIsNotProfiledWhoeverAgreed", "TestASensitiveClassIsShownToWhoAskedAndOnlyWhereNobodyElseSees"), by("internal/campaign", "TestWhatMayNotBeIsRefusedWithItsLine"))},
		{Law: "Digital Services Act", Article: "27, 38", Places: dsa, Must: "publish the main parameters and their weight; offer a list without profiling everywhere",
			Shown: slices.Concat(by("internal/datamap", "TestAConfigDiffIsTheDocumentDiff"), by("engine", "TestGenericReadsTheConsentRowOnlyAndIsByteIdenticalForAThousandPeople"))},
		{Law: "Digital Services Act", Article: "28 (guidelines of 14 July 2025)", Places: dsa, Must: "for minors what they say counts, not what they do", Shown: by("engine", "TestAMinorIsNotProfiledWhoeverAgreed")},
		{Law: "Digital Services Act", Article: "39", Places: dsa, Must: "keep a public list of ads for a year", Waits: "a public list; receipts of offers are kept for engine.receipts.keep"},
		{Law: "AI Act", Article: "5(1)(a), (b), (g)", Places: dsa, Must: "no manipulation, no use of weakness, no biometric sorting",
			Shown: by("internal/ingest", "TestNamesAreRefusedHoweverTheyAreSpelled", "TestRefusedFieldsAreFoundAtAnyDepth", "TestShapesAreRefusedWhateverTheFieldIsCalled"), Waits: "copy is read in English and German only (internal/coercion)"},
		{Law: "AI Act", Article: "50(1), (2)", Places: dsa, Must: "mark generated text", Waits: "nothing here is generated; copy comes from the business"},
		{Law: "AI Act, as changed in 2026", Article: "4a", Places: dsa, Must: "use special data to find bias only in a store that serving never reads",
			Shown: by("engine", "TestNothingThatServesOpensThePanel", "TestWhoLeavesThePanelLeavesNoTraceInTheModel")},
		{Law: "COPPA", Article: "16 CFR 312", Places: []string{"US"}, Must: "below thirteen nothing leaves the business without a parent", Shown: by("engine", "TestAMinorIsNotProfiledWhoeverAgreed"), Waits: "a parent's agreement; of a known minor nothing is stored or used"},
		{Law: "Age appropriate design code", Article: "standards 7, 12", Places: []string{"GB"}, Must: "profiling and place are off for children",
			Shown: by("engine", "TestAMinorIsNotProfiledWhoeverAgreed", "TestTheModelForgetsWhatItLearnedFromAMinor")},
	}
}
