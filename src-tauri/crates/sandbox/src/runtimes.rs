//! What a script wants of a runtime that the platform no longer has (contract §7).

use contract::Ending;

use crate::record::Recorder;

/// Reports the pragma `'use npm'`, which Node 22 does not know and which brings nothing in here either.
pub(crate) fn pragma(script: &str, record: &mut Recorder<'_>) {
    let found = script.lines().position(|line| {
        let statement = line.trim().trim_end_matches(';').trim_end();
        matches!(statement, "'use npm'" | "\"use npm\"")
    });
    if let Some(index) = found {
        let message = "'use npm' has no effect: the platform took it away with Node 22, and here only Sluice's own modules can \
                       be required";
        record.warn("use_npm", message, u32::try_from(index + 1).ok());
    }
}

/// Reports that a script ended because a global is missing that older runtimes had.
pub(crate) fn missing_global(ending: &Ending, record: &mut Recorder<'_>) {
    let (class, message, position) = match ending {
        Ending::Threw { fault, .. } => (&fault.class, &fault.message, &fault.position),
        Ending::CalledBack { error: Some(error), .. } => (&error.class, &error.message, &error.position),
        _ => return,
    };
    if let Some((name, instead)) = contract::missing_global(class, message) {
        let message = format!(
            "{name} is not defined: it was a global until the platform took it away with Node 16; use {instead}"
        );
        record.warn("implicit_global", &message, position.as_ref().map(|position| position.line));
    }
}

#[cfg(test)]
mod tests {
    use vault::Redactor;

    use super::*;

    #[test]
    fn the_pragma_is_found_as_a_statement_only() {
        for (script, line) in [
            ("function login(e, p, callback) {\n  'use npm';\n}", Some(2)),
            ("\"use npm\"\nfunction login() {}", Some(1)),
            ("function login() { // 'use npm'\n var a = \"'use npm'\"; }", None),
        ] {
            let redactor = Redactor::none();
            let mut record = Recorder::new(&redactor, &|_| {});
            pragma(script, &mut record);
            assert_eq!(record.warnings.first().and_then(|warning| warning.line), line, "{script}");
        }
    }
}
