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
    /// The store had answered before, so this need not be what the script's answer hangs on.
    pub is_aside: bool,
}

/// How a run got on with its stores.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dealings {
    /// What went wrong and was not made good by a later answer of the same place: in order, outages after everything else.
    pub unsettled: Vec<Trouble>,
    /// A store answered what it was asked.
    pub answered: bool,
    /// Something was refused or held back, so what was written is not all that would have been.
    pub held_back: bool,
}

impl Dealings {
    /// The last unsettled trouble of a kind.
    pub fn last(&self, kind: TroubleKind) -> Option<&Trouble> {
        self.unsettled.iter().rev().find(|trouble| trouble.kind == kind)
    }
}
