package arch

import (
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fuzzTargets are the readers of bytes from outside or from disk, by package.
// Each must have a target of this name, so that a fuzz run cannot silently fuzz
// nothing; and a target that is not named here fails too, so that the list is whole.
var fuzzTargets = map[string][]string{
	"client":                    {"FuzzAnswer"},
	"cmd/tactful":               {"FuzzMerchantFeed", "FuzzParquet", "FuzzRecords"},
	"engine":                    {"FuzzCheckConsentProof", "FuzzReadToken", "FuzzRedeemNewcomer", "FuzzVerifyErasure", "FuzzVisitOf"},
	"internal/access":           {"FuzzDecodeKey"},
	"internal/audit":            {"FuzzRead"},
	"internal/backup":           {"FuzzParseManifest"},
	"internal/campaign":         {"FuzzRead"},
	"internal/catalog":          {"FuzzDecodeItem"},
	"internal/coercion":         {"FuzzDecodeWeights", "FuzzRead", "FuzzReadTexts"},
	"internal/config":           {"FuzzParse"},
	"internal/decision":         {"FuzzAsksForTerms"},
	"internal/evaluate":         {"FuzzReadPairs", "FuzzReplayJournal"},
	"internal/experiment":       {"FuzzDecodeTrial", "FuzzFile"},
	"internal/forgotten":        {"FuzzDecodeErasure", "FuzzParseID"},
	"internal/ingest":           {"FuzzJSON", "FuzzNative", "FuzzSegment"},
	"internal/label":            {"FuzzDecodeDecision", "FuzzDecodeWeights", "FuzzPhrase", "FuzzTaxonomyCopy"},
	"internal/ledger":           {"FuzzDecodeEdge", "FuzzOpenHead", "FuzzParsePublicKey"},
	"internal/linear":           {"FuzzDecodeContribution"},
	"internal/model":            {"FuzzDecodeModel"},
	"internal/place":            {"FuzzParseToken"},
	"internal/profile":          {"FuzzDecodeProfile"},
	"internal/policy":           {"FuzzCases", "FuzzRules"},
	"internal/records":          {"FuzzDecodeAliases", "FuzzDecodeConsent", "FuzzDecodeContribution", "FuzzDecodeDeed", "FuzzDecodeEvent", "FuzzDecodeExposure", "FuzzDecodeFeedback", "FuzzDecodeIndexedLook", "FuzzDecodeInherited", "FuzzDecodeJoined", "FuzzDecodeLook", "FuzzDecodeMerge", "FuzzDecodeMessages", "FuzzDecodePanel", "FuzzDecodePlace", "FuzzDecodePreferences", "FuzzDecodeReceipt", "FuzzDecodeRecipients", "FuzzDecodeSaid", "FuzzDecodeSettings", "FuzzDecodeShowings", "FuzzDecodeStanding", "FuzzDecodeStop", "FuzzDecodeTold"},
	"internal/replay":           {"FuzzReadRows"},
	"internal/panel":            {"FuzzDecodeMeasures"},
	"internal/report":           {"FuzzDecodeAnswer", "FuzzDecodeEdition", "FuzzDecodeLedger", "FuzzParseTile"},
	"internal/retail":           {"FuzzTables", "FuzzUnpack"},
	"internal/rights":           {"FuzzDecodeDetail", "FuzzDecodeRequest", "FuzzReadPortable"},
	"internal/vault":            {"FuzzOpenID", "FuzzOpenSealed", "FuzzParseRing"},
	"internal/web/api":          {"FuzzDecisionRequest", "FuzzEventsRequest", "FuzzPlainRequest"},
	"internal/web/centre":       {"FuzzForm", "FuzzOutcome"},
	"internal/web/door":         {"FuzzParseJSON", "FuzzReadReason"},
	"internal/web/ofrep":        {"FuzzQuestion"},
	"internal/web/outbound":     {"FuzzPublic"},
	"internal/web/page":         {"FuzzBack"},
	"internal/web/personalize":  {"FuzzSignedRequest"},
	"internal/web/recombee":     {"FuzzRecommsBody"},
	"internal/web/segment":      {"FuzzSegmentDelivery"},
	"internal/web/shop":         {"FuzzCookies", "FuzzForm"},
	"internal/web/shop/picture": {"FuzzSVG"},
	"internal/wording":          {"FuzzRender"},
	"store/disk":                {"FuzzStored"},
}

func TestEveryDecoderHasItsFuzzTarget(t *testing.T) {
	target := regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)
	found := map[string][]string{}
	for _, p := range packages(t) {
		name, _ := inside(p.ImportPath)
		for _, base := range append(p.TestGoFiles, p.XTestGoFiles...) {
			text, err := os.ReadFile(filepath.Join(p.Dir, base))
			if err != nil {
				t.Fatal(err)
			}
			for _, match := range target.FindAllStringSubmatch(string(text), -1) {
				found[name] = append(found[name], match[1])
			}
		}
	}
	for name, targets := range fuzzTargets {
		for _, want := range targets {
			if !slices.Contains(found[name], want) {
				t.Errorf("%s has no %s: write it, or correct the list in internal/arch/fuzz_test.go", name, want)
			}
		}
	}
	for name, targets := range found {
		for _, has := range targets {
			if !slices.Contains(fuzzTargets[name], has) {
				t.Errorf("%s of %s is not in the list in internal/arch/fuzz_test.go: name it there", has, name)
			}
		}
	}
}

