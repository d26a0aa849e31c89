//! How large the window is, and what it looks like before anything is drawn: it opens as it was left, and never flashes white.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tauri::{Theme, WebviewWindow, window::Color};

/// In logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub width: f64,
    pub height: f64,
    pub maximized: bool,
}

/// The smallest the interface is made for.
pub const LEAST: (f64, f64) = (960.0, 600.0);
const USUAL: Frame = Frame { width: 1440.0, height: 900.0, maximized: false };
/// Larger than any screen: a broken file asks for no such window.
const MOST: f64 = 16_384.0;

const FILE: &str = "window.json";

/// As it was left, or as usual.
pub fn read(root: &Path) -> Frame {
    let text = std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    serde_json::from_str(&text).map(within_reason).unwrap_or(USUAL)
}

fn within_reason(frame: Frame) -> Frame {
    Frame {
        width: frame.width.clamp(LEAST.0, MOST),
        height: frame.height.clamp(LEAST.1, MOST),
        maximized: frame.maximized,
    }
}

/// Keeps the window's size as it is left.
pub fn write(root: &Path, frame: Frame) {
    let written = serde_json::to_vec(&frame).map_err(std::io::Error::from);
    let written = written.and_then(|bytes| crate::secrets::private_file(&root.join(FILE), &[&bytes]));
    if let Err(error) = written {
        tracing::warn!(%error, "The window's size could not be remembered.");
    }
}

/// How large the window is now. One that is maximised keeps the size it has when it is not: that of `before`.
pub fn of(window: &WebviewWindow, before: Frame) -> Option<Frame> {
    if window.is_maximized().ok()? {
        return Some(Frame { maximized: true, ..before });
    }
    let size = window.inner_size().ok()?.to_logical::<f64>(window.scale_factor().ok()?);
    Some(within_reason(Frame { width: size.width, height: size.height, maximized: false }))
}

/// `None` follows the system.
pub fn theme(chosen: app::dto::Theme) -> Option<Theme> {
    match chosen {
        app::dto::Theme::System => None,
        app::dto::Theme::Light => Some(Theme::Light),
        app::dto::Theme::Dark => Some(Theme::Dark),
    }
}

/// `--surface-hull` of the design tokens, in the theme the interface will have.
pub fn background(theme: Option<Theme>) -> Color {
    let dark = theme.map_or_else(system_is_dark, |theme| theme == Theme::Dark);
    if dark { Color(11, 20, 32, 255) } else { Color(240, 244, 247, 255) }
}

/// What can be known before there is a window: on Linux the GTK theme, elsewhere nothing.
fn system_is_dark() -> bool {
    std::env::var("GTK_THEME").is_ok_and(|name| name.to_ascii_lowercase().ends_with("dark"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_broken_file_is_the_usual_size() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()), USUAL);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(read(folder.path()), USUAL);
    }

    #[test]
    fn no_file_asks_for_a_window_nobody_could_use() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), r#"{"width":1e9,"height":-5,"maximized":true}"#).unwrap();
        assert_eq!(read(folder.path()), Frame { width: MOST, height: LEAST.1, maximized: true });
    }
}
