use super::*;

fn policy(allowed: &[&str]) -> Policy {
    Policy::new(PathBuf::from("/nowhere"), allowed.iter().map(|text| text.parse().unwrap()).collect())
}

#[test]
fn endpoints_read_as_they_are_written() {
    for text in
        ["db.example:5432", "[::1]:5432", "127.0.0.1:3306", "legacy.sqlite", "/var/data/users.db", "C:\\data\\users.db"]
    {
        assert_eq!(text.parse::<Endpoint>().unwrap().to_string(), text);
    }
    assert_eq!("DB.Example:1".parse::<Endpoint>().unwrap().to_string(), "db.example:1");
    for text in ["", "::1:5432", ":5432", "[db]:1", "*:5432", "a b:1", "http://db:1", "127.1:80", "db!:1"] {
        assert!(text.parse::<Endpoint>().is_err(), "{text}");
    }
}

#[test]
fn only_listed_hosts_and_ports_are_reachable() {
    let policy = policy(&["db.example:5432", "[::1]:5432"]);
    policy.check_host("DB.example", 5432).unwrap();
    policy.check_host("::1", 5432).unwrap();
    assert_eq!(policy.check_host("db.example", 5433).unwrap_err().kind, wire::FaultKind::Policy);
    assert_eq!(policy.check_host("other.example", 5432).unwrap_err().kind, wire::FaultKind::Policy);
    assert!(policy.check_host("/var/run/postgresql", 5432).unwrap_err().message.contains("Unix socket"));
}

#[test]
fn some_addresses_are_never_reached_even_when_listed() {
    for host in [
        "169.254.169.254",
        "169.254.1.1",
        "0.0.0.0",
        "::",
        "fe80::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "224.0.0.1",
        "255.255.255.255",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0xa9fea9fe",
        "metadata.google.internal",
        "a%40b",
        "",
    ] {
        let policy = Policy::new(PathBuf::new(), vec![Endpoint::Host { host: host.to_owned(), port: 80 }]);
        assert!(policy.check_host(host, 80).is_err(), "{host}");
    }
}

#[test]
fn ordinary_addresses_are_reachable() {
    for address in ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "2001:db8::1", "::ffff:10.0.0.1"] {
        Policy::check_address(address, address.parse().unwrap()).unwrap();
    }
}

#[test]
fn files_stay_inside_the_workspace_unless_granted() {
    let outer = tempfile::tempdir().unwrap();
    let root = outer.path().join("workspace");
    let folder = root.join("database-connections/a");
    std::fs::create_dir_all(&folder).unwrap();
    for file in [root.join("root.db"), folder.join("own.db"), outer.path().join("outside.db")] {
        std::fs::write(file, "").unwrap();
    }
    let policy = Policy::new(root.clone(), vec![]).in_folder(folder.clone());
    assert!(policy.check_file("own.db").unwrap().ends_with("a/own.db"));
    assert!(policy.check_file("root.db").unwrap().ends_with("workspace/root.db"));
    assert!(policy.check_file("../../root.db").is_ok());
    assert_eq!(policy.check_file("missing.db").unwrap_err().code.as_deref(), Some("SQLITE_CANTOPEN"));
    assert_eq!(policy.check_file("../../../outside.db").unwrap_err().kind, wire::FaultKind::Policy);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outer.path().join("outside.db"), folder.join("link.db")).unwrap();
        assert_eq!(policy.check_file("link.db").unwrap_err().kind, wire::FaultKind::Policy);
    }
    let granted = Policy::new(root, vec![Endpoint::File(outer.path().join("outside.db"))]);
    assert!(granted.check_file(outer.path().join("outside.db").to_str().unwrap()).is_ok());
}
