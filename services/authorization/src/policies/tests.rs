//! Given policies, when somebody asks, then deny by default, forbid before permit, and the names of those that decide.

use std::fs;

use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::CaseId;
use rapport_domain::personal::DataClass;
use rapport_domain::value::{Label, Reference};

use super::*;

fn caller(roles: &[&str]) -> Caller {
    let actor = Actor { kind: ActorKind::User, id: Reference::parse("ann").unwrap(), on_behalf_of: None };
    Caller { actor, roles: roles.iter().map(|role| Key::parse(role).unwrap()).collect() }
}

fn rpc(service: &str, method: &str) -> Asked {
    Asked::Call { service: service.to_owned(), method: method.to_owned() }
}

fn decide(policies: &Policies, roles: &[&str], asked: &Asked, purpose: Option<&str>) -> (bool, Vec<String>) {
    let purpose = purpose.map(|purpose| Label::parse(purpose).unwrap());
    let question = Question { caller: &caller(roles), asked, purpose: purpose.as_ref() };
    let decision = policies.decide(question);
    (decision.allowed, decision.policies.clone())
}

fn named(policies: &[&str]) -> Vec<String> {
    policies.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_no_policy_permits_is_refused() {
    let policies = Policies::load(None).unwrap();
    let archive = rpc("ContactService", "ArchiveContact");
    assert_eq!(decide(&policies, &[], &archive, None), (false, vec![]));
    assert_eq!(decide(&policies, &["support"], &archive, None), (false, vec![]));
    assert_eq!(
        decide(&policies, &["sales_manager"], &archive, None),
        (true, named(&["sales_manager.leads"]))
    );
}

#[test]
fn an_intern_may_not_archive_whatever_other_role_they_have() {
    let policies = Policies::load(None).unwrap();
    let archive = rpc("ContactService", "ArchiveContact");
    assert_eq!(
        decide(&policies, &["intern", "sales_manager"], &archive, None),
        (false, named(&["intern.never"]))
    );
    assert_eq!(
        decide(&policies, &["intern", "unrestricted"], &archive, None),
        (false, named(&["intern.never"]))
    );
}

/// To see a class of a subject's personal data, with what is known of the subject.
fn open(class: DataClass, open_cases: &[&str], owns: bool) -> Asked {
    let open_cases = open_cases.iter().map(|name| CaseId::derived("tests", name)).collect();
    Asked::Open { class, relation: Relation { open_cases: Some(open_cases), owns: Some(owns) } }
}

#[test]
fn support_sees_a_contact_only_while_a_case_of_theirs_is_open() {
    let policies = Policies::load(None).unwrap();
    let support = |asked: &Asked, purpose| decide(&policies, &["support"], asked, purpose);
    let nothing = (false, vec![]);
    assert_eq!(support(&Asked::open(DataClass::Contact), None), nothing, "what is not known is no case");
    assert_eq!(
        support(&open(DataClass::Contact, &[], true), Some("CASE-7")),
        nothing,
        "words are none either"
    );
    for class in [DataClass::Contact, DataClass::Notes] {
        let with_case = support(&open(class, &["printer", "keys"], false), None);
        assert_eq!(with_case, (true, named(&["support.opens-with-a-case"])));
        assert_eq!(support(&open(class, &[], false), None), nothing, "the answer to a case is not kept");
    }
    assert_eq!(support(&open(DataClass::Evidence, &["printer"], false), None), nothing);
}

#[test]
fn a_sales_representative_sees_their_own_customers_and_a_manager_all() {
    let policies = Policies::load(None).unwrap();
    let rep = |asked: &Asked| decide(&policies, &["sales_rep"], asked, None);
    for class in [DataClass::Contact, DataClass::Notes] {
        assert_eq!(rep(&open(class, &[], true)), (true, named(&["sales_rep.opens-own-customers"])));
        assert_eq!(rep(&open(class, &["printer"], false)), (false, vec![]));
        assert_eq!(rep(&Asked::open(class)), (false, vec![]), "what is not known is not theirs");
        let manager = decide(&policies, &["sales_manager"], &Asked::open(class), None);
        assert_eq!(manager, (true, named(&["sales_manager.opens-contacts-and-notes"])));
    }
    assert_eq!(rep(&open(DataClass::Evidence, &[], true)), (false, vec![]));
}

#[test]
fn only_what_a_policy_about_the_caller_asks_for_has_to_be_found_out() {
    let policies = Policies::load(None).unwrap();
    let asks =
        |policies: &Policies, roles: &[&str]| policies.asks(&caller(roles)).into_iter().collect::<Vec<_>>();
    assert_eq!(asks(&policies, &["support"]), [Fact::OpenCases]);
    assert_eq!(asks(&policies, &["sales_rep", "auditor"]), [Fact::Owns]);
    assert_eq!(asks(&policies, &["sales_rep", "support"]), [Fact::OpenCases, Fact::Owns]);
    for role in ["sales_manager", "privacy_officer", "auditor", "service", "unrestricted"] {
        assert_eq!(asks(&policies, &[role]), [], "{role}");
    }
    let by_name = MAILER.replace(';', " when { context has owns };");
    let folder = Folder::built_in().with("own.cedar", &by_name).load().unwrap();
    assert_eq!(asks(&folder, &["service"]), [Fact::Owns], "a policy that names the caller");
    let named_so = MAILER.replace("mailer.opens", "open_cases");
    let folder = Folder::built_in().with("own.cedar", &named_so).load().unwrap();
    assert_eq!(asks(&folder, &["service"]), [], "a name is no question");
}

#[test]
fn a_decision_says_which_facts_it_rests_on() {
    let policies = Policies::load(None).unwrap();
    let facts = |roles: &[&str], asked: &Asked| {
        let decision = policies.decide(Question { caller: &caller(roles), asked, purpose: None });
        decision.facts.iter().copied().collect::<Vec<_>>()
    };
    let open = open(DataClass::Contact, &["printer"], false);
    assert_eq!(facts(&["support", "sales_rep"], &open), [Fact::OpenCases]);
    assert_eq!(facts(&["privacy_officer"], &open), []);
}

#[test]
fn an_admin_opens_nothing_even_as_privacy_officer() {
    let policies = Policies::load(None).unwrap();
    for class in DataClass::ALL {
        let decided = decide(&policies, &["admin", "privacy_officer"], &Asked::open(class), Some("CASE-7"));
        assert_eq!(decided, (false, named(&["admin.never-opens"])));
    }
}

#[test]
fn what_the_schema_does_not_name_is_refused_to_everybody() {
    let policies = Policies::load(None).unwrap();
    assert!(policies.knows("GetContact") && !policies.knows("GetEverything"));
    for asked in [
        rpc("ContactService", "GetEverything"),
        rpc("NobodysService", "GetContact"),
        // A group is no action that somebody can ask for.
        rpc("ContactService", "read-customers"),
    ] {
        assert_eq!(decide(&policies, &["unrestricted"], &asked, None), (false, vec![]), "{asked:?}");
    }
    let get = rpc("ContactService", "GetContact");
    assert_eq!(decide(&policies, &["unrestricted", "queen"], &get, None), (false, vec![]), "an unknown role");
}

struct Folder(tempfile::TempDir);

impl Folder {
    /// The policies that are built in, as files.
    fn built_in() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ops/policies")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self(folder)
    }

    fn with(self, file: &str, text: &str) -> Self {
        fs::write(self.0.path().join(file), text).unwrap();
        self
    }

    fn load(&self) -> Result<Policies, PoliciesError> {
        Policies::load(Some(self.0.path()))
    }

    fn refusal(&self) -> String {
        self.load().err().unwrap().to_string()
    }
}

