package datamap

import (
	"reflect"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/access"
	"github.com/tactful/tactful/internal/decision"
	"github.com/tactful/tactful/internal/label"
	"github.com/tactful/tactful/internal/linear"
	"github.com/tactful/tactful/internal/panel"
	"github.com/tactful/tactful/internal/records"
	"github.com/tactful/tactful/internal/report"
	"github.com/tactful/tactful/internal/rights"
)

// declaration is one entry of the registry: a record as the code stores it.
type declaration struct {
	name     string
	means    string
	about    About
	places   []string // "section family key", as the stores know them; "file ..." for files
	category Category // of its fields, unless they say otherwise
	origin   Origin
	purposes []string
	fields   []declared
	more     func(*engine.Config) []Field // fields that the configuration declares
	until    Until
	keep     func(*engine.Config) []Keep
	types    []reflect.Type // whose exported fields must all be declared, nested ones by path
	skip     []string       // fields of types that are not stored in this record
	waits    string
}

type declared struct {
	name, label string
	category    Category
	origin      Origin
}

func f(name, label string) declared { return declared{name: name, label: label} }

func (d declared) as(c Category) declared { d.category = c; return d }

func (d declared) by(o Origin) declared { d.origin = o; return d }

// registry declares every record that is stored. Whoever stores a new kind of
// row or field declares it here; TestEveryStoredRowIsDeclared and
// TestEveryFieldIsDeclared say what is missing.
func registry() []declaration {
	lists := []string{string(tactful.Recommendations), string(tactful.Improvement)}
	return []declaration{
		{
			name: "event", means: "what a person did with an item", about: Person, places: []string{"Subjects Log e"},
			category: Behaviour, origin: FromUse, purposes: lists,
			fields: []declared{
				f("MessageID", "message").as(Identifier).by(FromBusiness), f("Action", "action"), f("Item", "item"), f("Quantity", "quantity"), f("Value", "price"),
				f("Query", "query"), f("Order", "order").as(Identifier), f("Session", "session").as(Identifier), f("Source", "place"), f("Time", "time"),
				f("Provenance", "provenance").by(FromEngine),
			},
			more: properties, keep: keepEvents, types: []reflect.Type{reflect.TypeFor[tactful.Event]()}, skip: []string{"Properties"},
		},
		{
			name: "consent", means: "each answer that a person gave, with its proof", about: Person, places: []string{"Subjects Log c"},
			category: Choice, origin: FromPerson, purposes: []string{forChoices}, until: Erased,
			fields: []declared{
				f("ID", "record").by(FromEngine), f("Purpose", "purpose"), f("Answer", "answer"), f("NoticeVersion", "text_version"), f("NoticeHash", "text_print"),
				f("Language", "language"), f("Method", "method"), f("Jurisdiction", "law").by(FromBusiness), f("Time", "time"), f("Expires", "expires"),
				f("EnteredBy", "who").by(FromBusiness), f("AgreedBy", "who").by(FromBusiness),
			},
			types: []reflect.Type{reflect.TypeFor[tactful.Consent]()},
		},
		{
			name: "standing", means: "the person's level and present answers", about: Person, places: []string{"Subjects State 1"},
			category: Choice, origin: FromPerson, purposes: []string{forChoices}, until: Erased,
			fields: []declared{
				f("Consents.Level", "level"), f("Consents.LevelTime", "time"), f("Consents.GPC", "gpc"),
				f("Consents.Purposes.ID", "record").by(FromEngine), f("Consents.Purposes.Purpose", "purpose"), f("Consents.Purposes.Answer", "answer"),
				f("Consents.Purposes.NoticeVersion", "text_version"), f("Consents.Purposes.NoticeHash", "text_print"), f("Consents.Purposes.Language", "language"),
				f("Consents.Purposes.Method", "method"), f("Consents.Purposes.Jurisdiction", "law").by(FromBusiness), f("Consents.Purposes.Time", "time"),
				f("Consents.Purposes.Expires", "expires"), f("Consents.Purposes.EnteredBy", "who").by(FromBusiness), f("Consents.Purposes.AgreedBy", "who").by(FromBusiness),
				f("Minor", "minor").as(Protected), f("Frozen", "frozen"), f("Objected", "objected"), f("Paused", "paused"), f("Cleared", "cleared"), f("Erased", "erased"), f("Held", "held").by(FromEngine).as(Technical), f("Created", "created").by(FromEngine), f("Changed", "changed").by(FromEngine),
			},
			types: []reflect.Type{reflect.TypeFor[records.Standing]()}, skip: []string{"Version"},
		},
		{
			name: "setting", means: "what a person said about an item of their history", about: Person, places: []string{"Subjects State 2"},
			category: Declared, origin: FromPerson, purposes: lists, until: Leave,
			fields: []declared{f("Item", "item"), f("Setting", "said"), f("Time", "time")},
			types:  []reflect.Type{reflect.TypeFor[records.Setting]()},
		},
		{
			name: "preferences", means: "what a person likes, needs and does not want to see", about: Person, places: []string{"Subjects State 2 1"},
			category: Declared, origin: FromPerson, purposes: []string{string(tactful.Recommendations), string(tactful.Offers)}, until: Leave,
			fields: []declared{
				f("Topics", "topics"), f("Needs", "needs").as(Protected), f("Occasions.From", "occasions"), f("Occasions.Until", "occasions"), f("Languages", "languages"),
				f("EasyReading", "easy").as(Protected), f("Discreet", "discreet"), f("KeepOnDevice", "on_device"), f("Place", "said"),
				f("Messages.Only", "channels"), f("Messages.PerWeek", "weekly"), f("Messages.LessOften", "weekly"), f("Messages.Quiet.From", "quiet"), f("Messages.Quiet.Until", "quiet"),
				f("Messages.Zone", "zone"), f("Changed", "changed").by(FromEngine),
			},
			types: []reflect.Type{reflect.TypeFor[tactful.Preferences]()},
		},
		{
			name: "panel", means: "what a person told so that lists are made blind to it", about: Person, places: []string{"Subjects State 5"},
			category: Protected, origin: FromPerson, purposes: []string{string(tactful.Protection)}, more: attributes,
		},
		{
			name: "contribution", means: "what the model learned from a person", about: Person, places: []string{"Subjects State 4", "Subjects State 4 1"},
			category: Derived, origin: FromEngine, purposes: []string{string(tactful.Improvement)}, until: WithEvent,
			fields: []declared{f("Epoch", "technical").as(Technical), f("Weight", "weight"), f("Items.No", "item"), f("Items.Quantity", "weight")},
			types:  []reflect.Type{reflect.TypeFor[linear.Contribution]()},
		},
		{
			name: "receipt", means: "one decision about a person: what was shown, why, and what was left out", about: Person,
			places: []string{"Subjects Log r"}, category: Derived, origin: FromEngine, purposes: []string{forChoices, forRights}, keep: keepReceipts,
			fields: receiptFields(), types: []reflect.Type{reflect.TypeFor[tactful.Receipt]()}, skip: []string{"Feedback.Kind", "Feedback.Item", "Feedback.Time"},
		},
		{
			name: "report", means: "what a person said about a decision, or did with it", about: Person, places: []string{"Subjects Log f"},
			category: Behaviour, origin: FromPerson, purposes: []string{string(tactful.Recommendations), forRights}, keep: keepReceipts,
			fields: []declared{f("Kind", "said"), f("Item", "item"), f("Time", "time")}, types: []reflect.Type{reflect.TypeFor[tactful.Feedback]()},
		},
		{
			name: "name", means: "the shop's own ids for a person, as seals that cannot be read back", about: Person,
			places: []string{"Subjects State 3", "Aliases State 1"}, category: Identifier, origin: FromBusiness,
			purposes: append([]string{forChoices}, lists...), until: Erased, fields: []declared{f("Alias", "alias"), f("Ref", "reference").by(FromEngine)},
		},
		{
			name: "whereabouts", means: "the last cell, kilometres wide, in which a person was, as coarse as they agreed to", about: Person, places: []string{"Subjects State 6"},
			category: Behaviour, origin: FromPerson, purposes: []string{string(tactful.LocationUse), string(tactful.Improvement)}, keep: keepPlaces,
			fields: []declared{f("Precision", "said"), f("Cell", "where"), f("Hour", "time")}, types: []reflect.Type{reflect.TypeFor[records.Whereabouts]()},
		},
		{
			name: "recipient_id", means: "what those who receive data call a person, so that an erasure reaches them", about: Person, places: []string{"Subjects State 9"},
			category: Identifier, origin: FromBusiness, purposes: []string{forRights}, until: Erased, fields: []declared{f("Recipient", "who"), f("ID", "reference")},
		},
		{
			name: "visits", means: "when a person last left their privacy centre, so that no copied cookie opens it again", about: Person, places: []string{"Subjects State 10"},
			category: Technical, origin: FromPerson, purposes: []string{forSecurity}, until: Done, fields: []declared{f("Ended", "time")},
		},
		{
			name: "joined", means: "when a second history of a person was joined to theirs", about: Person, places: []string{"Subjects State 7"},
			category: Identifier, origin: FromEngine, purposes: []string{forRights}, until: Erased, fields: []declared{f("No", "technical").as(Technical), f("Ref", "reference"), f("Time", "time")},
			types: []reflect.Type{reflect.TypeFor[records.Joined]()},
		},
		{
			name: "merge", means: "which reference was given up for which when two histories were joined, so that what was given out before leads on", about: Person, places: []string{"Merges"},
			category: Identifier, origin: FromEngine, purposes: []string{forRights}, until: Erased,
			fields: []declared{f("No", "technical").as(Technical), f("From", "reference"), f("Into", "reference"), f("Time", "time")},
			types:  []reflect.Type{reflect.TypeFor[records.Merge]()},
		},
		{
			name: "merges", means: "the number of the last merge that the data has carried out", about: Nobody, places: []string{"Duties merges"},
			category: Technical, origin: FromEngine, purposes: []string{forRights}, until: Replaced, fields: []declared{f("No", "technical")},
		},
		{
			name: "told", means: "which things of a week's lists speak for or against something sensitive, so that no more is told", about: Person, places: []string{"Subjects State 2 2"},
			category: Derived, origin: FromEngine, purposes: []string{string(tactful.Protection)}, until: Done, fields: []declared{f("Week", "time"), f("Items", "item")},
			types: []reflect.Type{reflect.TypeFor[decision.Told]()},
		},
		{
			name: "showing", means: "which offers a person was shown or sent, over all channels, so that caps hold", about: Person, places: []string{"Subjects State 2 3"},
			category: Derived, origin: FromEngine, purposes: []string{string(tactful.Offers), forChoices}, keep: keepShowings,
			fields: []declared{
				f("ID", "record"), f("At", "time"), f("Campaign", "campaign"), f("Creative", "creative"), f("Group", "campaign"), f("Category", "topics"), f("Item", "item"),
				f("Channel", "channel"), f("Service", "kind"), f("Fate", "fate").by(FromPerson), f("Heard", "time"),
			},
			types: []reflect.Type{reflect.TypeFor[decision.Showing]()},
		},
		{
			name: "message", means: "messages that wait for the tool that sends them, and what became of them; the tool gets what they say and its own id of the person", about: Person,
			places: []string{"Subjects State 2 4", "Deliveries"}, category: Derived, origin: FromEngine, purposes: []string{string(tactful.MessagesEmail), string(tactful.MessagesPush), string(tactful.MessagesSMS), string(tactful.MessagesLetter), string(tactful.Offers)}, keep: keepMessages,
			fields: []declared{
				f("ID", "record"), f("Name", "record"), f("Subject.Kind", "kind").by(FromBusiness), f("Subject.ID", "alias").by(FromBusiness), f("Channel", "channel"), f("Placement", "where"), f("Language", "language"), f("Region", "law"), f("GPC", "gpc").by(FromPerson),
				f("Queued", "time"), f("Until", "expires"), f("State", "state"), f("Why", "why"), f("Next", "time"), f("Decided", "time"), f("Decision", "record"), f("Campaign", "campaign"), f("Creative", "creative"),
				f("Tries", "quantity"), f("Unsure", "state"), f("Done", "time"),
			},
			types: []reflect.Type{reflect.TypeFor[records.Message]()},
		},
		{
			name: "exposure", means: "which tests of variants a person was in, with which variant, or left", about: Person, places: []string{"Subjects Log x"},
			category: Behaviour, origin: FromEngine, purposes: []string{string(tactful.Experiments)}, keep: keepExposures,
			fields: []declared{f("Test", "record"), f("Arm", "variant"), f("Time", "time"), f("Left", "state").by(FromPerson)},
			types:  []reflect.Type{reflect.TypeFor[records.Exposure]()},
		},
		{
			name: "ledger", means: "the proof that no answer was changed afterwards", about: Person,
			places: []string{"Subjects Log n", "Ledger"}, category: Choice, origin: FromEngine, purposes: []string{forChoices}, until: Erased,
			fields: []declared{f("Nonce", "nonce").as(Technical), f("Leaf", "leaf").as(Technical)},
		},
		{
			name: "right", means: "what a person asked us to do with their data, and how it was answered", about: Person,
			places: []string{"Subjects Log q"}, category: Account, origin: FromPerson, purposes: []string{forRights}, until: Erased,
			fields: []declared{
				f("Case", "record").by(FromEngine), f("Entry", "technical").by(FromEngine), f("Time", "time"), f("By", "who"), f("Text", "said"), f("Detail", "right"),
			},
			types: []reflect.Type{reflect.TypeFor[records.Said]()},
		},
		{
			name: "case", means: "that a request was made, by when it was due and how it ended, without a name or a word of the person", about: Person,
			places: []string{"Cases"}, category: Account, origin: FromEngine, purposes: []string{forRights}, keep: keepCases,
			fields: []declared{
				f("Ref", "reference"), f("Kind", "right").by(FromPerson), f("Channel", "method"), f("State", "state"), f("Why", "why"), f("Region", "law"), f("Law", "law"),
				f("Received", "time"), f("Since", "time"), f("Confirm", "confirm"), f("Heard", "heard"), f("Due", "due"), f("Latest", "due"), f("Moved", "why"), f("Closed", "expires"), f("Ground", "why"),
				f("Opened.Kind", "kind"), f("Opened.Name", "who"), f("Opened.Key", "record"), f("Told.Kind", "kind"), f("Told.Name", "who"),
				f("Told.Key", "record"), f("Taken.Kind", "kind"), f("Taken.Name", "who"), f("Taken.Key", "record"), f("Released.Kind", "kind"), f("Released.Name", "who"),
				f("Released.Key", "record"), f("Ended.Kind", "kind"), f("Ended.Name", "who"), f("Ended.Key", "record"),
			},
			types: []reflect.Type{reflect.TypeFor[rights.Request]()},
		},
		{
			name: "erasure_pace", means: "how many erasures each key asked for within the last hour", about: Nobody, places: []string{"Duties erasure pace"},
			category: Technical, origin: FromEngine, purposes: []string{forSecurity}, until: Done, fields: []declared{f("Times", "time")},
		},
		{
			name: "newcomers", means: "how many people each key brought lately, hour by hour", about: Nobody, places: []string{"Duties newcomers"},
			category: Technical, origin: FromEngine, purposes: []string{forSecurity}, until: Done, fields: []declared{f("Hour", "time"), f("People", "weight")},
		},
		{
			name: "link", means: "that a single-use link was made or used, as a hash", about: Person, places: []string{"Cases"},
			category: Technical, origin: FromEngine, purposes: []string{forRights}, keep: keepLinks,
			fields: []declared{
				f("Hash", "key"), f("Kind", "kind"), f("ID", "alias"), f("Case", "record"), f("Opens", "what"),
				f("Maker", "kind"), f("Key", "key"), f("Name", "who"), f("Reason", "why").by(FromBusiness), f("Expires", "expires"),
			},
		},
		{
			name: "look", means: "who opened a person's data, when and why", about: Person, places: []string{"Subjects Log l", "Looks"},
			category: Account, origin: FromEngine, purposes: []string{forSecurity, forRights}, keep: keepLooks,
			fields: []declared{
				f("Look.Time", "time"), f("Look.Kind", "who"), f("Look.Name", "who"), f("Look.Reason", "why").by(FromBusiness), f("Look.Opened", "what"), f("Key", "key"),
			},
			types: []reflect.Type{reflect.TypeFor[records.StoredLook]()},
		},
		{
			name: "suppressed", means: "hashes of an erased person's ids, so that an old yes makes nobody known again", about: Person, places: []string{"Forgotten"},
			category: Identifier, origin: FromEngine, purposes: []string{forRights}, keep: keepSuppressed, fields: []declared{f("Hash", "alias"), f("Erased", "time")},
		},
		{
			name: "remains", means: "the receipt of an erasure, what recognises the person in an older backup, and which changes recipients are to be told of", about: Person,
			places: []string{"Forgotten"}, category: Identifier, origin: FromEngine, purposes: []string{forRights}, keep: keepErasures,
			fields: []declared{f("Seal", "alias"), f("Receipt", "record"), f("Recipient", "who"), f("ID", "reference"), f("Time", "time")},
		},
		{
			name: "mark", means: "that a person's data changed since the model last looked", about: Person, places: []string{"Duties dirty"},
			category: Technical, origin: FromEngine, purposes: []string{string(tactful.Improvement)}, until: Done, fields: []declared{f("Ref", "reference")},
		},
		{
			name: "erasure", means: "the number of the last erasure that the data has carried out", about: Nobody, places: []string{"Duties erasures"},
			category: Technical, origin: FromEngine, purposes: []string{forRights}, until: Replaced, fields: []declared{f("No", "technical")},
		},
		{
			name: "beat", means: "a number by which a restored copy of the data is known for one", about: Nobody, places: []string{"Duties beat"},
			category: Technical, origin: FromEngine, purposes: []string{forRights}, until: Replaced, fields: []declared{f("No", "technical")},
		},
		{
			name: "stop", means: "what a person told us not to do, so that a restored copy of the data obeys it too", about: Person, places: []string{"Stops"},
			category: Choice, origin: FromPerson, purposes: []string{forRights}, until: Erased, fields: []declared{f("Standing", "state"), f("Said", "record"), f("Settings", "state"), f("Wishes", "topics"), f("Removed", "record")},
		},
		{
			name: "data_key", means: "the key that a person's rows are sealed under", about: Person, places: []string{"Keys"},
			category: Technical, origin: FromEngine, purposes: []string{forSecurity}, until: Erased, fields: []declared{f("Key", "key")},
		},
		{
			name: "api_key", means: "who of the business may call the service, as hashes", about: Staff, places: []string{"Duties access/keys"},
			category: Account, origin: FromBusiness, purposes: []string{forSecurity}, until: Revoked,
			fields: []declared{
				f("ID", "record"), f("Name", "who"), f("Kind", "kind"), f("Person", "who"), f("Maker.Name", "who"), f("Maker.Key", "record"), f("Waits", "state"), f("Agreed.Name", "who"), f("Agreed.Key", "record"), f("Scopes", "scopes"), f("Origins", "address"), f("Created", "created"),
				f("Revoked", "expires"), f("Hash", "key").as(Technical),
			},
			types: []reflect.Type{reflect.TypeFor[access.Key]()},
		},
		{
			name: "policy", means: "the business's own rules at each change, with who changed them and why", about: Staff, places: []string{"Duties policy"},
			category: Account, origin: FromBusiness, purposes: []string{forRights}, until: Stays,
			fields: []declared{
				f("No", "record").by(FromEngine), f("Time", "time").by(FromEngine), f("By", "who"), f("Why", "why"), f("Version", "technical").by(FromEngine),
				f("Added", "technical").by(FromEngine), f("Removed", "technical").by(FromEngine), f("Changed", "technical").by(FromEngine),
				f("Rules.Name", "technical"), f("Rules.When", "technical"), f("Rules.Then", "technical"), f("Rules.Why", "why"),
			},
			types: []reflect.Type{reflect.TypeFor[engine.PolicyChange]()},
		},
		{
			name: "campaign", means: "what the business would like to say, and how much of each budget is used", about: Nobody, places: []string{"Campaigns"},
			category: Technical, origin: FromBusiness, purposes: []string{forService}, until: Revoked, fields: []declared{f("Text", "what"), f("Leased", "quantity")},
		},
		{
			name: "campaign_log", means: "who changed a campaign that came by the API, when, why and to what", about: Staff, places: []string{"Campaigns"},
			category: Account, origin: FromBusiness, purposes: []string{forService}, until: Stays,
			fields: []declared{
				f("No", "record").by(FromEngine), f("Time", "time").by(FromEngine), f("Campaign", "campaign"), f("Change", "technical").by(FromEngine), f("By", "who"),
				f("Key", "record").by(FromEngine), f("Why", "why"), f("Text", "what"),
			},
			types: []reflect.Type{reflect.TypeFor[records.CampaignEntry]()},
		},
		{
			name: "copy_review", means: "what operators decided about the words of offers, with who and why", about: Staff, places: []string{"Campaigns"},
			category: Account, origin: FromBusiness, purposes: []string{forService}, until: Stays,
			fields: []declared{
				f("Print", "technical").as(Technical).by(FromEngine), f("Campaign", "campaign"), f("Creative", "creative"), f("Allowed", "said"), f("By", "who"), f("Key", "record").by(FromEngine),
				f("Why", "why"), f("Category", "topics").by(FromEngine), f("Score", "weight").by(FromEngine), f("Time", "time").by(FromEngine),
			},
			types: []reflect.Type{reflect.TypeFor[records.Review]()},
		},
		{
			name: "label", means: "what operators decided about the classes of an item, with who and why", about: Staff, places: []string{"Labels"},
			category: Account, origin: FromBusiness, purposes: []string{forSecurity, forService}, until: Stays,
			fields: []declared{
				f("Item", "item"), f("Class", "topics"), f("Votes.Answer", "said"), f("Votes.Operator", "who"), f("Votes.Person", "who"), f("Votes.Key", "record").by(FromEngine),
				f("Votes.Reason", "why"), f("Votes.Time", "time").by(FromEngine), f("Votes.Print", "technical").as(Technical).by(FromEngine),
			},
			types: []reflect.Type{reflect.TypeFor[label.Decision]()},
		},
		{
			name: "experiment", means: "flags and experiments as they were registered, who approved, started and stopped them, and what was counted", about: Staff, places: []string{"Experiments"},
			category: Account, origin: FromBusiness, purposes: []string{forService}, until: Stays,
			fields: []declared{
				f("Flag", "technical"), f("Registration", "technical"), f("Lock", "technical").by(FromEngine), f("State", "state"), f("By", "who"), f("Key", "record").by(FromEngine),
				f("Why", "why"), f("Time", "time").by(FromEngine), f("Left", "quantity").by(FromEngine), f("Look", "quantity").by(FromEngine),
			},
		},
		{
			name: "house_receipt", means: "a decision about nobody", about: Nobody, places: []string{"House"}, category: Technical, origin: FromEngine,
			purposes: []string{forService}, keep: keepReceipts, fields: receiptFields(), types: []reflect.Type{reflect.TypeFor[tactful.Receipt]()},
			skip: []string{"Feedback.Kind", "Feedback.Item", "Feedback.Time"},
		},
		{
			name: "item", means: "what the shop sells", about: Nobody, places: []string{"Catalogue"}, category: Technical, origin: FromBusiness,
			purposes: []string{forService}, until: Revoked,
			fields: []declared{
				f("ID", "item"), f("No", "technical"), f("Title", "title"), f("URL", "address"), f("Image", "address"), f("Categories", "topics"), f("Price", "price"),
				f("Currency", "price"), f("Availability", "state"), f("Stock", "quantity"), f("Group", "technical"), f("Attributes", "topics"), f("Labels", "topics"), f("ValidFrom", "time"),
				f("ValidUntil", "expires"), f("Regions", "law"),
			},
			types: []reflect.Type{reflect.TypeFor[tactful.Item]()},
		},
		{
			name: "model", means: "which items go together; it holds no person", about: Nobody, places: []string{"Duties model", "file models"},
			category: Technical, origin: FromEngine, purposes: []string{forService}, until: Replaced,
			fields: []declared{f("Card", "technical"), f("Weights", "weight")},
		},
		{
			name: "crowd_report", means: "numbers about crowds as they were given, with noise, and what they cost; they hold no person", about: Nobody, places: []string{"Reports"},
			category: Technical, origin: FromEngine, purposes: []string{forService}, until: Stays,
			fields: []declared{
				f("Report", "what"), f("Title", "title"), f("Counts", "what"), f("Unit", "what"), f("Groups", "quantity"), f("From", "day"), f("Until", "day"), f("Given", "time"),
				f("Epsilon", "technical"), f("Delta", "technical"), f("Rho", "technical"), f("Margin", "technical"), f("Rows.Name", "item"), f("Rows.Of", "what"),
				f("Rows.Title", "title"), f("Rows.People", "quantity"), f("Rows.Share", "share"), f("Tells", "why"), f("Hides", "why"), f("Cost", "technical"), f("Kept", "technical"), f("Spent", "technical"), f("Latest", "technical"),
			},
			types: []reflect.Type{reflect.TypeFor[report.Answer](), reflect.TypeFor[report.Ledger]()},
		},
		{
			name: "panel_measures", means: "what lists did with groups of the audit panel, from sums with noise; they hold no person", about: Nobody, places: []string{"Reports"},
			category: Technical, origin: FromEngine, purposes: []string{string(tactful.Protection)}, until: Stays,
			fields: []declared{
				f("Month", "day"), f("Given", "time"), f("Model", "technical"), f("Epsilon", "technical"), f("Delta", "technical"), f("Cost", "technical"),
				f("Comparisons.Attribute", "what"), f("Comparisons.Values", "what"), f("Comparisons.People", "quantity"), f("Comparisons.Categories", "quantity"),
				f("Comparisons.Mean.Value", "share"), f("Comparisons.Mean.Give", "technical"), f("Comparisons.Worst.Category", "what"),
				f("Comparisons.Worst.Estimate.Value", "share"), f("Comparisons.Worst.Estimate.Give", "technical"), f("Comparisons.Served.Value", "share"),
				f("Comparisons.Served.Give", "technical"), f("Comparisons.Worse", "what"), f("Comparisons.Exposure.Of", "what"), f("Comparisons.Exposure.Group", "what"),
				f("Comparisons.Exposure.Least", "share"), f("Comparisons.Exposure.Most", "share"), f("Comparisons.Exposure.Estimate.Value", "share"),
				f("Comparisons.Exposure.Estimate.Give", "technical"), f("Comparisons.Beyond", "why"), f("Comparisons.Held", "why"),
			},
			types: []reflect.Type{reflect.TypeFor[panel.Measures]()},
		},
		{
			name: "public_lists", means: "which items many people touched besides another, as it was published, from counts with noise; it holds no person", about: Nobody, places: []string{"Reports"},
			category: Technical, origin: FromEngine, purposes: []string{forService}, until: Replaced,
			fields: []declared{
				f("Given", "time"), f("Next", "time"), f("Until", "expires"), f("Least", "quantity"), f("Deviation", "technical"), f("Margin", "technical"), f("Groups", "quantity"), f("Cost", "technical"),
				f("Items", "item"), f("Lists", "technical"),
			},
			types: []reflect.Type{reflect.TypeFor[report.Edition]()},
		},
		{
			name: "tally", means: "how many events were taken or refused, as sums", about: Nobody, places: []string{"Duties tally"},
			category: Technical, origin: FromEngine, purposes: []string{forService}, until: Stays, fields: []declared{f("Counts", "quantity")},
		},
		{
			name: "changes", means: "which settings changed, when and by whom", about: Staff, places: []string{"Duties changes"},
			category: Account, origin: FromBusiness, purposes: []string{forSecurity}, until: Replaced,
			fields: []declared{f("Time", "time"), f("By", "who"), f("What", "what"), f("Changed.Setting", "technical").as(Technical), f("Changed.From", "technical").as(Technical), f("Changed.To", "technical").as(Technical)},
			types:  []reflect.Type{reflect.TypeFor[engine.ConfigChange]()},
		},
		{
			name: "clock", means: "the latest time that was seen, and when and by whom the clock was said to be right again", about: Staff, places: []string{"Duties clock"},
			category: Account, origin: FromBusiness, purposes: []string{forSecurity}, until: Replaced,
			fields: []declared{f("Time", "time"), f("Was", "technical").as(Technical), f("By", "who"), f("Reason", "what")},
			types:  []reflect.Type{reflect.TypeFor[engine.AcceptedClock]()},
		},
		{
			name: "terms", means: "which terms all stored rows were last held to", about: Nobody, places: []string{"Duties terms"},
			category: Technical, origin: FromEngine, purposes: []string{forService}, until: Replaced, fields: []declared{f("Terms", "technical")},
		},
	}
}

