//! A consent that is given anew while it is in force.

use super::*;

fn renew() -> Command {
    Command::Renew {
        consent_id: id("second"),
        topic: topic(),
        method: Method::Button,
        evidence: evidence().unwrap(),
        valid_until: Some(at(LATER)),
    }
}

fn was_renewed() -> Event {
    Renewed {
        consent_id: id("second"),
        renews: id("first"),
        topic: topic(),
        notice: notice("1"),
        method: Method::Button,
        evidence_grade: EvidenceGrade::B,
        evidence: evidence().unwrap(),
        valid_until: Some(at(LATER)),
    }
    .into()
}

#[test]
fn goes_on_to_the_same_words_under_a_new_id_until_a_new_end() {
    history([was_requested(), was_given()]).when(renew()).then([was_renewed()]);
    let renewed = || history([was_requested(), was_given(), was_renewed()]);
    renewed().at(FUTURE).when(expire()).then_rejected(Rejection::NotExpired);
    renewed().when(withdraw()).then([was_withdrawn(Some(id("second")))]);
}

#[test]
fn needs_a_consent_in_force() {
    for before in [
        history([]),
        history([was_requested()]),
        history([was_requested(), was_refused()]),
        history([was_requested(), was_given(), was_withdrawn(Some(id("first")))]),
        history([was_requested(), was_given()]).at(FUTURE),
        history([was_requested(), confirmation_was_requested()]),
    ] {
        before.when(renew()).then_rejected(Rejection::NotGiven);
    }
}

#[test]
fn takes_an_id_of_its_own_and_a_time_to_come() {
    let with = |consent_id, valid_until| Command::Renew {
        consent_id,
        topic: topic(),
        method: Method::Button,
        evidence: evidence().unwrap(),
        valid_until,
    };
    let given = || history([was_requested(), was_given()]);
    given().when(with(id("first"), None)).then_rejected(Rejection::ConsentIdUsed);
    given().when(with(id("second"), Some(at(PAST)))).then_rejected(Rejection::ValidityOver);
}
