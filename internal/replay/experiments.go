package replay

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/engine"
	"github.com/tactful/tactful/internal/experiment"
)

// laboratory is who tests variants on people.
type laboratory interface {
	// gets says which variant somebody gets now, and whether a test gave it.
	gets(ctx context.Context, who string) (variant string, tested bool, err error)
	// recorded says whether it is kept that somebody is in the test.
	recorded(ctx context.Context, who string) (bool, error)
	// look looks at the test, and says whether it is over.
	look(ctx context.Context) (over bool, err error)
}

// The test that is played: the flag's control, and a variant that can do harm.
const (
	testedHarmless = "control"
	testedFile     = `flags:
  - {key: feed, type: string, variants: {control: newest first, other: longest first}, control: control}
experiments:
  - name: feed-order
    flag: feed
    hypothesis: At least as many people buy with the other order.
    population: {share: 1}
    arms: {control: 1, other: 1}
    metric: conversion
    guardrails: [{metric: opt_out, ratio: 1}, {metric: creepy, ratio: 1}]
    window: 24h
    stop: {people: 100000, days: 28}
    harm_review: {approver: Ben C., risks: Some people may leave because of it., measures: It ends by itself when more people leave.}
    consent: experiments
    owner: Ada B.
    aim: {en: We try out another order of a list.}
`
)

// moods are experiments as the one of 2014 would be written: each must be refused.
var moods = []string{
	"people are in a better mood", "fewer sad words are written", "emotional contagion is measured", "people feel worse", "die Stimmung sinkt", "das Wohlbefinden steigt",
	"the m00d of people falls", "their state of mind changes", "their h a p p i n e s s rises", "die Gefühle werden stärker", "valence and arousal move", "people smile more often",
}

// experimentsCount is how many people are asked about who may be in no test.
const experimentsCount = 400

// measureExperiments plays the experiment on the feelings of 689,003 people who
// were not asked (Kramer, Guillory and Hancock 2014): who did not agree is asked
// about, a variant does harm, and moods are registered.
func measureExperiments(ctx context.Context, opt Options) (Row, error) {
	return experimentsFrom(ctx, opt, func(l *lab) laboratory { return l })
}

func experimentsFrom(ctx context.Context, opt Options, with func(*lab) laboratory) (Row, error) {
	n := opt.N
	if n == 0 {
		n = experimentsCount
	}
	row := Row{
		Attack: "variants for people who did not agree, are minors, paused, objected, locked their data or left; and a variant that does harm", Metric: "illegal exposures", Goal: "0",
		N: n, Seeds: []uint64{opt.Seed},
	}
	before, _, _, err := exposures(ctx, opt, n, func(*lab) laboratory { return plainLab{} })
	if err != nil {
		return Row{}, err
	}
	illegal, served, mood, err := exposures(ctx, opt, n, with)
	if err != nil {
		return Row{}, err
	}
	row.Plain, row.Tactful, row.Interval = float64(before)/float64(n), float64(illegal)/float64(n), upTo(illegal, n)
	worst, stopped, calm := 0, 0, 0
	const runs = 3
	for i := range uint64(runs) {
		opt.report("experiments: harm", int(i), runs)
		delay, ended, err := harm(ctx, opt, opt.Seed+i, .5, with)
		if err != nil {
			return Row{}, err
		}
		if worst = max(worst, delay); ended {
			stopped++
		}
		if _, ended, err = harm(ctx, opt, opt.Seed+100+i, .05, with); err != nil {
			return Row{}, err
		} else if ended {
			calm++
		}
	}
	row.Beside = []Figure{
		{Name: "looks until harm stopped the test, the slowest of 3", Value: float64(worst), Goal: "at most 1", Met: worst <= 1},
		figure("tests with harm that were stopped", float64(stopped)/runs, "1, or nothing was watched", 1),
		{Name: "tests without harm that were stopped", Value: float64(calm) / runs, Goal: "at most 0.34", Met: calm <= 1},
		{Name: "experiments about moods that could be registered, of 12", Value: float64(mood), Goal: "0", Met: mood == 0},
		figure("illegal exposures of the plain engine", row.Plain, "at least 1.00, or the attack is none", 1),
		figure("people who agreed and were in the test", served, "at least 1.00, or nobody is tested at all", 1),
	}
	row.judge(illegal == 0)
	return row, nil
}

// plainLab assigns everybody by a hash of their name, keeps that, asks nobody and
// looks at nothing but its metric.
type plainLab map[string]string

func (p plainLab) gets(_ context.Context, who string) (string, bool, error) {
	if p[who] == "" {
		h := fnv.New32a()
		_, _ = h.Write([]byte(who))
		p[who] = []string{testedHarmless, "other"}[h.Sum32()>>7&1]
	}
	return p[who], true, nil
}

