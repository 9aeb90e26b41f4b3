use rapport_domain::personal::DataClass::{Contact, Notes};

use super::*;

const KID: &str = "dek_1";

fn key() -> Secret {
    Secret::from_bytes(&[7; SECRET_BYTES]).unwrap()
}

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

fn place(subject: &ContactId) -> Place<'_> {
    Place { subject, class: Contact, field: "name" }
}

fn sealed(value: &[u8]) -> Envelope {
    seal(&key(), KID, place(&ann()), &Zeroizing::new(value.to_vec())).unwrap()
}

fn opened(place: Place<'_>, envelope: &Envelope) -> Result<Vec<u8>, VaultError> {
    open(&key(), place, envelope).map(|value| value.to_vec())
}

const TAMPERED: VaultError = VaultError::Tampered { field: "name" };

#[test]
fn a_sealed_value_opens_in_its_place() {
    let envelope = sealed(b"\"Ann\"");
    assert!(is_known_form(&envelope));
    assert_eq!(opened(place(&ann()), &envelope).unwrap(), b"\"Ann\"");
}

#[test]
fn the_same_value_is_sealed_differently_each_time() {
    let (first, second) = (sealed(b"\"Ann\""), sealed(b"\"Ann\""));
    assert_ne!(first.salt, second.salt);
    assert_ne!(first.commitment, second.commitment);
    assert_ne!(first.ciphertext, second.ciphertext);
}

#[test]
fn an_envelope_opens_for_no_other_subject_class_field_or_key_id() {
    let (ann, bob) = (ann(), ContactId::derived("tests", "bob"));
    let envelope = sealed(b"\"Ann\"");
    assert_eq!(opened(place(&bob), &envelope), Err(TAMPERED));
    assert_eq!(opened(Place { class: Notes, ..place(&ann) }, &envelope), Err(TAMPERED));
    let field = Place { field: "text", ..place(&ann) };
    assert_eq!(opened(field, &envelope), Err(VaultError::Tampered { field: "text" }));
    assert_eq!(opened(place(&ann), &Envelope { kid: "dek_2".to_owned(), ..envelope }), Err(TAMPERED));
}

#[test]
fn another_data_key_fails_at_the_commitment() {
    let other = Secret::from_bytes(&[8; SECRET_BYTES]).unwrap();
    assert_eq!(open(&other, place(&ann()), &sealed(b"\"Ann\"")).err(), Some(TAMPERED));
}

#[test]
fn any_changed_character_of_salt_commitment_or_ciphertext_is_noticed() {
    let envelope = sealed(b"\"Ann\"");
    let parts: [fn(&mut Envelope) -> &mut String; 3] =
        [|e| &mut e.salt, |e| &mut e.commitment, |e| &mut e.ciphertext];
    for part in parts {
        for at in 0..part(&mut envelope.clone()).len() {
            let mut changed = envelope.clone();
            let other = if part(&mut changed).as_bytes()[at] == b'A' { "B" } else { "A" };
            part(&mut changed).replace_range(at..=at, other);
            assert_eq!(opened(place(&ann()), &changed), Err(TAMPERED), "character {at}");
        }
    }
}

#[test]
fn any_part_that_is_cut_longer_or_no_base64_is_noticed() {
    let envelope = sealed(b"\"Ann\"");
    let parts: [fn(&mut Envelope) -> &mut String; 3] =
        [|e| &mut e.salt, |e| &mut e.commitment, |e| &mut e.ciphertext];
    for part in parts {
        let text = part(&mut envelope.clone()).clone();
        for changed_text in
            [String::new(), text[4..].to_owned(), format!("{text}AAAA"), text.replacen(&text[..1], "*", 1)]
        {
            let mut changed = envelope.clone();
            *part(&mut changed) = changed_text;
            assert_eq!(opened(place(&ann()), &changed), Err(TAMPERED));
        }
    }
    let endless = Envelope { ciphertext: "A".repeat(CIPHERTEXT_CHARS_MAX + 1), ..envelope };
    assert_eq!(opened(place(&ann()), &endless), Err(TAMPERED));
}

#[test]
fn another_version_or_algorithm_is_an_unknown_form() {
    let envelope = sealed(b"\"Ann\"");
    assert!(!is_known_form(&Envelope { version: "2".to_owned(), ..envelope.clone() }));
    assert!(!is_known_form(&Envelope { alg: "A128GCM".to_owned(), ..envelope }));
}

#[test]
fn names_of_one_bucket_have_ciphertexts_of_one_length() {
    assert_eq!(sealed(b"\"Al\"").ciphertext.len(), sealed(b"\"Maximilian von Hohenberg\"").ciphertext.len());
    assert_ne!(sealed(&[b'x'; 31]).ciphertext.len(), sealed(&[b'x'; 32]).ciphertext.len());
}

#[test]
fn the_longest_value_is_sealed_and_a_longer_one_refused() {
    let longest = vec![b'x'; VALUE_BYTES_MAX];
    assert_eq!(opened(place(&ann()), &sealed(&longest)).unwrap(), longest);
    let longer = Zeroizing::new(vec![b'x'; VALUE_BYTES_MAX + 1]);
    let refused = seal(&key(), KID, place(&ann()), &longer);
    assert_eq!(refused, Err(VaultError::TooLarge { field: "name", limit: VALUE_BYTES_MAX }));
}

/// A frozen envelope, made by another implementation of the same construction: whatever was sealed once has to
/// open for ever.
#[test]
fn an_envelope_of_the_first_version_still_opens() {
    let envelope = Envelope {
        version: "1".to_owned(),
        alg: "A256GCM-HKDF".to_owned(),
        kid: KID.to_owned(),
        salt: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX".to_owned(),
        commitment: "hjvlDVuWLNWTjNH4vxZ1nQ".to_owned(),
        ciphertext: "07O5tHNhA9MIniGbLabLGJ0Z1yCJemGyTokDREQsIrn4S7K1Zg7_mjrDTCwTN49b".to_owned(),
    };
    assert_eq!(opened(place(&ann()), &envelope).unwrap(), b"\"Ann\"");
}
