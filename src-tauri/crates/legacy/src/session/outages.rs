//! What went wrong between a run and its stores, and what later answers make of it.

mod answers;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use contract::{Dealings, Effect, TraceKind, Trouble, TroubleKind};
use wire::{Fault, FaultKind, StoreReply, StoreRequest};

use self::answers::{Answer, Failure, answer};
use super::told::{Cause, Handled, Reach};
use crate::trace::readable;

/// Places whose faults are remembered; a script that tries more loses sight of the first.
const MOST: usize = 64;

/// What an error says when its author knows of an outage, in lower case. Too many of these only keep an outage an outage.
const WORDS: [&str; 18] = [
    "connect",
    "timeout",
    "timed out",
    "time-out",
    "socket",
    "hang up",
    "hung up",
    "unreachable",
    "network",
    "econn",
    "enotfound",
    "eai_again",
    "epipe",
    "ehost",
    "tls",
    "ssl",
    "certificate",
    "terminated",
];

/// What an error says when it was made because an answer took too long, in lower case.
const WAITED: [&str; 8] =
    ["timeout", "timed out", "time-out", "etimedout", "esockettimedout", "econnaborted", "abort", "canceled"];

/// What an error says when its author knows of a refusal, in lower case.
const REFUSED: [&str; 8] =
    ["refused", "held back", "not allowed", "not permitted", "forbidden", "blocked", "read-only", "policy"];

/// Errors that the engine makes by itself, whatever happened before.
const ENGINE: [&str; 6] = ["TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError", "InternalError"];

/// The outages and refusals of a run, and what its stores did not do.
#[derive(Debug, Clone, Default)]
pub struct Outages {
    /// One per place, the last one last.
    met: Vec<Outage>,
    /// What was refused, once per place and words, the last one last.
    refused: Vec<Refusal>,
    /// What a store did not do, one per place, the last one last.
    failed: Vec<Refusal>,
    /// The last limit of ours that was reached.
    limit: Option<Outage>,
    /// Places that did what they were asked.
    answered: HashSet<String>,
}

#[derive(Debug, Clone)]
struct Outage {
    place: String,
    cause: Cause,
    code: Option<String>,
    since: Since,
}

/// Something that was not done: refused by us, or by the store.
#[derive(Debug, Clone)]
struct Refusal {
    kind: TroubleKind,
    outage: Outage,
    /// The place did something else that it was asked since.
    is_made_good: bool,
    is_write: bool,
    is_duplicate: bool,
}

/// What came after an outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Since {
    /// No answer of any store.
    Nothing,
    /// An answer from elsewhere.
    Elsewhere,
    /// An answer from the same place: the outage is over.
    Over,
    /// No answer was there to wait for, and maybe none was wanted any more: an error is this outage's only if it speaks of waiting.
    Waiting,
}

impl Outages {
    /// Whether the policy or safe try refused something.
    pub fn blocked(&self) -> bool {
        !self.refused.is_empty()
    }

    /// Why the last refused thing was refused.
    pub fn refusal(&self) -> Option<&Cause> {
        self.refused.last().map(|refusal| &refusal.outage.cause)
    }

    /// The refusal behind an error of the script of this class, with this text (the messages of its causes included) and `code`:
    /// the refusal itself, or one that the script made an error from, as with [`Outages::behind`]. What the engine complains of is
    /// no refusal but what the script did then.
    pub fn refusal_behind(&self, class: &str, text: &str, code: Option<&str>) -> Option<&Cause> {
        let said = format!("{text}\n{}", code.unwrap_or_default()).to_lowercase();
        let last = || self.refused.iter().rev().map(|refusal| &refusal.outage);
        let quoted = last().find(|outage| outage.is_quoted(&said));
        let named = || last().find(|outage| outage.is_named(&said, code));
        let alluded = || {
            last().filter(|_| !ENGINE.contains(&class)).find(|outage| match outage.since {
                Since::Nothing => true,
                Since::Elsewhere => REFUSED.iter().chain(&WORDS).any(|word| said.contains(word)),
                Since::Over | Since::Waiting => false,
            })
        };
        quoted.or_else(named).or_else(alluded).map(|outage| &outage.cause)
    }

