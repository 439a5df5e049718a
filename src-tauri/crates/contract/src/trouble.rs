//! What went wrong between a run and its stores, as far as the run's answer does not settle it.

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// A store could not be reached, did not let the script in, or hung up.
    Outage,
    /// The connection's policy allows no such host or file.
    Policy,
    /// Safe try or a read-only connection refused a statement or held a request back.
    Refusal,
    /// A store answered that it did not do what it was asked.
    Query,
    /// A limit of Sluice's own let an answer through only in part, or not at all.
    Limit,
}

/// One thing that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What kind of thing.
    pub kind: TroubleKind,
    /// Where, as the trace names connections, e.g. `pg 127.0.0.1:5432/app`.
    pub place: String,
    /// What was said about it.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Another place did what it was asked, so this need not be what the script's answer hangs on. What only web services answered
    /// does not put a database or a directory aside.
    pub is_aside: bool,
    /// The same place did something else that it was asked, before.
    pub is_in_part: bool,
    /// It was a statement that changes something, or one that was refused because it may.
    pub is_write: bool,
    /// The store says that there is such an entry already.
    pub is_duplicate: bool,
}

/// How a run got on with its stores.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dealings {
    /// What went wrong and was not made good by a later answer of the same place: in order, outages after everything else.
    pub unsettled: Vec<Trouble>,
    /// A store answered what it was asked.
    pub answered: bool,
    /// The last thing that a safe try or a read-only connection refused or held back, settled or not: what was written is not all
    /// that would have been.
    pub held_back: Option<Trouble>,
    /// The machine code of the `ValidationError` that the run answered (contract §4), e.g. `user_exists`.
    pub validation: Option<String>,
}

impl Dealings {
    /// The last unsettled trouble of a kind.
    pub fn last(&self, kind: TroubleKind) -> Option<&Trouble> {
        self.unsettled.iter().rev().find(|trouble| trouble.kind == kind)
    }
}
