//! Given keys in a file, when somebody calls with one, then it is who the key was given to, or nobody.

use std::fs;
use std::path::PathBuf;

use rapport_domain::envelope::ActorKind;

use super::*;
use crate::output::Format;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// The roles that there are.
fn roles() -> BTreeSet<Role> {
    ["admin", "analyst"].map(|role| Role::parse(role).unwrap()).into()
}

fn on_the_last_day() -> Date {
    day("2026-12-30")
}

fn on_the_day_after() -> Date {
    day("2026-12-31")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("keys.toml")
    }

    /// A file with one key, whose secret is known.
    fn with_key(self, id: &str, actor: &str) -> Self {
        let text = format!(
            "[[key]]\nid = {id:?}\nactor = {actor:?}\nsha256 = {:?}\nexpires_on = \"2026-12-31\"\n",
            digest("secret")
        );
        fs::write(self.file(), text).unwrap();
        self
    }
}

#[test]
fn a_key_proves_whom_it_was_given_to_and_nothing_else_does() {
    let folder = Folder::new().with_key("billing-1", "service:billing");
    let keys = ApiKeys::open_on(&folder.file(), &roles(), on_the_last_day).unwrap();
    let Caller { actor, roles } = keys.caller("rapport_billing-1_secret").unwrap();
    assert_eq!((actor.kind, actor.id.as_str()), (ActorKind::Service, "billing"));
    assert_eq!(roles, [Role::parse("unrestricted").unwrap()].into(), "a file from before there were roles");
    for wrong in [
        "",
        "secret",
        "rapport_",
        "rapport_billing-1",
        "rapport_billing-1_",
        "rapport_billing-1_Secret",
        "rapport_billing-2_secret",
        "rapport__secret",
        "rapport_billing-1_secret ",
    ] {
        assert_eq!(keys.caller(wrong), None, "{wrong:?}");
    }
}

#[test]
fn a_key_carries_the_roles_that_it_was_given_and_none_where_the_list_is_empty() {
    let folder = Folder::new().with_key("billing-1", "service:billing");
    let good = fs::read_to_string(folder.file()).unwrap();
    for (given, carried) in [(r#"["analyst"]"#, vec!["analyst"]), ("[]", vec![])] {
        fs::write(folder.file(), format!("{good}roles = {given}\n")).unwrap();
        let keys = ApiKeys::open_on(&folder.file(), &roles(), on_the_last_day).unwrap();
        let roles = keys.caller("rapport_billing-1_secret").unwrap().roles;
        assert_eq!(roles.iter().map(Role::as_str).collect::<Vec<_>>(), carried);
    }
}

#[test]
fn a_key_is_not_valid_any_more_from_its_day_on() {
    let folder = Folder::new().with_key("billing-1", "service:billing");
    let keys = ApiKeys::open_on(&folder.file(), &roles(), on_the_day_after).unwrap();
    assert_eq!(keys.caller("rapport_billing-1_secret"), None);
}

#[test]
fn what_is_made_works_and_what_is_taken_back_does_not() {
    let folder = Folder::new();
    let create = |id: &str| Command::Create {
        id: id.to_owned(),
        given_to: "user:ann".parse().unwrap(),
        roles: vec![Role::parse("analyst").unwrap()],
        expires_on: None,
        keys: folder.file(),
        policies: None,
    };
    run(create("ann-1"), Format::Json).unwrap();
    run(create("ann-2"), Format::Json).unwrap();
    let twice = run(create("ann-2"), Format::Json).unwrap_err();
    assert!(twice.to_string().contains("two of this id"), "{twice}");
    let revoke = |id: &str| Command::Revoke { id: id.to_owned(), keys: folder.file() };
    run(revoke("ann-1"), Format::Json).unwrap();
    assert!(run(revoke("ann-1"), Format::Json).is_err());
    let left: Vec<String> =
        KeyFile::read(&folder.file()).unwrap().keys.into_iter().map(|key| key.id).collect();
    assert_eq!(left, ["ann-2"]);
}

#[test]
fn a_file_that_makes_no_sense_is_refused_and_names_what_is_wrong() {
    let folder = Folder::new().with_key("billing-1", "service:billing");
    let good = fs::read_to_string(folder.file()).unwrap();
    for (text, named) in [
        (good.replace("service:billing", "nobody:billing"), "KIND:ID"),
        (good.replace("billing-1", "Billing 1"), "an id has"),
        (good.replace(&digest("secret"), "abc"), "64 hex digits"),
        (format!("{good}{good}"), "two of this id"),
        (format!("{good}roles = [\"queen\"]\n"), "there are admin, analyst"),
        (good.replace("actor", "actr"), "line 3"),
        (good.replace("2026-12-31", "31.12.2026"), "line 5"),
        (String::new(), "has no API key"),
    ] {
        fs::write(folder.file(), &text).unwrap();
        let refused = ApiKeys::open(&folder.file(), &roles()).err().unwrap().to_string();
        assert!(refused.contains(named) && !refused.contains(&digest("secret")), "{refused}");
    }
}

#[test]
fn a_file_that_is_broken_while_it_is_used_changes_nothing() {
    let folder = Folder::new().with_key("billing-1", "service:billing");
    let keys = ApiKeys::open_on(&folder.file(), &roles(), on_the_last_day).unwrap();
    fs::write(folder.file(), "[[key]]\nid = 7\n").unwrap();
    assert!(keys.caller("rapport_billing-1_secret").is_some());
}