    /// How the run got on with its stores, as far as its answer is to be judged by it.
    pub fn dealings(&self) -> Dealings {
        let lasting = |kind: TroubleKind| move |outage: &Outage| outage.lasts().then(|| self.trouble(kind, outage));
        let limits = self.limit.iter().filter_map(lasting(TroubleKind::Limit));
        let outages = self.met.iter().filter_map(lasting(TroubleKind::Outage));
        let others = self.refused.iter().chain(&self.failed).filter(|refusal| !refusal.is_made_good);
        let held_back = self.refused.iter().rev().find(|refusal| refusal.kind == TroubleKind::Refusal);
        Dealings {
            unsettled: others.map(|refusal| self.trouble_of(refusal)).chain(limits).chain(outages).collect(),
            answered: !self.answered.is_empty(),
            held_back: held_back.map(|refusal| self.trouble_of(refusal)),
            validation: None,
        }
    }

    fn trouble_of(&self, refusal: &Refusal) -> Trouble {
        let Refusal { kind, outage, is_write, is_duplicate, .. } = refusal;
        Trouble { is_write: *is_write, is_duplicate: *is_duplicate, ..self.trouble(*kind, outage) }
    }

    fn trouble(&self, kind: TroubleKind, outage: &Outage) -> Trouble {
        // That a web service is there, e.g. for feature flags, says nothing about who knows the users.
        let counts = |other: &String| *other != outage.place && (is_web(&outage.place) || !is_web(other));
        Trouble {
            kind,
            place: outage.place.clone(),
            message: outage.cause.message.clone(),
            hint: outage.cause.hint.clone(),
            is_aside: self.answered.iter().any(counts),
            is_in_part: self.answered.contains(&outage.place),
            is_write: false,
            is_duplicate: false,
        }
    }

    /// The last outage that the same place did not make good.
    pub fn lasting(&self) -> Option<&Cause> {
        self.met.iter().rev().find(|outage| outage.lasts()).map(|outage| &outage.cause)
    }

    /// The outage behind an error of the script with this text (the messages of its causes included) and `code`. What says the
    /// same as an outage is that outage, whatever came after it. Behind other words stands one that nothing was answered after
    /// (`new Error('db down')`), or one that the error at least alludes to when another store answered since.
    pub fn behind(&self, text: &str, code: Option<&str>) -> Option<&Cause> {
        let said = format!("{text}\n{}", code.unwrap_or_default()).to_lowercase();
        let named = self.met.iter().rev().find(|outage| outage.is_named(&said, code));
        let alluded = || {
            self.met.iter().rev().find(|outage| match outage.since {
                Since::Nothing => true,
                Since::Elsewhere => WORDS.iter().any(|word| said.contains(word)),
                Since::Over | Since::Waiting => false,
            })
        };
        named.or_else(alluded).or_else(|| self.gateway(&said)).map(|outage| &outage.cause)
    }

    /// What stands before a web service said that the service is not there, and an error, in lower case, says so too.
    fn gateway(&self, said: &str) -> Option<&Outage> {
        let failed = self.failed.iter().rev().filter(|failure| !failure.is_made_good && is_web(&failure.outage.place));
        failed.map(|failure| &failure.outage).find(|outage| {
            let (status, words) = outage.cause.message.split_once(' ').unwrap_or((&outage.cause.message, ""));
            let mut numbers = said.split(|letter: char| !letter.is_ascii_alphanumeric());
            let is_said = numbers.any(|number| number == status) || (!words.is_empty() && outage.is_quoted(said));
            matches!(status, "502" | "503" | "504") && is_said
        })
    }

