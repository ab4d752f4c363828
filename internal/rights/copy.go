package rights

import "time"

// Copy is everything that is known about one person. Its sections are the
// records of the data map, and its fields those of the map, so that each can be
// explained. What has no section of its own yet stands under Other, as it is
// stored: nothing is held back.
type Copy struct {
	Format     string    `json:"format"`
	Made       time.Time `json:"made"`
	Controller string    `json:"controller"`
	Contact    string    `json:"contact,omitempty"`

	Standing     []Standing          `json:"standing"`
	Consents     []Consent           `json:"consent"`
	Events       []Event             `json:"event"`
	Removed      []RemovedEvent      `json:"removed_event"`
	Settings     []Setting           `json:"setting"`
	Preferences  []Preferences       `json:"preferences"`
	Panel        []map[string]string `json:"panel"`
	Contribution []Contribution      `json:"contribution"`
	Receipts     []Receipt           `json:"receipt"`
	Reports      []Report            `json:"report"`
	Names        []Name              `json:"name"`
	Requests     []Asked             `json:"right"`
	Looks        []Look              `json:"look"`
	Ledger       []Proof             `json:"ledger"`
	Visits       []Visits            `json:"visits"`
	Exposures    []Exposure          `json:"exposure"`
	Showings     []Showing           `json:"showing"`
	Joined       []Joined            `json:"joined"`
	Other        []Stored            `json:"other"`

	Explained []Explained `json:"explained"`
}

// CopyFormat names the form of a Copy.
const CopyFormat = "tactful-copy/1"

// Explained says in plain words what a record is, where it comes from, what it
// is for, how long it is kept and who gets it. It is made from the data map.
type Explained struct {
	Record     string           `json:"record"`
	Means      string           `json:"means"`
	Keep       []string         `json:"keep"`
	Recipients []string         `json:"recipients"`
	Fields     []ExplainedField `json:"fields"`
}

// ExplainedField says the same of one value.
type ExplainedField struct {
	Name    string   `json:"name"`
	Means   string   `json:"means"`
	Source  string   `json:"source"`
	Serves  []string `json:"serves"`
	Keep    []string `json:"keep,omitempty"` // where it differs from the record's
	Special bool     `json:"special,omitempty"`
}

// Standing is how the person stands now.
type Standing struct {
	Consents Standings `json:"consents"`
	Minor    bool      `json:"minor,omitempty"`
	Frozen   bool      `json:"frozen,omitempty"`
	Objected time.Time `json:"objected,omitzero"`
	Paused   time.Time `json:"paused,omitzero"`
	Cleared  time.Time `json:"cleared,omitzero"`
	Erased   time.Time `json:"erased,omitzero"`
	Held     string    `json:"held,omitempty"`
	Created  time.Time `json:"created,omitzero"`
	Changed  time.Time `json:"changed,omitzero"`
}

// Standings are the level and the present answers.
type Standings struct {
	Level     string    `json:"level,omitempty"`
	LevelTime time.Time `json:"levelTime,omitzero"`
	GPC       bool      `json:"gpc,omitempty"`
	Purposes  []Consent `json:"purposes"`
}

// Consent is one answer with its evidence.
type Consent struct {
	ID            string    `json:"id"`
	Purpose       string    `json:"purpose"`
	Answer        string    `json:"answer"`
	NoticeVersion string    `json:"noticeVersion,omitempty"`
	NoticeHash    string    `json:"noticeHash,omitempty"`
	Language      string    `json:"language,omitempty"`
	Method        string    `json:"method,omitempty"`
	Jurisdiction  string    `json:"jurisdiction,omitempty"`
	Time          time.Time `json:"time"`
	Expires       time.Time `json:"expires,omitzero"`
	EnteredBy     string    `json:"enteredBy,omitempty"` // operators, who entered it for the person
	AgreedBy      string    `json:"agreedBy,omitempty"`
}

