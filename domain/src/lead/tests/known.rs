//! What comes in, and what is known of it.

use super::*;

#[test]
fn somebody_who_comes_in_is_a_new_lead() {
    given::<Lead>([]).when(capture(form("F-1", Fields::new()))).then([captured()]);
}

#[test]
fn nothing_is_done_for_a_lead_that_never_came_in() {
    for command in [assign(owner("user_ann")), convert(None), Command::TimeOut { number: 1 }] {
        given::<Lead>([]).when(command).then_rejected(Rejection::NotCaptured);
    }
}

#[test]
fn who_comes_in_again_is_noted_in_the_open_lead() {
    let again = form("F-2", employees(120));
    given::<Lead>([captured()]).when(capture(again.clone())).then([CapturedAgain { capture: again }.into()]);
}

#[test]
fn what_another_system_tells_twice_is_taken_once() {
    let told_again = Capture { interaction_id: said("another request"), ..form("F-1", Fields::new()) };
    given::<Lead>([captured()]).when(capture(told_again.clone())).then_nothing();
    given::<Lead>([captured(), disqualified()]).when(capture(told_again)).then_nothing();
}

#[test]
fn whoever_comes_back_wakes_a_lead_that_rests() {
    let again = form("F-2", Fields::new());
    let history = [captured(), recycled("2027-03-01"), CapturedAgain { capture: again }.into()];
    given::<Lead>(history).when(assign(owner("user_ann"))).then([assigned(1, owner("user_ann"), None)]);
}

#[test]
fn only_fields_that_change_are_told() {
    let enrich = |fields, cleared: &[&str]| Command::Enrich {
        fields,
        cleared: cleared.iter().map(|name| key(name)).collect(),
        field_set: None,
    };
    let known = Enriched { fields: employees(120), cleared: [].into(), field_set_version: None };
    given::<Lead>([captured()]).when(enrich(employees(120), &["region"])).then([known.clone().into()]);
    given::<Lead>([captured(), known.clone().into()]).when(enrich(employees(120), &[])).then_nothing();
    given::<Lead>([captured(), known.into()]).when(enrich(Fields::new(), &["employees"])).then([Enriched {
        fields: Fields::new(),
        cleared: [key("employees")].into(),
        field_set_version: None,
    }
    .into()]);
}

#[test]
fn a_field_keeps_its_type_until_it_is_cleared() {
    let history = || {
        [captured(), Enriched { fields: employees(120), cleared: [].into(), field_set_version: None }.into()]
    };
    let fields: Fields = [(key("employees"), FieldValue::Text(label("many")))].into();
    given::<Lead>(history())
        .when(Command::Enrich { fields: fields.clone(), cleared: [].into(), field_set: None })
        .then_rejected(Rejection::FieldOfAnotherType { key: key("employees"), kind: FieldKind::Number });
    given::<Lead>(history())
        .when(Command::Enrich { fields: fields.clone(), cleared: [key("employees")].into(), field_set: None })
        .then([Enriched { fields, cleared: [].into(), field_set_version: None }.into()]);
}

#[test]
fn a_lead_has_so_many_fields_and_no_more() {
    let fields = |count: usize| -> Fields {
        (0..count).map(|number| (key(&format!("field_{number}")), FieldValue::Flag(true))).collect()
    };
    let full = Captured { contact_id: contact_id(), capture: form("F-1", fields(FIELDS_MAX)) };
    given::<Lead>([full.into()])
        .when(Command::Enrich { fields: employees(1), cleared: [].into(), field_set: None })
        .then_rejected(Rejection::TooManyFields);
    given::<Lead>([])
        .when(capture(form("F-1", fields(FIELDS_MAX + 1))))
        .then_rejected(Rejection::TooManyFields);
}

#[test]
fn a_lead_is_judged_anew_where_the_judgement_differs() {
    let scored = |engagement| -> Event { Scored { score: score(engagement) }.into() };
    let judge = |engagement| Command::Score(Box::new(score(engagement)));
    given::<Lead>([captured()]).when(judge(10)).then([scored(10)]);
    given::<Lead>([captured(), scored(10)]).when(judge(10)).then_nothing();
    given::<Lead>([captured(), scored(10)]).when(judge(35)).then([scored(35)]);
}

#[test]
fn a_score_names_so_many_rules_and_no_more() {
    let rule = Contribution { rule: key("asked"), points: 1, event_ids: vec![] };
    let score = Score { contributions: vec![rule; CONTRIBUTIONS_MAX + 1], ..score(1) };
    given::<Lead>([captured()])
        .when(Command::Score(Box::new(score)))
        .then_rejected(Rejection::TooManyContributions);
}

#[test]
fn fit_and_engagement_are_added_up_and_end_at_what_fits() {
    assert_eq!(score(35).points(), 75);
    assert_eq!(Score { fit: i32::MAX, ..score(1) }.points(), i32::MAX);
}
