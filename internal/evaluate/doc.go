// Package evaluate measures models on pairs of people and items: accuracy by
// full ranking, coverage, cost, beside plain baselines in the same run; and it
// tunes the settings on a validation set cut from the training pairs. Commands
// call it; nothing on the request path does.
package evaluate
