//! What the wire promises: every reason is documented, and so is everything that a caller can send or get.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

use crate::tree::{SourceFile, rust_files};

/// Longest reason, in characters: the limit of `google.rpc.ErrorInfo`.
const REASON_LENGTH_MAX: usize = 63;
/// Package of the contract.
const PACKAGE: &str = "rapport.v1";
/// Fields that carry one of these are documented there, once.
const DOCUMENTED_BY_THEIR_TYPE: [&str; 4] = ["CommandHeader", "PageRequest", "QueryHeader", "Receipt"];

/// Numbers of the fields of a descriptor, as paths in its source info use them (descriptor.proto).
mod number {
    pub(super) const FILE_MESSAGE: i32 = 4;
    pub(super) const FILE_ENUM: i32 = 5;
    pub(super) const FILE_SERVICE: i32 = 6;
    pub(super) const MESSAGE_FIELD: i32 = 2;
    pub(super) const MESSAGE_NESTED: i32 = 3;
    pub(super) const ENUM_VALUE: i32 = 2;
    pub(super) const SERVICE_METHOD: i32 = 2;
}

pub(crate) fn contract() -> Vec<FileDescriptorProto> {
    written_here(rapport_proto::FILE_DESCRIPTOR_SET)
}

/// The files of a set that stand in `proto/`.
fn written_here(descriptors: &[u8]) -> Vec<FileDescriptorProto> {
    let set = FileDescriptorSet::decode(descriptors).expect("the descriptors can be read");
    let written = set.file.into_iter().filter(|file| !file.package().starts_with("google.protobuf"));
    written.collect()
}

/// Paths of everything that a comment stands before or behind.
fn commented(file: &FileDescriptorProto) -> BTreeSet<Vec<i32>> {
    let info = file.source_code_info.as_ref().expect("the descriptors carry their comments");
    let with_comment = info.location.iter().filter(|location| {
        let comment = format!("{}{}", location.leading_comments(), location.trailing_comments());
        !comment.trim().is_empty()
    });
    with_comment.map(|location| location.path.clone()).collect()
}

fn index(place: usize) -> i32 {
    i32::try_from(place).expect("a file has fewer than 2^31 parts")
}

fn error_reasons() -> (Vec<String>, Vec<String>) {
    let mut all = Vec::new();
    let mut bare = Vec::new();
    for file in contract() {
        let commented = commented(&file);
        for (place, reasons) in
            file.enum_type.iter().enumerate().filter(|(_, kind)| kind.name() == "ErrorReason")
        {
            for (entry, value) in reasons.value.iter().enumerate() {
                all.push(value.name().to_owned());
                let path = vec![number::FILE_ENUM, index(place), number::ENUM_VALUE, index(entry)];
                if !commented.contains(&path) {
                    bare.push(value.name().to_owned());
                }
            }
        }
    }
    assert!(!all.is_empty(), "errors.proto has no ErrorReason");
    (all, bare)
}

/// Every text in a function `reason` of the domain, and where it stands.
fn reasons_of_the_domain() -> BTreeMap<String, String> {
    let of_domain = rust_files().into_iter().filter(|file| file.path.starts_with("domain/src/"));
    of_domain.flat_map(|file| reasons_in(&file)).collect()
}

fn reasons_in(file: &SourceFile) -> Vec<(String, String)> {
    let mut depth = None;
    let mut reasons = Vec::new();
    for (number, line) in file.code() {
        if line.contains("fn reason(") && line.contains('{') {
            depth = Some(0_usize);
        }
        let Some(open) = depth else { continue };
        let quoted = line.split('"').skip(1).step_by(2);
        reasons.extend(quoted.map(|reason| (reason.to_owned(), format!("{}:{number}", file.path))));
        let open = (open + line.matches('{').count()).saturating_sub(line.matches('}').count());
        depth = (open > 0).then_some(open);
    }
    reasons
}

