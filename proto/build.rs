//! Compiles the `.proto` files with protox, so that no protoc is needed on the machine.

use std::path::PathBuf;

use prost::Message as _;

const FILES: [&str; 27] = [
    "rapport/v1/common.proto",
    "rapport/v1/errors.proto",
    "rapport/v1/contact_service.proto",
    "rapport/v1/interaction_service.proto",
    "rapport/v1/pipeline.proto",
    "rapport/v1/opportunity.proto",
    "rapport/v1/sales_report.proto",
    "rapport/v1/pipeline_service.proto",
    "rapport/v1/subscription_service.proto",
    "rapport/v1/consent.proto",
    "rapport/v1/consent_service.proto",
    "rapport/v1/notice_service.proto",
    "rapport/v1/subject_request_service.proto",
    "rapport/v1/report_service.proto",
    "rapport/v1/history_service.proto",
    "rapport/v1/admin_service.proto",
    "rapport/v1/audit_service.proto",
    "rapport/v1/access_service.proto",
    "rapport/v1/service_level_service.proto",
    "rapport/v1/case.proto",
    "rapport/v1/case_service.proto",
    "rapport/v1/lead.proto",
    "rapport/v1/lead_service.proto",
    "rapport/v1/lead_rules_service.proto",
    "rapport/v1/task_service.proto",
    "rapport/v1/quote_service.proto",
    "rapport/v1/what_if_service.proto",
];

/// The protocol of KurrentDB, as far as we serve it.
const KURRENT_FILES: [&str; 4] = [
    "event_store/client/shared.proto",
    "event_store/client/streams.proto",
    "event_store/client/server_features.proto",
    "event_store/client/gossip.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for folder in ["rapport", "event_store", "google"] {
        println!("cargo:rerun-if-changed={folder}");
    }
    compile(&FILES, "rapport_descriptor.bin")?;
    compile(&KURRENT_FILES, "kurrent_descriptor.bin")
}

/// Makes code of the files, and keeps their descriptors with the comments.
fn compile(files: &[&str], descriptor: &str) -> Result<(), Box<dyn std::error::Error>> {
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(files)?;
    let encoded = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join(descriptor), &encoded)?;
    let descriptors = prost_types::FileDescriptorSet::decode(encoded.as_slice())?;
    // Sorted maps: the bytes of a request are then the same each time, and a retry can be told by its digest.
    tonic_prost_build::configure()
        .btree_map(".")
        .extern_path(".google.rpc", "::tonic_types")
        .compile_fds(descriptors)?;
    Ok(())
}
