//! `modules`: needs no workspace.

use crate::answer::Answers;
use crate::error::CliError;
use crate::text;

pub(super) fn modules(answers: &Answers, name: Option<&str>) -> Result<u8, CliError> {
    match name {
        None => {
            let all = studio::modules();
            answers.give(&all, || text::modules(&all))?;
        }
        Some(name) => {
            let one = studio::module(name)?;
            answers.give(&one, || text::module(&one))?;
        }
    }
    Ok(0)
}