    /// The limit of ours that is behind such an error, as with [`Outages::behind`].
    pub fn limit_behind(&self, text: &str, code: Option<&str>) -> Option<&Cause> {
        let said = format!("{text}\n{}", code.unwrap_or_default()).to_lowercase();
        let limit = self.limit.as_ref().filter(|limit| limit.since == Since::Nothing || limit.is_named(&said, code));
        limit.map(|limit| &limit.cause)
    }

    /// A request to `place` has no answer. The script may have stopped waiting for good reasons, and the run may be over.
    pub(super) fn hangs(&mut self, place: &str, cause: Cause) {
        self.met(Outage { place: place.to_owned(), cause, code: None, since: Since::Waiting });
    }

    /// Learns from an answered request to `place`. `cause` says why an answer means that the connection is of no use.
    pub(super) fn learn(
        &mut self,
        place: &dyn Fn() -> String,
        request: &StoreRequest,
        handled: &Handled,
        cause: Option<Cause>,
    ) {
        // A socket brings its store's own refusal to the script; what it means stands in the trace's line.
        let told = handled.observed.as_ref().and_then(|observed| Some((observed.kind, observed.error.as_ref()?)));
        match told {
            Some((TraceKind::Blocked, error)) if !matches!(handled.reply, StoreReply::Failed { .. }) => {
                self.refuses(&place(), request, TroubleKind::Refusal, Cause::plain(error), None);
            }
            Some((TraceKind::Connect, error)) => self.fails(&place(), Cause::plain(error), None),
            _ => {}
        }
        match &handled.reply {
            StoreReply::Failed { fault, .. } => match fault.kind {
                FaultKind::Connection | FaultKind::Tls | FaultKind::Authentication => {
                    self.fails(&place(), of_fault(fault, Reach::of(fault)), fault.code.clone());
                }
                FaultKind::Policy | FaultKind::Refused => {
                    let is_policy = fault.kind == FaultKind::Policy;
                    let kind = if is_policy { TroubleKind::Policy } else { TroubleKind::Refusal };
                    self.refuses(&place(), request, kind, of_fault(fault, Reach::None), fault.code.clone());
                }
                FaultKind::Statement => self.hears(place, request, handled),
                FaultKind::Limit => {
                    let (cause, code) = (of_fault(fault, Reach::Limit), fault.code.clone());
                    self.limit = Some(Outage { place: place(), cause, code, since: Since::Nothing });
                }
                FaultKind::Closed => {}
            },
            // The server hung up on a request.
            StoreReply::Socket(reply) if reply.ended => {
                let message = "the server ended the connection".to_owned();
                self.fails(&place(), Cause { message, hint: None, reach: Reach::Ended }, Some("ECONNRESET".to_owned()));
            }
            StoreReply::Response(response) if !response.complete => {
                let error =
                    told.map_or("the server ended the connection in the middle of its answer", |(_, error)| error);
                let cause = Cause { reach: Reach::Ended, ..Cause::plain(error) };
                self.fails(&place(), cause, Some("ECONNRESET".to_owned()));
            }
            _ if cause.is_none() => self.hears(place, request, handled),
            _ => {}
        }
        if let Some(cause) = cause {
            self.fails(&place(), cause, None);
        }
    }

    /// `place` answered, whatever it said.
    fn hears(&mut self, place: &dyn Fn() -> String, request: &StoreRequest, handled: &Handled) {
        let Some(answer) = answer(request, handled) else { return };
        let nothing_met =
            self.met.is_empty() && self.limit.is_none() && self.refused.is_empty() && self.failed.is_empty();
        if nothing_met && matches!(answer, Answer::Connected | Answer::Obeyed) {
            return;
        }
        let place = place();
        self.answered(&place, &answer);
        match answer {
            Answer::Did if self.answered.len() < MOST && !self.answered.contains(&place) => {
                self.answered.insert(place);
            }
            Answer::DidNot(Failure { why, is_duplicate }) => {
                let statement = handled.observed.as_ref().and_then(|observed| observed.statement.as_ref());
                let is_write = statement.is_some_and(|statement| statement.effect != Effect::Read);
                let outage = Outage { place, cause: Cause::plain(&why), code: None, since: Since::Nothing };
                self.failed.retain(|other| other.outage.place != outage.place);
                let kind = TroubleKind::Query;
                push(&mut self.failed, Refusal { kind, outage, is_made_good: false, is_write, is_duplicate });
            }
            _ => {}
        }
    }

