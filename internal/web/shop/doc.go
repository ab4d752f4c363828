// Package shop is the demo's shop: pages that show what the engine suggests,
// why, and what the visitor can do about it. Server-rendered, real forms
// (POST, 303, page), no script, no style inside the page.
//
// Opening a page changes nothing but two records that honesty asks for: the
// receipt of each list that is shown, and, only for those who allowed it, the
// view of a product.
package shop
