// Package policy holds the business's own rules: expressions in CEL, the Common
// Expression Language, over the case and one candidate. A rule can refuse a
// candidate or demote it; there is no word by which it could allow what a guard
// has refused. Rules are typed and their cost is bounded when they are loaded;
// one that fails on a candidate has refused it.
package policy
