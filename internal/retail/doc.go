// Package retail is the data set of the demo: the UCI Online Retail purchases of
// a British gift shop (Chen, D., 2015, doi:10.24432/C5BW33, CC BY 4.0), packed
// into the binary, and the parts that the data lacks: a category for each item,
// and simulated views, baskets and consents.
//
// Purchases and returns are real and carry Source "import"; everything made up
// carries Source "simulated" (events) or Method "simulated" (consents), so that
// every page can say which is which. The same seed and day give the same bytes.
package retail
