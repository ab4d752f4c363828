// Package unsubscribe is the way out that every marketing mail has (RFC 8058): its
// GET shows a button and changes nothing, so that no scanner of links takes anybody
// out; its POST withdraws the consent, without a login. The address says nothing of
// anybody: it is a sealed token, and what was forged is answered like what is old.
package unsubscribe
