//! The rehearsal user store and its ledger: who moves, who is refused, and that the counts are right.

use contract::Outcome;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use store::{ConnectionKey, LedgerEntry, LedgerKind, LoginFacts, MigrateError, Store, UserState};

fn users() -> ConnectionKey {
    ConnectionKey::new("workspace", "users")
}

async fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(folder.path()).await.expect("a new store opens").with_hash_cost(4);
    (folder, store)
}

fn login(at: Timestamp) -> LoginFacts {
    LoginFacts { at, identifier: "typed".to_owned(), duration_ms: 3.0 }
}

fn failure(at: Timestamp, kind: LedgerKind, code: &str) -> LedgerEntry {
    LedgerEntry {
        at,
        kind,
        user_id: None,
        identifier: Some("typed".to_owned()),
        code: Some(code.to_owned()),
        reason: Some(Outcome::WrongPassword.word().to_owned()),
        duration_ms: 1.0,
    }
}

#[tokio::test]
async fn oracle_o32_a_moved_user_is_lower_cased_and_a_profile_only_one_keeps_its_case() {
    let (_folder, store) = fresh().await;
    let profile = json!({"user_id": 7, "email": "Ada@Example.COM", "username": "Ada", "name": "Ada L"});
    let moved = store.migrate(&users(), &profile, &"correct horse".into(), &LoginFacts::now("Ada", 1.0)).await.unwrap();
    assert_eq!((moved.email.as_deref(), moved.username.as_deref()), (Some("ada@example.com"), Some("ada")));
    assert_eq!(moved.profile, json!({"user_id": "7", "email": "ada@example.com", "username": "ada", "name": "Ada L"}));
    let off = ConnectionKey::new("workspace", "import-off");
    let shadow = store.keep_profile(&off, &profile).await.unwrap();
    assert_eq!((shadow.email.as_deref(), shadow.state), (Some("Ada@Example.COM"), UserState::Shadow));
    assert!(!shadow.has_password());
    assert!(!store.check_password(&shadow, &"correct horse".into()).await.unwrap());
}

#[tokio::test]
async fn a_moved_user_is_found_by_any_identifier_and_checked_by_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let profile = json!({"user_id": "7", "email": "ada@example.com", "username": "ada", "phone_number": "+4912345"});
    store.migrate(&users(), &profile, &"correct horse".into(), &LoginFacts::now("ada", 1.0)).await.unwrap();
    for identifier in ["ADA@example.com", "ada", " Ada ", "+4912345"] {
        let user =
            store.find_user(&users(), identifier).await.unwrap().unwrap_or_else(|| panic!("{identifier} not found"));
        assert_eq!((user.user_id.as_str(), user.state), ("7", UserState::Migrated));
        assert!(store.check_password(&user, &"correct horse".into()).await.unwrap());
        assert!(!store.check_password(&user, &"Correct horse".into()).await.unwrap());
        assert!(!store.check_password(&user, &"x".repeat(80).into()).await.unwrap());
    }
    assert!(store.find_user(&users(), "7").await.unwrap().is_none(), "an id is no identifier");
    assert!(store.find_user(&ConnectionKey::new("workspace", "other"), "ada").await.unwrap().is_none());
    let file = std::fs::read(folder.path().join("sluice.db")).unwrap();
    let journal = std::fs::read(folder.path().join("sluice.db-wal")).unwrap_or_default();
    let holds =
        |needle: &[u8]| [&file, &journal].iter().any(|bytes| bytes.windows(needle.len()).any(|part| part == needle));
    assert!(!holds(b"correct horse"), "the password must be kept as a hash only");
    assert!(holds(b"$2b$10$"), "the hash has cost 10");
}

#[tokio::test]
async fn a_second_move_of_the_same_user_changes_and_counts_nothing() {
    let (_folder, store) = fresh().await;
    let profile = json!({"user_id": "7", "email": "ada@example.com"});
    store.migrate(&users(), &profile, &"first".into(), &LoginFacts::now("ada", 1.0)).await.unwrap();
    let later = json!({"user_id": "7", "email": "other@example.com"});
    let again = store.migrate(&users(), &later, &"second".into(), &LoginFacts::now("ada", 1.0)).await.unwrap();
    assert_eq!(again.email.as_deref(), Some("ada@example.com"));
    assert!(store.check_password(&again, &"first".into()).await.unwrap());
    let kept = store.keep_profile(&users(), &later).await.unwrap();
    assert_eq!(kept.state, UserState::Migrated);
    let counts = store.counts(&users(), Timestamp::now()).await.unwrap();
    assert_eq!((counts.migrated, counts.today, counts.shadow), (1, 1, 0));
}

#[tokio::test]
async fn twenty_logins_at_once_move_a_user_once() {
    let (_folder, store) = fresh().await;
    let profile = json!({"user_id": "7", "email": "ada@example.com"});
    let moves = (0..20).map(|_| {
        let (store, profile) = (store.clone(), profile.clone());
        tokio::spawn(async move {
            store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("ada", 1.0)).await.map(|_| ())
        })
    });
    for moved in moves.collect::<Vec<_>>() {
        moved.await.unwrap().unwrap();
    }
    assert_eq!(store.series(&users(), 10).await.unwrap().last().unwrap().1, 1);
}

