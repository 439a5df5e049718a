//! The end of a safe try.

use wire::{Cell, Limits, Protocol, StoreKind};

use super::{Upstream, pairs};
use crate::{Finish, dialect, driver::Connection, engines};

impl Upstream {
    /// Ends a safe try: everything is undone.
    pub(crate) async fn finish(&self, finish: &mut Finish) {
        let mut state = self.state.lock().await;
        let (writes, perhaps, rows) = (state.safe.writes(), state.safe.perhaps(), state.safe.rows());
        finish.rolled_back += writes;
        if state.safe.kept() > 0 {
            let kept = state.safe.kept();
            let what = if kept == 1 { "1 write stays" } else { &format!("{kept} writes stay") };
            finish.survives.push(format!("{what}: the server committed in between"));
        }
        let before = state.survivors.take();
        let Some(mut connection) = self.take(&mut state) else { return };
        let asks = self.place.store == StoreKind::Postgres && !state.may_be_known;
        let Some(function_wrote) = roll_back(&mut connection, asks).await else { return };
        if function_wrote {
            finish.rollback(format!("{} · what a function wrote is undone", self.place.label));
        }
        if let (Some(before), Some(sql)) = (before, dialect::survivors(self.place.store)) {
            let after = pairs(engines::rows(&mut connection, sql).await);
            let moved = after.iter().filter(|(name, value)| before.get(*name).is_some_and(|old| old != *value));
            finish
                .survives
                .extend(moved.map(|(name, value)| format!("{name} advanced from {} to {value}", before[name])));
        }
        connection.close().await;
        let place = &self.place.label;
        let what = if perhaps == 1 { "1 statement".to_owned() } else { format!("{perhaps} statements") };
        match (writes - perhaps, perhaps) {
            (0, 0) => {}
            (0, _) => finish.rollback(format!("{place} · what {what} may have written is undone")),
            (sure, 0) => finish.undid(place, (sure, rows), ""),
            (sure, _) => finish.undid(place, (sure, rows), &format!(", and what {what} may have written")),
        }
    }
}

/// Ends a safe try, and says whether something was written in it when that `asks`; none when it failed. One message does both.
async fn roll_back(connection: &mut Connection, asks: bool) -> Option<bool> {
    if asks {
        let both = "SELECT txid_current_if_assigned(); ROLLBACK";
        let answer = connection.query(both, &[], Protocol::Simple, &Limits::default()).await;
        if let Ok(sets) = answer {
            let number = sets.first().and_then(|set| set.rows.first()).and_then(|row| row.first());
            return Some(number.is_some_and(|number| *number != Cell::Null));
        }
    }
    connection.control("ROLLBACK").await.is_ok().then_some(false)
}