func receiptFields() []declared {
	return []declared{
		f("ID", "record"), f("Time", "time"), f("Placement", "where"), f("Level", "level"), f("Offer.Channel", "channels"), f("Offer.Placement", "where"), f("Offer.Shown.Campaign", "what"), f("Offer.Shown.Creative", "what"),
		f("Offer.Shown.Item", "item"), f("Offer.Shown.Choice", "why"), f("Offer.Shown.Draw", "technical").as(Technical), f("Offer.Shown.Options.Creative", "what"), f("Offer.Shown.Options.Propensity", "share"),
		f("Offer.Shown.Apprentice", "technical").as(Technical),
		f("ModelVersion", "technical").as(Technical),
		f("PolicyVersion", "technical").as(Technical), f("ConsentID", "record"),
		f("Evidence.Item", "item"), f("Evidence.Action", "action"), f("Evidence.Provenance", "provenance"), f("Evidence.Day", "day"), f("Evidence.Share", "share"),
		f("Shown.Item", "item"), f("Shown.Score", "share"), f("Shown.Origin", "why"), f("Shown.Reason.Key", "technical").as(Technical),
		f("Shown.Reason.Sentence", "why"), f("Shown.Reason.Language", "language"), f("Shown.Reason.Items", "item"), f("Shown.Reason.Share", "share"),
		f("Withheld.Guard", "why"), f("Withheld.Count", "quantity"), f("Withheld.Items", "item"),
		f("Judged.Guards", "why"), f("Judged.Count", "quantity"), f("Judged.Items", "item"), f("Judged.Offers", "what"),
		f("Judged.Rulings.Guard", "why"), f("Judged.Rulings.Ruling", "why"), f("Judged.Rulings.Detail", "why"), f("Judged.Rulings.At", "item"),
		f("Integrity.Sender", "who"), f("Integrity.Recipient", "who"), f("Integrity.Subject", "who"), f("Integrity.InformationType", "what"), f("Integrity.Principle", "why"),
	}
}
