//! Given what a token says, when somebody calls with it, then it is who the token was issued for, or there is a reason.

use rapport_domain::envelope::ActorKind;
use serde_json::{Value, json};

use super::*;
use crate::tokens::key_set::Algorithms;

const NOW: i64 = 1_800_000_000;

fn expected() -> Expected {
    Expected {
        issuer: "https://id.example.com".to_owned(),
        audience: "rapport".to_owned(),
        roles_claim: "rapport_roles".to_owned(),
        roles: ["admin", "analyst"].map(|role| Role::parse(role).unwrap()).into(),
    }
}

/// A token of somebody's, ten minutes long, with other claims in it.
fn caller(others: Value) -> Result<(ActorKind, String, Vec<String>), Refusal> {
    let mut claims = json!({
        "iss": "https://id.example.com", "aud": "rapport", "sub": "u-17", "client_id": "desk",
        "iat": NOW - 60, "exp": NOW + 540, "rapport_roles": ["analyst"],
    });
    claims.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    let claims: Claims = serde_json::from_value(claims).map_err(|_| Refusal::Malformed)?;
    let Caller { actor, roles } = claims.caller(&expected(), NOW)?;
    Ok((actor.kind, actor.id.to_string(), roles.iter().map(ToString::to_string).collect()))
}

#[test]
fn whoever_a_token_was_issued_for_calls_in_the_roles_that_it_names() {
    let roles = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let person = (ActorKind::User, "u-17".to_owned(), roles(&["analyst"]));
    assert_eq!(caller(json!({})), Ok(person.clone()));
    assert_eq!(caller(json!({ "aud": ["shop", "rapport"] })), Ok(person));
    let service = (ActorKind::Service, "desk".to_owned(), roles(&["admin", "analyst"]));
    assert_eq!(caller(json!({ "sub": "desk", "rapport_roles": ["analyst", "admin"] })), Ok(service));
    let nothing = (ActorKind::User, "u-17".to_owned(), Vec::new());
    assert_eq!(caller(json!({ "rapport_roles": [] })), Ok(nothing), "no role is no permission");
}

#[test]
fn a_token_is_valid_within_its_time_and_so_much_that_clocks_may_differ() {
    for (times, refusal) in [
        (json!({ "exp": NOW - 29 }), None),
        (json!({ "exp": NOW - 30 }), Some(Refusal::Expired)),
        (json!({ "nbf": NOW + 30 }), None),
        (json!({ "nbf": NOW + 31 }), Some(Refusal::NotYet)),
        (json!({ "iat": NOW + 30 }), None),
        (json!({ "iat": NOW + 31 }), Some(Refusal::NotYet)),
        (json!({ "iat": NOW + 31, "nbf": NOW - 60 }), Some(Refusal::NotYet)),
        (json!({ "iat": NOW - 60, "exp": NOW + 840 }), None),
        (json!({ "iat": NOW - 60, "exp": NOW + 841 }), Some(Refusal::TooLongLived)),
        (json!({ "iat": i64::MIN, "exp": i64::MAX }), Some(Refusal::TooLongLived)),
    ] {
        assert_eq!(caller(times.clone()).err(), refusal, "{times}");
    }
}

#[test]
fn what_says_something_else_than_is_expected_is_not_taken() {
    let many: Vec<&str> = vec!["admin"; 101];
    for (others, refusal) in [
        (json!({ "iss": "https://id.example.com/" }), Refusal::Issuer),
        (json!({ "iss": ["https://id.example.com"] }), Refusal::Malformed),
        (json!({ "aud": "shop" }), Refusal::Audience),
        (json!({ "aud": [] }), Refusal::Audience),
        (json!({ "aud": 7 }), Refusal::Malformed),
        (json!({ "exp": null }), Refusal::Malformed),
        (json!({ "iat": "now" }), Refusal::Malformed),
        (json!({ "sub": "ann@example.com" }), Refusal::Subject),
        (json!({ "sub": " u-17" }), Refusal::Subject),
        (json!({ "sub": "" }), Refusal::Subject),
        (json!({ "rapport_roles": "admin" }), Refusal::RolesMalformed),
        (json!({ "rapport_roles": [7] }), Refusal::RolesMalformed),
        (json!({ "rapport_roles": many }), Refusal::RolesMalformed),
        (json!({ "rapport_roles": ["admin", "root"] }), Refusal::RoleUnknown),
        (json!({ "rapport_roles": [" admin"] }), Refusal::RoleUnknown),
    ] {
        assert_eq!(caller(others.clone()), Err(refusal), "{others}");
    }
}

/// What is said of a set of keys, or the ids of those that can be used.
fn keys(set: &Value, algorithms: Algorithms) -> Result<Vec<&'static str>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    std::fs::write(&path, set.to_string()).unwrap();
    let keys = KeySet::read(&path, algorithms).map_err(|failure| failure.to_string())?;
    Ok(["ec", "ed", "rsa", "enc", "hmac", "p384"].into_iter().filter(|kid| keys.get(kid).is_some()).collect())
}

#[test]
fn only_public_keys_for_signatures_of_the_trusted_kinds_are_used() {
    // A coordinate of the right length; whether it is on the curve shows when something is to be verified.
    let x = "A".repeat(43);
    let ec = json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": x, "y": x });
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": x, "alg": "EdDSA", "use": "sig" });
    let rsa = json!({ "kty": "RSA", "kid": "rsa", "n": x, "e": "AQAB", "alg": "RS256" });
    let enc = json!({ "kty": "EC", "crv": "P-256", "kid": "enc", "x": x, "y": x, "use": "enc" });
    let hmac = json!({ "kty": "oct", "kid": "hmac", "k": x });
    let p384 = json!({ "kty": "EC", "crv": "P-384", "kid": "p384", "x": x, "y": x });
    let nameless = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let all = json!({ "keys": [ec, ed, rsa, enc, hmac, p384, nameless] });
    assert_eq!(keys(&all, Algorithms::EllipticCurves), Ok(vec!["ec", "ed"]));
    assert_eq!(keys(&all, Algorithms::WithRs256), Ok(vec!["ec", "ed", "rsa"]));
    for (set, said) in [
        (json!({ "keys": [hmac, nameless] }), "there is no key with a `kid` for ES256 or EdDSA"),
        (json!({ "keys": [rsa] }), "for RS256 say --oidc-rs256"),
        (json!({ "keys": [ed, ed] }), "there are two keys \"ed\""),
        (json!([]), "expected a JSON Web Key Set"),
        (json!({ "keys": vec![ed; 101] }), "more than 100 keys"),
    ] {
        let refused = keys(&set, Algorithms::EllipticCurves).unwrap_err();
        assert!(refused.contains(said), "{refused}");
    }
}
