// Package personalize is a thin door that speaks the one call of Amazon
// Personalize's runtime that asks for recommendations, POST /recommendations, so
// that who has an AWS client can switch by setting its endpoint.
//
// The request's signature (AWS Signature Version 4) is verified with configured
// access keys; there is no other way in. Behind the door is the same decision as
// everywhere: consent is checked, guards judge, a receipt is kept;
// recommendationId is the decision's id. reason[] holds first the sentence that
// says why the item is there, then AWS's word where it fits (Promoted, Popular).
// The door never makes or changes anybody.
//
// A filter (filterArn) is refused: without it the caller would show what they
// meant to keep out. context and promotions are not followed, and the answer's
// header Tactful-Ignored names them.
package personalize
