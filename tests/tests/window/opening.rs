//! How large the window opens, on a screen without a window manager.

use acceptance::binary;
use acceptance::screen::{Desktop, Window};

use crate::steps::pictures;

/// Width and height of the page, once the window has come to rest.
async fn size(window: &Window) -> (u64, u64) {
    window.find("welcome-sample").await;
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    let size = window.evaluate("return [innerWidth, innerHeight]").await;
    (size[0].as_u64().unwrap(), size[1].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_is_never_larger_than_the_screen() {
    let desktop = Desktop::with_screen(1280, 800);
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures("opening")).await;
    assert_eq!(size(&window).await, (1280, 800));
    window.picture("small-screen").await;
    window.close().await;
    // What was saved on a larger screen.
    let saved = desktop.home().join("config/dev.sluice.studio/.window-state.json");
    let state = r#"{"main":{"width":1900,"height":1000,"x":40,"y":30,"prev_x":40,"prev_y":30,"maximized":false,"visible":true,"decorated":true,"fullscreen":false}}"#;
    std::fs::create_dir_all(saved.parent().unwrap()).unwrap();
    std::fs::write(&saved, state).unwrap();
    let mut window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures("opening")).await;
    assert_eq!(size(&window).await, (1280, 800));
    desktop.screenshot(&pictures("opening").join("saved-on-a-larger-screen.png"));
    window.picture("saved-on-a-larger-screen").await;
    window.close().await;
    // Where there is room, the saved size holds.
    let desktop = Desktop::with_screen(2000, 1100);
    let saved = desktop.home().join("config/dev.sluice.studio/.window-state.json");
    std::fs::create_dir_all(saved.parent().unwrap()).unwrap();
    std::fs::write(&saved, state).unwrap();
    let window = Window::open(&desktop, &binary("sluice-desktop"), &[], &pictures("opening")).await;
    assert_eq!(size(&window).await, (1900, 1000));
    window.close().await;
}
