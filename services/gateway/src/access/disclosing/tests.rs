//! Given a log that takes nothing any more, when personal data was opened for an answer, then nothing leaves.

use futures::TryStreamExt as _;
use rapport_application::{Application, Disclosure, SystemClock, Visit};
use rapport_domain::Personal;
use rapport_domain::envelope::{Actor, ActorKind};
use rapport_domain::id::ContactId;
use rapport_domain::value::{Label, Name, Reference};
use rapport_event_store::{EmbeddedOptions, EmbeddedStore, EventStore, Filter};
use rapport_vault::{RootKey, Vault};
use tempfile::TempDir;
use tonic_types::StatusExt as _;

use super::super::Authority;
use super::*;

/// A record over a log on disk, and somebody's name, sealed.
struct House {
    record: AccessRecord,
    store: Arc<EmbeddedStore>,
    sealed: Personal<Name>,
    _folder: TempDir,
}

fn ann() -> ContactId {
    ContactId::derived("tests", "ann")
}

impl House {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = RootKey::create(&folder.path().join("root.key")).unwrap();
        let vault = Arc::new(Vault::open(&folder.path().join("vault.db"), &root).unwrap());
        let mut sealed = Personal::Clear(Name::parse("Ann Lee").unwrap());
        vault.ensure_keys(&[ann()]).await.unwrap();
        vault.seal(&ann(), vec![&mut sealed]).unwrap();
        let store = EmbeddedStore::open(&folder.path().join("data"), EmbeddedOptions::default()).unwrap();
        let store = Arc::new(store);
        let disclosure = Disclosure::to([ActorKind::User]);
        let log = Arc::clone(&store) as Arc<dyn EventStore>;
        let application = Arc::new(Application::new(log, vault, Arc::new(SystemClock), disclosure));
        Self { record: AccessRecord::new(application, true), store, sealed, _folder: folder }
    }

    /// Opens the name on a caller's behalf.
    async fn name(&self) -> Result<Personal<Name>, Error> {
        let make = |reader: &Reader<'_>| Ok(reader.disclosed(&ann(), self.sealed.clone())?);
        self.record.disclosing(&admitted(), make).await
    }

    async fn events(&self) -> usize {
        let events: Vec<_> = self
            .store
            .read_all(rapport_domain::envelope::Position::START, &Filter::all())
            .try_collect()
            .await
            .unwrap();
        events.len()
    }
}

fn admitted() -> Admitted {
    let visit = Visit {
        actor: Actor { kind: ActorKind::User, id: Reference::parse("bob").unwrap(), on_behalf_of: None },
        rpc: Label::parse("rapport.v1.ContactService/GetContact").unwrap(),
        purpose: None,
        correlation_id: None,
        traceparent: None,
    };
    Admitted::new(visit, Authority::Declared)
}

fn reason(error: Error) -> String {
    Status::from(error).get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn an_answer_leaves_once_it_is_on_record_and_not_at_all_where_it_cannot_be() {
    let house = House::new().await;
    assert!(house.name().await.unwrap() == Personal::Clear(Name::parse("Ann Lee").unwrap()));
    assert_eq!(house.events().await, 1);
    house.store.close().await;
    assert_eq!(reason(house.name().await.err().unwrap()), "ACCESS_UNRECORDED");
}

#[tokio::test]
async fn a_stream_ends_before_what_cannot_be_put_on_record() {
    let house = House::new().await;
    house.store.close().await;
    let look = Arc::new(house.record.look(&admitted()).await);
    let application = Arc::clone(&house.record.application);
    let (opening, sealed) = (Arc::clone(&look), house.sealed.clone());
    let items = stream::iter(0..3)
        .map(move |_| Ok(application.disclose(&opening, &ann(), sealed.clone()).unwrap().clear().is_some()));
    let told: Vec<Result<bool, Status>> = house.record.disclosed(admitted(), look, items).collect().await;
    assert_eq!(told.len(), 1, "the refusal and nothing else");
    let refused = told.into_iter().next().unwrap().unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "ACCESS_UNRECORDED");
}

#[tokio::test]
async fn what_stays_sealed_leaves_without_a_record() {
    let house = House::new().await;
    house.store.close().await;
    let look =
        Arc::new(Look::new(house.record.application.clearance(&admitted().visit.actor).narrowed(|_| false)));
    let shown = house.record.application.disclose(&look, &ann(), house.sealed.clone()).unwrap();
    assert!(matches!(shown, Personal::Sealed(_)));
    let told: Vec<_> = house.record.disclosed(admitted(), look, stream::iter([Ok(7)])).collect().await;
    assert_eq!(told.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [7]);
}

#[tokio::test]
async fn nothing_is_opened_until_it_is_known_whose_data_is_withheld() {
    let house = House::new().await;
    house.record.application.set_withheld_known(false);
    let admitted = admitted();
    let mut look = Box::pin(house.record.look(&admitted));
    assert!(futures::poll!(&mut look).is_pending());
    house.record.application.set_withheld_known(true);
    assert!(futures::poll!(&mut look).is_ready());
}