// Event is one thing that the person did.
type Event struct {
	Event      string            `json:"event,omitempty"` // its id here; not part of what is taken elsewhere
	MessageID  string            `json:"messageID"`
	Action     string            `json:"action"`
	Item       string            `json:"item,omitempty"`
	Title      string            `json:"title,omitempty"` // of the item, as the catalogue has it now
	Quantity   int32             `json:"quantity,omitempty"`
	Value      int64             `json:"value,omitempty"` // hundredths
	Query      string            `json:"query,omitempty"`
	Order      string            `json:"order,omitempty"`
	Session    string            `json:"session,omitempty"`
	Source     string            `json:"source"`
	Time       time.Time         `json:"time"`
	Provenance string            `json:"provenance"`
	Properties map[string]string `json:"properties,omitempty"`
}

// RemovedEvent is the place of an event that the person removed: its day is
// known, so that it is not stored again, and nothing else.
type RemovedEvent struct {
	Day string `json:"day"`
}

// Setting is what the person said about an item of their history.
type Setting struct {
	Item    string    `json:"item"`
	Setting string    `json:"setting"`
	Time    time.Time `json:"time"`
}

// Preferences is what the person declared.
type Preferences struct {
	Topics       map[string]string   `json:"topics,omitempty"`
	Needs        map[string]string   `json:"needs,omitempty"`
	Occasions    map[string]Occasion `json:"occasions,omitempty"`
	Languages    []string            `json:"languages,omitempty"`
	EasyReading  bool                `json:"easyReading,omitempty"`
	Discreet     bool                `json:"discreet,omitempty"`
	KeepOnDevice bool                `json:"keepOnDevice,omitempty"`
	Place        string              `json:"place,omitempty"`
	Messages     Messages            `json:"messages,omitzero"`
	Changed      time.Time           `json:"changed,omitzero"`
}

