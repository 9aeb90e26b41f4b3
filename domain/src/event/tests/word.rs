//! The stored words: each is a promise, and none may follow a variant that is renamed.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::consent::{Channel as ConsentChannel, EvidenceGrade, Method};
use crate::contact::{Kind, LifecycleStage};
use crate::envelope::ActorKind;
use crate::interaction::{Channel, Direction};
use crate::pipeline::{ForecastCategory, StageType};
use crate::subscription::CancellationKind;
use crate::suppression;
use crate::value::ContactPointKind;

fn are_stored_as<T, const N: usize>(values: [T; N], words: [&str; N])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    for (value, word) in values.into_iter().zip(words) {
        assert_eq!(serde_json::to_value(&value).unwrap(), serde_json::json!(word));
        assert_eq!(serde_json::from_value::<T>(serde_json::json!(word)).unwrap(), value);
    }
}

#[test]
fn the_words_of_a_contact_are_stored_for_ever() {
    use ContactPointKind::{Email, Phone, Postal, Social};
    use LifecycleStage::{
        Churned, Customer, Evangelist, Lead, MarketingQualifiedLead, Opportunity, Other, SalesQualifiedLead,
        Subscriber,
    };
    are_stored_as([Kind::Person, Kind::Organisation], ["person", "organisation"]);
    are_stored_as([Email, Phone, Postal, Social], ["email", "phone", "postal", "social"]);
    are_stored_as(
        [
            Subscriber,
            Lead,
            MarketingQualifiedLead,
            SalesQualifiedLead,
            Opportunity,
            Customer,
            Evangelist,
            Churned,
            Other,
        ],
        [
            "subscriber",
            "lead",
            "marketing_qualified_lead",
            "sales_qualified_lead",
            "opportunity",
            "customer",
            "evangelist",
            "churned",
            "other",
        ],
    );
}

#[test]
fn the_words_of_an_interaction_are_stored_for_ever() {
    use Channel::{Call, Cart, Chat, Email, Form, Meeting, Note, Order, ProductUsage, Sms, Social, Web};
    are_stored_as(
        [Call, Email, Chat, Meeting, Sms, Social, Web, Form, Cart, Order, ProductUsage, Note],
        [
            "call",
            "email",
            "chat",
            "meeting",
            "sms",
            "social",
            "web",
            "form",
            "cart",
            "order",
            "product_usage",
            "note",
        ],
    );
    are_stored_as(
        [Direction::Inbound, Direction::Outbound, Direction::Internal],
        ["inbound", "outbound", "internal"],
    );
}

#[test]
fn the_words_of_sales_are_stored_for_ever() {
    use ForecastCategory::{BestCase, Closed, Commit, Omitted, Pipeline};
    use StageType::{Lost, OnHold, Open, Won};
    are_stored_as([Open, OnHold, Won, Lost], ["open", "on_hold", "won", "lost"]);
    are_stored_as(
        [Pipeline, BestCase, Commit, Closed, Omitted],
        ["pipeline", "best_case", "commit", "closed", "omitted"],
    );
    are_stored_as([CancellationKind::Voluntary, CancellationKind::Involuntary], ["voluntary", "involuntary"]);
}

#[test]
fn the_words_of_a_jurisdiction_are_stored_for_ever() {
    use crate::consent::JurisdictionBasis::{Billing, Declared, IpGeo, PhonePrefix};
    are_stored_as([Declared, Billing, IpGeo, PhonePrefix], ["declared", "billing", "ip_geo", "phone_prefix"]);
}

#[test]
fn the_words_of_a_consent_are_stored_for_ever() {
    use ConsentChannel::{Email, InApp, Post, Push, Sms, Voice};
    use Method::{
        ApiImport, Button, Checkbox, DoubleOptIn, GpcSignal, OneClickUnsubscribe, PaperSigned, StaffRecorded,
        VoiceRecorded,
    };
    are_stored_as(
        [Email, Sms, Voice, Push, Post, InApp],
        ["email", "sms", "voice", "push", "post", "in_app"],
    );
    are_stored_as([EvidenceGrade::A, EvidenceGrade::B, EvidenceGrade::C], ["a", "b", "c"]);
    are_stored_as(
        [
            Checkbox,
            Button,
            DoubleOptIn,
            VoiceRecorded,
            PaperSigned,
            ApiImport,
            GpcSignal,
            OneClickUnsubscribe,
            StaffRecorded,
        ],
        [
            "checkbox",
            "button",
            "double_opt_in",
            "voice_recorded",
            "paper_signed",
            "api_import",
            "gpc_signal",
            "one_click_unsubscribe",
            "staff_recorded",
        ],
    );
}

#[test]
fn the_kinds_of_suppressions_are_stored_for_ever() {
    are_stored_as(
        [suppression::Kind::Objection, suppression::Kind::OptOutSignal, suppression::Kind::Unsubscribe],
        ["objection", "opt_out_signal", "unsubscribe"],
    );
}

#[test]
fn the_kinds_of_actors_are_stored_by_their_wire_names() {
    for (kind, name) in ActorKind::ALL {
        are_stored_as([kind], [name]);
        assert_eq!(kind.as_str(), name);
    }
}
