package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/tactful/tactful/internal/evaluate"
	"github.com/tactful/tactful/internal/learn"
	"github.com/tactful/tactful/internal/linear"
)

// protected is what forgetting costs an engine, the new model file among it, while a
// panel is on, or none.
type protected struct {
	Members int           `json:"members"` // of each group
	People  int           `json:"people"`  // forgotten one by one, nobody of the panel
	Full    time.Duration `json:"full_ns"`
	FullCPU time.Duration `json:"full_processor_ns"`
	P50     time.Duration `json:"p50_ns"`
	P90     time.Duration `json:"p90_ns"`
	Max     time.Duration `json:"max_ns"`
	CPU     time.Duration `json:"p90_processor_ns"`
	Member  time.Duration `json:"member_ns"` // to forget one of the panel: a full fit
	Equal   bool          `json:"equal"`     // to a fit that never saw them, byte for byte
	Columns int           `json:"columns"`
	Touched int           `json:"touched_p90"`
}

// measureProtected makes two groups of people by lot, protects them as an engine
// does, and forgets others one by one; then one of the panel.
func measureProtected(ctx context.Context, train *evaluate.Pairs, opt evaluate.Options, size, people int) (out protected, err error) {
	p := linear.NewParameters(1, opt.Exponent)
	all := evaluate.Contributions(train, p)
	order := rand.New(rand.NewPCG(11, 1)).Perm(len(all))
	size, people = min(size, len(all)/4), min(people, len(all)/4)
	out = protected{Members: size, People: people}
	var members learn.Members
	for i, who := range order[:2*size] {
		members[i%2] = append(members[i%2], &all[who])
	}
	begin := func(without []int, members learn.Members) (*learn.Learner, error) {
		gone := make([]bool, len(all))
		for _, who := range without {
			gone[who] = true
		}
		l, err := learn.New(p, opt.Settings)
		for i := range all {
			if err == nil && !gone[i] {
				err = l.Apply(nil, &all[i])
			}
		}
		if err == nil && size > 0 {
			err = l.ProtectMembers([]learn.Members{members})
		}
		return l, err
	}
	l, err := begin(nil, members)
	if err != nil {
		return out, err
	}
	begun, used := time.Now(), evaluate.Processor()
	if _, err := l.Refit(ctx, 0, opt.Progress); err != nil {
		return out, err
	}
	out.Full, out.FullCPU = time.Since(begun), evaluate.Processor()-used
	var wall, cpu []time.Duration
	var columns []int
	leaving := order[2*size : 2*size+people]
	var last learn.Result
	for _, who := range leaving {
		begun, used := time.Now(), evaluate.Processor()
		if err := l.Apply(&all[who], nil); err != nil {
			return out, err
		}
		if last, err = l.Refit(ctx, 0, nil); err != nil {
			return out, err
		}
		wall, cpu, columns = append(wall, time.Since(begun)), append(cpu, evaluate.Processor()-used), append(columns, last.Columns)
	}
	fresh, err := begin(leaving, members)
	if err != nil {
		return out, err
	}
	never, err := fresh.Refit(ctx, 0, opt.Progress)
	if err != nil {
		return out, err
	}
	out.Equal, out.Columns = never.Model.Hash() == last.Model.Hash(), never.Model.Len()
	slices.Sort(wall)
	slices.Sort(cpu)
	slices.Sort(columns)
	at := len(wall) * 9 / 10
	out.P50, out.P90, out.Max, out.CPU, out.Touched = wall[len(wall)/2], wall[at], wall[len(wall)-1], cpu[at], columns[at]
	if size == 0 {
		return out, nil
	}
	begun = time.Now()
	if err := l.Apply(members[0][0], nil); err != nil {
		return out, err
	}
	members[0] = members[0][1:]
	if err := l.ProtectMembers([]learn.Members{members}); err != nil {
		return out, err
	}
	_, err = l.Refit(ctx, 0, opt.Progress)
	out.Member = time.Since(begun)
	return out, err
}

func (r *protected) show(w io.Writer) {
	verdict := "differs from a fit that never saw them: this is a defect"
	if r.Equal {
		verdict = "equals a fit that never saw them, byte for byte"
	}
	panel := "without a panel"
	if r.Members > 0 {
		panel = fmt.Sprintf("with a panel of 2 x %d", r.Members)
	}
	fmt.Fprintf(w, "\nforgetting %d people one by one, their model file written, %s: p50 %d ms, p90 %d ms (processor %d ms, %d of %d columns), most %d ms; the model %s\n",
		r.People, panel, r.P50.Milliseconds(), r.P90.Milliseconds(), r.CPU.Milliseconds(), r.Touched, r.Columns, r.Max.Milliseconds(), verdict)
	if r.Members > 0 {
		fmt.Fprintf(w, "a member of the panel: a full fit, %.1f s (the first one %.1f s, processor %.1f s)\n", r.Member.Seconds(), r.Full.Seconds(), r.FullCPU.Seconds())
	}
}
