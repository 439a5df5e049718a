//! What went wrong between a run and its stores, and what later answers make of it.

use contract::TraceKind;
use wire::{Fault, FaultKind, StoreReply, StoreRequest};

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

/// The outages of a run, and its last refusal.
#[derive(Debug, Clone, Default)]
pub struct Outages {
    /// One per place, the last one last.
    met: Vec<Outage>,
    /// The last limit of ours that was reached.
    limit: Option<Outage>,
    refusal: Option<Cause>,
    blocked: bool,
}

#[derive(Debug, Clone)]
struct Outage {
    place: String,
    cause: Cause,
    code: Option<String>,
    since: Since,
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
        self.blocked
    }

    /// Why the last refused thing was refused.
    pub fn refusal(&self) -> Option<&Cause> {
        self.refusal.as_ref()
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
        named.or_else(alluded).map(|outage| &outage.cause)
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
            Some((TraceKind::Blocked, error)) => self.refuses(Cause::plain(error)),
            Some((TraceKind::Connect, error)) => self.fails(&place(), Cause::plain(error), None),
            _ => {}
        }
        match &handled.reply {
            StoreReply::Failed { fault, .. } => match fault.kind {
                FaultKind::Connection | FaultKind::Tls | FaultKind::Authentication => {
                    self.fails(&place(), of_fault(fault, Reach::of(fault)), fault.code.clone());
                }
                FaultKind::Policy | FaultKind::Refused => self.refuses(of_fault(fault, Reach::None)),
                FaultKind::Statement if matches!(request, StoreRequest::Query { .. }) => self.answered(place, true),
                FaultKind::Limit => {
                    let (cause, code) = (of_fault(fault, Reach::Limit), fault.code.clone());
                    self.limit = Some(Outage { place: place(), cause, code, since: Since::Nothing });
                }
                FaultKind::Statement | FaultKind::Closed => {}
            },
            // The server hung up on a request.
            StoreReply::Socket(reply) if reply.ended => {
                let message = "the server ended the connection".to_owned();
                self.fails(&place(), Cause { message, hint: None, reach: Reach::Ended }, Some("ECONNRESET".to_owned()));
            }
            StoreReply::Socket(_) => {
                // Greetings and logins come again and again, and say nothing about what the script asks.
                let is_answer = told.is_none_or(|(kind, _)| kind == TraceKind::Query);
                if cause.is_none()
                    && is_answer
                    && handled.observed.as_ref().is_some_and(|it| it.kind == TraceKind::Query)
                {
                    self.answered(place, true);
                }
            }
            StoreReply::Response(response) if !response.complete => {
                let error =
                    told.map_or("the server ended the connection in the middle of its answer", |(_, error)| error);
                let cause = Cause { reach: Reach::Ended, ..Cause::plain(error) };
                self.fails(&place(), cause, Some("ECONNRESET".to_owned()));
            }
            StoreReply::Rows { .. } | StoreReply::Response(_) => self.answered(place, true),
            // Two stores may be connected to at the same time, and one of them fail.
            StoreReply::Connected { .. } => self.answered(place, false),
            _ => {}
        }
        if let Some(cause) = cause {
            self.fails(&place(), cause, None);
        }
    }

    /// `place` answered; `elsewhere` says whether that also tells something about an outage of another place.
    fn answered(&mut self, place: &dyn Fn() -> String, elsewhere: bool) {
        if self.met.is_empty() && self.limit.is_none() {
            return;
        }
        let place = place();
        for outage in self.met.iter_mut().chain(&mut self.limit) {
            outage.since = match outage.since {
                _ if outage.place == place => Since::Over,
                Since::Nothing if elsewhere => Since::Elsewhere,
                since => since,
            };
        }
    }

    fn fails(&mut self, place: &str, cause: Cause, code: Option<String>) {
        self.met(Outage { place: place.to_owned(), cause, code, since: Since::Nothing });
    }

    fn met(&mut self, outage: Outage) {
        self.met.retain(|other| other.place != outage.place);
        if self.met.len() >= MOST {
            self.met.remove(0);
        }
        self.met.push(outage);
    }

    fn refuses(&mut self, cause: Cause) {
        self.blocked = true;
        self.refusal = Some(cause);
    }
}

impl Outage {
    fn lasts(&self) -> bool {
        self.since != Since::Over
    }

    /// Whether an error says what the outage said: `said` is its text in lower case.
    fn is_named(&self, said: &str, code: Option<&str>) -> bool {
        if self.since == Since::Waiting {
            return WAITED.iter().any(|word| said.contains(word));
        }
        // Numbers of stores turn up by chance.
        let known = self.code.as_deref().filter(|code| code.len() > 3);
        known.is_some_and(|known| code == Some(known) || said.contains(&known.to_lowercase()))
            || said.contains(&self.cause.message.to_lowercase())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn down(place: &str, code: &str) -> Outages {
        let mut outages = Outages::default();
        let cause = Cause::plain(&format!("connect {code} {place}"));
        outages.fails(place, cause, Some(code.to_owned()));
        outages
    }

    #[test]
    fn other_words_are_an_outage_until_a_store_answers() {
        let mut outages = down("pg a:1/x", "ECONNREFUSED");
        assert!(outages.behind("db down", None).is_some());
        outages.answered(&|| "b:2".to_owned(), false);
        assert!(outages.behind("db down", None).is_some(), "a connection alone is no answer");
        outages.answered(&|| "b:2".to_owned(), true);
        assert!(outages.behind("no such group", None).is_none());
        assert!(outages.behind("lost connection to the store", None).is_some());
        assert!(outages.lasting().is_some(), "another store's answer ends no outage");
    }

    #[test]
    fn the_same_place_ends_an_outage_but_not_an_error_that_was_kept() {
        let mut outages = down("pg a:1/x", "ECONNREFUSED");
        outages.answered(&|| "pg a:1/x".to_owned(), false);
        assert!(outages.lasting().is_none());
        assert!(outages.behind("no connection between the two", None).is_none());
        assert!(outages.behind("connect ECONNREFUSED pg a:1/x", None).is_some());
        assert!(outages.behind("kept", Some("ECONNREFUSED")).is_some());
        outages.fails("pg a:1/x", Cause::plain("again"), None);
        assert!(outages.behind("db down", None).is_some());
    }

    #[test]
    fn giving_up_is_an_outage_only_in_words_of_waiting() {
        let mut outages = Outages::default();
        outages.hangs("api:1", Cause::plain("no answer"));
        assert!(outages.behind("no such user", None).is_none());
        assert!(outages.lasting().is_some(), "what the script answers instead may be wrong");
        assert!(outages.behind("timeout of 500ms exceeded", Some("ECONNABORTED")).is_some());
        assert!(outages.behind("This operation was aborted", Some("20")).is_some());
    }
}