#[test]
fn every_reason_of_the_domain_stands_in_the_contract() {
    let (documented, _) = error_reasons();
    let reasons = reasons_of_the_domain();
    assert!(reasons.len() > 10, "found {} reasons in domain/src: the test reads them wrongly", reasons.len());
    let missing: Vec<_> = reasons.iter().filter(|(reason, _)| !documented.contains(reason)).collect();
    assert!(
        missing.is_empty(),
        "{missing:#?}\nAdd each to ErrorReason in proto/rapport/v1/errors.proto, with its gRPC code and what to do."
    );
}

#[test]
fn every_reason_fits_an_error_info() {
    let (documented, _) = error_reasons();
    for reason in documented.iter().chain(reasons_of_the_domain().keys()) {
        let upper_snake = reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        assert!(
            upper_snake && reason.len() <= REASON_LENGTH_MAX,
            "{reason}: at most {REASON_LENGTH_MAX} characters A-Z, 0-9 and _"
        );
    }
}

#[test]
fn every_reason_is_explained() {
    let (_, bare) = error_reasons();
    assert!(
        bare.is_empty(),
        "{bare:#?}: say in errors.proto which gRPC code it comes with and what to do about it"
    );
}

#[test]
fn everything_on_the_wire_is_explained() {
    let mut bare = Vec::new();
    let protocol = written_here(rapport_proto::KURRENT_DESCRIPTOR_SET);
    assert!(
        protocol.len() > 6,
        "KurrentDB's protocol has {} files: the test reads them wrongly",
        protocol.len()
    );
    for file in contract().into_iter().chain(protocol) {
        let commented = commented(&file);
        // The request and the answer of an RPC are what the comment of the RPC says.
        let mut of_rpcs = BTreeSet::new();
        for (place, service) in file.service.iter().enumerate() {
            for (entry, method) in service.method.iter().enumerate() {
                of_rpcs.insert(method.input_type().to_owned());
                of_rpcs.insert(method.output_type().to_owned());
                let path = vec![number::FILE_SERVICE, index(place), number::SERVICE_METHOD, index(entry)];
                if !commented.contains(&path) {
                    bare.push(format!("{}: rpc {}.{}", file.name(), service.name(), method.name()));
                }
            }
        }
        for (place, message) in file.message_type.iter().enumerate() {
            let path = vec![number::FILE_MESSAGE, index(place)];
            let of_rpc = of_rpcs.contains(&format!(".{}.{}", file.package(), message.name()));
            unexplained(&file, &commented, message, &path, of_rpc, &mut bare);
        }
    }
    assert!(
        bare.is_empty(),
        "{} parts of the contract have no comment. Say what each is, its unit and its limit:\n{}",
        bare.len(),
        bare.join("\n")
    );
}

fn unexplained(
    file: &FileDescriptorProto,
    commented: &BTreeSet<Vec<i32>>,
    message: &DescriptorProto,
    path: &[i32],
    of_rpc: bool,
    bare: &mut Vec<String>,
) {
    if !of_rpc && !commented.contains(path) {
        bare.push(format!("{}: message {}", file.name(), message.name()));
    }
    for (place, field) in message.field.iter().enumerate() {
        let by_type = field.type_name().strip_prefix(&format!(".{PACKAGE}.")).unwrap_or_default();
        let explained = commented.contains(&[path, &[number::MESSAGE_FIELD, index(place)]].concat());
        if !explained && !DOCUMENTED_BY_THEIR_TYPE.contains(&by_type) {
            bare.push(format!("{}: {}.{}", file.name(), message.name(), field.name()));
        }
    }
    let is_map_entry =
        |nested: &DescriptorProto| nested.options.as_ref().is_some_and(|options| options.map_entry());
    for (place, nested) in message.nested_type.iter().enumerate().filter(|(_, nested)| !is_map_entry(nested))
    {
        let path = [path, &[number::MESSAGE_NESTED, index(place)]].concat();
        unexplained(file, commented, nested, &path, false, bare);
    }
}
