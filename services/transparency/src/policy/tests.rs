//! Given a policy and a checkpoint, when witnesses have cosigned it, then it is valid where they are a quorum.

use super::*;
use crate::cosignature::tests::{Witness as Cosigner, signed};

/// Six witnesses: three of one house, three of another.
fn cosigners() -> Vec<Cosigner> {
    (1..=6).map(|seed| Cosigner::new(&format!("witness.example/{seed}"), seed)).collect()
}

/// The witnesses `w1` to `w6`, and what else is said.
fn policy(rest: &str) -> Result<Policy, PolicyError> {
    let mut text = format!("# who is believed\nlog {} https://log.example\n\n", signed().1.key());
    for (number, cosigner) in (1..).zip(cosigners()) {
        text.push_str(&format!("witness w{number}\t{} https://witness.example/{number}\n", cosigner.key));
    }
    Policy::parse(&(text + rest))
}

/// The checkpoint with cosignatures of these.
fn cosigned_by(numbers: &[usize]) -> String {
    let (note, _) = signed();
    let lines = numbers.iter().map(|number| cosigners()[number - 1].line(&note, 100 + *number as u64));
    format!("{note}{}", lines.collect::<String>())
}

#[test]
fn a_quorum_of_two_levels_is_met_where_each_house_has_enough() {
    let policy =
        policy("group a 2 w1 w2 w3\ngroup b any w4 w5 w6\n  group both all a b # of them\nquorum both\n");
    // A comment is a line of its own.
    assert_eq!(policy, Err(PolicyError::Line { number: 12, fault: PolicyFault::NameUnknown }));
    let policy =
        self::policy("group a 2 w1 w2 w3\ngroup b any w4 w5 w6\ngroup both all a b\nquorum both\n").unwrap();
    for set in 0..64_usize {
        let numbers: Vec<usize> = (1..=6).filter(|number| set >> (number - 1) & 1 == 1).collect();
        let of =
            |house: std::ops::RangeInclusive<usize>| numbers.iter().filter(|n| house.contains(n)).count();
        let opened = policy.open(&cosigned_by(&numbers));
        if of(1..=3) >= 2 && of(4..=6) >= 1 {
            let by: Vec<(String, u64)> =
                numbers.iter().map(|n| (format!("witness.example/{n}"), 100 + *n as u64)).collect();
            assert_eq!(opened.unwrap().by, by);
        } else {
            let refused = CheckpointError::Quorum { cosigned: numbers.len(), witnesses: 6 };
            assert_eq!(opened, Err(refused), "{numbers:?}");
        }
    }
}

#[test]
fn who_asks_for_no_witness_is_told_of_those_that_cosigned() {
    let none = policy("quorum none").unwrap();
    assert_eq!(none.open(&cosigned_by(&[])).unwrap().by, []);
    assert_eq!(none.open(&cosigned_by(&[5])).unwrap().by, [("witness.example/5".to_owned(), 105)]);
    let one = policy("group all 1 w1 w2\nquorum w1\n").unwrap();
    assert!(one.open(&cosigned_by(&[1])).is_ok());
    assert!(one.open(&cosigned_by(&[2])).is_err());
}

#[test]
fn only_what_a_log_of_the_policy_signed_is_believed() {
    let other = crate::note::Signer::new("crm.example/log", &[8; crate::note::SEED_BYTES]).unwrap();
    let policy = policy("quorum none").unwrap().for_log(other.key().clone());
    assert_eq!(policy.open(&cosigned_by(&[1])), Err(CheckpointError::Note(NoteError::Unsigned)));
    let forged = cosigned_by(&[1]).replace("\n0\n", "\n1\n");
    let trusting = Policy::of_log(signed().1.key().clone());
    assert_eq!(trusting.open(&forged), Err(CheckpointError::Note(NoteError::Forged)));
}

#[test]
fn each_fault_of_a_policy_is_named_with_its_line() {
    let witness = Cosigner::new("witness.example/1", 1).key;
    let log = signed().1.key().clone();
    for (rest, fault) in [
        ("what".to_owned(), PolicyFault::Form),
        ("quorum none more".to_owned(), PolicyFault::Form),
        ("quorum\u{7}none".to_owned(), PolicyFault::Form),
        ("group g any".to_owned(), PolicyFault::Form),
        (format!("log {witness}"), PolicyFault::LogKey),
        (format!("witness w7 {log}"), PolicyFault::WitnessKey),
        (format!("witness w7 {witness}"), PolicyFault::KeyTwice),
        (format!("log {log}"), PolicyFault::KeyTwice),
        ("group w1 any w2".to_owned(), PolicyFault::NameTaken),
        ("group none any w2".to_owned(), PolicyFault::NameTaken),
        ("group g any w9".to_owned(), PolicyFault::NameUnknown),
        ("group g any g".to_owned(), PolicyFault::NameUnknown),
        ("group g any w1 w1".to_owned(), PolicyFault::MemberTwice),
        ("group g 3 w1 w2".to_owned(), PolicyFault::Threshold),
        ("group g 0 w1 w2".to_owned(), PolicyFault::Threshold),
        ("group g 01 w1 w2".to_owned(), PolicyFault::Threshold),
        ("quorum w9".to_owned(), PolicyFault::NameUnknown),
    ] {
        assert_eq!(policy(&rest), Err(PolicyError::Line { number: 10, fault }), "{rest}");
    }
    let twice = PolicyError::Line { number: 11, fault: PolicyFault::QuorumTwice };
    assert_eq!(policy("quorum none\nquorum none"), Err(twice));
    assert_eq!(policy(""), Err(PolicyError::NoQuorum));
    let long = PolicyError::Line { number: 259, fault: PolicyFault::TooLong };
    let many: String = (0..300).map(|number| format!("group g{number} any w1\n")).collect();
    // Each of them would make `w1` a member again: the first one that does is named.
    assert_eq!(
        policy(&many).map(drop),
        Err(PolicyError::Line { number: 11, fault: PolicyFault::MemberTwice })
    );
    let chain: String = std::iter::once("group g0 any w1\n".to_owned())
        .chain((1..300).map(|number| format!("group g{number} any g{}\n", number - 1)))
        .collect();
    assert_eq!(policy(&chain).map(drop), Err(long));
}
