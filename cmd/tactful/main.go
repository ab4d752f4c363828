// Command tactful is the whole product in one binary: serve, demo, import,
// train, evaluate, replay and the tools around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/tactful/tactful"
)

// commands is the command line. Each field is one command; its Help method
// adds examples to --help.
type commands struct {
	Demo     demoCommand     `cmd:"" help:"Import the shipped shop data, train, and open a real shop at http://localhost:8080."`
	Serve    serveCommand    `cmd:"" help:"Run the engine behind its HTTP doors."`
	Import   importCommand   `cmd:"" help:"Import events, items or consents from CSV, JSON lines or Parquet; items from product feeds too."`
	Export   exportCommand   `cmd:"" help:"Export consented events, the catalogue or the model as Parquet, each with its data map."`
	Train    trainCommand    `cmd:"" help:"Fit the model from the stored data and put it to use."`
	Model    modelCommand    `cmd:"" help:"Show the card of the model in use."`
	Evaluate evaluateCommand `cmd:"" help:"Measure recommendations: Recall@20, NDCG@20, coverage; full ranking."`
	Tune     tuneCommand     `cmd:"" help:"Choose the model's settings on a validation split cut from the training data."`
	Bench    benchCommand    `cmd:"" help:"Measure speed on this machine: serve, ingest, learn."`
	Replay   replayCommand   `cmd:"" help:"Replay the scandals against this engine and a plain one."`
	Doctor   doctorCommand   `cmd:"" help:"Say in words why things are personalized or not."`
	Arrivals arrivalsCommand `cmd:"" name:"newcomers" help:"Keys that bring unusually many new people: list them, release the people."`
	Panel    panelCommand    `cmd:"" help:"Keep what people tell about themselves so that the model is made blind to it."`
	Guards   guardsCommand   `cmd:"" help:"List the guards: name, promise, file."`
	Audit    auditCommand    `cmd:"" help:"Measure the lists of any recommender: what they tell, amplify and narrow."`
	Explain  explainCommand  `cmd:"" help:"Say why a list is as it is, candidate by candidate, and what it would be if something were different."`
	Labels   labelsCommand   `cmd:"" help:"Which items are sensitive or harmful: list, review, explain, measure."`
	Report   reportCommand   `cmd:"" help:"Numbers about crowds that point at nobody: list, show, budget."`
	Lists    listsCommand    `cmd:"" help:"Public lists of what goes with an item, made seldom and for many at once: publish, show."`
	Policy   policyCommand   `cmd:"" help:"Check, test and try the business's own rules; list who changed them."`
	Looks    looksCommand    `cmd:"" help:"List who opened one person's data, when and why."`
	Ledger   ledgerCommand   `cmd:"" help:"What people permitted, tamper-evident: verify it, prove one record, check a proof."`
	Campaign campaignCommand `cmd:"" help:"What the business would like to say: check it, try it out, compare."`
	Coercion coercionCommand `cmd:"" help:"Read copy: find what presses or is eerie, and what could be said instead."`
	Datamap  datamapCommand  `cmd:"" help:"Print what is kept about people and the documents made from it: notice, record of processing."`
	Law      lawCommand      `cmd:"" help:"Print what applies in a place and which test shows it."`
	Breach   breachCommand   `cmd:"" help:"List whose data a leaked key could have read, and whose it did, by kind of data."`
	Erase    eraseCommand    `cmd:"" help:"Forget one person for real, and print the signed receipt."`
	Rights   rightsCommand   `cmd:"" help:"Work the queue of what people ask for; give copies, take imports, restrict, object, pause, correct."`
	Link     linkCommand     `cmd:"" help:"Make a link that opens one person's privacy centre, once and soon."`
	Erasures erasuresCommand `cmd:"" help:"List, show and verify the receipts of erasures; print the key that checks them."`
	Keys     keysCommand     `cmd:"" help:"Create, list and revoke API keys; rotate the key set."`
	Backup   backupCommand   `cmd:"" help:"Copy the data as of one moment, also while a server serves."`
	Restore  restoreCommand  `cmd:"" help:"Put a copy back: erasures since are carried out again, then everything is verified."`
	Verify   verifyCommand   `cmd:"" help:"Read everything: files, rows, ledger, model; exit 1 if anything does not fit."`
	Config   configCommand   `cmd:"" help:"List every setting with its default and meaning; list what changed."`
	Clock    clockCommand    `cmd:"" help:"Say that the clock is right again, after it was ahead of the time."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	Experiment experimentCommand `cmd:"" help:"Flags, and tests of variants with those who agreed: register, approve, start, stop, results."`
}

// app is what a command needs of the world.
type app struct {
	ctx    context.Context
	out    io.Writer // results
	err    io.Writer // progress and logs
	inform bool      // the error stream is a terminal: draw progress bars
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run parses and runs one command line; tests start here. It returns the exit
// code: 0 done, 1 failed or a goal missed, 2 wrong usage, 130 interrupted.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("tactful"),
		kong.Description("Personalization people don't mind: it uses what they agreed to, says why, and forgets for real."),
		kong.Writers(out, errOut),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		fmt.Fprintln(errOut, "tactful:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "tactful: %v\nRun `tactful --help` or `tactful COMMAND --help` for examples.\n", err)
		return 2
	}
	// Whoever types is a human: a command that opens one person's data fails until
	// it says who and why (operatorFlags).
	ctx = tactful.WithActor(ctx, tactful.Actor{Kind: tactful.ActorOperator})
	a := &app{ctx: ctx, out: out, err: errOut, inform: terminal(errOut)}
	err = parsed.Run(a)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errGoalMissed):
		return 1
	case ctx.Err() != nil:
		fmt.Fprintln(errOut, "tactful: interrupted; nothing acknowledged is lost")
		return 130
	}
	fmt.Fprintln(errOut, "tactful: "+sentence(err))
	return 1
}

// errGoalMissed ends a command that did its work and found a goal missed.
var errGoalMissed = errors.New("a goal was missed")

// sentence renders an error with its remedies for a person.
func sentence(err error) string {
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		parts := make([]string, 0, len(many.Unwrap()))
		for _, one := range many.Unwrap() {
			parts = append(parts, sentence(one))
		}
		return strings.Join(parts, "\n  ")
	}
	text := err.Error()
	var typed *tactful.Error
	if errors.As(err, &typed) && typed.Remedy != "" {
		text += " (" + typed.Remedy + ")"
	}
	return text
}
