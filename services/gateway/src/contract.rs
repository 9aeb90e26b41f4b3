//! What can be called, by the contract itself.

use std::fmt;

use prost::Message as _;
use prost_types::FileDescriptorSet;

/// The package of the contract.
const PACKAGE: &str = "rapport.v1";
/// The package of what describes it.
const REFLECTION_PACKAGE: &str = "grpc.reflection.v1";

/// An RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rpc {
    /// The package of its service.
    pub package: String,
    /// Its service: `ContactService`.
    pub service: String,
    /// Its name: `GetContact`.
    pub method: String,
}

/// As the path that it is called by: `/rapport.v1.ContactService/GetContact`.
impl fmt::Display for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}.{}/{}", self.package, self.service, self.method)
    }
}

impl Rpc {
    /// What a path calls, where that is for those who are let in: the contract and what describes it, be there such an RPC
    /// or not. All else is for everybody, or nothing.
    pub(crate) fn guarded(path: &str) -> Option<Self> {
        let (service, method) = path.strip_prefix('/')?.split_once('/')?;
        let (package, service) = service.rsplit_once('.')?;
        let is_guarded = [PACKAGE, REFLECTION_PACKAGE].contains(&package);
        let (package, service, method) = (package.to_owned(), service.to_owned(), method.to_owned());
        is_guarded.then_some(Self { package, service, method })
    }
}

/// Every RPC of the contract, in its order.
#[must_use]
pub fn rpcs() -> Vec<Rpc> {
    rpcs_of(rapport_proto::FILE_DESCRIPTOR_SET)
}

/// Every RPC of a set of descriptors.
pub(crate) fn rpcs_of(descriptors: &[u8]) -> Vec<Rpc> {
    let mut rpcs = Vec::new();
    for file in FileDescriptorSet::decode(descriptors).unwrap_or_default().file {
        for service in &file.service {
            let rpc = |method: &str| Rpc {
                package: file.package().to_owned(),
                service: service.name().to_owned(),
                method: method.to_owned(),
            };
            rpcs.extend(service.method.iter().map(|method| rpc(method.name())));
        }
    }
    rpcs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_and_its_description_are_guarded_and_health_is_not() {
        assert!(rpcs().iter().all(|rpc| Rpc::guarded(&rpc.to_string()).as_ref() == Some(rpc)));
        let guarded = |path| Rpc::guarded(path).map(|rpc| (rpc.service, rpc.method));
        let described = ("ServerReflection".to_owned(), "ServerReflectionInfo".to_owned());
        assert_eq!(guarded("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"), Some(described));
        assert_eq!(guarded("/rapport.v1.Nobody/Nothing"), Some(("Nobody".to_owned(), "Nothing".to_owned())));
        for path in ["/grpc.health.v1.Health/Check", "/rapport.v1/GetContact", "rapport.v1.A/B", "/", ""] {
            assert_eq!(guarded(path), None, "{path}");
        }
    }
}
