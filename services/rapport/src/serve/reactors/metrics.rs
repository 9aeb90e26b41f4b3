//! What the reactors tell about themselves, and about what they note, read at each scrape. The one label is the reactor's
//! name.

use std::fmt;
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use rapport_application::reactors::{Press, Pressing, ReactorState, ReactorStatus, Reactors};
use rapport_domain::id::{CaseId, LeadId, SubjectRequestId, TaskId};
use rapport_domain::sla_policy::Target;

/// The reactors, as a scrape sees them.
pub(super) struct ReactorMetrics {
    reactors: Reactors,
    pressed: Pressed,
}

/// What was noted to be pressing.
#[derive(Clone)]
pub(super) struct Pressed {
    pub(super) requests: Arc<Pressing<SubjectRequestId>>,
    pub(super) promises: Arc<Pressing<(CaseId, Target)>>,
    pub(super) low_ratings: Arc<Pressing<CaseId>>,
    pub(super) unassigned: Arc<Pressing<LeadId>>,
    pub(super) overdue_tasks: Arc<Pressing<TaskId>>,
}

impl ReactorMetrics {
    pub(super) const fn of(reactors: Reactors, pressed: Pressed) -> Self {
        Self { reactors, pressed }
    }
}

impl fmt::Debug for ReactorMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[reactors]")
    }
}

impl Collector for ReactorMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let all = self.reactors.list();
        gauges(&mut encoder, &all, "rapport_reactor_open_tasks", "Tasks that are open", |status| {
            u64::try_from(status.open).unwrap_or(u64::MAX)
        })?;
        let late = "Seconds that the earliest open task was late when the reactor looked last";
        gauges(&mut encoder, &all, "rapport_reactor_late_seconds", late, ReactorStatus::late_seconds)?;
        let aside = "Tasks that were tried in vain";
        gauges(&mut encoder, &all, "rapport_reactor_set_aside", aside, |status| {
            u64::try_from(status.set_aside).unwrap_or(u64::MAX)
        })?;
        let parked = "1 while the reactor waits for an operator";
        gauges(&mut encoder, &all, "rapport_reactor_parked", parked, |status| {
            u64::from(matches!(status.state, ReactorState::Parked { .. }))
        })?;
        let help = "Tasks that the reactor has done since the server started";
        let mut family =
            encoder.encode_descriptor("rapport_reactor_fired", help, None, MetricType::Counter)?;
        for status in &all {
            let labels = [("reactor", status.name)];
            ConstCounter::new(status.fired).encode(family.encode_family(&labels)?)?;
        }
        let Pressed { requests, promises, low_ratings, unassigned, overdue_tasks } = &self.pressed;
        let soon = "Open requests of subjects that have to be answered within a week";
        pressing(&mut encoder, "rapport_subject_requests_due_soon", soon, requests, Press::DueSoon)?;
        let overdue = "Open requests of subjects that were not answered by the day that the law says";
        pressing(&mut encoder, "rapport_subject_requests_overdue", overdue, requests, Press::Overdue)?;
        let soon = "Promises to open cases for which little time is left";
        pressing(&mut encoder, "rapport_case_promises_due_soon", soon, promises, Press::DueSoon)?;
        let missed = "Promises to open cases that were not kept";
        pressing(&mut encoder, "rapport_case_promises_missed", missed, promises, Press::Overdue)?;
        let low = "Low ratings of cases that nobody has looked at";
        pressing(&mut encoder, "rapport_case_low_ratings", low, low_ratings, Press::Overdue)?;
        let help = "Leads that somebody should be working on, and that nobody owns";
        pressing(&mut encoder, "rapport_leads_unassigned", help, unassigned, Press::Overdue)?;
        let late = "Open tasks that were not done by the time that they were due";
        pressing(&mut encoder, "rapport_tasks_overdue", late, overdue_tasks, Press::Overdue)
    }
}

fn pressing<K: Ord>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    noted: &Pressing<K>,
    press: Press,
) -> fmt::Result {
    let gauge = ConstGauge::new(i64::try_from(noted.count(press)).unwrap_or(i64::MAX));
    gauge.encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
}

fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    all: &[ReactorStatus],
    name: &str,
    help: &str,
    value: impl Fn(&ReactorStatus) -> u64,
) -> fmt::Result {
    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for status in all {
        let labels = [("reactor", status.name)];
        let gauge = ConstGauge::new(i64::try_from(value(status)).unwrap_or(i64::MAX));
        gauge.encode(family.encode_family(&labels)?)?;
    }
    Ok(())
}
