//! The staged connection test of a directory, on the connection that the script itself made: who it is, what there is, and a
//! search. Reads only; the numbers of our own requests are far from those of `ldapjs`, which count from 1.

use std::{
    sync::atomic::{AtomicI32, Ordering},
    time::Duration,
};

use bytes::BytesMut;
use wire::{Fault, FaultKind};

use super::{
    State,
    answer::{Answer, Entry, INVALID_CREDENTIALS, NO_SUCH_OBJECT, Outcome},
    ber::{self, BOOLEAN, ENUMERATED, INTEGER, SEQUENCE, STRING},
    request::{Operation, WHO_AM_I},
};
use crate::{Configured, fault::fault, socket::Context, stage::StageName};

/// Longest wait for all of it.
const LONGEST: Duration = Duration::from_secs(5);
/// Answers are small: names of trees, one entry.
const MOST_BYTES: u64 = 1 << 20;
/// The numbers begin here.
const FIRST_ID: i32 = 0x7fff_0000;

/// The number of a request of ours.
pub(super) fn next_id() -> i32 {
    static COUNT: AtomicI32 = AtomicI32::new(0);
    FIRST_ID + (COUNT.fetch_add(1, Ordering::Relaxed) & 0x7fff)
}

/// Tells the test what a request of the script showed, and `rows` entries of a search. After the first one that shows by whom
/// the connection is used, it asks by itself what that account may do; what there is, the script's own search shows.
pub(super) async fn after(
    context: &Context<'_>,
    state: &mut State,
    operation: &Operation,
    outcome: &Outcome,
    rows: u64,
) {
    if !state.has_authenticated {
        if !authentication(context, operation, outcome) {
            return;
        }
        state.has_authenticated = true;
        if matches!(operation, Operation::Bind { .. }) && !outcome.is_good() && !is_made_up(operation) {
            state.has_looked = true;
            return;
        }
        // A server that goes silent here is told by the script's next request.
        let _ = tokio::time::timeout(LONGEST, rights(context)).await;
    }
    if !state.has_looked
        && let Operation::Search { base, .. } = operation
    {
        state.has_looked = true;
        let _ = tokio::time::timeout(LONGEST, found(context, base, outcome, rows)).await;
    }
}

/// The script searched for nothing: whether the configured base is there is asked by the test itself.
pub(super) async fn at_last(context: &Context<'_>, state: &mut State, configured: &Configured) {
    state.has_looked = true;
    let _ = tokio::time::timeout(LONGEST, around(context, configured)).await;
}

/// By whom the connection is used; false when the request does not tell.
fn authentication(context: &Context<'_>, operation: &Operation, outcome: &Outcome) -> bool {
    let anonymous = "many directories show little or nothing to nobody: bind as an account that may search";
    match operation {
        Operation::Bind { name, .. } if outcome.code == 0 => {
            if name.is_empty() {
                context.probe.warned(StageName::Authentication, "bound anonymously".to_owned(), anonymous);
            } else {
                context.probe.reached(StageName::Authentication, format!("bound as {name}"));
            }
        }
        Operation::Bind { name, .. } if outcome.code == INVALID_CREDENTIALS && is_made_up(operation) => {
            let hint = "the script binds as the person who logs in; only a real login shows whether that works";
            let detail = format!("a bind as {name}, whom nobody knows, is refused as it should be");
            context.probe.warned(StageName::Authentication, detail, hint);
        }
        Operation::Bind { name, .. } if !outcome.is_good() => context.probe.failed(&refusal(name, outcome)),
        Operation::Search { .. } | Operation::Compare { .. } => {
            let detail = "anonymous: the script does not bind".to_owned();
            context.probe.warned(StageName::Authentication, detail, anonymous);
        }
        _ => return false,
    }
    true
}

/// The test's own person is at example.invalid (RFC 2606): a refusal shows that passwords are checked.
fn is_made_up(operation: &Operation) -> bool {
    matches!(operation, Operation::Bind { name, .. } if name.contains(".invalid"))
}

fn refusal(name: &str, outcome: &Outcome) -> Fault {
    let mut found = fault(FaultKind::Authentication, format!("bind as {name}: {}", outcome.words()));
    found.hint = Some(if outcome.code == INVALID_CREDENTIALS {
        "the directory knows no such name, or the password is another: check both in the connection's configuration"
            .to_owned()
    } else {
        "the directory does not let this account in this way: it may want TLS (ldaps:) or another kind of bind"
            .to_owned()
    });
    found
}

/// What the script's own search says of the place that it searches.
async fn found(context: &Context<'_>, base: &str, outcome: &Outcome, rows: u64) -> Result<(), Fault> {
    let trees = trees(context).await?;
    if outcome.is_good() {
        schema(context, &trees);
        let entries = if rows == 1 { "1 entry".to_owned() } else { format!("{rows} entries") };
        context.probe.reached(StageName::Query, format!("the script's search below {} found {entries}", shown(base)));
    } else if outcome.code == NO_SUCH_OBJECT {
        context.probe.failed(&missing(base, None, outcome, &trees));
    } else {
        schema(context, &trees);
        let failed = format!("the script's search below {}: {}", shown(base), outcome.words());
        context.probe.failed(&fault(FaultKind::Statement, failed));
    }
    Ok(())
}

