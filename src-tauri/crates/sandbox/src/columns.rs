//! Lists of columns that results of a run have in common.
//!
//! A lookup's columns are the same every time and most of its reply. The runner keeps each list, so it is sent once.

use wire::{Column, ResultSet, StoreReply};

/// Lists that are kept, and columns that one of them may have.
const KEPT: usize = 32;
const LONGEST: usize = 64;

/// The lists that the runner has, by number.
#[derive(Default)]
pub(crate) struct Columns(Vec<Vec<Column>>);

impl Columns {
    /// Leaves out what the runner has, and numbers what it has not.
    pub(crate) fn shorten(&mut self, reply: &mut StoreReply) {
        if let StoreReply::Rows { sets, .. } | StoreReply::Failed { sets, .. } = reply {
            sets.iter_mut().for_each(|set| self.shorten_set(set));
        }
    }

    fn shorten_set(&mut self, set: &mut ResultSet) {
        if set.columns.is_empty() || set.columns.len() > LONGEST {
            return;
        }
        if let Some(number) = self.0.iter().position(|known| *known == set.columns) {
            set.list = u32::try_from(number).ok();
            set.columns.clear();
        } else if self.0.len() < KEPT {
            set.list = u32::try_from(self.0.len()).ok();
            self.0.push(set.columns.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::{Column, ResultSet, StoreReply};

    use super::{Columns, KEPT, LONGEST};

    fn set(name: &str, columns: usize) -> ResultSet {
        let column = Column { name: name.to_owned(), ..Column::default() };
        ResultSet { returns_rows: true, columns: vec![column; columns], ..ResultSet::default() }
    }

    fn sent(columns: &mut Columns, sets: Vec<ResultSet>) -> Vec<(Option<u32>, usize)> {
        let mut reply = StoreReply::rows(sets);
        columns.shorten(&mut reply);
        let StoreReply::Rows { sets, .. } = reply else { panic!("rows stay rows") };
        sets.iter().map(|set| (set.list, set.columns.len())).collect()
    }

    #[test]
    fn a_list_goes_once_and_is_then_a_number() {
        let mut columns = Columns::default();
        assert_eq!(
            sent(&mut columns, vec![set("a", 2), set("b", 2), set("a", 2)]),
            [(Some(0), 2), (Some(1), 2), (Some(0), 0)]
        );
        assert_eq!(
            sent(&mut columns, vec![set("b", 2), set("a", 3), set("a", 0)]),
            [(Some(1), 0), (Some(2), 3), (None, 0)]
        );
    }

    #[test]
    fn what_is_kept_has_an_end() {
        let mut columns = Columns::default();
        assert_eq!(sent(&mut columns, vec![set("a", LONGEST + 1)]), [(None, LONGEST + 1)]);
        for at in 0..2 * KEPT {
            let list = u32::try_from(at).ok().filter(|_| at < KEPT);
            assert_eq!(sent(&mut columns, vec![set(&at.to_string(), 1)]), [(list, 1)]);
        }
        assert_eq!(sent(&mut columns, vec![set("0", 1)]), [(Some(0), 0)]);
    }
}
