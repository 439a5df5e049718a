use proptest::prelude::*;

use super::*;

#[test]
fn reads_and_writes_are_told_apart_wherever_they_stand() {
    for read in [
        "SELECT id, [update], 'delete' FROM dbo.users -- drop table x\nWHERE email = @email",
        "SELECT TOP (1) Id FROM AspNetUsers WITH (UPDLOCK, HOLDLOCK) WHERE Email = N'insert into'",
        "WITH a AS (SELECT 1 AS x) SELECT * FROM a /* INSERT /* nested */ */",
        "set ansi_nulls on\nset implicit_transactions off",
        "EXEC sp_help 'dbo.users'",
        "EXEC sp_executesql N'SELECT @a', N'@a int', @a = 1",
        "IF EXISTS (SELECT 1) SELECT 2",
        "DECLARE @x int = 1; SELECT @x",
        "SELECT t.[delete], t.insert_date FROM t",
    ] {
        assert!(!judge(read).writes, "{read}");
        assert_eq!(judge(read).danger, None, "{read}");
    }
    for write in [
        "SELECT 1 UPDATE users SET x = 1",
        "SELECT * INTO #copy FROM users",
        "DECLARE @x int; DELETE users",
        "MERGE users USING x ON 1 = 1 WHEN MATCHED THEN DELETE;",
        "EXEC dbo.change_it @a = 1",
        "change_it 1",
        "[dbo].[change it] 1",
        "IF 1 = 1 EXECUTE @r = dbo.change_it",
        "EXEC('DELETE FROM users')",
        "EXEC sp_executesql N'UPDATE users SET a = 1'",
        "CREATE TABLE #t (a int)",
        "SELECT NEXT VALUE FOR s",
        "SELECT 1\u{0}DELETE FROM users",
    ] {
        assert!(judge(write).writes, "{write}");
    }
}

#[test]
fn what_reaches_past_a_rollback_is_dangerous() {
    for always in [
        "EXEC xp_cmdshell 'dir'",
        "exec master..xp_cmdshell 'dir'",
        "SHUTDOWN",
        "xp_cmdshell 'dir'",
        "EXEC('EXEC xp_cmdshell ''dir''')",
    ] {
        assert!(judge(always).danger.is_some_and(|danger| danger.always), "{always}");
    }
    for danger in [
        "EXEC sp_configure 'x', 1; RECONFIGURE",
        "SELECT * FROM OPENROWSET('SQLNCLI', 'x', 'SELECT 1')",
        "SELECT * FROM OPENQUERY(other, 'SELECT 1')",
        "SELECT * FROM other.db.dbo.users",
        "INSERT INTO [other].[db]..[users] VALUES (1)",
        "EXEC other.db.dbo.change_it",
        "ALTER DATABASE legacy SET RECOVERY SIMPLE",
        "BACKUP DATABASE legacy TO DISK = 'x'",
        "BULK INSERT users FROM 'c:\\x'",
        "KILL 52",
        "DBCC CHECKIDENT('users', RESEED, 1)",
        "EXEC msdb.dbo.sp_send_dbmail @recipients = 'a'",
        "EXEC(@sql)",
        "EXEC @procedure",
        "EXEC sp_executesql @sql",
        "EXEC sp_executesql @stmt = @sql",
        "EXEC('COMMIT' + @x)",
        "BEGIN DISTRIBUTED TRANSACTION",
        "EXEC xp_regwrite 'a'",
        "EXEC sp_prepare @h OUTPUT, N'', N'COMMIT'",
    ] {
        assert!(judge(danger).danger.is_some_and(|danger| !danger.always), "{danger}");
    }
    assert_eq!(judge("SELECT legacy.dbo.users.email FROM legacy.dbo.users").danger, None);
    assert!(judge_procedure("[dbo].[xp_cmdshell]").danger.is_some());
    assert!(judge_procedure("dbo.find_user").danger.is_none() && judge_procedure("dbo.find_user").writes);
}

#[test]
fn transaction_control_is_seen_and_simple_one_recognised() {
    let one = judge("BEGIN TRAN [my one];");
    assert_eq!((one.control, one.is_control), (vec![Step::Begin("my one".to_owned())], true));
    assert!(
        judge("commit").is_control && judge("ROLLBACK TRANSACTION x").is_control && judge("save tran a").is_control
    );
    assert!(!judge("COMMIT TRAN SELECT 1").is_control);
    assert!(!judge("COMMIT WITH (DELAYED_DURABILITY = ON)").is_control);
    assert!(judge("BEGIN SELECT 1 END").control.is_empty());
    for ends in [
        "DELETE users COMMIT",
        "BEGIN TRAN; DELETE users; COMMIT; COMMIT",
        "COMMIT; BEGIN TRAN",
        "BEGIN TRY BEGIN TRAN DELETE users COMMIT END TRY BEGIN CATCH ROLLBACK END CATCH",
        "IF 1 = 0 BEGIN TRAN; COMMIT",
        "BEGIN TRAN; SELECT 1",
        "EXEC('COMMIT')",
        "SELECT 1COMMIT",
        "SELECT 1.COMMIT",
        "SELECT .5COMMIT",
        "SELECT 1e5COMMIT",
        "SELECT $5COMMIT",
        "SELECT 0x1 COMMIT",
        "SELECT 'a'COMMIT",
        "-- x\rCOMMIT",
        "BEGIN TRAN ROLLBACK",
    ] {
        assert!(judge(ends).ends_transaction(), "{ends}");
    }
    for nests in ["BEGIN TRAN; INSERT INTO t VALUES (1); COMMIT TRAN", "SAVE TRAN a; DELETE t", "SELECT 1"] {
        assert!(!judge(nests).ends_transaction(), "{nests}");
    }
    assert!(judge("set implicit_transactions off").sets_implicit);
}

proptest! {
    #[test]
    fn any_text_is_judged_without_panic(sql in "[a-zA-Z'\"\\[\\];.@#+()=,/*\\- \n\u{0}é]{0,80}") {
        judge(&sql);
    }

    #[test]
    fn a_commit_outside_of_quotes_is_always_seen(before in "[a-z0-9 =;]{0,20}", after in "[a-z0-9 =;]{0,20}") {
        let sql = format!("{before} COMMIT {after}");
        prop_assert!(judge(&sql).control.iter().any(|step| matches!(step, Step::Commit(_))), "{}", sql);
    }
}
