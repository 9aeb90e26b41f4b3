//! What a contact does not want.

use rapport_domain::consent::{Channel, Method};
use rapport_domain::suppression::{Event, Kind, LiftRequested, Lifted, Raised, Scope, Status};

use super::word::Words;

/// Where it stands; nothing at first.
#[derive(Default)]
pub(super) struct Suppressions(Option<Status>);

impl Suppressions {
    /// Raised against e-mails of the campaign.
    pub(super) fn object(&mut self, words: &Words) -> Event {
        self.0 = Some(Status::Raised);
        let scope = Scope { purpose: Some(words.key.clone()), channel: Some(Channel::Email) };
        raised(Kind::Objection, scope, Method::Button)
    }

    /// Raised, then lifted in two steps, then raised again.
    pub(super) fn step(&mut self, words: &Words) -> Event {
        let kind = Kind::OptOutSignal;
        let scope = Scope { purpose: Some(words.key.clone()), channel: Some(Channel::Sms) };
        let (method, evidence) = (Method::Button, None);
        let (status, event) = match self.0 {
            None | Some(Status::Lifted) => (Status::Raised, raised(kind, scope, Method::GpcSignal)),
            Some(Status::Raised) => {
                (Status::LiftRequested, LiftRequested { kind, scope, method, evidence }.into())
            }
            Some(Status::LiftRequested) => {
                let reason = words.label.clone();
                (Status::Lifted, Lifted { kind, scope, method, reason, evidence }.into())
            }
        };
        self.0 = Some(status);
        event
    }
}

fn raised(kind: Kind, scope: Scope, method: Method) -> Event {
    Raised { kind, scope, method, evidence: None, jurisdiction: None, no_reask_before: None }.into()
}
