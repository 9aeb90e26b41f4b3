//! Every event of the domain, for those who follow the whole log.

#[cfg(test)]
mod tests;

use crate::aggregate::StoredEvent;
use crate::envelope::Recorded;
use crate::personal::{PersonalFields as _, PersonalSlot};
use crate::{
    access, calendar, case, consent, contact, field_set, interaction, lead, notice, opportunity, pipeline,
    price_book, quote, routing_policy, scoring_model, sla_policy, subject_request, subscription, suppression,
    task,
};

macro_rules! domain_events {
    ($($variant:ident($module:ident)),+ $(,)?) => {
        /// An event of any aggregate, or of the access record.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum DomainEvent {
            $(#[doc = concat!("Of [`", stringify!($module), "`].")] $variant($module::Event),)+
        }

        impl DomainEvent {
            /// Reads a recorded event; `None` when its type is not one that this build knows.
            ///
            /// # Errors
            /// When the stored JSON does not have the shape of its type.
            pub fn decode(recorded: &Recorded) -> Result<Option<Self>, serde_json::Error> {
                $(if let Some(event) = $module::Event::decode(&recorded.event_type, &recorded.data) {
                    return event.map(|event| Some(Self::$variant(event)));
                })+
                Ok(None)
            }

            /// The personal fields, in a fixed order.
            pub fn personal_fields(&mut self) -> Vec<&mut dyn PersonalSlot> {
                match self { $(Self::$variant(event) => event.personal_fields(),)+ }
            }

            /// Every event type that this build knows.
            #[must_use]
            pub fn types() -> Vec<&'static str> {
                [$($module::Event::TYPES),+].concat()
            }
        }
    };
}

domain_events! {
    Contact(contact),
    Interaction(interaction),
    Pipeline(pipeline),
    Opportunity(opportunity),
    Subscription(subscription),
    Consent(consent),
    Notice(notice),
    SubjectRequest(subject_request),
    Suppression(suppression),
    Access(access),
    Calendar(calendar),
    SlaPolicy(sla_policy),
    Case(case),
    Lead(lead),
    ScoringModel(scoring_model),
    RoutingPolicy(routing_policy),
    FieldSet(field_set),
    Task(task),
    PriceBook(price_book),
    Quote(quote),
}
