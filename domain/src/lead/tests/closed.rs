//! How a lead ends, or rests.

use super::*;

#[test]
fn only_a_qualified_lead_is_converted_and_only_once() {
    given::<Lead>([captured(), contacted("call")])
        .when(convert(Some(deal())))
        .then_rejected(Rejection::NotQualified);
    given::<Lead>([captured(), qualified()]).when(convert(Some(deal()))).then([converted()]);
    given::<Lead>([captured(), qualified(), converted()]).when(convert(Some(deal()))).then_nothing();
    given::<Lead>([captured(), qualified(), converted()])
        .when(convert(None))
        .then_rejected(Rejection::Converted);
}

#[test]
fn a_lead_is_qualified_once_and_not_while_it_rests() {
    let qualify = || Command::Qualify { reason: None };
    given::<Lead>([captured()]).when(qualify()).then([qualified()]);
    given::<Lead>([captured(), qualified()]).when(qualify()).then_nothing();
    given::<Lead>([captured(), qualified(), converted()]).when(qualify()).then_nothing();
    given::<Lead>([captured(), recycled("2027-03-01")]).when(qualify()).then_rejected(Rejection::Recycled);
}

#[test]
fn nothing_is_done_for_a_lead_that_is_over() {
    let over = [(disqualified(), Rejection::Disqualified), (converted(), Rejection::Converted)];
    for (end, rejection) in over {
        for command in [
            capture(form("F-2", Fields::new())),
            Command::Enrich { fields: employees(1), cleared: [].into(), field_set: None },
            Command::Score(Box::new(score(1))),
            assign(owner("user_ann")),
            Command::Decline { owner: reference("user_ann"), reason: None },
            Command::Contact { interaction_id: said("call") },
            Command::Disqualify { reason: label("another reason") },
            recycle("2027-03-01"),
        ] {
            given::<Lead>([captured(), qualified(), end.clone()])
                .when(command)
                .then_rejected(rejection.clone());
        }
    }
}

#[test]
fn a_lead_is_disqualified_for_one_reason() {
    let disqualify = |reason| Command::Disqualify { reason: label(reason) };
    given::<Lead>([captured()]).when(disqualify("a student")).then([disqualified()]);
    given::<Lead>([captured(), disqualified()]).when(disqualify("a student")).then_nothing();
}

#[test]
fn a_lead_that_rests_is_nobodys_until_something_is_done_for_it() {
    let ann = || assigned(1, owner("user_ann"), None);
    given::<Lead>([captured(), ann()]).when(recycle("2027-03-01")).then([recycled("2027-03-01")]);
    given::<Lead>([captured(), ann(), recycled("2027-03-01")])
        .when(recycle("2027-06-01"))
        .then([recycled("2027-06-01")]);
    given::<Lead>([captured(), ann(), recycled("2027-03-01")])
        .when(assign(owner("user_ann")))
        .then([assigned(2, owner("user_ann"), None)]);
    given::<Lead>([captured(), recycled("2027-03-01"), contacted("call")])
        .when(Command::Qualify { reason: None })
        .then([qualified()]);
}
