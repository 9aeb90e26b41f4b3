//! Reading a policy, line by line.

use std::collections::BTreeMap;

use super::{Policy, Rule, Witness};
use crate::cosignature::WitnessKey;
use crate::note::VerifierKey;
use crate::text::from_decimal;

/// Most lines of a policy that say something.
pub const LINES_MAX: usize = 256;
/// The quorum of whoever asks for no witness.
const NONE: &str = "none";

/// Why a policy is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A line is at fault.
    #[error("line {number}: {fault}")]
    Line {
        /// Which, counted from 1.
        number: usize,
        /// Why.
        fault: PolicyFault,
    },
    /// No line says what has to have seen a checkpoint.
    #[error("there is no quorum: end with a line `quorum NAME`, or `quorum none`")]
    NoQuorum,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// It is none of the lines that there are.
    #[error(
        "expected `log KEY [URL]`, `witness NAME KEY [URL]`, `group NAME all|any|NUMBER NAME...` or `quorum NAME`, and no control characters"
    )]
    Form,
    /// The key of a log is not one.
    #[error("expected the verifier key of a log, `NAME+HASH+KEY`, of Ed25519")]
    LogKey,
    /// The key of a witness is not one.
    #[error("expected the verifier key of a witness, `NAME+HASH+KEY`, for cosignatures of Ed25519")]
    WitnessKey,
    /// The key stands in another line already.
    #[error("this public key stands in another line already")]
    KeyTwice,
    /// The name is taken.
    #[error("this name is taken; names of witnesses and groups are different, and none is `none`")]
    NameTaken,
    /// The name is not known.
    #[error("no line before this one says what a name in it is")]
    NameUnknown,
    /// The name is a member of a group already.
    #[error("a name in it is a member already; each can be one once")]
    MemberTwice,
    /// The threshold is out of range.
    #[error("expected `all`, `any`, or a number from 1 to that of the members")]
    Threshold,
    /// There is another quorum.
    #[error("there is a quorum already")]
    QuorumTwice,
    /// There are too many lines.
    #[error("there are more than {LINES_MAX} lines")]
    TooLong,
}

/// What the lines so far have said.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<Witness>,
    named: BTreeMap<String, Named>,
    quorum: Option<Option<Rule>>,
}

struct Named {
    rule: Rule,
    /// Of a group.
    is_member: bool,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`PolicyError`], at the first fault.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let mut reading = Reading::default();
        let mut lines = 0;
        for (index, line) in text.split('\n').enumerate() {
            let at_fault = |fault| PolicyError::Line { number: index + 1, fault };
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            lines += 1;
            if lines > LINES_MAX {
                return Err(at_fault(PolicyFault::TooLong));
            }
            let is_plain = !line.chars().any(|c| c != '\t' && c.is_ascii_control());
            let said = if is_plain { reading.take(&words) } else { Err(PolicyFault::Form) };
            said.map_err(at_fault)?;
        }
        let Reading { logs, witnesses, quorum, .. } = reading;
        let quorum = quorum.ok_or(PolicyError::NoQuorum)?;
        Ok(Self { logs, witnesses, quorum })
    }
}

impl Reading {
    fn take(&mut self, words: &[&str]) -> Result<(), PolicyFault> {
        match words {
            ["log", key] | ["log", key, _] => self.log(key),
            ["witness", name, key] => self.witness(name, key, None),
            ["witness", name, key, url] => self.witness(name, key, Some(url)),
            ["group", name, threshold, members @ ..] if !members.is_empty() => {
                self.group(name, threshold, members)
            }
            ["quorum", name] => self.quorum(name),
            _ => Err(PolicyFault::Form),
        }
    }

    fn log(&mut self, key: &str) -> Result<(), PolicyFault> {
        let key = VerifierKey::parse(key).map_err(|_| PolicyFault::LogKey)?;
        if self.logs.iter().any(|log| log.named().public() == key.named().public()) {
            return Err(PolicyFault::KeyTwice);
        }
        self.logs.push(key);
        Ok(())
    }

    fn witness(&mut self, name: &str, key: &str, url: Option<&str>) -> Result<(), PolicyFault> {
        let key = WitnessKey::parse(key).ok_or(PolicyFault::WitnessKey)?;
        if self.witnesses.iter().any(|witness| witness.key.named().public() == key.named().public()) {
            return Err(PolicyFault::KeyTwice);
        }
        self.name(name, Rule::Witness(self.witnesses.len()))?;
        self.witnesses.push(Witness { key, url: url.map(str::to_owned) });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), PolicyFault> {
        let threshold = match threshold {
            "all" => members.len(),
            "any" => 1,
            number => {
                let number = from_decimal(number).and_then(|number| usize::try_from(number).ok());
                number.ok_or(PolicyFault::Threshold)?
            }
        };
        if !(1..=members.len()).contains(&threshold) {
            return Err(PolicyFault::Threshold);
        }
        let members = members.iter().map(|member| self.member(member)).collect::<Result<_, _>>()?;
        self.name(name, Rule::AtLeast { threshold, members })
    }

    fn quorum(&mut self, name: &str) -> Result<(), PolicyFault> {
        if self.quorum.is_some() {
            return Err(PolicyFault::QuorumTwice);
        }
        let rule = if name == NONE {
            None
        } else {
            Some(self.named.get(name).ok_or(PolicyFault::NameUnknown)?.rule.clone())
        };
        self.quorum = Some(rule);
        Ok(())
    }

    fn name(&mut self, name: &str, rule: Rule) -> Result<(), PolicyFault> {
        if name == NONE || self.named.contains_key(name) {
            return Err(PolicyFault::NameTaken);
        }
        self.named.insert(name.to_owned(), Named { rule, is_member: false });
        Ok(())
    }

    fn member(&mut self, name: &str) -> Result<Rule, PolicyFault> {
        let named = self.named.get_mut(name).ok_or(PolicyFault::NameUnknown)?;
        if std::mem::replace(&mut named.is_member, true) {
            return Err(PolicyFault::MemberTwice);
        }
        Ok(named.rule.clone())
    }
}