// Occasion is when a topic rests. Days without a time are open.
type Occasion struct {
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

// Messages are the person's limits of messages.
type Messages struct {
	Only      []string `json:"only,omitempty"`
	PerWeek   string   `json:"perWeek,omitempty"`
	LessOften bool     `json:"lessOften,omitempty"`
	Quiet     Hours    `json:"quiet,omitzero"`
	Zone      string   `json:"zone,omitempty"`
}

// Hours are a stretch of the day, as HH:MM.
type Hours struct {
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

// Contribution is what the model learned from the person.
type Contribution struct {
	Epoch  uint32         `json:"epoch"`
	Weight int64          `json:"weight"`
	Items  []Contributing `json:"items"`
}

// Contributing is one item of it.
type Contributing struct {
	Item     string `json:"item"`
	Quantity int64  `json:"quantity"`
}

// Receipt is one decision about the person.
type Receipt struct {
	ID            string    `json:"id"`
	Time          time.Time `json:"time"`
	Placement     string    `json:"placement"`
	Level         string    `json:"level"`
	ModelVersion  string    `json:"modelVersion,omitempty"`
	PolicyVersion string    `json:"policyVersion"`
	ConsentID     string    `json:"consentID,omitempty"`
	Evidence      []Used    `json:"evidence,omitempty"`
	Shown         []Shown   `json:"shown,omitempty"`
	Withheld      []Left    `json:"withheld,omitempty"`
	Integrity     Integrity `json:"integrity"`

	Judged Judged `json:"judged,omitzero"`

	Offer Offer `json:"offer,omitzero"`
}

// Judged is what every guard said of every candidate; what is not in Rulings is a
// plain yes.
type Judged struct {
	Guards  []string `json:"guards"`
	Count   int      `json:"count"`
	Items   []string `json:"items,omitempty"`
	Offers  []string `json:"offers,omitempty"`
	Rulings []Ruled  `json:"rulings,omitempty"`
}

// Ruled is one guard's verdict on some of the candidates.
type Ruled struct {
	Guard  string   `json:"guard"`
	Ruling string   `json:"ruling"`
	Detail string   `json:"detail"`
	At     []string `json:"at"` // the items or offers that it is about
}

// Offer is what a decision about offers says besides.
type Offer struct {
	Channel   string       `json:"channel"`
	Placement string       `json:"placement"`
	Shown     []OfferShown `json:"shown,omitempty"`
}

// OfferShown is one offer as it was chosen.
type OfferShown struct {
	Campaign   string        `json:"campaign"`
	Creative   string        `json:"creative"`
	Item       string        `json:"item,omitempty"`
	Choice     string        `json:"choice,omitempty"`
	Draw       string        `json:"draw,omitempty"`
	Options    []OfferOption `json:"options,omitempty"`
	Apprentice string        `json:"apprentice,omitempty"`
}

// OfferOption is one creative that could have been chosen.
type OfferOption struct {
	Creative   string  `json:"creative"`
	Propensity float64 `json:"propensity"`
}

// Used is one piece that the decision rested on.
type Used struct {
	Item       string  `json:"item"`
	Action     string  `json:"action"`
	Provenance string  `json:"provenance"`
	Day        string  `json:"day,omitempty"`
	Share      float64 `json:"share"`
}

// Shown is one suggestion with its reason.
type Shown struct {
	Item   string  `json:"item"`
	Score  float64 `json:"score"`
	Origin string  `json:"origin"`
	Reason Reason  `json:"reason"`
}

// Reason is why it was there.
type Reason struct {
	Key      string   `json:"key,omitempty"`
	Sentence string   `json:"sentence,omitempty"`
	Language string   `json:"language,omitempty"`
	Items    []string `json:"items,omitempty"`
	Share    float64  `json:"share,omitempty"`
}

// Left is what a guard kept out.
type Left struct {
	Guard string   `json:"guard"`
	Count int      `json:"count"`
	Items []string `json:"items,omitempty"`
}

// Integrity holds the five terms of the information flow.
type Integrity struct {
	Sender          string `json:"sender"`
	Recipient       string `json:"recipient"`
	Subject         string `json:"subject"`
	InformationType string `json:"informationType"`
	Principle       string `json:"principle"`
}

// Report is what the person said about a decision, or did with it.
type Report struct {
	Receipt string    `json:"receipt"`
	Kind    string    `json:"kind"`
	Item    string    `json:"item,omitempty"`
	Time    time.Time `json:"time"`
}

// Name stands for the shop's ids of the person: we hold seals of them only.
type Name struct {
	Alias string `json:"alias"`
}

// Asked is one request for a right.
type Asked struct {
	Case     string    `json:"case"`
	Right    string    `json:"right"`
	State    string    `json:"state"`
	Channel  string    `json:"channel"`
	Received time.Time `json:"received,omitzero"`
	Due      time.Time `json:"due,omitzero"`
	Closed   time.Time `json:"closed,omitzero"`
	Ground   string    `json:"ground,omitempty"`
	Detail   string    `json:"detail,omitempty"`
	Said     []Words   `json:"said"`
}

// Words are what somebody said in a request.
type Words struct {
	Time time.Time `json:"time"`
	By   string    `json:"by"`
	Text string    `json:"text"`
}

// Look is one look at the person's data.
type Look struct {
	Time time.Time `json:"time"`
	Kind string    `json:"kind"`
	Who  string    `json:"who"`
	Why  string    `json:"why,omitempty"`
	What []string  `json:"what"`
}

// Visits says when the person last left their privacy centre.
type Visits struct {
	Ended time.Time `json:"ended"`
}

// Showing is one offer that the person was shown or sent.
type Showing struct {
	ID       string    `json:"id"`
	At       time.Time `json:"at"`
	Campaign string    `json:"campaign"`
	Creative string    `json:"creative"`
	Group    string    `json:"group,omitempty"`
	Category string    `json:"category,omitempty"`
	Item     string    `json:"item,omitempty"`
	Channel  string    `json:"channel"`
	Service  bool      `json:"service,omitempty"`
	Fate     string    `json:"fate"`
	Heard    time.Time `json:"heard,omitzero"`
}

// Joined says that a second history of the person was joined to theirs.
type Joined struct {
	Time time.Time `json:"time"`
}

// Exposure is one test that the person was in, or left.
type Exposure struct {
	Test    string    `json:"test"`          // its name; its number once it is not known any more
	Variant string    `json:"arm,omitempty"` // that they got
	Time    time.Time `json:"time"`
	Left    bool      `json:"left,omitempty"`
}

// Proof is what proves that one consent record was not changed.
type Proof struct {
	Consent string `json:"consent"`
	Nonce   string `json:"nonce"`
	Leaf    string `json:"leaf"`
}

// Stored is a row as it is stored, for what has no words yet.
type Stored struct {
	Place string `json:"place"`
	Value string `json:"value"` // base64
}
