use super::*;

/// The example of Go's `golang.org/x/mod/sumdb/note`: its key, its note.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const PETERS_NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn signer() -> Signer {
    Signer::new("crm.example/log", &[7; SEED_BYTES]).unwrap()
}

#[test]
fn the_example_of_another_implementation_opens() {
    let key = VerifierKey::parse(PETER).unwrap();
    assert_eq!(key.name(), "PeterNeumann");
    assert_eq!(key.to_string(), PETER);
    let text = key.open(PETERS_NOTE).unwrap();
    assert!(text.starts_with("If you think") && text.ends_with("problem is.\n"));
}

#[test]
fn a_note_with_one_byte_changed_does_not_open() {
    let key = VerifierKey::parse(PETER).unwrap();
    for at in 0..PETERS_NOTE.len() {
        let mut bytes = PETERS_NOTE.as_bytes().to_vec();
        bytes[at] ^= 1;
        let opened = String::from_utf8(bytes).map(|note| key.open(&note).map(str::to_owned));
        assert!(!matches!(opened, Ok(Ok(_))), "byte {at}");
    }
}

#[test]
fn what_is_signed_opens_with_the_signers_key_and_with_no_other() {
    let note = signer().sign("one\ntwo\n\nthree\n");
    let key = VerifierKey::parse(&signer().key().to_string()).unwrap();
    assert_eq!(key.open(&note), Ok("one\ntwo\n\nthree\n"));
    let others = [
        (Signer::new("crm.example/log", &[8; SEED_BYTES]).unwrap(), NoteError::Unsigned),
        (Signer::new("crm.example/other", &[7; SEED_BYTES]).unwrap(), NoteError::Unsigned),
    ];
    for (other, error) in others {
        assert_eq!(other.key().open(&note), Err(error));
    }
}

#[test]
fn signatures_of_witnesses_stand_beside_ours() {
    let witness = Signer::new("witness.example", &[9; SEED_BYTES]).unwrap();
    let note = signer().sign("text\n");
    let second = witness.sign("text\n");
    let both = format!("{note}{}", second.strip_prefix("text\n\n").unwrap());
    assert_eq!(signer().key().open(&both), Ok("text\n"));
    assert_eq!(witness.key().open(&both), Ok("text\n"));
}

#[test]
fn what_is_not_a_note_is_refused() {
    let note = signer().sign("text\n");
    let no_signature = "text\n\n".to_owned();
    let cases = [
        String::new(),
        "text\n".to_owned(),
        no_signature,
        note.trim_end().to_owned(),
        format!("{note}\n"),
        note.replace("— ", "- "),
        note.replace("text", "te\txt"),
        format!("{note}— crm.example/log AAAA\n"),
        format!("{note}{}", "— w.example AAAAAAA=\n".repeat(SIGNATURES_MAX)),
    ];
    for case in cases {
        assert_eq!(signer().key().open(&case), Err(NoteError::Malformed), "{case}");
    }
}

#[test]
fn a_key_is_read_whole_and_in_one_form() {
    let key = signer().key().to_string();
    let cases = [
        "",
        "crm.example/log",
        &key[..key.len() - 1],
        &key.replace("log+", "log2+"),
        &key.replace('+', " "),
        &key.to_uppercase(),
    ];
    for case in cases {
        assert_eq!(VerifierKey::parse(case), Err(NoteError::Key), "{case}");
    }
    for name in ["", "a b", "a+b", "ä", "a\nb"] {
        assert_eq!(Signer::new(name, &[7; SEED_BYTES]).err(), Some(NoteError::Name), "{name}");
    }
}
