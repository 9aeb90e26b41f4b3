//! Given what was published, when a trail names words or a list of them is asked for, then these are the words.

use rapport_domain::id::NoticeId;
use rapport_domain::notice::{self, Published, Text};
use rapport_domain::value::{Reference, Sha256};

use super::*;
use crate::consent::notices::list;
use crate::testing::reference;

const WORDS: &str = "May we write to you?\n";

fn published(id: &str, version: &str, language: &str, words: &str) -> Published {
    let text = Text::parse(words).unwrap();
    Published {
        id: reference(id),
        version: label(version),
        language: reference(language),
        wording_sha256: text.sha256(),
        text,
    }
}

fn publish(history: &mut History, published: Published) {
    let id = NoticeId::of(&published.id);
    history.add::<notice::Notice>(&id, "2026-01-02T00:00:00Z", notice::Event::from(published));
}

fn digest(words: &str) -> Option<Reference> {
    Some(reference(&Sha256::of(words.as_bytes()).to_string()))
}

fn asked(version: &str, wording_sha256: Option<Reference>) -> Event {
    let notice = Notice { version: label(version), wording_sha256, ..notice() };
    Requested { notice, ..requested() }.into()
}

/// The words of a trail, as id, version and text.
fn words(history: &History) -> Vec<(String, String, String)> {
    let model = Model::of(ConsentProjection, history);
    let (_, words) = trail(&model.connection, contact("ann"), None, &first_page()).unwrap();
    let told = |words: PublishedNotice| {
        (words.id.to_string(), words.version.to_string(), words.text.map(String::from).unwrap_or_default())
    };
    words.into_iter().map(told).collect()
}

#[test]
fn a_trail_comes_with_the_words_that_its_steps_name_each_once() {
    let mut history =
        said([asked("3", digest(WORDS)), asked("3", digest(WORDS)), asked("4", digest("Others."))]);
    let id = notice().id.to_string();
    publish(&mut history, published(&id, "3", "en", WORDS));
    publish(&mut history, published(&id, "4", "en", "Others."));
    publish(&mut history, published("terms", "3", "en", WORDS));
    let expected =
        [(id.clone(), "3".to_owned(), WORDS.to_owned()), (id, "4".to_owned(), "Others.".to_owned())];
    assert_eq!(words(&history), expected);
}

#[test]
fn words_that_the_digest_does_not_name_were_not_shown() {
    for named in [None, digest("Others.")] {
        let mut history = said([asked("3", named)]);
        publish(&mut history, published(notice().id.as_str(), "3", "en", WORDS));
        assert_eq!(words(&history), []);
    }
}

#[test]
fn what_was_published_is_listed_in_pages_oldest_first_by_what_is_asked_for() {
    let mut history = said([]);
    for (id, version, language) in [("a", "1", "de"), ("a", "1", "en"), ("b", "1", "en"), ("a", "2", "en")] {
        publish(&mut history, published(id, version, language, &format!("{id} {version} {language}")));
    }
    // The first words stay, whatever else stands in the log.
    publish(&mut history, published("a", "1", "DE", "others"));
    let model = Model::of(ConsentProjection, &history);
    let listed = |filter: &NoticeFilter| -> Vec<u64> {
        let page = |page: &_| list(&model.connection, filter, page);
        all_pages(1, page).into_iter().map(|notice| notice.position.0).collect()
    };
    assert_eq!(listed(&NoticeFilter::default()), [2, 3, 4, 5]);
    let of_a = NoticeFilter { id: Some(reference("a")), ..NoticeFilter::default() };
    assert_eq!(listed(&of_a), [2, 3, 5]);
    assert_eq!(listed(&NoticeFilter { version: Some(label("1")), ..of_a.clone() }), [2, 3]);
    assert_eq!(listed(&NoticeFilter { language: Some(reference("DE")), ..of_a.clone() }), [2]);
    let by_digest = NoticeFilter { wording_sha256: Some(Sha256::of(b"b 1 en")), ..NoticeFilter::default() };
    assert_eq!(listed(&by_digest), [4]);
    let with_text = NoticeFilter { with_text: true, ..of_a };
    for (filter, text) in [(by_digest, None), (with_text, Some(Text::parse("a 1 de").unwrap()))] {
        assert_eq!(list(&model.connection, &filter, &first_page()).unwrap().items[0].text, text);
    }
}
