//! Every screen in both colour schemes and two sizes: pictures to look at, and nothing that lies beside the window or is cut off
//! without saying the whole elsewhere.

use std::path::Path;

use acceptance::binary;
use acceptance::screen::{Desktop, Key, Window};

use crate::steps::{connection_from, fill_in_a_user, pictures, verdict};

const SCHEMES: [&str; 2] = ["light", "dark"];
const SIZES: [(u32, u32); 2] = [(1280, 800), (1000, 640)];

/// What a person could not read: text beside the window, in a button that is too small, or ended with dots and no title.
const UNREADABLE: &str = "const found = [];
    const text = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    for (const element of document.querySelectorAll('body *')) {
      const box = element.getBoundingClientRect();
      const style = getComputedStyle(element);
      if (!box.width || !box.height || style.visibility === 'hidden' || !text(element)) continue;
      if (element.closest('.hidden-visually, .cm-editor')) continue;
      const is = element.tagName + '.' + element.className + ' \"' + element.textContent.slice(0, 40) + '\"';
      const scrolls = element.closest('.tabs');
      if (!scrolls && (box.left < -1 || box.right > innerWidth + 1)) found.push('beside the window: ' + is);
      const isCut = element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline';
      if (isCut && ['BUTTON', 'LABEL'].includes(element.tagName)) found.push('cut off: ' + is);
      else if (isCut && style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis') found.push('cut off: ' + is);
      else if (isCut && style.textOverflow === 'ellipsis' && !element.closest('[title]')) found.push('no title: ' + is);
    }
    for (const region of document.querySelectorAll('html, main, .page, .sidebar, .inspector, .drawer-body, .status, .header'))
      if (region.scrollWidth > region.clientWidth + 1) found.push('wider than its place: ' + region.tagName + '.' + region.className);
    return found;";

/// One colour scheme in one size.
struct Look<'a> {
    window: &'a mut Window,
    name: String,
    unreadable: &'a mut Vec<String>,
}

impl Look<'_> {
    async fn take(&mut self, screen: &str) {
        self.window.picture(&format!("{}-{screen}", self.name)).await;
        let found: Vec<String> = serde_json::from_value(self.window.evaluate(UNREADABLE).await).unwrap();
        self.unreadable.extend(found.into_iter().map(|one| format!("{} {screen}: {one}", self.name)));
    }

    /// A dialog, and Esc, which closes it.
    async fn take_dialog(&mut self, screen: &str, part: &str) {
        self.window.find(part).await;
        self.take(screen).await;
        self.window.keys(&Key::Escape.to_string()).await;
        self.window.gone(part).await;
    }
}

/// The page afresh in this scheme and size.
async fn dress(window: &Window, scheme: &str, (width, height): (u32, u32)) {
    let dressed = format!("localStorage.setItem('mantine-color-scheme-value', '{scheme}'); location.reload()");
    window.evaluate(&dressed).await;
    window.resize(width, height).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_readable_in_both_schemes_and_sizes() {
    let desktop = Desktop::start();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures("screens")).await;
    window.find("welcome-sample").await;
    let mut unreadable = Vec::new();
    for size in SIZES {
        for scheme in SCHEMES {
            dress(&window, scheme, size).await;
            window.find("welcome-sample").await;
            let name = format!("{scheme}-{}", size.0);
            Look { window: &mut window, name, unreadable: &mut unreadable }.take("welcome").await;
        }
    }
    window.click("welcome-sample").await;
    window.find("editor").await;
    prepare(&desktop.data_dir().join("sample"));
    for size in SIZES {
        for scheme in SCHEMES {
            dress(&window, scheme, size).await;
            window.find("editor").await;
            let name = format!("{scheme}-{}", size.0);
            all(Look { window: &mut window, name, unreadable: &mut unreadable }).await;
        }
    }
    window.close().await;
    assert!(unreadable.is_empty(), "{}", unreadable.join("\n"));
}

/// Beside the sample: a production store, a connection with a long name, a folder that is not to be read.
fn prepare(workspace: &Path) {
    connection_from(workspace, "partners", "postgres");
    connection_from(workspace, "customers-of-the-acquired-company", "ldap");
    let broken = workspace.join("database-connections/old-shop");
    std::fs::create_dir_all(&broken).unwrap();
    std::fs::write(broken.join("database.json"), "{ \"name\": \"old-shop\",, }").unwrap();
    let settings = workspace.join("sluice.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let partners =
        "\n[connections.partners]\nenvironment = \"production\"\nread_only = true\nallow = [\"127.0.0.1:5432\"]\n";
    std::fs::write(&settings, text + partners).unwrap();
}

async fn all(mut look: Look<'_>) {
    look.take("script").await;
    fill_in_a_user(look.window).await;
    look.window.click("try-run").await;
    verdict(look.window, "success").await;
    look.take("logged-in").await;
    look.window.fill("try-password", "wrong").await;
    look.window.click("try-run").await;
    verdict(look.window, "wrong_password").await;
    look.window.click("drawer-problems").await;
    look.take("wrong-password").await;
    look.window.click("drawer-versions").await;
    look.take("versions").await;
    look.window.click("drawer-statements").await;
    fill_in_a_user(look.window).await;
    look.window.click("flow-login").await;
    look.window.text_until("verdict-headline", "the flow ends", |text| text.contains("in")).await;
    look.window.click("script-create").await;
    look.take("create").await;
    look.window.click("script-change_username").await;
    look.window.find("script-missing").await;
    look.take("no-script").await;

    look.window.click("tab-migration").await;
    look.window.find("burn-down").await;
    look.take("migration").await;
    look.window.click("tab-secrets").await;
    look.window.find("vault").await;
    look.window.click("vault-choose").await;
    look.take("secrets").await;
    look.window.click("secret-add").await;
    look.take_dialog("secret-dialog", "secret-name").await;
    look.window.click("tab-connection").await;
    look.window.click("test-run").await;
    look.window.find("test-verdict").await;
    look.take("connection").await;
    look.window.click("tab-settings").await;
    look.take("settings").await;

    look.window.click("new-connection").await;
    look.window.click("template-aspnet-membership-mvc3").await;
    look.take_dialog("templates", "new-connection-name").await;
    look.window.click("palette-open").await;
    look.take_dialog("palette", "palette-input").await;
    look.window.click("export-open").await;
    look.window.find("export-files").await;
    look.take_dialog("export", "export-write").await;
    look.window.click("import-open").await;
    look.take_dialog("import", "import-file").await;

    look.window.click("connection-partners").await;
    look.window.click("tab-secrets").await;
    look.window.find("secret-PG_PASSWORD").await;
    look.take("secrets-missing").await;
    look.window.click("tab-connection").await;
    look.window.click("test-run").await;
    look.window.find("connection-fault").await;
    look.take("production").await;
    look.window.click("tab-migration").await;
    look.window.find("count-total").await;
    look.take("migration-unknown").await;
    look.window.click("connection-customers-of-the-acquired-company").await;
    look.window.click("script-login").await;
    look.take("long-name").await;
}
