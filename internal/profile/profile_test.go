package profile

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ownProfile is a profile of this process, hashing until it was seen doing so.
func ownProfile(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		t.Fatalf("run this test without -cpuprofile: %v", err)
	}
	sum, until := sha256.Sum256(nil), time.Now().Add(300*time.Millisecond)
	for time.Now().Before(until) {
		for range 1000 {
			sum = sha256.Sum256(sum[:])
		}
	}
	pprof.StopCPUProfile()
	return out.Bytes()
}

func TestAProfileOfGoIsRead(t *testing.T) {
	samples, err := Read(bytes.NewReader(ownProfile(t)))
	if err != nil {
		t.Fatal(err)
	}
	var hashing, total time.Duration
	for _, s := range samples {
		total += s.Time
		if strings.Contains(strings.Join(s.Stack, " "), "sha256") {
			hashing += s.Time
		}
	}
	if hashing < 10*time.Millisecond || hashing > total || len(samples) == 0 {
		t.Fatalf("%v of %v in %d samples were seen hashing", hashing, total, len(samples))
	}
}

func TestASampleCountsOnceForItsInnermostArea(t *testing.T) {
	areas := []Area{{"asking", []string{"engine."}}, {"reading", []string{"store.", "disk."}}}
	got := Shares([]Sample{
		{Stack: []string{"memmove", "disk.Read", "engine.Decide"}, Time: 6},
		{Stack: []string{"engine.Decide", "main"}, Time: 3},
		{Stack: []string{"main"}, Time: 1},
	}, areas)
	want := []Share{{"reading", 6, .6}, {"asking", 3, .3}, {Other, 1, .1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoProfileIsRefused(t *testing.T) {
	var cut bytes.Buffer
	z := gzip.NewWriter(&cut)
	_, _ = z.Write([]byte{profileSample<<3 | wireBytes, 9, 1}) // nine bytes that are not there
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"nothing": nil, "text": []byte("profile"), "a cut message": cut.Bytes()} {
		if got, err := Read(bytes.NewReader(text)); err == nil {
			t.Errorf("%s was read as %v", name, got)
		}
	}
}

func FuzzDecodeProfile(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{profileSample<<3 | wireBytes, 6, 10, 1, 1, 18, 1, 5, profileString<<3 | wireBytes, 1, 'a'})
	f.Add([]byte{profileLocation<<3 | wireBytes, 6, 8, 1, 34, 2, 8, 1, profileFunction<<3 | wireBytes, 4, 8, 1, 16, 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		samples, err := decode(text)
		if err != nil {
			return
		}
		for _, s := range samples {
			if s.Time < 0 {
				t.Errorf("a sample took %v", s.Time)
			}
		}
	})
}
