//! The report against a model that looks at every case: mean, quantiles and rates by priority, group and month.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::cases::report::report;
use crate::month::Month;

/// What may happen, at minutes after the opening that grow from step to step.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Assign(&'static str),
    Reply,
    Wait,
    Resume,
    Priority(Priority),
    Breach,
    Resolve,
    Reopen,
    Close,
    Merge,
    Rate(u32),
    Review,
}

fn happenings() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    let one = select(vec![
        Happening::Assign("first"),
        Happening::Assign("second"),
        Happening::Reply,
        Happening::Wait,
        Happening::Resume,
        Happening::Priority(Priority::Low),
        Happening::Priority(Priority::Urgent),
        Happening::Breach,
        Happening::Resolve,
        Happening::Resolve,
        Happening::Reopen,
        Happening::Close,
        Happening::Merge,
        Happening::Rate(2),
        Happening::Rate(4),
        Happening::Review,
    ]);
    vec((1..30_000_i64, one), 0..8)
}

/// A case as the model sees it.
struct Known {
    group: &'static str,
    priority: Priority,
    reopened: bool,
    breached: bool,
    answered: Option<i64>,
    resolved: Option<i64>,
    is_merged: bool,
    rating: Option<u32>,
}

impl Known {
    /// As it is opened.
    const fn opened() -> Self {
        Self {
            group: "first",
            priority: Priority::Urgent,
            reopened: false,
            breached: false,
            answered: None,
            resolved: None,
            is_merged: false,
            rating: None,
        }
    }
}

fn start(number: usize) -> i64 {
    at(MONDAY).micros() / 60_000_000 + i64::try_from(number).unwrap() * 20_000
}

fn moment(minute: i64) -> Instant {
    Instant::from_micros(minute * 60_000_000).unwrap()
}

/// Plays what may happen to a case, as far as its rules allow it.
fn play(history: &mut History, number: usize, happenings: &[(i64, Happening)]) -> Known {
    let id = id(&number.to_string());
    let mut minute = start(number);
    history.add_at::<case::Case>(&id, moment(minute), opened(None));
    let mut known = Known::opened();
    let mut closed = false;
    for (later, happening) in happenings {
        minute += later;
        let unsolved = known.resolved.is_none();
        let event: Event = match happening {
            Happening::Assign(group) if !closed => {
                known.group = group;
                let group = Some(reference(group));
                let (assignee, previous_group, previous_assignee) = (None, None, None);
                Assigned { group, assignee, previous_group, previous_assignee, interaction_id: None }.into()
            }
            Happening::Reply if unsolved => {
                known.answered = known.answered.or(Some(minute - start(number)));
                Replied { interaction_id: said(&minute.to_string()) }.into()
            }
            Happening::Wait if unsolved => Awaited { wait: Wait::ThirdParty, stopped_at: None }.into(),
            Happening::Resume if unsolved => Resumed { clock: None }.into(),
            Happening::Priority(priority) if !closed => {
                let from = std::mem::replace(&mut known.priority, *priority);
                PriorityChanged { from, to: *priority, clock: None }.into()
            }
            Happening::Breach => {
                known.breached = true;
                TargetBreached { target: Target::Resolution, due_at: None }.into()
            }
            Happening::Resolve if unsolved => {
                known.resolved = Some(minute);
                Resolved { resolution: None }.into()
            }
            Happening::Reopen if !unsolved => {
                (known.resolved, known.reopened, closed) = (None, true, false);
                Reopened { clock: None }.into()
            }
            Happening::Close if !unsolved && !closed => {
                closed = true;
                Closed {}.into()
            }
            Happening::Rate(stars) if !unsolved => {
                known.rating = Some(*stars);
                Rated { rating: Rating::new(*stars).unwrap(), interaction_id: None }.into()
            }
            Happening::Review if known.rating == Some(2) => RatingReviewed {}.into(),
            Happening::Merge => {
                known.is_merged = true;
                Merged { into: super::id("other") }.into()
            }
            Happening::Assign(_)
            | Happening::Reply
            | Happening::Wait
            | Happening::Resume
            | Happening::Priority(_)
            | Happening::Resolve
            | Happening::Reopen
            | Happening::Close
            | Happening::Rate(_)
            | Happening::Review => continue,
        };
        history.add_at::<case::Case>(&id, moment(minute), event);
        if known.is_merged {
            break;
        }
    }
    known
}

