//! A certificate as JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rapport_proto::v1::ReportCertificate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Failure;
use crate::output;
use crate::wire::{parse_moment, timestamp};

/// As it stands in a document. Digests in hex, the question in base64.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    definition_hash: String,
    projection: String,
    projector_version: u32,
    position: u64,
    as_of: Option<String>,
    result_sha256: String,
    rpc: String,
    question: String,
}

/// For a document; null where there is none.
#[must_use]
pub fn certificate(certificate: Option<&ReportCertificate>) -> Value {
    certificate.map_or(Value::Null, |certificate| {
        json!({
            "definition_hash": certificate.definition_hash,
            "projection": certificate.projection,
            "projector_version": certificate.projector_version,
            "position": certificate.position,
            "as_of": output::instant(certificate.as_of.as_ref()),
            "result_sha256": certificate.result_sha256,
            "rpc": certificate.rpc,
            "question": BASE64.encode(&certificate.question),
        })
    })
}

/// Adds it to a report's document.
#[must_use]
pub fn certified(mut document: Value, by: Option<&ReportCertificate>) -> Value {
    document["certificate"] = certificate(by);
    document
}

impl Certificate {
    /// The certificate that a document is, or carries as `certificate`.
    ///
    /// # Errors
    /// When it is none, and has none.
    pub fn find(document: &Value) -> Result<ReportCertificate, Failure> {
        let found = match document.get("certificate") {
            Some(Value::Null) => {
                let why = "the report carries no certificate: it is a list of more than one page";
                return Err(Failure::Usage(why.to_owned()));
            }
            Some(certificate) => certificate,
            None => document,
        };
        let malformed = |what: &str| Failure::Usage(format!("this is no certificate of a report: {what}"));
        let read: Self =
            serde_json::from_value(found.clone()).map_err(|error| malformed(&error.to_string()))?;
        let as_of = read.as_of.as_deref().map(parse_moment).transpose();
        Ok(ReportCertificate {
            definition_hash: read.definition_hash,
            projection: read.projection,
            projector_version: read.projector_version,
            position: read.position,
            as_of: as_of
                .map_err(|invalid| malformed(&format!("as_of: {}", invalid.expected)))?
                .map(timestamp),
            result_sha256: read.result_sha256,
            rpc: read.rpc,
            question: BASE64
                .decode(&read.question)
                .map_err(|error| malformed(&format!("question: {error}")))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certified() -> ReportCertificate {
        ReportCertificate {
            definition_hash: "aa".to_owned(),
            projection: "churn".to_owned(),
            projector_version: 1,
            position: 7,
            as_of: Some(prost_types::Timestamp { seconds: 1, nanos: 5_000 }),
            result_sha256: "bb".to_owned(),
            rpc: "rapport.v1.ReportService/GetChurnReport".to_owned(),
            question: vec![0, 255, 7],
        }
    }

    #[test]
    fn a_certificate_is_read_as_it_was_written_alone_or_in_its_report() {
        let alone = certificate(Some(&certified()));
        assert_eq!(Certificate::find(&alone).unwrap(), certified());
        assert_eq!(Certificate::find(&json!({ "open": 3, "certificate": alone })).unwrap(), certified());
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        let mut changed = certificate(Some(&certified()));
        changed["question"] = json!("?");
        for document in [json!({}), json!([]), json!({ "certificate": null }), changed] {
            assert!(matches!(Certificate::find(&document), Err(Failure::Usage(_))), "{document}");
        }
    }
}
