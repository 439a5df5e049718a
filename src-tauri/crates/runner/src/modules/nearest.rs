//! Names a script may have meant.

use crate::shims::{self, Module};

/// Most names that are offered.
const MOST: usize = 3;

/// Names of the table that read like `asked`, nearest first: a slip of the pen or two away, or with a word of it more or less
/// (`pg-pool`, `lodash.get`).
pub(super) fn nearest(asked: &str) -> Vec<&'static str> {
    let asked = asked.to_lowercase();
    let slips = match asked.chars().count() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    };
    let listed = |module: &&Module| !module.internal;
    let ranked = shims::TABLE.iter().filter(listed).filter_map(|module| {
        let apart = distance(&asked, module.name);
        let rank = if apart <= slips { apart } else { shares_words(&asked, module.name).then_some(slips + 1)? };
        Some((rank, module.name))
    });
    let mut ranked: Vec<(usize, &str)> = ranked.collect();
    ranked.sort_unstable();
    let mut near: Vec<&str> = Vec::new();
    for (_, name) in ranked {
        // A part of what is named already says no more.
        let known = near.iter().any(|whole| name.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/')));
        if !known && near.len() < MOST {
            near.push(name);
        }
    }
    near
}

/// Whether one name is the other with more words behind it.
fn shares_words(left: &str, right: &str) -> bool {
    let (short, long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    let rest = long.strip_prefix(short).unwrap_or_default();
    !short.is_empty() && rest.starts_with(|letter: char| !letter.is_alphanumeric())
}

/// How many letters have to be put in, taken out, changed, or swapped with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before = vec![0; right.len() + 1];
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, letter) in left.iter().enumerate() {
        let mut next = vec![line + 1];
        for (column, other) in right.iter().enumerate() {
            let changed = row[column] + usize::from(letter != other);
            let mut least = changed.min(row[column + 1] + 1).min(next[column] + 1);
            if line > 0 && column > 0 && *letter == right[column - 1] && left[line - 1] == *other {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn slips_and_words() {
        assert_eq!((distance("axois", "axios"), distance("", "abc"), distance("pg", "pg")), (1, 3, 0));
        assert_eq!((nearest("lodsah"), nearest("lodash.get")), (vec!["lodash"], vec!["lodash"]));
        assert_eq!((nearest("aws")[0], nearest("express"), nearest("")), ("aws-sdk", vec![], vec![]));
    }
}
