// Package law is the jurisdiction matrix as data, and the calendar arithmetic
// of the periods in it. It is pure: a region, a right and an instant come in,
// rows and dates go out. It knows nothing of people, stores or settings.
//
// Every value carries the law and article it was taken from, and how and when
// that was read. It is no legal advice: a business's lawyer reads the rows of
// the places it sells to (`tactful law --region DE`).
package law
