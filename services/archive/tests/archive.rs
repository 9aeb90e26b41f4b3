//! What is packed comes out again for who has the key, and for nobody else.

#![allow(clippy::unwrap_used, reason = "what cannot be set up ends the test")]

use std::io::{Cursor, Read};

use age::secrecy::{ExposeSecret as _, SecretString};
use age::{Decryptor, Identity, scrypt, x25519};
use rapport_archive::{Archive, InvalidKey, Key, Written};
use sha2::{Digest as _, Sha256};

const PASSPHRASE: &str = "correct horse battery";

fn packed(key: &Key) -> (Vec<u8>, Written) {
    let mut archive = Archive::begin(Vec::new(), key).unwrap();
    archive.add("README.txt", b"what is what").unwrap();
    archive.add("proofs/12.tlog-proof", &[b'p'; 100_000]).unwrap();
    archive.end().unwrap()
}

fn opened(bytes: &[u8], identity: &dyn Identity) -> Result<Vec<(String, Vec<u8>)>, age::DecryptError> {
    let mut plain = Vec::new();
    Decryptor::new(bytes)?.decrypt(std::iter::once(identity))?.read_to_end(&mut plain)?;
    let mut zip = zip::ZipArchive::new(Cursor::new(plain)).unwrap();
    let files = (0..zip.len()).map(|index| {
        let mut file = zip.by_index(index).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        (file.name().unwrap().into_owned(), content)
    });
    Ok(files.collect())
}

fn contents() -> Vec<(String, Vec<u8>)> {
    let files = [("README.txt", b"what is what".to_vec()), ("proofs/12.tlog-proof", vec![b'p'; 100_000])];
    files.map(|(name, content)| (name.to_owned(), content)).to_vec()
}

#[test]
fn who_has_the_secret_key_reads_every_file_and_another_key_opens_nothing() {
    let (ann, ben) = (x25519::Identity::generate(), x25519::Identity::generate());
    let (bytes, written) = packed(&Key::recipient(&ann.to_public().to_string()).unwrap());
    assert_eq!(opened(&bytes, &ann).unwrap(), contents());
    assert!(opened(&bytes, &ben).is_err());
    assert_eq!(written.bytes, bytes.len() as u64);
    assert_eq!(written.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
}

#[test]
fn who_knows_the_passphrase_reads_every_file_and_another_one_opens_nothing() {
    let (bytes, _) = packed(&Key::passphrase(&format!("{PASSPHRASE}\n")).unwrap());
    let identity = |text: &str| scrypt::Identity::new(SecretString::from(text.to_owned()));
    assert_eq!(opened(&bytes, &identity(PASSPHRASE)).unwrap(), contents());
    assert!(opened(&bytes, &identity("correct horse battery staple")).is_err());
}

#[test]
fn a_byte_that_was_changed_or_cut_off_is_noticed() {
    let ann = x25519::Identity::generate();
    let (bytes, _) = packed(&Key::recipient(&ann.to_public().to_string()).unwrap());
    let last = bytes.len() - 1;
    let mut changed = bytes.clone();
    changed[last] ^= 1;
    assert!(opened(&changed, &ann).is_err());
    assert!(opened(&bytes[..last], &ann).is_err());
}

#[test]
fn a_short_passphrase_and_what_is_no_public_key_are_refused() {
    assert_eq!(Key::passphrase(" fifteen letters \n").unwrap_err(), InvalidKey::PassphraseShort);
    assert_eq!(Key::recipient("age1").unwrap_err(), InvalidKey::RecipientMalformed);
    let secret = x25519::Identity::generate();
    let secret = secret.to_string();
    assert_eq!(Key::recipient(secret.expose_secret()).unwrap_err(), InvalidKey::RecipientMalformed);
}

#[test]
fn a_key_tells_no_passphrase() {
    assert_eq!(format!("{:?}", Key::passphrase(PASSPHRASE).unwrap()), "a passphrase");
}
