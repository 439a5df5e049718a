//! A desktop of our own: virtual display, private D-Bus session with a keychain, and the real window under WebDriver.

mod desktop;
mod window;

pub use desktop::Desktop;
pub use fantoccini::key::Key;
pub use window::Window;
