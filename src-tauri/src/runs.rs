//! Runs under way, by the id the window gave them, so that Stop finds the right one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

/// All runs under way.
#[derive(Clone, Default)]
pub(crate) struct Runs {
    tokens: Arc<Mutex<HashMap<String, CancellationToken>>>,
}

/// One run: cancels and forgets itself when dropped, so that a closed window leaves nothing running.
pub(crate) struct Guard {
    runs: Runs,
    id: String,
    token: CancellationToken,
}

impl Runs {
    pub(crate) fn begin(&self, id: String) -> Guard {
        let token = CancellationToken::new();
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), token.clone());
        Guard { runs: self.clone(), id, token }
    }

    /// Stops a run; a run that is over already is no error.
    pub(crate) fn stop(&self, id: &str) {
        if let Some(token) = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            token.cancel();
        }
    }
}

impl Guard {
    pub(crate) fn token(&self) -> CancellationToken {
        self.token.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.token.cancel();
        self.runs.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stop_reaches_the_run_it_names_and_no_other() {
        let runs = Runs::default();
        let (one, two) = (runs.begin("1".into()), runs.begin("2".into()));
        runs.stop("1");
        assert!(one.token().is_cancelled());
        assert!(!two.token().is_cancelled());
        drop(one);
        assert_eq!(runs.tokens.lock().unwrap().len(), 1);
    }
}