fn times(mut minutes: Vec<i64>) -> CaseTimes {
    minutes.sort_unstable();
    let at = |tenths: usize| minutes.get(minutes.len().saturating_sub(1) * tenths / 10).map(|m| m * 60);
    let (sum, count) = (minutes.iter().sum::<i64>() * 60, i64::try_from(minutes.len()).unwrap());
    CaseTimes {
        count: minutes.len() as u64,
        mean_seconds: (count > 0).then(|| (2 * sum + count) / (2 * count)),
        p50_seconds: at(5),
        p90_seconds: at(9),
    }
}

/// The cases of a group, counted one by one.
fn counted(cases: &[(usize, Known)], is_in: impl Fn(&Known) -> bool) -> CaseGroup {
    let solved: Vec<&(usize, Known)> = cases
        .iter()
        .filter(|(_, known)| known.resolved.is_some() && !known.is_merged && is_in(known))
        .collect();
    let number = |is: &dyn Fn(&Known) -> bool| solved.iter().filter(|(_, known)| is(known)).count() as u64;
    let all = solved.len() as u64;
    let share =
        |part: u64, of: u64| (of > 0).then(|| u32::try_from((2 * part * 10_000 + of) / (2 * of)).unwrap());
    let rate = |part: u64| share(part, all);
    let rated = number(&|known| known.rating.is_some());
    let satisfied = number(&|known| known.rating.is_some_and(|stars| stars >= 4));
    let (reopened, breached) = (number(&|known| known.reopened), number(&|known| known.breached));
    CaseGroup {
        resolved: all,
        reopened,
        reopen_rate_basis_points: rate(reopened),
        breached,
        breach_rate_basis_points: rate(breached),
        rated,
        satisfaction_basis_points: share(satisfied, rated),
        resolution: times(solved.iter().filter_map(|(n, known)| Some(known.resolved? - start(*n))).collect()),
        first_response: times(solved.iter().filter_map(|(_, known)| known.answered).collect()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_counters_say_what_a_look_at_every_case_says(played in vec(happenings(), 0..12)) {
        let mut history = History::new();
        let cases: Vec<(usize, Known)> = played
            .iter()
            .enumerate()
            .map(|(number, happenings)| (number, play(&mut history, number, happenings)))
            .collect();
        let model = Model::of(CaseProjection, &history);
        let asked = |query: CaseReportQuery| report(&model.connection, &query).unwrap();
        let found = asked(CaseReportQuery::default());
        prop_assert_eq!(&found.resolved, &counted(&cases, |_| true));
        for (priority, group) in &found.by_priority {
            prop_assert_eq!(group, &counted(&cases, |known| known.priority == *priority));
        }
        for (name, group) in &found.by_group {
            prop_assert_eq!(group, &counted(&cases, |known| known.group == name));
        }
        for (month, group) in &found.by_month {
            let is_in = |known: &Known| known.resolved.is_some_and(|m| Month::of(moment(m)) == *month);
            prop_assert_eq!(group, &counted(&cases, is_in));
        }
        let standing = cases.iter().filter(|(_, known)| !known.is_merged);
        let backlog = standing.clone().filter(|(_, known)| known.resolved.is_none()).count() as u64;
        prop_assert_eq!((found.cases, found.backlog), (standing.count() as u64, backlog));
        prop_assert_eq!(found.backlog_by.group.values().sum::<u64>(), backlog);
        let december = month("2026-12");
        let limited = CaseReportQuery {
            from_month: Some(december),
            to_month: Some(december),
            group: Some(reference("second")),
            priority: Some(Priority::Low),
        };
        let is_in = |known: &Known| {
            known.group == "second"
                && known.priority == Priority::Low
                && known.resolved.is_some_and(|m| Month::of(moment(m)) == december)
        };
        prop_assert_eq!(asked(limited).resolved, counted(&cases, is_in));
    }
}
