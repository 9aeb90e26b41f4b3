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

/// Packages `event_store.client.*`: the protocol of KurrentDB, as far as we serve it.
pub mod kurrent {
    #![allow(
        missing_docs,
        unused_qualifications,
        clippy::all,
        clippy::too_many_lines,
        reason = "generated: the documentation stands in the .proto files"
    )]
    tonic::include_proto!("event_store.client");

    /// Package `event_store.client.streams`.
    pub mod streams {
        tonic::include_proto!("event_store.client.streams");
    }

    /// Package `event_store.client.server_features`.
    pub mod server_features {
        tonic::include_proto!("event_store.client.server_features");
    }

    /// Package `event_store.client.gossip`.
    pub mod gossip {
        tonic::include_proto!("event_store.client.gossip");
    }
}

/// The descriptors of KurrentDB's protocol; apart, because reflection tells of our contract only.
pub const KURRENT_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kurrent_descriptor.bin"));
