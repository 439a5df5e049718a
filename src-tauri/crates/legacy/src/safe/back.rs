//! Going back to a savepoint, and what that undoes.

use super::{SafeTry, Step};
use crate::trace;

impl SafeTry {
    /// A text with so many statements begins.
    pub(crate) fn begin_text(&mut self, statements: usize) {
        self.text = (statements > 1).then_some(self.writes.len());
    }

    /// Whether nothing stands of what the statements of such a text wrote.
    pub(crate) fn text_wrote_nothing(&self) -> bool {
        self.text.is_some_and(|text| self.writes.len() <= text)
    }

    /// Sends the session back to a mark, which stays; all marks above it are gone.
    pub(super) fn go_back(&mut self, owner: u32, place: usize, step: &mut Step) {
        step.send.push(format!("ROLLBACK TO SAVEPOINT {}", self.marks[place].name));
        self.marks.truncate(place + 1);
        let begins = self.marks[place].writes;
        let mut undone = self.writes.split_off(begins);
        // A text that undoes what itself wrote undoes nothing that stood before it.
        let own = self.text.map_or(0, |text| undone.len() - undone.len().min(text.saturating_sub(begins)));
        self.text = self.text.map(|text| text.min(begins));
        undone.truncate(undone.len() - own);
        let foreign = undone.iter().filter(|write| write.owner != owner).count();
        step.note = match (undone.len(), foreign) {
            (0, _) => (own > 0).then(|| trace::UNDID_ITS_OWN.to_owned()),
            (all, 0) => Some(trace::undid(all)),
            (all, foreign) => Some(format!(
                "{}, {} of another client: a safe try has one session for both",
                trace::undid(all),
                if foreign == 1 { "1 write".to_owned() } else { format!("{foreign} writes") }
            )),
        };
    }

    /// Releases marks on top that nobody needs any more.
    pub(super) fn drop_done(&mut self, step: &mut Step) {
        let mut lowest = None;
        while self.marks.last().is_some_and(|mark| mark.is_done) {
            lowest = self.marks.pop();
        }
        if let Some(mark) = lowest {
            step.send.push(format!("RELEASE SAVEPOINT {}", mark.name));
        }
    }
}
