package rights

// Kind is what is asked. The zero value is unknown and refused.
type Kind uint8

// Kinds of request. Their words are those of package law, which selects the
// clock by them.
const (
	KindUnknown   Kind = iota
	Access             // a copy of everything, in words (GDPR 15)
	Portability        // a copy to take elsewhere (20)
	Rectification      // something is wrong (16)
	Restriction        // keep it, but do not use it (18)
	Objection          // no direct marketing (21(2))
	Erasure            // forget me (17)
	Withdrawal         // forget that I did this (7(3), 17)
	Review             // a human should look at a decision (22(3))
	Agreement          // they say yes (6(1)(a))
	Lifting            // what they stopped may be used again
	Import             // they bring what they took along elsewhere (20)
)

var kindWords = words{"unknown", "access", "portability", "rectification", "restriction", "objection", "erasure", "withdrawal", "review", "consent", "lifting", "import"}

// String returns the wire word.
func (k Kind) String() string { return kindWords.of(int(k)) }

// ParseKind reads a wire word.
func ParseKind(word string) (Kind, bool) { n, ok := kindWords.parse(word); return Kind(n), ok }

// Kinds lists the kinds in their order.
func Kinds() []Kind {
	return []Kind{Access, Portability, Rectification, Restriction, Objection, Erasure, Withdrawal, Review, Agreement, Lifting, Import}
}

// Frees reports whether the kind lets something be used that was not, and nothing
// else. It is a request only where an operator speaks for somebody: whoever may
// do it does it at once.
func (k Kind) Frees() bool { return k == Agreement || k == Lifting || k == Import }

// Channel is the way by which a request came. The zero value is unknown and refused.
type Channel uint8

// Channels.
const (
	ChannelUnknown Channel = iota
	Centre                 // the person, in their privacy centre
	API                    // the business's own server, which knows who is logged in
	Phone                  // an operator entered what somebody said
	Letter                 // an operator entered what somebody wrote
	Representative         // an operator entered what somebody asks for somebody else
)

var channelWords = words{"unknown", "centre", "api", "phone", "letter", "representative"}

// String returns the wire word.
func (c Channel) String() string { return channelWords.of(int(c)) }

// ParseChannel reads a wire word.
func ParseChannel(word string) (Channel, bool) {
	n, ok := channelWords.parse(word)
	return Channel(n), ok
}

// OnBehalf reports whether an operator speaks for the person: a second
// operator must agree before anything is done.
func (c Channel) OnBehalf() bool { return c == Phone || c == Letter || c == Representative }

// State is where a request stands. There are few, so that everybody knows them.
type State uint8

// States. The zero value is unknown and refused.
const (
	StateUnknown State = iota
	Received           // a person of the business must act
	Proving            // the person must show that they are who they say
	Waiting            // a second operator must agree
	InProgress         // it is being done
	Done
	Refused // with a reason
	Cancelled
)

var stateWords = words{"unknown", "received", "proving", "waiting", "in_progress", "done", "refused", "cancelled"}

// String returns the wire word.
func (s State) String() string { return stateWords.of(int(s)) }

// ParseState reads a wire word.
func ParseState(word string) (State, bool) { n, ok := stateWords.parse(word); return State(n), ok }

// Closed reports whether nothing will move the request any more.
func (s State) Closed() bool { return s == Done || s == Refused || s == Cancelled }

// Why a second operator is needed. The zero value: none is.
type Why uint8

// Reasons to wait for a second operator.
const (
	NoReason     Why = iota
	ForSomebody      // it was entered on somebody's behalf
	ManyErasures     // one key asked for more erasures than is plausible
)

var whyWords = words{"", "on_behalf", "many_erasures"}

// String returns the wire word.
func (w Why) String() string { return whyWords.of(int(w)) }

// Ground is why a request is refused. The words in full are for the person
// alone; the queue keeps this one.
type Ground uint8

// Grounds. The zero value is none.
const (
	NoGround       Ground = iota
	Unfounded             // manifestly unfounded (GDPR 12(5))
	Excessive             // the same again and again (12(5))
	NotIdentified         // we cannot tell that it is them (12(2))
	LegalDuty             // a law obliges us to keep it (17(3)(b))
	RightsOfOthers        // it would harm somebody else (15(4))
	LegalClaim            // we need it for a claim (17(3)(e))
	NothingThere          // there is nothing of the kind
)

var groundWords = words{"", "unfounded", "excessive", "not_identified", "legal_duty", "rights_of_others", "legal_claim", "nothing_there"}

// String returns the wire word.
func (g Ground) String() string { return groundWords.of(int(g)) }

// ParseGround reads a wire word.
func ParseGround(word string) (Ground, bool) { n, ok := groundWords.parse(word); return Ground(n), ok }

// words are the wire words of a closed set; the first is that of the zero value.
type words []string

func (w words) of(n int) string {
	if n >= 0 && n < len(w) {
		return w[n]
	}
	return w[0]
}

// parse reads a word; that of the zero value is none.
func (w words) parse(word string) (int, bool) {
	for i, known := range w {
		if i > 0 && known == word {
			return i, true
		}
	}
	return 0, false
}
