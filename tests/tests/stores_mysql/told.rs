//! What a run tells of writes that the script never commits.

use acceptance::stores::result;
use contract::Effect;
use legacy::Writes;

use crate::{script, store};

#[tokio::test]
async fn what_is_never_committed_is_said_to_be_undone() {
    let (server, scripts) = store();
    let update = "await query(\"UPDATE users SET given_name = 'X' WHERE id = 7\");";
    let end = "await promisify(db.end).bind(db)(); callback(null, true);";
    for begin in ["START TRANSACTION", "SET autocommit = 0", "SET @@autocommit = 0, @a = 1"] {
        for writes in [Writes::Committed, Writes::RolledBack] {
            if writes == Writes::RolledBack && begin.contains("@a") {
                continue; // A safe try has no autocommit to begin with.
            }
            let text = script(&format!("await query('{begin}'); {update} {end}"));
            let (record, _) = scripts.alone_text(writes, &text).await;
            result(&record);
            let update = record.trace.iter().find(|entry| entry.label.starts_with("mysql UPDATE")).unwrap();
            assert_eq!(update.statement.as_ref().unwrap().effect, Effect::RolledBack, "{begin}: {:#?}", record.trace);
            let words = "undid 1 write, not committed: the transaction was never committed";
            assert!(record.trace.iter().any(|entry| entry.label.contains(words)), "{begin}: {:#?}", record.trace);
            assert_eq!(server.sql("SELECT given_name FROM users WHERE id = 7"), "Ada");
        }
    }
    let text = script(&format!("await query('SET autocommit = 0'); {update} await query('COMMIT'); {end}"));
    let (record, _) = scripts.alone_text(Writes::Committed, &text).await;
    let update = record.trace.iter().find(|entry| entry.label.starts_with("mysql UPDATE")).unwrap();
    assert_eq!(update.statement.as_ref().unwrap().effect, Effect::Committed, "{:#?}", record.trace);
    assert_eq!(server.sql("SELECT given_name FROM users WHERE id = 7"), "X");
}

#[tokio::test]
async fn a_row_that_is_there_and_is_left_alone_is_no_write() {
    let (_server, scripts) = store();
    let end = "await promisify(db.end).bind(db)(); callback(null, true);";
    let insert = "await query(\"INSERT IGNORE INTO users (id, email, password) VALUES (7, 'ada@example.com', 'x')\");";
    for writes in [Writes::Committed, Writes::RolledBack] {
        let (record, finish) = scripts.alone_text(writes, &script(&format!("{insert} {end}"))).await;
        let effects: Vec<Effect> =
            record.trace.iter().filter_map(|entry| Some(entry.statement.as_ref()?.effect)).collect();
        assert_eq!((effects.as_slice(), finish.rolled_back), (&[Effect::Nothing][..], 0), "{:#?}", record.trace);
    }
}
