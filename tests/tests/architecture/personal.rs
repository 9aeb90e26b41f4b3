//! Every field of an answer that can hold personal data says of which class: policies speak of classes, and whoever reads
//! the contract learns which of them it takes.

use std::collections::BTreeSet;

use prost_reflect::{DescriptorPool, ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::tree::{SourceFile, files, rust_files};

/// Package of the contract.
const PACKAGE: &str = "rapport.v1";
/// The messages that personal data is answered in. The gateway has no other way to hand out an opened value of one field:
/// what it opens for a reader becomes one of these.
const OPENED: [&str; 2] = ["rapport.v1.PersonalText", "rapport.v1.ConsentEvidence"];
/// What stands where. The class is the one whose key seals the value, by its type in the domain.
const CLASSES: [&str; 7] = [
    "ConsentStep.evidence EVIDENCE",
    "ConsentStep.evidence_sealed EVIDENCE",
    "ContactPointView.point CONTACT",
    "ContactProfile.name CONTACT",
    "ExportValues.texts EVERY",
    "HistoryEvent.data EVERY",
    "TimelineEntry.summary NOTES",
];

/// Messages of answers, and whatever stands in them.
fn answered(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let services = pool.services().filter(|service| service.parent_file().package_name() == PACKAGE);
    let mut open: Vec<MessageDescriptor> = services
        .flat_map(|service| service.methods().map(|method| method.output()).collect::<Vec<_>>())
        .collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    while let Some(message) = open.pop() {
        if seen.insert(message.full_name().to_owned()) {
            let kinds = message.fields().map(|field| field.kind());
            open.extend(kinds.filter_map(|kind| kind.as_message().cloned()));
            all.push(message);
        }
    }
    all
}

/// The class that a field says, without its prefix; nothing where it says none.
fn class(field: &FieldDescriptor, option: &ExtensionDescriptor) -> Option<String> {
    let options = field.options();
    let Value::EnumNumber(number) = *options.get_extension(option) else { return None };
    let Kind::Enum(classes) = option.kind() else { return None };
    let name = classes.get_value(number).filter(|_| number != 0)?.name().to_owned();
    name.strip_prefix("DATA_CLASS_").map(str::to_owned)
}

#[test]
fn every_field_of_an_answer_that_holds_personal_data_says_its_class() {
    let pool =
        DescriptorPool::decode(rapport_proto::FILE_DESCRIPTOR_SET).expect("the descriptors can be read");
    let option = pool.get_extension_by_name("rapport.v1.field_class").expect("the option is declared");
    let (mut bare, mut said) = (Vec::new(), Vec::new());
    for message in answered(&pool) {
        for field in message.fields() {
            let opened = field.kind().as_message().is_some_and(|kind| OPENED.contains(&kind.full_name()));
            match class(&field, &option) {
                Some(class) => said.push(format!("{}.{} {class}", message.name(), field.name())),
                None if opened => bare.push(format!("{}.{}", message.name(), field.name())),
                None => {}
            }
        }
    }
    assert_eq!(bare, [""; 0], "say `[(field_class) = ...]`, by the class of the value's type in the domain");
    said.sort();
    assert_eq!(said, CLASSES, "what is personal, and of which class, is read by people: keep this list");
}

/// SQLite's full-text indexes keep the words of deleted rows unless each of them is told not to.
#[test]
fn nothing_personal_can_be_in_a_full_text_index() {
    let sources = rust_files().into_iter().filter(SourceFile::is_product).chain(files("sql"));
    let declared: Vec<String> = sources
        .filter(|file| file.code().any(|(_, line)| line.to_lowercase().contains("using fts")))
        .map(|file| file.path)
        .collect();
    assert_eq!(
        declared, [""; 0],
        "a word of somebody who was erased would stay in it: search by a blind index"
    );
}
