//! How large the window opens: never larger than the screen, also where no window manager sees to that.

use std::time::{Duration, Instant};

use tauri::{LogicalSize, Monitor, PhysicalSize, Runtime, WebviewWindow, WindowEvent};

/// The size the window has where there is room, in logical pixels.
const WANTED: LogicalSize<f64> = LogicalSize::new(1440.0, 900.0);
/// The smallest it can be made.
const SMALLEST: LogicalSize<f64> = LogicalSize::new(960.0, 600.0);
/// What was saved from a larger screen comes as a change of size right after the start; later ones are the admin's.
const OPENING: Duration = Duration::from_secs(3);

/// What a screen has room for: the wanted size and the smallest, in logical pixels.
pub(crate) fn sizes(screen: Option<&Monitor>) -> (LogicalSize<f64>, LogicalSize<f64>) {
    let room = screen.map(|screen| screen.work_area().size.to_logical(screen.scale_factor()));
    (within(WANTED, room), within(SMALLEST, room))
}

fn within(size: LogicalSize<f64>, room: Option<LogicalSize<f64>>) -> LogicalSize<f64> {
    room.map_or(size, |room| LogicalSize::new(size.width.min(room.width), size.height.min(room.height)))
}

/// Makes the window fit its screen while it opens.
pub(crate) fn keep_within_screen<R: Runtime>(window: &WebviewWindow<R>) {
    let (opened, mine) = (Instant::now(), window.clone());
    let fit = move |size: PhysicalSize<u32>| {
        let screen = mine.current_monitor().ok().flatten().or_else(|| mine.primary_monitor().ok().flatten());
        let Some(screen) = screen else { return };
        let room = *screen.work_area();
        let fitting = PhysicalSize::new(size.width.min(room.size.width), size.height.min(room.size.height));
        if fitting != size {
            // A window that stays as it is can still be used.
            let _ = mine.set_size(fitting).and_then(|()| mine.set_position(room.position));
        }
    };
    if let Ok(size) = window.inner_size() {
        fit(size);
    }
    window.on_window_event(move |event| {
        if let WindowEvent::Resized(size) = event
            && opened.elapsed() < OPENING
        {
            fit(*size);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_screen_makes_a_small_window() {
        let small = Some(LogicalSize::new(1280.0, 800.0));
        assert_eq!(within(WANTED, small), LogicalSize::new(1280.0, 800.0));
        assert_eq!(within(SMALLEST, small), SMALLEST);
        assert_eq!(within(SMALLEST, Some(LogicalSize::new(800.0, 1280.0))), LogicalSize::new(800.0, 600.0));
        assert_eq!(within(WANTED, None), WANTED);
    }
}