/// The same by a search of our own, for the configured base or else the first tree.
async fn around(context: &Context<'_>, configured: &Configured) -> Result<(), Fault> {
    let trees = trees(context).await?;
    let base = configured.base();
    let place = base.map(|(_, base)| base).or_else(|| trees.0.first().map(String::as_str)).unwrap_or_default();
    // "1.1" asks for no attributes (RFC 4511 §4.5.1.8).
    let (entries, outcome) = ask(context, &search(place, "1.1")).await?;
    if let Some((setting, base)) = base.filter(|_| outcome.code == NO_SUCH_OBJECT) {
        context.probe.failed(&missing(base, Some(setting), &outcome, &trees));
        return Ok(());
    }
    schema(context, &trees);
    if entries.is_empty() {
        let detail = if outcome.is_good() { format!("{} is not visible", shown(place)) } else { outcome.words() };
        let hint = "this account may not read there; the script may search elsewhere";
        context.probe.warned(StageName::Query, detail, hint);
    } else {
        context.probe.reached(StageName::Query, format!("a search found {}", shown(place)));
    }
    Ok(())
}

fn shown(base: &str) -> &str {
    if base.is_empty() { "the root entry" } else { base }
}

/// The place to search is not there.
fn missing(base: &str, setting: Option<&str>, outcome: &Outcome, trees: &Trees) -> Fault {
    let mut found = fault(FaultKind::Statement, format!("{} is not there: {}", shown(base), outcome.words()));
    let has = if trees.0.is_empty() { String::new() } else { format!("; the directory has {}", trees.0.join("; ")) };
    let place =
        setting.map_or_else(|| "the base of the script's search".to_owned(), |name| format!("configuration.{name}"));
    found.hint = Some(format!("check {place} (or this account may not see it){has}"));
    found
}

async fn rights(context: &Context<'_>) -> Result<(), Fault> {
    let request = ber::elements(0x77, &[ber::element(0x80, WHO_AM_I.as_bytes())]);
    let (_, outcome) = ask(context, &request).await?;
    match outcome.value.filter(|_| outcome.code == 0) {
        Some(who) if who.is_empty() => {
            let hint = "the server treats the connection as anonymous, whatever the bind said";
            context.probe.warned(StageName::Rights, "for the server, this is nobody".to_owned(), hint);
        }
        Some(who) => context.probe.reached(StageName::Rights, format!("for the server, this is {who}")),
        None => {
            let hint = "it answers no \"who am I\" (RFC 4532); a search shows what the account may see";
            context.probe.warned(StageName::Rights, "the server does not say".to_owned(), hint);
        }
    }
    Ok(())
}

/// The trees that the server shows, or how it refused.
struct Trees(Vec<String>, Outcome);

async fn trees(context: &Context<'_>) -> Result<Trees, Fault> {
    let (entries, outcome) = ask(context, &search("", "namingContexts")).await?;
    let named = |name: &String| name.eq_ignore_ascii_case("namingContexts");
    let attributes = entries.into_iter().flat_map(|(_, attributes)| attributes);
    Ok(Trees(attributes.filter(|(name, _)| named(name)).flat_map(|(_, values)| values).collect(), outcome))
}

fn schema(context: &Context<'_>, Trees(trees, outcome): &Trees) {
    if trees.is_empty() {
        let detail = if outcome.is_good() { "no trees are visible".to_owned() } else { outcome.words() };
        let hint = "this account may not read the root entry; the script must know its search base by itself";
        context.probe.warned(StageName::Schema, detail, hint);
    } else {
        context.probe.reached(StageName::Schema, trees.join("; "));
    }
}

/// A search for one entry.
fn search(base: &str, attribute: &str) -> Vec<u8> {
    let parts = [
        ber::element(STRING, base.as_bytes()),
        ber::number(ENUMERATED, 0), // this entry only
        ber::number(ENUMERATED, 0), // aliases as they are
        ber::number(INTEGER, 1),    // entries
        ber::number(INTEGER, 5),    // seconds
        ber::element(BOOLEAN, &[0]),
        ber::element(0x87, b"objectClass"),
        ber::elements(SEQUENCE, &[ber::element(STRING, attribute.as_bytes())]),
    ];
    ber::elements(0x63, &parts)
}

async fn ask(context: &Context<'_>, request: &[u8]) -> Result<(Vec<Entry>, Outcome), Fault> {
    let id = next_id();
    context.link.send(&ber::elements(SEQUENCE, &[ber::number(INTEGER, id), request.to_vec()])).await?;
    let mut entries = Vec::new();
    loop {
        let Some(frame): Option<BytesMut> = context.link.frame(ber::length, MOST_BYTES).await? else {
            return Err(super::unreadable());
        };
        let answer = Answer::read(&frame).map_err(|_| super::unreadable())?;
        if answer.id != id {
            continue;
        }
        match answer.outcome {
            Some(outcome) => return Ok((entries, outcome)),
            None => entries.extend(Answer::entry(&frame).ok()),
        }
    }
}