const MAILER: &str = "@id(\"mailer.opens\") permit (principal == Rapport::Caller::\"user:ann\", \
                      action == Rapport::Action::\"ReadPersonal\", resource == Rapport::DataClass::\"contact\");";

#[test]
fn a_folder_takes_the_place_of_what_is_built_in() {
    let same = Folder::built_in().load().unwrap();
    assert_eq!(same.sha256(), Policies::load(None).unwrap().sha256());
    let own = Folder::built_in().with("own.cedar", MAILER).load().unwrap();
    assert_ne!(own.sha256(), same.sha256());
    assert_eq!(
        decide(&own, &["service"], &Asked::open(DataClass::Contact), None),
        (true, named(&["mailer.opens"]))
    );
    assert_eq!(decide(&own, &["service"], &Asked::open(DataClass::Notes), None), (false, vec![]));
}

#[test]
fn policies_that_are_not_strictly_right_are_refused_by_name() {
    let with = |text: &str| Folder::built_in().with("own.cedar", text).refusal();
    let role = with(&MAILER.replace("== Rapport::Caller::\"user:ann\"", "in Rapport::Role::\"seller\""));
    assert!(role.contains("mailer.opens") && role.contains("seller"), "{role}");
    let action = with(&MAILER.replace("ReadPersonal", "ReadEverything"));
    assert!(action.contains("mailer.opens") && action.contains("ReadEverything"), "{action}");
    let never = with(&MAILER.replace(';', " when { principal.kind == 7 };"));
    assert!(never.contains("mailer.opens"), "{never}");
    assert!(
        with(&MAILER.replace("@id(\"mailer.opens\")", ""))
            .starts_with("own.cedar: every policy needs a name")
    );
    assert!(with(&MAILER.replace("mailer.opens", "intern.never")).contains("every policy needs a name"));
    assert!(with("permit (principal").starts_with("own.cedar: "));
    let nothing = tempfile::tempdir().unwrap();
    let missing = Policies::load(Some(nothing.path())).err().unwrap().to_string();
    assert!(missing.contains("rapport.cedarschema"), "{missing}");
}