// readers are the functions that by their name read bytes, each with the target
// that reaches it, or with the reason why it needs none.
var readers = map[string]string{
	"/ParseAction": word, "/ParseAnswer": word, "/ParseAvailability": word, "/ParseFeedback": word, "/ParseLevel": word, "/ParsePlacement": word,
	"/ParseTopicWish": word, "/ParseWeeklyLimit": word, "/ParsePlaceLimit": word, "engine/ParseFormat": word, "internal/access/ParseScopes": word, "internal/decision/ParseSetting": word,
	"internal/decision/ParseChannel": word, "internal/decision/ParseCampaignKind": word, "internal/decision/ParseRuling": word,
	"/ParseSurface": word, "internal/label/ParseAnswer": word, "internal/label/ParseKind": word,
	"internal/ingest/ParseCall": word, "internal/rights/ParseKind": word, "internal/rights/ParseChannel": word, "internal/rights/ParseState": word, "internal/rights/ParseGround": word,
	"engine/parseEventID":                 "a fixed length of hex",
	"internal/records/ParseCaseID":        "a fixed length of hex",
	"store/disk/parseVersion":             "FuzzStored",
	"internal/access/decodeKey":           "FuzzDecodeKey",
	"internal/backup/parseManifest":       "FuzzParseManifest",
	"internal/catalog/decodeItem":         "FuzzDecodeItem",
	"internal/experiment/DecodeTrial":     "FuzzDecodeTrial",
	"internal/experiment/ParseMetric":     word,
	"internal/experiment/UnmarshalText":   "FuzzFile",
	"internal/forgotten/ParseID":          "FuzzParseID",
	"internal/forgotten/UnmarshalText":    "FuzzDecodeErasure",
	"internal/label/DecodeDecision":       "FuzzDecodeDecision",
	"internal/label/decodeWeights":        "FuzzDecodeWeights",
	"internal/label/parsePhrase":          "FuzzPhrase",
	"internal/ledger/ParsePublicKey":      "FuzzParsePublicKey",
	"internal/ledger/decodeEdge":          "FuzzDecodeEdge",
	"internal/linear/DecodeContribution":  "FuzzDecodeContribution",
	"internal/place/ParseToken":           "FuzzParseToken",
	"internal/report/ParseTile":           "FuzzParseTile",
	"internal/place/ParsePrecision":       word,
	"internal/profile/decodeSample":       "FuzzDecodeProfile",
	"internal/profile/decodeLocation":     "FuzzDecodeProfile",
	"internal/profile/decodeFunction":     "FuzzDecodeProfile",
	"internal/policy/UnmarshalYAML":       "FuzzRules",
	"internal/records/decodeAliases":      "FuzzDecodeAliases",
	"internal/records/decodeContribution": "FuzzDecodeContribution",
	"internal/records/decodeDeed":         "FuzzDecodeDeed",
	"internal/records/decodeEvent":        "FuzzDecodeEvent",
	"internal/records/DecodeConsent":      "FuzzDecodeConsent",
	"internal/records/decodeExposure":     "FuzzDecodeExposure",
	"internal/records/decodeConsent":      "FuzzDecodeConsent",
	"internal/records/decodeInherited":    "FuzzDecodeInherited",
	"internal/records/decodeJoined":       "FuzzDecodeJoined",
	"internal/records/decodeMerge":        "FuzzDecodeMerge",
	"internal/records/decodeLook":         "FuzzDecodeLook",
	"internal/records/decodeIndexed":      "FuzzDecodeIndexedLook",
	"internal/records/decodeMessages":     "FuzzDecodeMessages",
	"internal/records/decodePanel":        "FuzzDecodePanel",
	"internal/records/decodePlace":        "FuzzDecodePlace",
	"internal/records/decodePreferences":  "FuzzDecodePreferences",
	"internal/records/decodeReceipt":      "FuzzDecodeReceipt",
	"internal/records/decodeFeedback":     "FuzzDecodeFeedback",
	"internal/records/decodeRecipients":   "FuzzDecodeRecipients",
	"internal/records/decodeSaid":         "FuzzDecodeSaid",
	"internal/records/decodeSettings":     "FuzzDecodeSettings",
	"internal/records/decodeShowings":     "FuzzDecodeShowings",
	"internal/records/decodeStanding":     "FuzzDecodeStanding",
	"internal/records/decodeStop":         "FuzzDecodeStop",
	"internal/records/decodeTold":         "FuzzDecodeTold",
	"internal/panel/DecodeMeasures":       "FuzzDecodeMeasures",
	"internal/report/DecodeAnswer":        "FuzzDecodeAnswer",
	"internal/report/DecodeEdition":       "FuzzDecodeEdition",
	"internal/report/DecodeLedger":        "FuzzDecodeLedger",
	"internal/retail/parseCategories":     "FuzzTables",
	"internal/retail/parseItems":          "FuzzTables",
	"internal/retail/prepare/parseRules":  "reads a file of the project while it is built",
	"internal/rights/DecodeDetail":        "FuzzDecodeDetail",
	"internal/vault/parseRing":            "FuzzParseRing",
	"internal/web/door/ParseJSON":         "FuzzParseJSON",
	"internal/web/outbound/parsePrefixes": "reads constants of its own file",
}

const word = "looks one word up in a closed list"

func TestEveryReaderNamesItsFuzzTarget(t *testing.T) {
	reads := regexp.MustCompile(`^(decode|Decode|parse|Parse|unmarshal|Unmarshal)[A-Z]`)
	targets := slices.Concat(slices.Collect(maps.Values(fuzzTargets))...)
	found := map[string]bool{}
	source(t, func(name string, _ *token.FileSet, file *ast.File) {
		for _, declared := range file.Decls {
			f, ok := declared.(*ast.FuncDecl)
			if !ok || !reads.MatchString(f.Name.Name) {
				continue
			}
			reader := name[:strings.LastIndex(name, "/")+1] + f.Name.Name
			found[reader] = true
			if said := readers[reader]; said == "" {
				t.Errorf("%s reads bytes and names no fuzz target: write one, and name it in internal/arch/fuzz_test.go", reader)
			} else if strings.HasPrefix(said, "Fuzz") && !slices.Contains(targets, said) {
				t.Errorf("%s names %s, which is not in fuzzTargets", reader, said)
			}
		}
	})
	for reader := range readers {
		if !found[reader] {
			t.Errorf("%s is not there any more: take it out of internal/arch/fuzz_test.go", reader)
		}
	}
}
