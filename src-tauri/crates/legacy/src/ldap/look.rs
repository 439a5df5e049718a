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
    answer::{Answer, Entry, INVALID_CREDENTIALS, Outcome},
    ber::{self, BOOLEAN, ENUMERATED, INTEGER, SEQUENCE, STRING},
    request::{Operation, WHO_AM_I},
};
use crate::{fault::fault, socket::Context, stage::StageName};

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

/// Tells the test what a request of the script showed. After the first one that shows by whom the connection is used, it looks
/// around by itself.
pub(super) async fn after(context: &Context<'_>, state: &mut State, operation: &Operation, outcome: &Outcome) {
    if state.has_authenticated {
        return;
    }
    let anonymous = "many directories show little or nothing to nobody: bind as an account that may search";
    match operation {
        Operation::Bind { name, .. } if outcome.code == 0 => {
            state.has_authenticated = true;
            if name.is_empty() {
                context.probe.warned(StageName::Authentication, "bound anonymously".to_owned(), anonymous);
            } else {
                context.probe.reached(StageName::Authentication, format!("bound as {name}"));
            }
        }
        // The test's own person is at example.invalid (RFC 2606): the refusal shows that passwords are checked.
        Operation::Bind { name, .. } if outcome.code == INVALID_CREDENTIALS && name.contains(".invalid") => {
            state.has_authenticated = true;
            let hint = "the script binds as the person who logs in; only a real login shows whether that works";
            let detail = format!("a bind as {name}, whom nobody knows, is refused as it should be");
            context.probe.warned(StageName::Authentication, detail, hint);
        }
        Operation::Bind { name, .. } if !outcome.is_good() => {
            state.has_authenticated = true;
            context.probe.failed(&refusal(name, outcome));
            return;
        }
        Operation::Search { .. } | Operation::Compare { .. } => {
            state.has_authenticated = true;
            context.probe.warned(
                StageName::Authentication,
                "anonymous: the script does not bind".to_owned(),
                anonymous,
            );
        }
        _ => return,
    }
    // A server that goes silent here is told by the script's next request.
    let _ = tokio::time::timeout(LONGEST, around(context)).await;
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

async fn around(context: &Context<'_>) -> Result<(), Fault> {
    rights(context).await?;
    let trees = schema(context).await?;
    query(context, trees.first().map(String::as_str).unwrap_or_default()).await
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

/// The trees that the server has.
async fn schema(context: &Context<'_>) -> Result<Vec<String>, Fault> {
    let (entries, outcome) = ask(context, &search("", "namingContexts")).await?;
    let named = |name: &String| name.eq_ignore_ascii_case("namingContexts");
    let attributes = entries.into_iter().flat_map(|(_, attributes)| attributes);
    let trees: Vec<String> = attributes.filter(|(name, _)| named(name)).flat_map(|(_, values)| values).collect();
    if trees.is_empty() {
        let detail = if outcome.is_good() { "no trees are visible".to_owned() } else { outcome.words() };
        let hint = "this account may not read the root entry; the script must know its search base by itself";
        context.probe.warned(StageName::Schema, detail, hint);
    } else {
        context.probe.reached(StageName::Schema, trees.join("; "));
    }
    Ok(trees)
}

async fn query(context: &Context<'_>, base: &str) -> Result<(), Fault> {
    // "1.1" asks for no attributes (RFC 4511 §4.5.1.8).
    let (entries, outcome) = ask(context, &search(base, "1.1")).await?;
    let base = if base.is_empty() { "the root entry" } else { base };
    if entries.is_empty() {
        let detail = if outcome.is_good() { format!("{base} is not visible") } else { outcome.words() };
        context.probe.warned(
            StageName::Query,
            detail,
            "this account may not read there; the script may search elsewhere",
        );
    } else {
        context.probe.reached(StageName::Query, format!("a search found {base}"));
    }
    Ok(())
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
