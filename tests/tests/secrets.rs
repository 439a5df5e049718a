//! Canaries typed as secrets and passwords come back nowhere: not in the workspace, our data, logs, answers, bundles, nor in
//! the arguments or environment of any process (design §5). The window test looks at its messages and document.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use acceptance::binary;
use acceptance::canary::Canary;
use acceptance::screen::Desktop;
use serde_json::{Value, json};

const KEY: Canary = Canary("cAn4ry-vault k/\"7f31\\ü9");
const TYPED: Canary = Canary("cAn4ry-typed P\"w 55/ä1d");
const CI: Canary = Canary("cAn4ry-environment+3e8");
const ALL: [Canary; 3] = [KEY, TYPED, CI];

/// A script that gives away all it has, in every way a script has.
const LEAKY: &str = r#"function login(identifier, password, callback) {
  const { createHash } = require('crypto');
  const secret = configuration.API_KEY;
  console.log(password, secret, { password, secret }, configuration);
  console.error(Buffer.from(identifier + ':' + password).toString('base64'), Buffer.from(secret).toString('hex'), Buffer.from(secret));
  console.warn(encodeURIComponent(secret), JSON.stringify({ password }), new URL('https://x.example/?p=' + encodeURIComponent(password)).href);
  const sqlite3 = require('sqlite3');
  const db = new sqlite3.Database(configuration.LEGACY_DB_FILE, (failed) => {
    if (failed) return callback(new Error(secret + failed.message));
    const quoted = (text) => "'" + text.replace(/'/g, "''") + "'";
    db.get('SELECT ' + quoted(secret) + ' AS a, ? AS b', [password], (error, row) => {
      db.run('SELECT nothing FROM ' + JSON.stringify(password), (wrong) => {
        db.close(() => {
          if (identifier === 'throw') throw new TypeError(password + secret);
          if (identifier === 'error') return callback(Object.assign(new Error(wrong.message + secret), { detail: password, [secret]: 1 }));
          if (identifier === 'refuse') return callback(new WrongUsernameOrPasswordError(password, secret));
          callback(null, { user_id: '1', email: 'a@example.com', name: secret, configuration, row, nickname: password,
            digest: createHash('sha256').update(password).digest('hex'), bytes: Buffer.from(secret) });
        });
      });
    });
  });
}
"#;

/// What commands said, and every argument and environment of every process seen meanwhile.
struct Scene {
    desktop: Desktop,
    said: Vec<(String, String)>,
    seen: BTreeSet<Vec<u8>>,
    runners: usize,
}

impl Scene {
    fn sluice(&mut self, arguments: &[&str], stdin: &str) -> (i32, String) {
        let mut child = self
            .desktop
            .command(binary("sluice"))
            .args(arguments)
            .env("CI_API_KEY", CI.0)
            .current_dir(self.desktop.home())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let own = child.id();
        let mut out = child.stdout.take().unwrap();
        let mut err = child.stderr.take().unwrap();
        let reader = std::thread::spawn(move || {
            let (mut said, mut noted) = (String::new(), String::new());
            out.read_to_string(&mut said).unwrap();
            err.read_to_string(&mut noted).unwrap();
            (said, noted)
        });
        let status = loop {
            self.look_at_processes(own);
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            std::thread::sleep(Duration::from_micros(300));
        };
        let (said, noted) = reader.join().unwrap();
        let name = arguments.join(" ");
        self.said.push((name.clone(), noted));
        self.said.push((name, said.clone()));
        (status.code().unwrap_or(-1), said)
    }

    /// Arguments of the command and of what it started, and the environments of runners (the command's own was given the canary
    /// by us, and until a child is another program it still has that one).
    fn look_at_processes(&mut self, own: u32) {
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children")).unwrap_or_default();
        let threads = fs::read_dir(format!("/proc/{own}/task")).into_iter().flatten().flatten();
        let of_threads: String =
            threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok()).collect();
        for pid in children.split_whitespace().chain(of_threads.split_whitespace()) {
            let is_runner = fs::read(format!("/proc/{pid}/comm")).is_ok_and(|name| name == b"sluice-runner\n");
            self.seen.extend(fs::read(format!("/proc/{pid}/cmdline")).ok());
            if is_runner {
                self.runners += 1;
                self.seen.extend(fs::read(format!("/proc/{pid}/environ")).ok());
            }
        }
        self.seen.extend(fs::read(format!("/proc/{own}/cmdline")).ok());
    }
}

