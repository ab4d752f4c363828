package api

import (
	"context"

	"github.com/tactful/tactful"
	"github.com/tactful/tactful/internal/web/api/wire"
)

// DeliverOffer has a message sent by the tool of its channel.
func (s *server) DeliverOffer(ctx context.Context, r wire.DeliverOfferRequestObject) (wire.DeliverOfferResponseObject, error) {
	request, err := offersIn(r.Body)
	if err != nil {
		return nil, err
	}
	request.GPC = r.Params.SecGPC == "1"
	d, err := s.opt.Engine.DeliverOffer(ctx, request)
	if err != nil {
		return nil, err
	}
	return wire.DeliverOffer202JSONResponse(deliveryOut(d)), nil
}

// GetDelivery says what became of a message.
func (s *server) GetDelivery(ctx context.Context, r wire.GetDeliveryRequestObject) (wire.GetDeliveryResponseObject, error) {
	d, err := s.opt.Engine.Delivery(ctx, r.DeliveryId)
	if err != nil {
		return nil, err
	}
	return wire.GetDelivery200JSONResponse(deliveryOut(d)), nil
}

func deliveryOut(d *tactful.Delivery) wire.MessageDelivery {
	return wire.MessageDelivery{
		Id: d.ID, State: wire.MessageDeliveryState(d.State), Why: d.Why, Channel: wire.OfferChannel(d.Channel), Placement: d.Placement, Queued: d.Queued.UTC(),
		Next: d.Next.UTC(), Until: d.Until.UTC(), Decision: d.Decision, Campaign: d.Campaign, Creative: d.Creative, Tries: int32(d.Tries),
	}
}
