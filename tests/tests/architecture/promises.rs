//! What has landed on the wire is a promise: it is added to, never changed.

use std::collections::BTreeSet;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto};

use crate::contract::contract;

/// Every field, value and call there is, a line each.
#[derive(Default)]
struct Lines(BTreeSet<String>);

impl Lines {
    fn message(&mut self, outer: &str, message: &DescriptorProto) {
        let name = format!("{outer}{}", message.name());
        self.0.extend(message.field.iter().map(|field| format!("{name}.{}", said_of(field))));
        let inner = format!("{name}.");
        message.nested_type.iter().for_each(|nested| self.message(&inner, nested));
        message.enum_type.iter().for_each(|nested| self.enumeration(&inner, nested));
    }

    fn enumeration(&mut self, outer: &str, kind: &EnumDescriptorProto) {
        let name = format!("{outer}{}", kind.name());
        self.0.extend(kind.value.iter().map(|value| format!("{name}.{} = {}", value.name(), value.number())));
    }
}

/// Its name, number, type, and whether there may be none or many.
fn said_of(field: &FieldDescriptorProto) -> String {
    let count = match field.label() {
        Label::Repeated => "repeated ",
        Label::Optional if field.proto3_optional() => "optional ",
        Label::Optional | Label::Required => "",
    };
    let kind = match field.r#type() {
        Type::Message | Type::Enum => field.type_name().trim_start_matches(".rapport.v1.").to_owned(),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    format!("{} = {} {count}{kind}", field.name(), field.number())
}

fn wire() -> BTreeSet<String> {
    let mut lines = Lines::default();
    for file in contract() {
        file.message_type.iter().for_each(|message| lines.message("", message));
        file.enum_type.iter().for_each(|kind| lines.enumeration("", kind));
        for service in &file.service {
            let stream = |is_one: bool| if is_one { "stream " } else { "" };
            lines.0.extend(service.method.iter().map(|rpc| {
                let (takes, gives) = (stream(rpc.client_streaming()), stream(rpc.server_streaming()));
                let of = |name: &str| name.trim_start_matches(".rapport.v1.").to_owned();
                let (input, output) = (of(rpc.input_type()), of(rpc.output_type()));
                format!("{}/{} {takes}{input} -> {gives}{output}", service.name(), rpc.name())
            }));
        }
    }
    lines.0
}

#[test]
fn what_landed_on_the_wire_stays_as_it_landed_and_all_of_it_is_listed() {
    let listed: BTreeSet<String> = include_str!("../../golden/wire.txt").lines().map(str::to_owned).collect();
    let wire = wire();
    let gone: Vec<&String> = listed.difference(&wire).collect();
    assert!(gone.is_empty(), "changed or gone, and callers have it: {gone:#?}");
    let new: Vec<String> = wire.difference(&listed).cloned().collect();
    assert!(new.is_empty(), "new: add to tests/golden/wire.txt, and mean it:\n{}", new.join("\n"));
}
