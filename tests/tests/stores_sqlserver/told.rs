//! What a run tells of writes that the script never commits.

use contract::Effect;
use legacy::Writes;

use acceptance::{servers::sqlserver::SqlServer, stores::result};

use crate::{effects, script, scripts};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_committed_is_said_to_be_undone() {
    let server = SqlServer::start();
    let scripts = scripts(&server);
    let before = server.dump();
    let text = |commit: &str| {
        script(&format!(
            "const db = await open();
             await act(db, 'begin');
             await run(db, \"UPDATE dbo.users SET email_verified = 0 WHERE email = 'ada@example.com'\");
             {commit}
             db.on('end', () => callback(null, true));
             db.close();"
        ))
    };
    for writes in [Writes::Committed, Writes::RolledBack] {
        let (record, _) = scripts.alone_text(writes, &text("")).await;
        result(&record);
        assert!(effects(&record).contains(&Effect::RolledBack), "{:#?}", record.trace);
        let words = "undid 1 write, not committed: the transaction was never committed";
        assert!(record.trace.iter().any(|entry| entry.label.contains(words)), "{:#?}", record.trace);
        assert!(contract::what_is_kept(&record.trace).is_empty(), "{:#?}", record.trace);
        assert_eq!(server.dump(), before);
    }
    let (record, _) = scripts.alone_text(Writes::Committed, &text("await act(db, 'commit');")).await;
    assert!(effects(&record).contains(&Effect::Committed), "{:#?}", record.trace);
    assert_ne!(server.dump(), before);
}
