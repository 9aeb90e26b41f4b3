//! What a notice accepts and refuses, and which words a consent can name.

mod law;

use super::*;
use crate::aggregate::Reason;
use crate::consent;
use crate::testing::{given, label, reference};

const GERMAN: &str = "Dürfen wir Ihnen schreiben?\n";
const ENGLISH: &str = "May we write to you?\n";
const OTHER: &str = "May we write to you every day?\n";

fn text(words: &str) -> Text {
    Text::parse(words).unwrap()
}

fn publish(version: &str, language: &str, words: &str) -> Command {
    Command::Publish {
        id: reference("newsletter"),
        version: label(version),
        language: reference(language),
        text: text(words),
    }
}

fn published(version: &str, language: &str, words: &str) -> Event {
    Published {
        id: reference("newsletter"),
        version: label(version),
        language: reference(language),
        wording_sha256: text(words).sha256(),
        text: text(words),
    }
    .into()
}

fn state(events: impl IntoIterator<Item = Event>) -> State {
    crate::testing::fold::<Notice>(State::default(), events)
}

fn named(version: &str, language: Option<&str>, words: Option<&str>) -> consent::Notice {
    consent::Notice {
        id: reference("newsletter"),
        version: label(version),
        wording_sha256: words.map(|words| reference(&text(words).sha256().to_string())),
        language: language.map(reference),
    }
}

mod publishing {
    use super::*;

    #[test]
    fn words_are_published_with_the_digest_of_their_bytes() {
        given::<Notice>([]).when(publish("1", "en", ENGLISH)).then([published("1", "en", ENGLISH)]);
        // As sha256sum tells it.
        let digest = "fd9da5b91f1187e1c518892e96a42bbb37ce2c2496e3751992181da3251af3b6";
        assert_eq!(text(ENGLISH).sha256().to_string(), digest);
    }

    #[test]
    fn the_same_words_again_change_nothing() {
        given::<Notice>([published("1", "en", ENGLISH)]).when(publish("1", "en", ENGLISH)).then_nothing();
        given::<Notice>([published("1", "de-AT", GERMAN)]).when(publish("1", "de-at", GERMAN)).then_nothing();
    }

    #[test]
    fn other_words_need_another_version_or_language() {
        let one = || given::<Notice>([published("1", "en", ENGLISH)]);
        let rejection = Rejection::AlreadyPublished { version: label("1"), language: reference("en") };
        one().when(publish("1", "en", OTHER)).then_rejected(rejection);
        one().when(publish("2", "en", OTHER)).then([published("2", "en", OTHER)]);
        one().when(publish("1", "de", GERMAN)).then([published("1", "de", GERMAN)]);
    }

    #[test]
    fn has_a_limit() {
        let full = (0..WORDINGS_MAX).map(|n| published(&n.to_string(), "en", ENGLISH));
        given::<Notice>(full.clone())
            .when(publish("more", "en", OTHER))
            .then_rejected(Rejection::TooManyWordings);
        given::<Notice>(full).when(publish("7", "en", ENGLISH)).then_nothing();
    }
}

mod named_by_a_consent {
    use super::*;

    #[test]
    fn words_of_a_notice_that_is_not_published_are_left_as_they_are() {
        let bare = named("1", None, None);
        assert_eq!(State::default().complete(&bare), Ok(bare));
    }

    #[test]
    fn published_words_are_completed_with_their_digest_and_language() {
        let one = state([published("1", "en", ENGLISH), published("2", "en", OTHER)]);
        assert_eq!(one.complete(&named("1", None, None)), Ok(named("1", Some("en"), Some(ENGLISH))));
        assert_eq!(one.complete(&named("2", Some("EN"), None)), Ok(named("2", Some("en"), Some(OTHER))));
    }

    #[test]
    fn of_several_languages_the_digest_or_the_language_tells_which() {
        let both = state([published("1", "en", ENGLISH), published("1", "de", GERMAN)]);
        let german = named("1", Some("de"), Some(GERMAN));
        assert_eq!(both.complete(&named("1", Some("de"), None)), Ok(german.clone()));
        assert_eq!(both.complete(&named("1", None, Some(GERMAN))), Ok(german));
        let unknown = Rejection::LanguageUnknown { version: label("1"), known: "en, de".to_owned() };
        assert_eq!(both.complete(&named("1", None, None)), Err(unknown.clone()));
        assert_eq!(both.complete(&named("1", Some("fr"), None)), Err(unknown));
    }

    #[test]
    fn a_version_or_words_that_were_not_published_are_refused() {
        let one = state([published("1", "en", ENGLISH)]);
        let unknown = Rejection::VersionUnknown { version: label("2") };
        assert_eq!(one.complete(&named("2", None, Some(ENGLISH))), Err(unknown));
        let differs = Rejection::WordingDiffers { version: label("1"), known: text(ENGLISH).sha256() };
        assert_eq!(one.complete(&named("1", None, Some(OTHER))), Err(differs));
    }
}

#[test]
fn a_text_is_kept_to_the_byte_and_has_a_limit() {
    assert_eq!(text("  words \n").as_str(), "  words \n");
    let longest = "x".repeat(Text::LENGTH_MAX);
    assert!(Text::parse(&longest).is_ok());
    for refused in ["", " \n", "bell\u{7}", &format!("{longest}x")] {
        assert_eq!(Text::parse(refused).unwrap_err().reason, "NOTICE_TEXT_MALFORMED");
    }
}

#[test]
fn each_rejection_has_its_reason() {
    let version = || label("1");
    for (rejection, reason) in [
        (
            Rejection::AlreadyPublished { version: version(), language: reference("en") },
            "NOTICE_ALREADY_PUBLISHED",
        ),
        (Rejection::TooManyWordings, "NOTICE_WORDINGS_EXHAUSTED"),
        (Rejection::VersionUnknown { version: version() }, "NOTICE_VERSION_UNKNOWN"),
        (Rejection::LanguageUnknown { version: version(), known: String::new() }, "NOTICE_LANGUAGE_UNKNOWN"),
        (
            Rejection::WordingDiffers { version: version(), known: text(ENGLISH).sha256() },
            "NOTICE_WORDING_DIFFERS",
        ),
    ] {
        assert_eq!(rejection.reason(), reason);
    }
}
