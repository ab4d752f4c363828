package ingest

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tactful/tactful"
)

// refusedNames are 80 ways of saying what nobody may send.
var refusedNames = []string{
	"credit_limit", "creditLimit", "kreditlimit", "traits.creditLine", "personal_price", "dynamicPrice", "willingness_to_pay",
	"face", "Face", "FACE", "faces", "facial", "face_id", "faceId", "faceID", "FaceID", "face-template", "face.template", "faceTemplate", "FACE_TEMPLATE",
	"user_face", "userFace", "facevector", "face_vector_128", "faceprint", "face2", "face_2", "f4ce", "f4c3", "F4C3_T3MPL4T3", "f4ceprint", "f.a.c.e", "f_a_c_e",
	"f a c e", "$face", "f@ce", "@voice!", "ｆａｃｅ", "𝐟𝐚𝐜𝐞", "ⓕⓐⓒⓔ", "fасе", "ƒace", "fαce", "fa\u200bce", "fa\u0336ce", "fácè", "face\u00ad", "facialRecognition", "emotion_score", "selfie",
	"voice", "Voice", "voiceprint", "voice_print", "voicePrint", "VOICE-PRINT", "v0ice", "v01ce", "voice_sample", "vоiсe", "ｖｏｉｃｅ", "v.o.i.c.e", "speech", "speechSample",
	"audioClip", "audio_recording", "audio", "microphone", "micRecording", "speaker_id", "utterance", "stimme", "voix", "صوت",
	"biometric", "biometrics", "bio_metric_hash", "b10metric", "fingerprint", "deviceFingerprint", "finger_print", "irisScan", "iris_code", "retina_scan", "gait",
	"heart_rate", "heartRate", "dna", "palm_print", "keystrokeDynamics", "touchId",
	"third_party", "thirdParty", "3rd_party", "3rdPartySegments", "ThirdPartyScore", "data_broker", "dataBroker", "broker", "acxiom_id", "liveRamp", "enrichment", "credit_score", "lookalikeAudience",
}

// harmlessNames are names that shops use.
var harmlessNames = []string{
	"price", "sale_price", "discount_code", "free_shipping_eligible", "surcharge", "store_credit", "interest",
	"surface", "interface", "typeface", "preface", "facet", "facets", "invoice", "invoiceNumber", "invoice_id", "choice", "device", "deviceType", "service",
	"face_cream", "faceMask", "watch_face", "retina_display", "iris_colour", "colour", "color", "size", "material", "brand", "variant", "position", "coupon",
	"audio_format", "audioJack", "voice_assistant", "fingerprint_resistant", "image_url", "photo_count", "video_length", "list_id", "filters", "sorts", "category",
	"category_id", "sub_category", "price", "sale_price", "discount", "quantity", "stock", "rating", "reviews", "page_type", "utm_source", "search_term", "results",
	"h264", "mp3_player", "3d_model", "4k", "usb3", "party_size", "birthday_party", "third_floor", "micro_fibre", "microwave", "ceramic", "economic",
	"pace", "lace", "necklace", "space", "place", "palace", "race", "furnace", "gaiters", "voucher", "vocal_range", "poise", "noise_cancelling", "Ausstattung", "Größe", "Farbe", "الحجم",
}

func TestNamesAreRefusedHoweverTheyAreSpelled(t *testing.T) {
	for _, name := range refusedNames {
		if (screens{}).Name(name) == Clean {
			t.Errorf("%q passes", name)
		}
	}
	for _, name := range harmlessNames {
		if f := (screens{}).Name(name); f != Clean {
			t.Errorf("%q is taken for %v", name, f)
		}
	}
}

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

// nests are places in an event where a field can hide.
var nests = []string{
	`{%s:"x"}`, `{"properties":{%s:"x"}}`, `{"properties":{"a":{"b":{"c":{%s:1}}}}}`, `{"properties":{"list":[[{"z":{%s:true}}]]}}`,
	`{"traits":{%s:null}}`, `{"context":{"traits":{%s:{}}}}`, `{"properties":{"pairs":[{"key":%s,"value":"x"}]}}`,
}

func TestRefusedFieldsAreFoundAtAnyDepth(t *testing.T) {
	r := testRules(t)
	n := 0
	for _, name := range refusedNames {
		for _, nest := range nests {
			body := fmt.Sprintf(`{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"1",%s]}`, strings.TrimPrefix(fmt.Sprintf(nest, quote(name)), "{"))
			d, err := r.Native([]byte(body), noon)
			if err != nil || len(d.Items) != 1 {
				t.Fatalf("%s: %v", body, err)
			}
			p := d.Items[0].Problem
			if p == nil || p.Kind != tactful.Refused || p.Remedy == "" || d.Items[0].Task == Store {
				t.Errorf("%s passes", body)
				continue
			}
			if strings.Contains(p.Error(), name) && !strings.Contains(p.Detail, strings.ToLower(name)) {
				t.Errorf("the problem repeats a sender's name: %v", p)
			}
			n++
		}
	}
	if n < 200 {
		t.Errorf("only %d variants refused", n)
	}
}

func TestSourcesThatAreSomebodyElseAreRefused(t *testing.T) {
	r := testRules(t)
	cases := []struct {
		name, member string
		refused      bool
	}{
		{"a source that is a third party", `"properties":{"source":"third_party"}`, true},
		{"provenance bought", `"properties":{"provenance":"Purchased list"}`, true},
		{"a data provider by name", `"properties":{"x":{"dataProvider":"Experian Ltd"}}`, true},
		{"a partner's feed", `"properties":{"origin":"partner feed"}`, true},
		{"third party in look-alike letters", `"properties":{"source":"thіrd-раrty"}`, true},
		{"obtained from a broker", `"properties":{"obtained_from":"br0ker"}`, true},
		{"third party as the provenance of the event", `"provenance":"third-party"`, true},
		{"inferred as the provenance of the event", `"provenance":"inferred"`, true},
		{"a source that is not configured", `"source":"elsewhere"`, true},
		{"a campaign's source is no provenance", `"context":{"campaign":{"source":"newsletter"}}`, false},
		{"our own source", `"source":"app"`, false},
		{"a vendor of goods", `"properties":{"vendor":"Levi"}`, false},
	}
	for _, c := range cases {
		d, err := r.Native([]byte(`{"events":[{"messageId":"m","userId":"u","action":"viewed","item":"1",`+c.member+`}]}`), noon)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Items[0].Problem != nil; got != c.refused {
			t.Errorf("%s: refused %v (%v)", c.name, got, d.Items[0].Problem)
		}
	}
}