#[tokio::test]
async fn a_profile_only_user_moves_when_import_is_switched_on() {
    let (_folder, store) = fresh().await;
    let profile = json!({"user_id": "7", "email": "Ada@Example.com"});
    store.keep_profile(&users(), &profile).await.unwrap();
    let refreshed = store
        .keep_profile(&users(), &json!({"user_id": "7", "email": "Ada@Example.com", "name": "New"}))
        .await
        .unwrap();
    assert_eq!(refreshed.profile["name"], "New");
    assert_eq!(store.counts(&users(), Timestamp::now()).await.unwrap().shadow, 1);
    let moved = store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("ada", 1.0)).await.unwrap();
    assert_eq!((moved.state, moved.email.as_deref()), (UserState::Migrated, Some("ada@example.com")));
    let counts = store.counts(&users(), Timestamp::now()).await.unwrap();
    assert_eq!((counts.shadow, counts.migrated), (0, 1));
}

#[tokio::test]
async fn refusals_name_the_culprit_and_leave_nothing_behind() {
    let (_folder, store) = fresh().await;
    let first = json!({"user_id": "7", "email": "ada@example.com", "username": "ada", "phone_number": "+491"});
    store.migrate(&users(), &first, &"pw".into(), &LoginFacts::now("ada", 1.0)).await.unwrap();
    let long = format!("{}@example.com", "a".repeat(65));
    let cases: Vec<(Value, &str, &str)> = vec![
        (json!({"user_id": "8", "email": "ADA@example.com"}), "pw", "duplicate_email"),
        (json!({"user_id": "8", "email": "b@example.com", "username": "ADA"}), "pw", "duplicate_username"),
        (json!({"user_id": "8", "phone_number": "+491"}), "pw", "duplicate_phone_number"),
        (json!({"email": "b@example.com"}), "pw", "no_user_id"),
        (json!({"user_id": ""}), "pw", "no_user_id"),
        (json!({"user_id": "has blank"}), "pw", "bad_user_id"),
        (json!({"user_id": "8", "email": long}), "pw", "email_too_long"),
        (json!("text"), "pw", "no_profile"),
        (json!({"user_id": "8"}), "", "password_length"),
    ];
    for (profile, password, code) in cases {
        let refused =
            store.migrate(&users(), &profile, &password.into(), &LoginFacts::now("x", 1.0)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{profile}: {refused}");
        assert!(!refused.hint().is_empty());
    }
    let too_long =
        store.migrate(&users(), &json!({"user_id": "8"}), &"x".repeat(73).into(), &LoginFacts::now("x", 1.0)).await;
    assert!(matches!(too_long, Err(MigrateError::PasswordLength { bytes: 73 })));
    let twin = json!({"user_id": "8", "email": "ada@example.com"});
    let duplicate = store.migrate(&users(), &twin, &"pw".into(), &LoginFacts::now("x", 1.0)).await;
    assert_eq!(duplicate.unwrap_err().to_string(), "email ada@example.com belongs to user 7 already");
    let counts = store.counts(&users(), Timestamp::now()).await.unwrap();
    assert_eq!((counts.migrated, counts.today), (1, 1));
}

#[tokio::test]
async fn secrets_inside_a_profile_are_not_kept() {
    let (_folder, store) = fresh().await;
    let profile = json!({"user_id": "7", "mfa_factors": [{"totp": {"secret": "JBSWY3DP"}}], "access_token": "t", "password_hash": "h"});
    let moved = store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("x", 1.0)).await.unwrap();
    assert_eq!(moved.profile, json!({"user_id": "7"}));
}