    /// Settles what the answer of a place settles. A connection says nothing about an outage of another place, and transaction
    /// control nothing about what was not done.
    fn answered(&mut self, place: &str, answer: &Answer) {
        for outage in self.met.iter_mut().chain(&mut self.limit) {
            outage.settle(place, *answer != Answer::Connected);
        }
        if matches!(answer, Answer::Did | Answer::DidNot(_)) {
            for refusal in self.refused.iter_mut().chain(&mut self.failed) {
                refusal.outage.settle(place, true);
                refusal.is_made_good |= *answer == Answer::Did && refusal.outage.place == place;
            }
        }
    }

    fn fails(&mut self, place: &str, cause: Cause, code: Option<String>) {
        self.met(Outage { place: place.to_owned(), cause, code, since: Since::Nothing });
    }

    fn met(&mut self, outage: Outage) {
        self.met.retain(|other| other.place != outage.place);
        push(&mut self.met, outage);
    }

    /// Something was refused, by the policy or by safe try. A statement that is refused changes something; a request may be what
    /// asks about the password.
    fn refuses(&mut self, place: &str, request: &StoreRequest, kind: TroubleKind, cause: Cause, code: Option<String>) {
        let is_write = kind == TroubleKind::Refusal && !matches!(request, StoreRequest::Http(_));
        let outage = Outage { place: place.to_owned(), cause, code, since: Since::Nothing };
        self.refused.retain(|other| other.outage.place != place || other.outage.cause.message != outage.cause.message);
        push(&mut self.refused, Refusal { kind, outage, is_made_good: false, is_write, is_duplicate: false });
    }
}

/// Whether a place is a web service; the others begin with their driver.
fn is_web(place: &str) -> bool {
    !place.contains(' ')
}

/// Adds to a list of bounded length.
fn push<T>(list: &mut Vec<T>, entry: T) {
    if list.len() >= MOST {
        list.remove(0);
    }
    list.push(entry);
}

impl Outage {
    fn lasts(&self) -> bool {
        self.since != Since::Over
    }

    /// `place` answered; `elsewhere` says whether that also tells something about another place.
    fn settle(&mut self, place: &str, elsewhere: bool) {
        self.since = match self.since {
            _ if self.place == place => Since::Over,
            Since::Nothing if elsewhere => Since::Elsewhere,
            since => since,
        };
    }

    /// Whether an error, in lower case, has the outage's own words.
    fn is_quoted(&self, said: &str) -> bool {
        said.contains(&self.cause.message.to_lowercase())
    }

    /// Whether an error says what the outage said: `said` is its text in lower case.
    fn is_named(&self, said: &str, code: Option<&str>) -> bool {
        if self.since == Since::Waiting {
            return WAITED.iter().any(|word| said.contains(word));
        }
        // Numbers of stores turn up by chance.
        let known = self.code.as_deref().filter(|code| code.len() > 3);
        known.is_some_and(|known| code == Some(known) || said.contains(&known.to_lowercase())) || self.is_quoted(said)
    }
}

impl Cause {
    fn plain(message: &str) -> Cause {
        Cause { message: message.to_owned(), hint: None, reach: Reach::None }
    }
}

fn of_fault(fault: &Fault, reach: Reach) -> Cause {
    Cause { message: readable(fault), hint: fault.hint.clone(), reach }
}
