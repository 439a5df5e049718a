//! The connection test's own questions: who is logged in and may do what, which collections there are, and whether it answers.

use bson::{Document, doc};
use wire::{Fault, FaultKind};

use super::{
    message::{Request, ask, owned},
    shown::{error, is_ok},
};
use crate::{
    StageName,
    fault::fault,
    socket::{Context, hung_up},
};

/// Roles that reach further than one database of the scripts.
const TOO_MUCH: [&str; 12] = [
    "__system",
    "atlasAdmin",
    "backup",
    "clusterAdmin",
    "dbAdminAnyDatabase",
    "dbOwner",
    "hostManager",
    "readAnyDatabase",
    "readWriteAnyDatabase",
    "restore",
    "root",
    "userAdminAnyDatabase",
];

/// Collections shown by name.
const SHOWN: usize = 12;

/// Looks around in the database that the script is about to ask. `logged_in` says how, if at all.
pub(super) async fn look(context: &Context<'_>, database: &str, logged_in: bool) -> Result<(), Fault> {
    let mut asking = Asking { context, database, id: 0x6000_0000 };
    let collections =
        asking.ask(doc! { "listCollections": 1, "nameOnly": true, "authorizedCollections": true }).await?;
    if let Some(why) = error_of(&collections) {
        let kind = if logged_in { FaultKind::Statement } else { FaultKind::Authentication };
        if logged_in {
            rights(&mut asking).await?;
        }
        context.probe.failed(&fault(kind, why));
        return Ok(());
    }
    if !logged_in {
        let hint = "turn on authentication at the server, and give the connection an account of its own";
        context.probe.warned(StageName::Authentication, "the server asks for no user and no password".to_owned(), hint);
    }
    rights(&mut asking).await?;
    let names = names(&collections);
    if names.is_empty() {
        let hint = "is this the right database (the name in the address, or in client.db), and may this user see it?";
        context.probe.warned(StageName::Schema, format!("no collections are visible in {database}"), hint);
    } else {
        let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        context.probe.reached(StageName::Schema, format!("{database}: {shown}{more}"));
    }
    let pong = asking.ask(doc! { "ping": 1 }).await?;
    match error_of(&pong) {
        Some(why) => context.probe.failed(&fault(FaultKind::Statement, why)),
        None => context.probe.reached(StageName::Query, "ping answered".to_owned()),
    }
    Ok(())
}

async fn rights(asking: &mut Asking<'_>) -> Result<(), Fault> {
    let status = asking.ask(doc! { "connectionStatus": 1, "showPrivileges": true }).await?;
    let info = status.get_document("authInfo").cloned().unwrap_or_default();
    let list = |key: &str, name: &str| -> Vec<(String, String)> {
        let entries = info.get_array(key).map(Vec::as_slice).unwrap_or_default();
        let entry = |entry: &bson::Bson| {
            let entry = entry.as_document()?;
            Some((entry.get_str(name).ok()?.to_owned(), entry.get_str("db").unwrap_or_default().to_owned()))
        };
        entries.iter().filter_map(entry).collect()
    };
    let (users, roles) = (list("authenticatedUsers", "user"), list("authenticatedUserRoles", "role"));
    let user = users.first().map_or_else(|| "whoever connects".to_owned(), |(user, db)| format!("{user} of {db}"));
    let shown: Vec<String> = roles.iter().map(|(role, db)| format!("{role} on {db}")).collect();
    let probe = asking.context.probe;
    let hint = "give the connection an account that may only what the scripts need";
    if users.is_empty() {
        probe.warned(StageName::Rights, format!("{user} may do everything"), hint);
    } else if roles.iter().any(|(role, _)| TOO_MUCH.contains(&role.as_str())) {
        probe.warned(StageName::Rights, format!("{user}: {}", shown.join(", ")), hint);
    } else if roles.is_empty() {
        probe.warned(
            StageName::Rights,
            format!("{user} has no role"),
            "grant it the role read on the database of the users",
        );
    } else {
        probe.reached(StageName::Rights, format!("{user}: {}", shown.join(", ")));
    }
    Ok(())
}

/// Our own questions on the script's connection; they read only.
struct Asking<'a> {
    context: &'a Context<'a>,
    database: &'a str,
    id: i32,
}

impl Asking<'_> {
    async fn ask(&mut self, mut body: Document) -> Result<Document, Fault> {
        self.id += 1;
        let database = if body.contains_key("connectionStatus") { "admin" } else { self.database };
        body.insert("$db", database);
        let answer = ask(self.context.link, &Request::own(self.id, body)).await?.ok_or_else(hung_up)?;
        owned(answer.document()?)
    }
}

fn error_of(answer: &Document) -> Option<String> {
    let raw = bson::RawDocumentBuf::try_from(answer).ok()?;
    if is_ok(&raw) { None } else { error(&raw) }
}

fn names(collections: &Document) -> Vec<String> {
    let batch = collections.get_document("cursor").and_then(|cursor| cursor.get_array("firstBatch"));
    let entries = batch.map(Vec::as_slice).unwrap_or_default();
    let mut names: Vec<String> =
        entries.iter().filter_map(|entry| Some(entry.as_document()?.get_str("name").ok()?.to_owned())).collect();
    names.retain(|name| !name.starts_with("system."));
    names.sort();
    names
}
