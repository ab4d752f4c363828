// Package centre is the customer's privacy centre: pages and forms in which a
// person sees what is used about them, changes it, and takes a change back.
// They work without JavaScript; GET changes nothing; every form answers 303.
// What a control did is shown by the list before and after, made by the engine.
package centre