func (p plainLab) recorded(_ context.Context, who string) (bool, error) { return p[who] != "", nil }
func (p plainLab) look(context.Context) (bool, error)                   { return false, nil }

// lab is the real engine with a running test.
type lab struct {
	*engine.Engine
	clock tactful.Clock
}

func openLab(ctx context.Context, dir string, opt Options) (*lab, error) {
	var c engine.Config
	c.Defaults()
	e, err := engine.Open(ctx, c, engine.Options{
		Dir: filepath.Join(dir, "data"), KeyDir: filepath.Join(dir, "keys"), Clock: opt.Clock, Entropy: opt.Entropy, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, fmt.Errorf("open an engine: %w", err)
	}
	l := &lab{Engine: e, clock: opt.Clock}
	_, err = e.RegisterExperiments(colleague(ctx, "Ada B."), []byte(testedFile), "the replay plays it")
	if err == nil {
		_, err = e.ApproveExperiment(colleague(ctx, "Ben C."), "feed-order", "the replay plays it")
	}
	if err == nil {
		_, err = e.StartExperiment(colleague(ctx, "Ada B."), "feed-order", "the replay plays it")
	}
	if err != nil {
		return nil, errors.Join(err, e.Close(ctx))
	}
	return l, nil
}

func colleague(ctx context.Context, name string) context.Context {
	return tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator, Name: name, Key: "key of " + name})
}

func themself(ctx context.Context) context.Context {
	return tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorPerson})
}

func userNamed(who string) tactful.Alias { return tactful.Alias{Kind: tactful.UserID, ID: who} }

func (l *lab) gets(ctx context.Context, who string) (string, bool, error) {
	answers, err := l.EvaluateFlags(ctx, &engine.FlagQuestion{Subject: userNamed(who), Keys: []string{"feed"}})
	if err != nil {
		return "", false, err
	}
	return answers[0].Variant, answers[0].Experiment != "", nil
}

func (l *lab) recorded(ctx context.Context, who string) (bool, error) {
	list, err := l.Tests(themself(ctx), userNamed(who), "en")
	return len(list) > 0, err
}

func (l *lab) look(ctx context.Context) (bool, error) {
	if err := l.LookAtExperiments(ctx); err != nil {
		return false, err
	}
	t, err := l.Experiment("feed-order")
	return t.State == experiment.Ended, err
}

// says gives somebody's answer to tests.
func (l *lab) says(ctx context.Context, who string, answer tactful.Answer) error {
	change := engine.ConsentChange{Level: tactful.Personal}
	for _, n := range l.Notices("en") {
		if n.Purpose == tactful.Experiments {
			change.Answers = append(change.Answers, tactful.Consent{Purpose: n.Purpose, Answer: answer, NoticeVersion: n.Version, NoticeHash: n.Hash, Language: n.Language, Method: "form"})
		}
	}
	_, err := l.SetConsents(themself(ctx), userNamed(who), change)
	return err
}

// barred are the ways in which somebody may be in no test.
var barred = []func(ctx context.Context, l *lab, who string) error{
	func(context.Context, *lab, string) error { return nil }, // nobody knows them
	func(ctx context.Context, l *lab, who string) error { return agree(ctx, l.Engine, who, tactful.Full) },
	func(ctx context.Context, l *lab, who string) error {
		return errors.Join(l.says(ctx, who, tactful.Granted), l.says(ctx, who, tactful.Denied))
	},
	func(ctx context.Context, l *lab, who string) error {
		return errors.Join(l.says(ctx, who, tactful.Granted), l.SetMinor(ctx, userNamed(who)))
	},
	func(ctx context.Context, l *lab, who string) error {
		return errors.Join(l.says(ctx, who, tactful.Granted), l.Restrict(themself(ctx), userNamed(who)))
	},
	func(ctx context.Context, l *lab, who string) error {
		return errors.Join(l.says(ctx, who, tactful.Granted), l.Object(themself(ctx), userNamed(who)))
	},
	func(ctx context.Context, l *lab, who string) error {
		return errors.Join(l.says(ctx, who, tactful.Granted), l.Pause(themself(ctx), userNamed(who), l.clock.Now().Add(time.Hour)))
	},
	func(ctx context.Context, l *lab, who string) error { // was in it, and left
		if err := l.says(ctx, who, tactful.Granted); err != nil {
			return err
		}
		_, _, err := l.gets(ctx, who)
		return errors.Join(err, l.says(ctx, who, tactful.Withdrawn))
	},
	func(ctx context.Context, l *lab, who string) error { // left this one
		if err := l.says(ctx, who, tactful.Granted); err != nil {
			return err
		}
		_, _, err := l.gets(ctx, who)
		return errors.Join(err, l.LeaveTest(themself(ctx), userNamed(who), "feed-order"))
	},
	func(ctx context.Context, l *lab, who string) error {
		if err := l.says(ctx, who, tactful.Granted); err != nil {
			return err
		}
		_, err := l.SetConsents(themself(ctx), userNamed(who), engine.ConsentChange{Level: tactful.Generic})
		return err
	},
}

