//! How a case follows the system that keeps it: by the steps that lead to where it stands there.

use super::super::command::{Command, Mirror, Standing};
use super::super::event::{Event, TargetBreached};
use super::super::evolve::evolve;
use super::super::rejection::Rejection;
use super::super::state::State;
use super::decide;
use crate::sla_policy::Target;
use crate::value::Instant;

pub(super) fn mirrored(state: &State, told: &Mirror, now: Instant) -> Result<Vec<Event>, Rejection> {
    let mut following = Following { state: state.clone(), events: Vec::new(), now };
    following.begin(told)?;
    following.stand(told)?;
    following.breach(told.breached);
    Ok(following.events)
}

/// A case on its way to where it stands elsewhere.
struct Following {
    state: State,
    events: Vec<Event>,
    now: Instant,
}

impl Following {
    /// Opens it, or works on it again where it is worked on there; then who has it, and how urgent it is.
    fn begin(&mut self, told: &Mirror) -> Result<(), Rejection> {
        match (&self.state, told.standing) {
            (State::Unopened, _) => {
                return self.ask(&Command::Open {
                    open: Box::new(told.open.clone()),
                    interaction_id: None,
                    level: told.level.clone(),
                });
            }
            (State::Merged(_, into), _) => return Err(Rejection::Merged { into: *into }),
            (State::Closed(_), Standing::Resolved | Standing::Closed) => return Ok(()),
            (State::Resolved(..) | State::Closed(_), Standing::Open | Standing::Waiting(_)) => {
                self.ask(&Command::Reopen { level: told.level.clone() })?;
            }
            (State::Open(_) | State::Waiting(..) | State::Resolved(..), _) => {}
        }
        let (priority, level) = (told.open.priority, told.level.clone());
        self.ask(&Command::ChangePriority { priority, level })?;
        let (group, assignee) = (told.open.group.clone(), told.open.assignee.clone());
        self.ask(&Command::Assign { group, assignee, interaction_id: None })
    }

    fn stand(&mut self, told: &Mirror) -> Result<(), Rejection> {
        let level = told.level.clone();
        match (&self.state, told.standing) {
            (State::Waiting(..), Standing::Open) => self.ask(&Command::Resume { level }),
            (State::Open(_) | State::Waiting(..), Standing::Waiting(wait)) => {
                self.ask(&Command::Await { wait, level })
            }
            (State::Open(_) | State::Waiting(..), Standing::Resolved) => {
                self.ask(&Command::Resolve { resolution: told.resolution.clone() })
            }
            (State::Open(_) | State::Waiting(..) | State::Resolved(..), Standing::Closed) => {
                self.ask(&Command::Close)
            }
            (
                State::Unopened | State::Open(_) | State::Resolved(..) | State::Closed(_) | State::Merged(..),
                _,
            ) => Ok(()),
        }
    }

    /// A solution that came too late, as that system says.
    fn breach(&mut self, breached: bool) {
        let is_known = self.state.case().is_some_and(|case| case.breached.contains(&Target::Resolution));
        if breached && !is_known {
            self.take(TargetBreached { target: Target::Resolution, due_at: None }.into());
        }
    }

    fn ask(&mut self, command: &Command) -> Result<(), Rejection> {
        for event in decide(&self.state, command, self.now)? {
            self.take(event);
        }
        Ok(())
    }

    fn take(&mut self, event: Event) {
        self.state = evolve(std::mem::take(&mut self.state), &event);
        self.events.push(event);
    }
}
