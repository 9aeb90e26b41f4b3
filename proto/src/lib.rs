//! The wire contract: what services, analysts and auditors call. Generated code, no logic.

/// Package `rapport.v1`.
pub mod v1 {
    #![allow(
        missing_docs,
        unused_qualifications,
        clippy::all,
        clippy::too_many_lines,
        reason = "generated: the documentation stands in the .proto files"
    )]
    tonic::include_proto!("rapport.v1");
}

/// The descriptors of every file, for reflection and for tests that walk all RPCs.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rapport_descriptor.bin"));
