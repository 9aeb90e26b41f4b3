//! Whose law applies, and what it says about asking again.

use super::*;

const A_YEAR_LATER: &str = "2027-11-22T00:00:00Z";

fn no(jurisdiction: Option<Jurisdiction>, no_reask_before: Option<&str>) -> Event {
    let no_reask_before = no_reask_before.map(at);
    Refused { topic: topic(), method: Method::Button, jurisdiction, no_reask_before }.into()
}

fn refuse_in(jurisdiction: Option<Jurisdiction>) -> Command {
    Command::Refuse { topic: topic(), method: Method::Button, jurisdiction }
}

fn germany() -> Option<Jurisdiction> {
    Some(Jurisdiction { code: Region::parse("DE").unwrap(), basis: JurisdictionBasis::Billing })
}

#[test]
fn a_no_in_california_is_not_followed_by_a_question_for_a_year() {
    let california = testing::california();
    history([was_requested()])
        .when(refuse_in(california.clone()))
        .then([no(california.clone(), Some(A_YEAR_LATER))]);
    let refused = || history([was_requested(), no(california.clone(), Some(A_YEAR_LATER))]);
    let too_early = Rejection::ReaskTooEarly { no_reask_before: at(A_YEAR_LATER) };
    refused().at("2027-11-21T23:59:59.999999Z").when(request()).then_rejected(too_early);
    refused().at(A_YEAR_LATER).when(request()).then([was_requested()]);
}

#[test]
fn the_law_of_the_request_is_that_of_the_answer() {
    let asked = Requested { topic: topic(), notice: notice("1"), jurisdiction: testing::california() };
    history([asked.into()]).when(refuse()).then([no(None, Some(A_YEAR_LATER))]);
}

#[test]
fn so_is_a_withdrawal() {
    let confirmed = [was_requested(), confirmation_was_requested(), was_confirmed()];
    let taken_back = Withdrawn {
        consent_id: Some(id("first")),
        topic: topic(),
        method: Method::OneClickUnsubscribe,
        evidence: evidence(),
        jurisdiction: None,
        no_reask_before: Some(at(A_YEAR_LATER)),
    };
    history(confirmed.clone()).when(withdraw()).then([taken_back.clone().into()]);
    history(confirmed.into_iter().chain([taken_back.into()]))
        .when(request())
        .then_rejected(Rejection::ReaskTooEarly { no_reask_before: at(A_YEAR_LATER) });
}

#[test]
fn elsewhere_they_may_be_asked_again() {
    history([was_requested()]).when(refuse_in(germany())).then([no(germany(), None)]);
    history([was_requested(), no(germany(), None)]).when(request()).then([was_requested()]);
}

#[test]
fn an_opt_out_that_stands_forbids_the_question_too() {
    let asked = |until: &str| Command::Request {
        topic: topic(),
        notice: notice("1"),
        jurisdiction: None,
        opted_out_until: Some(at(until)),
    };
    let too_early = Rejection::ReaskTooEarly { no_reask_before: at(FUTURE) };
    history([]).when(asked(FUTURE)).then_rejected(too_early);
    history([]).when(asked(testing::NOON)).then([was_requested()]);
}

#[test]
fn another_topic_is_not_touched() {
    let about_sms =
        Command::Request { topic: by_sms(), notice: notice("1"), jurisdiction: None, opted_out_until: None };
    history([was_requested(), no(testing::california(), Some(A_YEAR_LATER))])
        .when(about_sms)
        .then([Requested { topic: by_sms(), notice: notice("1"), jurisdiction: None }.into()]);
}

#[test]
fn a_region_is_a_code_of_iso_3166() {
    for code in ["DE", "US-CA", "FR-75", "GB-ENG"] {
        assert_eq!(Region::parse(code).unwrap().to_string(), code);
    }
    for text in ["", "de", "D", "DEU", "US-", "US-CALI", "US_CA", "US-ca"] {
        assert_eq!(Region::parse(text).unwrap_err().reason, "JURISDICTION_MALFORMED", "{text}");
    }
}
