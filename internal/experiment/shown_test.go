package experiment

import "testing"

func TestFewPeopleAreNotCountedInPublic(t *testing.T) {
	look := Look{Arms: []Arm{
		{Variant: "control", People: 400, Left: 19, Ended: 300, Counts: [Metrics]uint64{Conversion: 60, Creepy: 20, OptOut: 390, Complaint: 0}, Rate: .2, High: 0},
		{Variant: "calm", People: 400, Left: 30, Ended: 300, Counts: [Metrics]uint64{Conversion: 10}, Rate: 10. / 300, Low: -.2, High: -.1},
		{Variant: "bold", People: 12, Ended: 5, Rate: 1},
	}}
	arms := look.Show()
	control, calm, bold := arms[0], arms[1], arms[2]
	if control.People == nil || *control.People != 400 || control.Left != nil || *control.Counts["conversion"] != 60 || *control.Counts["creepy"] != 20 || *control.Counts["complaint"] != 0 {
		t.Errorf("%+v", control)
	}
	if control.Counts["opt_out"] != nil {
		t.Error("390 of 400 tells of the ten who did not")
	}
	if calm.Left == nil || calm.Counts["conversion"] != nil || calm.Rate != nil || calm.Low != nil || calm.High != nil {
		t.Errorf("ten people can be computed: %+v", calm)
	}
	if bold.People != nil || bold.Ended != nil || bold.Rate != nil || bold.Counts["creepy"] != nil {
		t.Errorf("an arm of twelve people is shown: %+v", bold)
	}
}
