//! Which events of the log a client wants, and how often it is told how far it is when there are none.

use fancy_regex::{Regex, RegexBuilder};
use rapport_domain::envelope::Recorded;
use rapport_proto::kurrent::streams::read_req::options::FilterOptions;
use rapport_proto::kurrent::streams::read_req::options::filter_options::{Expression, Filter, Window};

use crate::refusal::Refusal;

/// Window of a client that leaves it to the server, in events: KurrentDB's page.
const WINDOW_EVENTS: u32 = 32;
/// Longest regular expression or prefix, in bytes.
const PATTERN_BYTES_MAX: usize = 1_000;
/// Most prefixes of a filter.
const PREFIXES_MAX: usize = 100;
/// Steps back that one match may take.
const BACKTRACK_MAX: usize = 10_000;
/// Memory of a compiled regular expression, in bytes.
const REGEX_BYTES_MAX: usize = 256 * 1_024;

/// Which events, and how many may pass by until the client is told how far it is.
pub(crate) struct Watch {
    subject: Subject,
    pattern: Pattern,
    /// Events between two checkpoints.
    pub(crate) interval: u64,
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
enum Subject {
    Stream,
    Type,
}

/// What has to match.
enum Pattern {
    /// One of the beginnings.
    Prefixes(Vec<String>),
    /// Found anywhere. With look-around, because a client of KurrentDB leaves out system events that way unless it is
    /// told otherwise; bounded in steps, because that kind can take for ever.
    Regex(Box<Regex>),
}

impl Watch {
    /// Reads a filter.
    ///
    /// # Errors
    /// When it is empty, too large, or no regular expression.
    pub(crate) fn new(options: FilterOptions) -> Result<Self, Refusal> {
        let (subject, expression) = match options.filter {
            Some(Filter::StreamIdentifier(expression)) => (Subject::Stream, expression),
            Some(Filter::EventType(expression)) => (Subject::Type, expression),
            None => {
                return Err(Refusal::malformed("a filter is on the stream's name or on the event's type"));
            }
        };
        let window = match options.window {
            Some(Window::Max(max)) => max,
            Some(Window::Count(_)) => WINDOW_EVENTS,
            None => return Err(Refusal::malformed("a filter needs a window")),
        };
        let interval = u64::from(window.max(1)) * u64::from(options.checkpoint_interval_multiplier.max(1));
        Ok(Self { subject, pattern: pattern(expression)?, interval })
    }

    /// Whether an event is wanted.
    ///
    /// # Errors
    /// When the regular expression takes too many steps to tell.
    fn wants(&self, event: &Recorded) -> Result<bool, Refusal> {
        let text = match self.subject {
            Subject::Stream => event.stream.as_str(),
            Subject::Type => &event.event_type,
        };
        match &self.pattern {
            Pattern::Prefixes(prefixes) => Ok(prefixes.iter().any(|prefix| text.starts_with(prefix))),
            Pattern::Regex(regex) => regex.is_match(text).map_err(|_| {
                Refusal::malformed(
                    "the regular expression of the filter takes too many steps; make it simpler",
                )
            }),
        }
    }
}

/// Whether an event is wanted where there may be no filter.
pub(crate) fn wanted(watch: Option<&Watch>, event: &Recorded) -> Result<bool, Refusal> {
    watch.map_or(Ok(true), |watch| watch.wants(event))
}

fn pattern(expression: Expression) -> Result<Pattern, Refusal> {
    let Expression { regex, prefix: prefixes } = expression;
    if regex.len() > PATTERN_BYTES_MAX || prefixes.iter().any(|prefix| prefix.len() > PATTERN_BYTES_MAX) {
        return Err(Refusal::malformed(format!(
            "an entry of a filter has at most {PATTERN_BYTES_MAX} bytes"
        )));
    }
    if prefixes.len() > PREFIXES_MAX {
        return Err(Refusal::malformed(format!("a filter has at most {PREFIXES_MAX} prefixes")));
    }
    if !regex.is_empty() {
        let regex = RegexBuilder::new(&regex)
            .backtrack_limit(BACKTRACK_MAX)
            .delegate_size_limit(REGEX_BYTES_MAX)
            .build()
            .map_err(|error| Refusal::malformed(format!("the regular expression of the filter: {error}")))?;
        return Ok(Pattern::Regex(Box::new(regex)));
    }
    if prefixes.is_empty() {
        return Err(Refusal::malformed("a filter needs a regular expression or a prefix"));
    }
    Ok(Pattern::Prefixes(prefixes))
}