// exposures asks about n people who may be in no test, and counts who got a
// variant from one or is on record; and about some who agreed.
func exposures(ctx context.Context, opt Options, n int, with func(*lab) laboratory) (illegal int, served float64, mood int, err error) {
	dir, err := os.MkdirTemp(opt.Dir, "replay-")
	if err != nil {
		return 0, 0, 0, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary place harms nothing
	l, err := openLab(ctx, dir, opt)
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { err = errors.Join(err, l.Close(ctx)) }()
	tester, random := with(l), rand.New(rand.NewPCG(opt.Seed, 6))
	for i := range n {
		opt.report("experiments: people", i, n)
		who := fmt.Sprintf("barred-%d", i)
		if err := barred[random.IntN(len(barred))](ctx, l, who); err != nil {
			return 0, 0, 0, err
		}
		variant, tested, err := tester.gets(ctx, who)
		if err != nil {
			return 0, 0, 0, err
		}
		kept, err := tester.recorded(ctx, who)
		if err != nil {
			return 0, 0, 0, err
		}
		if tested || kept || variant != testedHarmless {
			illegal++
		}
	}
	const agreed = 20
	in := 0
	for i := range agreed {
		who := fmt.Sprintf("agreed-%d", i)
		if err := l.says(ctx, who, tactful.Granted); err != nil {
			return 0, 0, 0, err
		}
		_, tested, err := tester.gets(ctx, who)
		if err != nil {
			return 0, 0, 0, err
		}
		if kept, err := tester.recorded(ctx, who); err != nil {
			return 0, 0, 0, err
		} else if tested && kept {
			in++
		}
	}
	for i, hypothesis := range moods {
		file := strings.NewReplacer("At least as many people buy with the other order", hypothesis, "feed-order", fmt.Sprintf("feed-%d", i), "key: feed", fmt.Sprintf("key: feed%d", i), "flag: feed", fmt.Sprintf("flag: feed%d", i)).Replace(testedFile)
		if _, err := l.RegisterExperiments(colleague(ctx, "Ada B."), []byte(file), "the replay plays it"); err == nil {
			mood++
		}
	}
	return illegal, float64(in) / agreed, mood, nil
}

// harmRound is how many people come between two looks.
const harmRound, harmRounds = 12, 10

// harm lets people come of whom a share leaves with the variant, one in twenty
// with control; it returns how many looks there were since the guardrail was
// passed, by what is known from outside at each look, and whether the test ended.
func harm(ctx context.Context, opt Options, seed uint64, share float64, with func(*lab) laboratory) (delay int, ended bool, err error) {
	dir, err := os.MkdirTemp(opt.Dir, "replay-")
	if err != nil {
		return 0, false, fmt.Errorf("make a place for the store: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // a leftover in the temporary place harms nothing
	l, err := openLab(ctx, dir, opt)
	if err != nil {
		return 0, false, err
	}
	defer func() { err = errors.Join(err, l.Close(ctx)) }()
	tester, random := with(l), rand.New(rand.NewPCG(seed, 66))
	left, passed := map[bool]uint64{}, false
	const bound = 2 / .025 // two guardrails share the chance
	for round := range harmRounds {
		for i := range harmRound {
			who := fmt.Sprintf("p%d-%d", round, i)
			if err := l.says(ctx, who, tactful.Granted); err != nil {
				return 0, false, err
			}
			variant, _, err := l.gets(ctx, who)
			if err != nil {
				return 0, false, err
			}
			other := variant != testedHarmless
			leaves := .05
			if other {
				leaves = share
			}
			if random.Float64() >= leaves {
				continue
			}
			if err := l.says(ctx, who, tactful.Withdrawn); err != nil {
				return 0, false, err
			}
			left[other]++
		}
		// What passed between two looks and is not so any more at the second is nothing
		// that a look could see.
		passed = passed || experiment.Evidence(left[true], left[true]+left[false], .5) >= math.Log(bound)
		over, err := tester.look(ctx)
		if err != nil {
			return 0, false, err
		}
		if passed {
			delay++
		}
		if over {
			return delay, true, nil
		}
	}
	return delay, false, nil
}
