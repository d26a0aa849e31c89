//! How large a window is, and what it looks like before anything is drawn: it opens as it was left, and never flashes white.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tauri::{Theme, WebviewWindow, window::Color};

use super::kind::Kind;

/// In logical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    pub width: f64,
    pub height: f64,
    pub maximized: bool,
}

/// Larger than any screen: a broken file asks for no such window.
const MOST: f64 = 16_384.0;

/// As it was left, or as usual.
pub fn read(root: &Path, kind: Kind) -> Frame {
    let text = std::fs::read_to_string(root.join(kind.file())).unwrap_or_default();
    serde_json::from_str(&text).map_or(kind.usual(), |frame| within_reason(frame, kind))
}

fn within_reason(frame: Frame, kind: Kind) -> Frame {
    let least = kind.least();
    Frame {
        width: frame.width.clamp(least.0, MOST),
        height: frame.height.clamp(least.1, MOST),
        maximized: frame.maximized,
    }
}

/// Keeps the window's size as it is left.
pub fn write(root: &Path, kind: Kind, frame: Frame) {
    let written = serde_json::to_vec(&frame).map_err(std::io::Error::from);
    let written = written.and_then(|bytes| crate::secrets::private_file(&root.join(kind.file()), &[&bytes]));
    if let Err(error) = written {
        tracing::warn!(%error, "The window's size could not be remembered.");
    }
}

/// How large the window is now. One that is maximised keeps the size it has when it is not: that of `before`.
pub fn of(window: &WebviewWindow, kind: Kind, before: Frame) -> Option<Frame> {
    if window.is_maximized().ok()? {
        return Some(Frame { maximized: true, ..before });
    }
    let size = window.inner_size().ok()?.to_logical::<f64>(window.scale_factor().ok()?);
    Some(within_reason(Frame { width: size.width, height: size.height, maximized: false }, kind))
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
        assert_eq!(read(folder.path(), Kind::Agent), Kind::Agent.usual());
        std::fs::write(folder.path().join(Kind::Agent.file()), "{").unwrap();
        assert_eq!(read(folder.path(), Kind::Agent), Kind::Agent.usual());
    }

    #[test]
    fn no_file_asks_for_a_window_nobody_could_use() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Kind::ALL {
            let broken = r#"{"width":1e9,"height":-5,"maximized":true}"#;
            std::fs::write(folder.path().join(kind.file()), broken).unwrap();
            let within = Frame { width: MOST, height: kind.least().1, maximized: true };
            assert_eq!(read(folder.path(), kind), within);
        }
    }

    #[test]
    fn each_window_is_as_large_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let left = Frame { width: 1000.0, height: 700.0, maximized: false };
        write(folder.path(), Kind::Dashboard, left);
        assert_eq!(read(folder.path(), Kind::Dashboard), left);
        assert_eq!(read(folder.path(), Kind::Agent), Kind::Agent.usual());
    }
}
