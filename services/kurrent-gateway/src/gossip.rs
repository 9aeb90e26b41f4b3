//! `Gossip`: one server, for ever the leader.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use rapport_domain::value::Instant;
use rapport_proto::kurrent::Empty;
use rapport_proto::kurrent::gossip::gossip_server::Gossip;
use rapport_proto::kurrent::gossip::member_info::VNodeState;
use rapport_proto::kurrent::gossip::{ClusterInfo, EndPoint, MemberInfo};
use tonic::{Request, Response, Status};

use crate::streams::Kurrent;
use crate::wire::{IdForm, ticks, uuid};

#[tonic::async_trait]
impl Gossip for Kurrent {
    async fn read(&self, request: Request<Empty>) -> Result<Response<ClusterInfo>, Status> {
        // The address that the client reached us at is one that it can reach; one of all interfaces is none.
        let address = request.local_addr().unwrap_or(self.address);
        let member = MemberInfo {
            instance_id: Some(uuid(self.instance, IdForm::Text)),
            time_stamp: now(),
            state: VNodeState::Leader.into(),
            is_alive: true,
            http_end_point: Some(end_point(address)),
        };
        Ok(Response::new(ClusterInfo { members: vec![member] }))
    }
}

fn end_point(address: SocketAddr) -> EndPoint {
    EndPoint { address: address.ip().to_canonical().to_string(), port: u32::from(address.port()) }
}

fn now() -> i64 {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros();
    i64::try_from(micros).ok().and_then(|micros| Instant::from_micros(micros).ok()).map_or(0, ticks)
}