#[tokio::test]
async fn counts_look_back_an_hour_and_a_day() {
    let (_folder, store) = fresh().await;
    let now: Timestamp = "2026-11-05T12:00:00Z".parse().unwrap();
    let ago = |minutes: i64| now - SignedDuration::from_mins(minutes);
    for (user, minutes) in [("1", 5), ("2", 59), ("3", 61), ("4", 23 * 60 + 59), ("5", 24 * 60 + 1)] {
        store.migrate(&users(), &json!({"user_id": user}), &"pw".into(), &login(ago(minutes))).await.unwrap();
    }
    for (minutes, kind, code) in [
        (1, LedgerKind::FailedLogin, "fu"),
        (2, LedgerKind::FailedLogin, "fp"),
        (3, LedgerKind::NativeWrongPassword, "fp"),
        (4, LedgerKind::NotStored, "f"),
        (5, LedgerKind::NativeLogin, "s"),
        (6, LedgerKind::LegacyLogin, "s"),
        (25 * 60, LedgerKind::FailedLogin, "fp"),
    ] {
        store.record(&users(), &failure(ago(minutes), kind, code)).await.unwrap();
    }
    let counts = store.counts(&users(), now).await.unwrap();
    assert_eq!((counts.migrated, counts.today, counts.last_hour), (5, 4, 2));
    assert_eq!(counts.failed, [("fp".to_owned(), 2), ("f".to_owned(), 1), ("fu".to_owned(), 1)]);
    assert_eq!((counts.last_migration_at, counts.first_migration_at), (Some(ago(5)), Some(ago(24 * 60 + 1))));
    let series = store.series(&users(), 10_000).await.unwrap();
    assert_eq!(series.iter().map(|(_, total)| *total).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(series.last().unwrap().0, ago(5).as_second());
    assert_eq!(store.series(&users(), 2).await.unwrap().last().unwrap().1, 5);
}

#[tokio::test]
async fn legacy_totals_name_source_and_time() {
    let (_folder, store) = fresh().await;
    assert_eq!(store.legacy_total(&users()).await.unwrap(), None);
    store.set_legacy_total(&users(), 900, "count_users.js").await.unwrap();
    let before = Timestamp::now() - SignedDuration::from_secs(1);
    store.set_legacy_total(&users(), 1000, "count_users.js").await.unwrap();
    let total = store.legacy_total(&users()).await.unwrap().unwrap();
    assert_eq!((total.value, total.source.as_str()), (1000, "count_users.js"));
    assert!(total.taken_at >= before);
}

/// 10,000 users log in, some fail first, some come twice, some share an address; a plain count in memory is the oracle.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_users_with_retries_and_failures_are_counted_right() {
    let (folder, store) = fresh().await;
    let began: Timestamp = "2026-11-05T00:00:00Z".parse().unwrap();
    let (mut moved, mut wrong, mut refused) = (0u64, 0u64, 0u64);
    let mut at = began;
    for user in 0..10_000u64 {
        at += SignedDuration::from_secs(1);
        let retries = if user % 7 == 0 { 2 } else { 0 };
        for _ in 0..retries {
            store.record(&users(), &failure(at, LedgerKind::FailedLogin, "fp")).await.unwrap();
            wrong += 1;
        }
        let twin = user % 100 == 99;
        let address = if twin { user - 1 } else { user };
        let profile = json!({"user_id": user.to_string(), "email": format!("User{address}@Example.com")});
        let times = if user % 11 == 0 { 2 } else { 1 };
        for _ in 0..times {
            match store.migrate(&users(), &profile, &"pw".into(), &login(at)).await {
                Ok(_) if !twin => {}
                Err(MigrateError::Duplicate { field: "email", .. }) if twin => {
                    store.record(&users(), &failure(at, LedgerKind::NotStored, "f")).await.unwrap();
                    refused += 1;
                }
                other => panic!("user {user}: {other:?}"),
            }
        }
        moved += u64::from(!twin);
    }
    let expect = |counts: store::LedgerCounts, series: Vec<(i64, u32)>| {
        assert_eq!((counts.migrated, counts.today), (moved, moved));
        assert_eq!(counts.failed, [("fp".to_owned(), wrong), ("f".to_owned(), refused)]);
        assert_eq!(u64::from(series.last().unwrap().1), moved);
        assert!(series.len() <= 100 && series.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1));
    };
    expect(store.counts(&users(), at).await.unwrap(), store.series(&users(), 100).await.unwrap());
    assert_eq!(store.counts(&users(), at).await.unwrap().last_hour, 3600 - 36);
    drop(store);
    let reopened = Store::open(folder.path()).await.unwrap();
    expect(reopened.counts(&users(), at).await.unwrap(), reopened.series(&users(), 100).await.unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the order of moves, repeats and clashes, the ledger's total, the user store and a plain set agree.
    #[test]
    fn ledger_and_user_store_agree(steps in proptest::collection::vec((0u8..12, 0u8..12, any::<bool>()), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_folder, store) = fresh().await;
            let mut moved = std::collections::BTreeMap::<u8, u8>::new();
            let mut shadow = std::collections::BTreeMap::<u8, u8>::new();
            for (user, address, import_on) in steps {
                let profile = json!({"user_id": user.to_string(), "email": format!("{address}@example.com")});
                let taken = moved.iter().chain(&shadow).any(|(other, held)| *other != user && *held == address);
                let was_moved = moved.contains_key(&user);
                let result = if import_on {
                    store.migrate(&users(), &profile, &"pw".into(), &LoginFacts::now("x", 1.0)).await
                } else {
                    store.keep_profile(&users(), &profile).await
                };
                assert_eq!(result.is_ok(), was_moved || !taken);
                if result.is_ok() && !was_moved {
                    shadow.remove(&user);
                    if import_on { moved.insert(user, address); } else { shadow.insert(user, address); }
                }
            }
            let counts = store.counts(&users(), Timestamp::now()).await.unwrap();
            assert_eq!((counts.migrated, counts.shadow), (moved.len() as u64, shadow.len() as u64));
            let total = store.series(&users(), 5).await.unwrap().last().map_or(0, |(_, total)| *total);
            assert_eq!(u64::from(total), counts.migrated);
        });
    }
}
