package main

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tactful/tactful/internal/retail"
)

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"

func zipped(t *testing.T, text string) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestRowsBecomeOrders(t *testing.T) {
	got, err := readTable(zipped(t, header+
		"536365,85123a,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"+
		"536365,71053,LANTERN,1,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"+
		"C536379,71053,LANTERN,-1,2010-12-01 09:41:00,3.39,17850,United Kingdom\n"+
		"536370,POST,POSTAGE,3,2010-12-01 08:45:00,18,12583,France\n"+
		"536414,22139,,56,2010-12-01 11:52:00,0,,United Kingdom\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []retail.Shopper{
		{Number: 12583}, // bought postage only, and is still a customer
		{Number: 17850, Orders: []retail.Order{
			{Number: 536365, Minute: 506, Lines: []retail.Line{{Item: 1, Quantity: 6, Pence: 255}, {Item: 0, Quantity: 1, Pence: 339}}},
			{Number: 536379, Minute: 581, Kind: retail.Cancellation, Lines: []retail.Line{{Item: 0, Quantity: 1, Pence: 339}}},
		}},
	}
	if diff := cmp.Diff(want, got.shoppers()); diff != "" {
		t.Error(diff)
	}
	if got.rows != 5 || got.anonymous != 1 || got.services != 1 || got.kept != 3 {
		t.Errorf("counted %d rows, %d anonymous, %d services, %d kept", got.rows, got.anonymous, got.services, got.kept)
	}
}

func TestDamagedRowsStopThePreparation(t *testing.T) {
	for name, row := range map[string]string{
		"a customer that is no number": "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,abc,UK\n",
		"a quantity that is no number": "536365,85123A,HEART,x,2010-12-01 08:26:00,2.55,17850,UK\n",
		"a date of another form":       "536365,85123A,HEART,6,1/12/2010,2.55,17850,UK\n",
		"a field short":                "536365,85123A\n",
	} {
		if _, err := readTable(zipped(t, header+row)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := readTable(strings.NewReader("not gzip")); err == nil {
		t.Error("a plain file was taken")
	}
}