fn configure(workspace: &Path) {
    let json = workspace.join("database-connections/legacy-users/database.json");
    let mut database: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    database["options"]["configuration"]["API_KEY"] = json!("@@API_KEY@@");
    fs::write(&json, format!("{database:#}\n")).unwrap();
}

#[test]
fn canaries_come_back_nowhere() {
    let mut scene = Scene { desktop: Desktop::start(), said: Vec::new(), seen: BTreeSet::new(), runners: 0 };
    let (code, made) = scene.sluice(&["init", "--sample", "--json", "ws"], "");
    assert_eq!(code, 0, "{made}");
    let view: Value = serde_json::from_str(&made).unwrap();
    let user = view["sample"]["users"][4]["identifier"].as_str().unwrap().to_owned();
    let workspace = scene.desktop.home().join("ws");
    configure(&workspace);
    let set = scene.sluice(&["-w", "ws", "secret", "set", "API_KEY", "--verbose"], &format!("{}\n", KEY.0));
    assert_eq!(set.0, 0, "{set:?}");
    let listed = scene.sluice(&["-w", "ws", "--json", "secret", "list"], "");
    assert!(listed.1.contains("fingerprint"), "{listed:?}");

    // The sample's own scripts: a wrong password, a new user, a changed password, a login that moves the user.
    let on = ["-w", "ws", "--json", "--verbose"];
    let with = |more: &[&'static str]| [&on[..], more].concat();
    let login = with(&["try", "legacy-users", "login", "--password-stdin", "--identifier", "nobody@example.com"]);
    assert_eq!(scene.sluice(&login, TYPED.0).0, 1);
    let person = r#"{"email":"canary@example.com"}"#;
    let create = with(&["try", "legacy-users", "create", "--commit", "--password-stdin", "--user", person]);
    assert_eq!(scene.sluice(&create, TYPED.0).0, 0, "{:?}", scene.said.last());
    let mut change = with(&["try", "legacy-users", "change_password", "--commit", "--password-stdin", "--identifier"]);
    change.push(&user);
    assert_eq!(scene.sluice(&change, TYPED.0).0, 0, "{:?}", scene.said.last());
    let mut flow = with(&["flow", "legacy-users", "login", "--password-stdin", "--identifier"]);
    flow.push(&user);
    for _ in 0..2 {
        let moved = scene.sluice(&flow, TYPED.0);
        assert_eq!(moved.0, 0, "{moved:?}");
    }

    // The leaky script, saved in the workspace and as a file of its own, with a secret from the vault and from CI.
    let script = workspace.join("database-connections/legacy-users/login.js");
    fs::write(&script, LEAKY).unwrap();
    for identifier in ["profile", "throw", "error", "refuse"] {
        for secrets in [&[][..], &["--secrets-from-env", "CI_"]] {
            for form in [&["--json"][..], &[]] {
                for verb in [&["try", "legacy-users", "login"][..], &["flow", "legacy-users", "login"]] {
                    let what = ["--password-stdin", "--identifier", identifier];
                    let call = [&["-w", "ws", "--verbose"][..], secrets, form, verb, &what].concat();
                    let ran = scene.sluice(&call, TYPED.0);
                    assert!(ran.0 == 0 || ran.0 == 1 || ran.0 == 3, "{ran:?}");
                }
            }
        }
    }
    let masked = scene.said.iter().filter(|(_, text)| text.contains("[secret]")).count();
    assert!(masked >= 16, "the leaky script was not heard: {masked}");

    for (format, out) in
        [("directory", "bundle"), ("yaml", "yaml"), ("directory-zip", "bundle.zip"), ("yaml-zip", "yaml.zip")]
    {
        let export = scene.sluice(&["-w", "ws", "--json", "export", "--format", format, "--out", out], "");
        assert_eq!(export.0, 0, "{export:?}");
    }
    for verb in [&["check"][..], &["connect", "legacy-users"], &["count", "legacy-users"], &["list"]] {
        scene.sluice(&[&["-w", "ws", "--json"], verb].concat(), "");
    }

    for canary in ALL {
        assert_eq!(canary.files_below(scene.desktop.home()), [""; 0], "{canary:?} in files");
        let told: Vec<_> = scene.said.iter().filter(|(_, text)| canary.is_in(text.as_bytes())).collect();
        assert!(told.is_empty(), "{canary:?} was said: {told:?}");
        let shown = scene.seen.iter().filter(|bytes| canary.is_in(bytes)).count();
        assert_eq!(shown, 0, "{canary:?} in arguments or environments of processes");
    }
    assert!(scene.runners > 0, "no runner was seen: the look at processes is blind");
}
