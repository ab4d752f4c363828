package replay

import (
	"fmt"
	"math/rand/v2"
)

// people is how many subjects with live consent the row has.
const people = 40

func person(i int) string { return fmt.Sprintf("customer-%d", i) }

// product makes an item's code as shops write them.
func product(rng *rand.Rand) string {
	switch rng.IntN(7) {
	case 0:
		return fmt.Sprintf("%05d%c", 20000+rng.IntN(70000), 'A'+rng.IntN(26))
	case 1:
		return fmt.Sprintf("40063%08d", rng.IntN(1e8)) // EAN-13
	case 2:
		return fmt.Sprintf("%08x%016x", rng.Uint32(), rng.Uint64()) // object id
	case 3:
		return fmt.Sprintf("SKU-%d-%04d", 2020+rng.IntN(7), rng.IntN(10000))
	case 4:
		return fmt.Sprintf("gid://shop/Product/%d", rng.IntN(1e9))
	case 5:
		return fmt.Sprintf("%d", rng.IntN(1e6))
	}
	return fmt.Sprintf("B0%08X", rng.Uint32())
}

func uuid(rng *rand.Rand) string {
	a, b := rng.Uint64(), rng.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", uint32(a), uint16(a>>32), uint16(a>>48)&0xfff, uint16(b)&0xfff, b>>16)
}

var searches = []string{
	"red desk lamp", "face cream spf 50", "voice recorder", "usb microphone", "fingerprint door lock", "audio cable 3.5 mm", "baby monitor", "facial wash", "birthday card for mum",
	"iphone 15 pro max 256gb", "size 38 boots", "4k monitor 27 inch", "lampe rouge", "stehlampe 60w e27", "مصباح أحمر", "gift under 20", "cat food 12 x 85 g", "1000 piece puzzle", "email marketing book", "ps5 controller",
}

// harmless makes an event as honest shops send them, with what their libraries
// add and with properties that are declared and some that are not.
func harmless(rng *rand.Rand, n int) (event map[string]any, segment bool) {
	shelf := []string{"home", "top sellers", "sale", "Küche", "new-in", "audio", "face care"}[rng.IntN(7)]
	if rng.IntN(2) == 0 {
		e := map[string]any{"messageId": fmt.Sprintf("h-%d", n), "userId": person(rng.IntN(people)), "source": "web", "session": uuid(rng)}
		switch rng.IntN(5) {
		case 0:
			e["action"], e["query"] = "searched", searches[rng.IntN(len(searches))]
		case 1:
			e["action"], e["item"], e["quantity"], e["price"], e["currency"], e["order"] = "purchased", product(rng), 1+rng.IntN(9), float64(rng.IntN(20000))/100, "EUR", fmt.Sprintf("%d", 500000+rng.IntN(100000))
		default:
			e["action"], e["item"] = []string{"viewed", "added", "saved"}[rng.IntN(3)], product(rng)
		}
		e["properties"] = map[string]any{"shelf": shelf, "position": rng.IntN(40), "list_id": "grid-" + fmt.Sprint(rng.IntN(9)), "surface": "web", "ratings": []any{4.5, 4.8, 3.9}}
		return e, false
	}
	properties := map[string]any{
		"product_id": product(rng), "sku": "S-" + fmt.Sprint(rng.IntN(1e5)), "name": []string{"Face cream", "Voice recorder", "Desk lamp", "Typeface poster"}[rng.IntN(4)],
		"price": 19.99, "quantity": 1, "currency": "EUR", "image_url": "https://cdn.shop.example/img/1.jpg", "url": "https://shop.example/p/1?utm_source=mail", "brand": "Acme", "category": "Home/Lamps",
		"variant": "red", "shelf": shelf, "invoice_number": rng.IntN(1e6), "watch_face": "round", "audio_format": "stereo",
	}
	call := map[string]any{
		"type": "track", "event": "Product Viewed", "messageId": "ajs-next-" + fmt.Sprint(1795319454586+n) + "-" + uuid(rng), "userId": person(rng.IntN(people)), "anonymousId": uuid(rng), "properties": properties,
		"context": map[string]any{
			"ip": "203.0.113.9", "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "locale": "en-US", "timezone": "UTC", "library": map[string]any{"name": "analytics.js", "version": "npm:next-1.84.3"},
			"page": map[string]any{"path": "/p", "referrer": "https://search.example/", "search": "?utm_source=mail", "title": "Shop", "url": "https://shop.example/p?x=1"}, "campaign": map[string]any{"source": "mail", "name": "autumn"},
			"location": map[string]any{"latitude": 52.520008, "longitude": 13.404954}, "device": map[string]any{"advertisingId": uuid(rng), "manufacturer": "Acme", "type": "ios"}, "screen": map[string]any{"width": 390, "height": 844, "density": 2.5},
		},
		"integrations": map[string]any{"All": true, "Clearbit": false}, "_metadata": map[string]any{"bundled": []any{"Segment.io"}},
	}
	switch rng.IntN(4) {
	case 0:
		call["event"] = "Order Completed"
		call["properties"] = map[string]any{"order_id": fmt.Sprint(100000 + n), "revenue": 39.98, "currency": "EUR", "coupon": "AUTUMN", "products": []any{
			map[string]any{"product_id": product(rng), "price": 19.99, "quantity": 2, "name": "Face mask"}}}
	case 1:
		call["event"], call["properties"] = "Products Searched", map[string]any{"query": searches[rng.IntN(len(searches))]}
	}
	return call, true
}
